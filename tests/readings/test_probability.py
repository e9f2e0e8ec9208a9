import numpy as np
import pytest

from emotion.readings.probability import agreement, information, log_softmax, row_shares, softmax


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


def test_equal_answers_agree_and_contradictions_do_not(rng: np.random.Generator) -> None:
    same = np.tile(rng.dirichlet(np.ones(8)), (5, 1))
    assert agreement(same, np.ones(5)) == pytest.approx(1)
    assert agreement(np.eye(8), np.ones(8)) == pytest.approx(0, abs=1e-6)
    # By hand: two sure answers that differ are apart by log 2 of log 8.
    assert agreement(np.eye(8)[:2], np.ones(2)) == pytest.approx(1 - np.log(2) / np.log(8))


def test_an_answer_without_weight_does_not_disturb_agreement(rng: np.random.Generator) -> None:
    answers = np.vstack([np.tile(np.eye(8)[2], (3, 1)), np.eye(8)[5]])
    assert agreement(answers, np.array([1, 1, 1, 0])) == pytest.approx(1)
    shares = [agreement(answers, np.array([1, 1, 1, weight])) for weight in (0.1, 0.5, 1)]
    assert shares == sorted(shares, reverse=True)


def test_information_is_none_of_even_shares_and_all_of_a_certain_answer() -> None:
    assert information(np.full(8, 0.125)) == pytest.approx(0)
    assert information(np.eye(8)[3]) == 1
    assert 0.3 < information(np.array([0.7, 0.1, 0.1, 0.1])) < 0.4


def test_counts_become_shares_of_their_row_and_none_stay_none() -> None:
    assert row_shares(np.array([[1, 3], [0, 0]])).tolist() == [[0.25, 0.75], [0.0, 0.0]]
