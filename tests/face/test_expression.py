"""Looks at one face with known answers."""

import numpy as np
import pytest

from emotion.face.baseline import Baseline
from emotion.face.expression import MEMORY, NEUTRAL_WORTH, STALE, Expression, pool
from emotion.face.face_recogniser import FLOOR
from emotion.readings import emotions
from emotion.readings.emotions import CALM, INDEX, NEUTRAL
from tests.scenes import assert_probabilities

HAPPY, SAD = (INDEX[name] for name in ("happy", "sad"))


def observation(emotion: int, sure: float = 0.9) -> np.ndarray:
    """Probabilities of one observation; calm is left out, as a face leaves it."""
    probabilities = np.full(emotions.COUNT, (1 - sure) / (emotions.COUNT - 2))
    probabilities[[emotion, CALM]] = sure, 0
    return probabilities


def logs(*emotions_shown: int) -> np.ndarray:
    return np.log(np.maximum([observation(emotion) for emotion in emotions_shown], FLOOR))


@pytest.mark.parametrize("shown", [NEUTRAL, HAPPY])
def test_a_face_that_stays_as_it_is_reads_as_any_look_at_it(shown: int) -> None:
    pooled = pool(logs(shown, shown, shown), np.array([1.0, 0.2, 3.0]))
    np.testing.assert_allclose(pooled, observation(shown), atol=1e-6)


def test_pooling_is_the_weighted_mean_by_hand() -> None:
    """One observation that says half sad, half neutral, and one that says neutral for sure."""
    one, other = np.full(emotions.COUNT, 1e-9), np.full(emotions.COUNT, 1e-9)
    one[[SAD, NEUTRAL]] = 0.5
    other[NEUTRAL] = 1.0
    pooled = pool(np.log([one, other]), np.array([2.0, 1.0]), neutral_worth=0.2)
    first, second = 2 * (1 - 0.8 * 0.5), 1 - 0.8
    assert pooled[SAD] == pytest.approx(first * 0.5 / (first + second), rel=1e-6)


def test_a_feeling_that_shows_a_third_of_the_time_is_found() -> None:
    shown = [SAD, NEUTRAL, NEUTRAL] * 3
    assert pool(logs(*shown), np.ones(9)).argmax() == SAD
    assert pool(logs(*shown), np.ones(9), neutral_worth=1).argmax() == NEUTRAL
    assert pool(logs(*[NEUTRAL] * 9), np.ones(9)).argmax() == NEUTRAL


def test_one_slip_among_many_neutral_looks_changes_nothing() -> None:
    assert pool(logs(SAD, *[NEUTRAL] * 9), np.ones(10)).argmax() == NEUTRAL


def test_weights_count() -> None:
    weights = np.array([9.0, 1.0])
    assert pool(logs(HAPPY, SAD), weights).argmax() == HAPPY
    assert pool(logs(HAPPY, SAD), weights[::-1]).argmax() == SAD


def test_what_the_model_leaves_out_stays_left_out() -> None:
    for worth in (NEUTRAL_WORTH, 1.0):
        pooled = pool(logs(NEUTRAL, HAPPY), np.ones(2), worth)
        assert pooled[CALM] == 0
        assert_probabilities(pooled)


def test_an_opinion_stands_for_a_second_and_then_says_why_there_is_none() -> None:
    expression = Expression(kept=10)
    assert expression.prediction(0.0).reason == "no face"
    expression.observe(0.0, observation(HAPPY))
    expression.miss(0.5, "face blurred")
    probabilities = expression.prediction(0.5).probabilities
    assert probabilities is not None
    assert probabilities.argmax() == HAPPY
    expression.miss(0.1 + STALE, "face turned away")
    assert expression.prediction(0.1 + STALE).reason == "face turned away"


def test_only_looks_within_memory_count() -> None:
    expression = Expression(kept=MEMORY)
    for _ in range(50):
        expression.observe(0.0, observation(HAPPY))
    expression.observe(MEMORY + 0.1, observation(SAD))
    probabilities = expression.prediction(MEMORY + 0.1).probabilities
    assert probabilities is not None
    assert probabilities.argmax() == SAD
    assert len(expression.observations) == 1


def test_a_resting_face_that_looks_sad_becomes_the_baseline() -> None:
    ordinary = np.log(np.maximum(observation(NEUTRAL), FLOOR))
    as_anyone, as_known = Expression(3), Expression(3, Baseline(ordinary))
    resting = 0.6 * observation(SAD) + 0.4 * observation(NEUTRAL)
    for index in range(200):
        for expression in (as_anyone, as_known):
            expression.observe(index / 5, resting)
    one, other = (each.prediction(199 / 5).probabilities for each in (as_anyone, as_known))
    assert one is not None
    assert other is not None
    assert one.argmax() == SAD
    assert other.argmax() == NEUTRAL
    assert other[CALM] == 0
    assert_probabilities(other)


def quality_of(observations: list[tuple[int | None, float]]) -> float:
    """Quality of a prediction from a second of emotions, None for no face, and their worth."""
    person = Expression(MEMORY)
    for index, (shown, weight) in enumerate(observations):
        if shown is None:
            person.miss(index / len(observations), "no face")
        else:
            person.observe(index / len(observations), observation(shown), weight)
    return person.prediction((len(observations) - 1) / len(observations)).quality


def test_a_face_that_is_seen_well_all_the_time_counts_in_full() -> None:
    assert quality_of([(HAPPY, 1.0)] * 5) == pytest.approx(1)


def test_a_face_counts_by_how_well_it_is_seen() -> None:
    assert quality_of([(HAPPY, 0.4)] * 5) == pytest.approx(0.4)
    assert quality_of([(HAPPY, 0.0)] * 5) == 0


def test_a_face_that_goes_away_fades_before_it_is_given_up() -> None:
    going = [
        quality_of([(HAPPY, 1.0)] * (10 - lost) + [(None, 0.0)] * lost) for lost in (0, 1, 3, 5)
    ]
    assert going == sorted(going, reverse=True)
    assert going[-1] < 0.5


def test_looks_that_contradict_each_other_count_less() -> None:
    turns = quality_of([(HAPPY, 1.0), (SAD, 1.0)] * 3)
    assert turns < 0.9 * quality_of([(HAPPY, 1.0)] * 6)


def test_the_better_look_is_followed() -> None:
    person = Expression(MEMORY)
    person.observe(0.0, observation(HAPPY), 1.0)
    person.observe(0.1, observation(SAD), 0.1)
    probabilities = person.prediction(0.1).probabilities
    assert probabilities is not None
    assert probabilities.argmax() == HAPPY
