import numpy as np
import pytest

from emotion.probability import log_softmax, softmax


def test_exponentials_in_proportion(rng: np.random.Generator) -> None:
    logits = rng.normal(0, 3, (5, 8))
    probabilities = softmax(logits)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, expected)
    np.testing.assert_allclose(np.exp(log_softmax(logits)), expected)


@pytest.mark.parametrize("level", [-1e4, 1e4])
def test_large_logits_neither_overflow_nor_vanish(level: float) -> None:
    np.testing.assert_allclose(softmax(np.array([level, level, level - 800])), [0.5, 0.5, 0])


def test_a_constant_makes_no_difference(rng: np.random.Generator) -> None:
    logits = rng.normal(size=8)
    np.testing.assert_allclose(log_softmax(logits + 7), log_softmax(logits), atol=1e-12)


def test_minus_infinity_is_no_chance() -> None:
    np.testing.assert_array_equal(softmax(np.array([0.0, -np.inf])), [1, 0])
