import numpy as np
import pytest
from sklearn import metrics as reference

from emotion.evaluation import metrics


@pytest.fixture
def labels(rng: np.random.Generator) -> np.ndarray:
    return rng.choice(6, 500, p=[0.4, 0.3, 0.1, 0.1, 0.06, 0.04])


@pytest.fixture
def probabilities(rng: np.random.Generator, labels: np.ndarray) -> np.ndarray:
    scores = rng.normal(0, 1, (len(labels), 8))
    scores[np.arange(len(labels)), labels] += 1
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


def test_confusion_is_scikit_learns(labels: np.ndarray, probabilities: np.ndarray) -> None:
    predicted = probabilities.argmax(axis=1)
    ours = metrics.confusion(labels, predicted, 8)
    np.testing.assert_array_equal(
        ours, reference.confusion_matrix(labels, predicted, labels=range(8))
    )
    assert ours.dtype == np.int64


def test_accuracy_and_recall_are_scikit_learns(
    labels: np.ndarray, probabilities: np.ndarray
) -> None:
    predicted = probabilities.argmax(axis=1)
    matrix = metrics.confusion(labels, predicted, 8)
    assert metrics.accuracy(matrix) == pytest.approx(reference.accuracy_score(labels, predicted))
    # Classes 6 and 7 never occur, so they have no recall to average.
    recall = reference.recall_score(labels, predicted, labels=range(6), average="macro")
    assert metrics.unweighted_average_recall(matrix) == pytest.approx(recall)


def test_no_clip_has_no_figure() -> None:
    none = metrics.confusion(np.zeros(0, int), np.zeros(0, int), 8)
    assert np.isnan(metrics.accuracy(none))
    assert np.isnan(metrics.unweighted_average_recall(none))


def test_likelihood_is_scikit_learns(labels: np.ndarray, probabilities: np.ndarray) -> None:
    expected = reference.log_loss(labels, probabilities, labels=range(8))
    ours = metrics.negative_log_likelihood(np.log(probabilities), labels)
    assert ours == pytest.approx(expected)


def test_calibration_of_the_sure_and_right_is_perfect(labels: np.ndarray) -> None:
    assert metrics.expected_calibration_error(np.eye(8)[labels], labels) == 0


def test_calibration_of_the_sure_and_wrong_is_worst(labels: np.ndarray) -> None:
    assert metrics.expected_calibration_error(np.eye(8)[(labels + 1) % 8], labels) == 1


def test_calibration_is_the_distance_of_confidence_from_accuracy() -> None:
    # Ten clips, each with a confidence of 0.7, of which six are right.
    probabilities = np.tile([0.7, 0.3], (10, 1))
    labels = np.array([0] * 6 + [1] * 4)
    assert metrics.expected_calibration_error(probabilities, labels) == pytest.approx(0.1)


def test_calibration_of_honest_probabilities_is_small(rng: np.random.Generator) -> None:
    right = rng.uniform(0.5, 1, 50_000)
    labels = (rng.uniform(size=len(right)) > right).astype(int)
    probabilities = np.stack([right, 1 - right], axis=1)
    assert metrics.expected_calibration_error(probabilities, labels) < 0.02
