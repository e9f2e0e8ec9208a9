import numpy as np
import pytest

from emotion.evaluation import calibration, metrics
from emotion.readings.probability import log_softmax, softmax


def drawn(rng: np.random.Generator, count: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels drawn with just their probabilities."""
    logits = rng.normal(0, 2, (count, 8))
    labels = np.array([rng.choice(8, p=row) for row in softmax(logits)])
    return logits, labels


@pytest.mark.parametrize("claimed", [0.5, 1.0, 2.5])
def test_overconfidence_is_found_and_undone(claimed: float, rng: np.random.Generator) -> None:
    logits, labels = drawn(rng)
    temperature = calibration.temperature(claimed * logits, labels)
    assert temperature == pytest.approx(claimed, rel=0.1)
    error = metrics.expected_calibration_error(softmax(claimed * logits / temperature), labels)
    assert error < 0.03


def test_log_probabilities_are_as_good_as_logits(rng: np.random.Generator) -> None:
    logits, labels = drawn(rng, 500)
    assert calibration.temperature(log_softmax(logits), labels) == calibration.temperature(
        logits, labels
    )


def test_right_answers_alone_are_believed_and_wrong_ones_are_not() -> None:
    labels = np.arange(8)
    assert calibration.temperature(np.eye(8), labels) < 0.5
    assert calibration.temperature(np.eye(8), np.roll(labels, 1)) > 4


def test_an_offset_is_found_with_the_temperature(rng: np.random.Generator) -> None:
    logits, labels = drawn(rng)
    offsets = rng.normal(0, 1, 8)
    offsets -= offsets.mean()
    temperature, found = calibration.temperature_and_shift(2 * (logits - offsets), labels, 0.0)
    assert temperature == pytest.approx(2, rel=0.1)
    np.testing.assert_allclose(found - found.mean(), offsets, atol=0.2)


def test_offsets_shrink_with_the_penalty(rng: np.random.Generator) -> None:
    logits, labels = drawn(rng, 500)
    logits = logits - np.arange(8) / 4
    sizes = [
        np.abs(calibration.temperature_and_shift(logits, labels, penalty)[1]).max()
        for penalty in (0.0, 30.0, 1e6)
    ]
    assert sizes[0] > sizes[1] > sizes[2]
    assert sizes[2] < 0.01
