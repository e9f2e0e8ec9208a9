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


def test_confusion_counts_each_prediction_in_its_true_row() -> None:
    ours = metrics.confusion(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]), 4)
    assert ours.tolist() == [[1, 1, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
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
    assert np.isnan(metrics.by_class(none).macro_f1)
    assert np.isnan(metrics.bootstrap_interval(np.zeros(0, bool))).all()


def test_f1_is_scikit_learns(labels: np.ndarray, probabilities: np.ndarray) -> None:
    predicted = probabilities.argmax(axis=1)
    expected = reference.f1_score(labels, predicted, labels=range(6), average="macro")
    assert metrics.by_class(metrics.confusion(labels, predicted, 8)).macro_f1 == pytest.approx(
        expected
    )


def test_f1_of_a_class_never_answered_is_zero() -> None:
    # Two of two zeros and no one: precision 2/3 and recall 1 make 0.8, and then 0.
    matrix = metrics.confusion(np.array([0, 0, 1]), np.array([0, 0, 0]), 3)
    assert metrics.by_class(matrix).macro_f1 == pytest.approx(0.4)


def test_interval_over_clips_is_that_of_drawing_them(rng: np.random.Generator) -> None:
    correct = rng.uniform(size=200) < 0.7
    drawn = rng.choice(correct, (20_000, len(correct))).mean(axis=1)
    expected = np.quantile(drawn, [0.025, 0.975])
    ours = metrics.bootstrap_interval(correct, rounds=20_000)
    np.testing.assert_allclose(ours, expected, atol=0.006)


def test_interval_over_clips_hangs_on_the_seed_alone(rng: np.random.Generator) -> None:
    correct = rng.uniform(size=977) < 0.7
    assert metrics.bootstrap_interval(correct) == metrics.bootstrap_interval(correct[::-1])
    several = {metrics.bootstrap_interval(correct, seed) for seed in range(5)}
    assert len(several) > 1


@pytest.mark.parametrize("right", [False, True])
def test_interval_over_clips_of_one_kind_is_a_point(right: bool) -> None:
    assert metrics.bootstrap_interval(np.full(10, right)) == (right, right)


def test_interval_over_folds_has_the_factor_of_the_tables() -> None:
    # Five folds with a standard error of 1 / sqrt(2); tables give 2.776 for 4 degrees.
    half = 2.776 / np.sqrt(2)
    low, high = metrics.fold_interval([1, 2, 3, 4, 5])
    assert (low, high) == pytest.approx((3 - half, 3 + half), abs=1e-3)


@pytest.mark.parametrize("values", [[], [0.7]])
def test_one_fold_has_no_interval(values: list[float]) -> None:
    assert np.isnan(metrics.fold_interval(values)).all()


def test_equal_folds_have_a_point() -> None:
    assert metrics.fold_interval([0.5, 0.5, 0.5]) == (0.5, 0.5)


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


def test_recall_precision_and_f1_are_scikit_learns(
    labels: np.ndarray, probabilities: np.ndarray
) -> None:
    predicted = probabilities.argmax(axis=1)
    found = metrics.by_class(metrics.confusion(labels, predicted, 8))
    for ours, theirs in (
        (found.recall, reference.recall_score),
        (found.precision, reference.precision_score),
        (found.f1, reference.f1_score),
    ):
        expected = theirs(labels, predicted, labels=range(6), average=None)
        np.testing.assert_allclose(ours[:6], expected)
    assert np.isnan(found.recall[6:]).all()
    assert np.isnan(found.f1[6:]).all()


def test_clips_without_an_answer_are_wrong_everywhere() -> None:
    labels, predicted = np.array([0, 0, 1, 1]), np.array([0, -1, 1, 1])
    matrix = metrics.confusion(labels, predicted, 3)
    assert matrix.tolist() == [[1, 0, 0, 1], [0, 2, 0, 0], [0, 0, 0, 0]]
    assert metrics.accuracy(matrix) == 0.75
    assert metrics.unweighted_average_recall(matrix) == 0.75
    assert metrics.by_class(matrix).precision[:2].tolist() == [1, 1]
    assert metrics.by_class(matrix).macro_f1 == pytest.approx((2 / 3 + 1) / 2)


def test_the_interval_of_few_clips_is_wilsons() -> None:
    # Agresti & Coull 1998: 0 of 10 reaches up to 0.278, and 5 of 10 from 0.237 to 0.763.
    assert metrics.wilson_interval(0, 10) == pytest.approx((0, 0.278), abs=5e-4)
    assert metrics.wilson_interval(10, 10) == pytest.approx((0.722, 1), abs=5e-4)
    assert metrics.wilson_interval(5, 10) == pytest.approx((0.237, 0.763), abs=5e-4)
    assert np.isnan(metrics.wilson_interval(0, 0)).all()


def test_mcnemar_is_the_sign_test_of_what_differs() -> None:
    one = np.array([True] * 9 + [False] * 1 + [True] * 30)
    other = np.array([False] * 9 + [True] * 1 + [True] * 30)
    # By hand: two-sided binomial of 1 in 10.
    assert metrics.mcnemar(one, other) == pytest.approx(2 * (1 + 10) / 2**10)
    assert metrics.mcnemar(other, one) == metrics.mcnemar(one, other)
    assert metrics.mcnemar(one, one) == 1


def test_the_paired_interval_is_that_of_drawing_pairs(rng: np.random.Generator) -> None:
    one, other = rng.uniform(size=(2, 300)) < [[0.8], [0.7]]
    drawn = rng.integers(0, 300, (20_000, 300))
    differences = one[drawn].mean(axis=1) - other[drawn].mean(axis=1)
    expected = np.quantile(differences, [0.025, 0.975])
    assert metrics.paired_interval(one, other, rounds=20_000) == pytest.approx(expected, abs=0.01)


def test_bins_of_a_reliability_diagram_hold_all_clips(
    labels: np.ndarray, probabilities: np.ndarray
) -> None:
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    bins = metrics.reliability(confidence, correct, 10)
    assert sum(one.clips for one in bins) == len(labels)
    right = sum(one.clips * one.accuracy for one in bins)
    assert right == pytest.approx(correct.sum())
    assert [one.confidence for one in bins] == sorted(one.confidence for one in bins)
    assert metrics.reliability(np.zeros(0), np.zeros(0, bool)) == []


def test_a_data_set_is_asked_for_its_own_classes() -> None:
    logs = np.log(np.array([[0.3, 0.3, 0.4], [0.1, 0.2, 0.7]]))
    found = np.exp(metrics.among(logs, np.array([0, 2])))
    np.testing.assert_allclose(found, [[0.6, 0, 0.4], [0.3, 0, 0.7]])
    found = np.exp(metrics.among(logs, np.array([0, 1])))
    np.testing.assert_allclose(found, [[0.5, 0.5, 0], [1 / 3, 2 / 3, 0]])
    np.testing.assert_allclose(np.exp(metrics.among(logs, np.array([0, 1, 2]))), np.exp(logs))
