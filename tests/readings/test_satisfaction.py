import math

import numpy as np
import pytest

from emotion.readings import emotions, satisfaction
from emotion.readings.emotions import INDEX
from emotion.readings.satisfaction import PRIOR, SMOOTHING, UNKNOWN, Estimate, Satisfaction


def sure(name: str) -> np.ndarray:
    return np.eye(emotions.COUNT)[INDEX[name]]


def test_the_ends_of_the_scale() -> None:
    assert satisfaction.score(sure("happy")) == 100
    assert satisfaction.score(sure("angry")) == 0
    assert satisfaction.score(sure("neutral")) == satisfaction.score(sure("surprised")) == 50


def test_any_probabilities_stay_on_the_scale(rng: np.random.Generator) -> None:
    for probabilities in rng.dirichlet(np.full(emotions.COUNT, 0.3), 200):
        assert 0 <= satisfaction.score(probabilities) <= 100


def test_pleasant_emotions_raise_it_and_unpleasant_ones_lower_it() -> None:
    for emotion in emotions.EMOTIONS:
        value = satisfaction.score(sure(emotion.name))
        assert np.sign(value - 50) == np.sign(emotion.valence)


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (0, "dissatisfied"),
        (40, "dissatisfied"),
        (40.4, "dissatisfied"),
        (40.6, "neutral"),
        (50, "neutral"),
        (59.4, "neutral"),
        (59.6, "satisfied"),
        (60, "satisfied"),
        (100, "satisfied"),
    ],
)
def test_labels(value: float, label: str) -> None:
    assert satisfaction.label(value) == label


FLAT = np.full(emotions.COUNT, 1 / emotions.COUNT)


def value_of(call: Satisfaction, time: float, probabilities: np.ndarray | None) -> float:
    known = call.update(time, probabilities)
    assert known is not None
    return known.value


def test_there_is_none_before_the_first_reading() -> None:
    call = Satisfaction()
    assert call.update(0.5, None) is None
    assert call.update(1.0, None) is None
    assert value_of(call, 1.5, sure("happy")) > 60


def test_no_information_is_neutral_however_long_it_lasts() -> None:
    call = Satisfaction()
    for time in np.arange(1, 40) * 0.5:
        known = call.update(float(time), FLAT)
        assert known == Estimate(pytest.approx(UNKNOWN), pytest.approx(0))  # type: ignore[arg-type]
        assert known is not None
        assert known.interval == (0, 100)


def test_it_follows_a_change_with_its_time_constant() -> None:
    call = Satisfaction()
    for time in np.arange(-60, 1) * 0.5:
        call.update(float(time), sure("neutral"))
    values = [value_of(call, float(time), sure("happy")) for time in np.arange(1, 61) * 0.5]
    assert values == sorted(values)
    most = (UNKNOWN * PRIOR + 100) / (PRIOR + 1)
    after = values[round(SMOOTHING / 0.5) - 1]
    assert after == pytest.approx(50 + (most - 50) * (1 - math.exp(-1)), abs=0.1)
    assert values[-1] == pytest.approx(most, abs=0.1)


def test_readings_twice_as_often_make_no_difference() -> None:
    ends = []
    for step in (0.5, 0.25):
        call = Satisfaction()
        call.update(0.0, sure("happy"))
        for time in np.arange(step, 2 + step / 2, step):
            known = call.update(float(time), sure("sad"))
        assert known is not None
        ends.append((known.value, known.certainty))
    assert ends[0] == pytest.approx(ends[1])


def test_a_spread_out_reading_counts_for_less_than_a_clear_one() -> None:
    clear, spread = Satisfaction(), Satisfaction()
    vague = 0.5 * FLAT + 0.5 * sure("angry")
    assert value_of(clear, 0.5, sure("angry")) < value_of(spread, 0.5, vague) < UNKNOWN
    call = Satisfaction()
    call.update(0.5, sure("angry"))
    assert value_of(call, 1.0, FLAT) < 45


def test_without_a_reading_it_becomes_unknown_again() -> None:
    call = Satisfaction()
    for time in np.arange(1, 20) * 0.5:
        known = call.update(float(time), sure("sad"))
    assert known is not None
    later = call.update(12.0, None)
    assert later is not None
    assert later.certainty < known.certainty
    assert known.value < later.value < UNKNOWN
    last = call.update(60.0, None)
    assert last is not None
    assert last.value == pytest.approx(UNKNOWN, abs=0.1)
    assert last.certainty == pytest.approx(0, abs=0.01)


def test_after_a_long_silence_the_new_reading_counts_almost_alone() -> None:
    one = Satisfaction()
    for time in np.arange(1, 20) * 0.5:
        one.update(float(time), sure("angry"))
    assert value_of(one, 60.0, sure("happy")) > 65


def test_calls_are_independent() -> None:
    one, other = Satisfaction(), Satisfaction()
    one.update(0.5, sure("happy"))
    assert other.update(0.5, None) is None
