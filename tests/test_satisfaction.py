import math

import numpy as np
import pytest

from emotion import emotions, satisfaction
from emotion.emotions import INDEX
from emotion.satisfaction import SMOOTHING, Satisfaction


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
        (40.01, "neutral"),
        (50, "neutral"),
        (59.99, "neutral"),
        (60, "satisfied"),
        (100, "satisfied"),
    ],
)
def test_labels(value: float, label: str) -> None:
    assert satisfaction.label(value) == label


def test_there_is_none_before_the_first_reading() -> None:
    call = Satisfaction()
    assert call.update(0.5, None) is None
    assert call.update(1.0, None) is None
    assert call.update(1.5, sure("happy")) == 100


def test_it_follows_a_change_with_its_time_constant() -> None:
    call = Satisfaction()
    call.update(0.0, sure("neutral"))
    values = [call.update(time, sure("happy")) for time in np.arange(1, 61) * 0.5]
    assert values == sorted(values)  # type: ignore[type-var]
    after = values[round(SMOOTHING / 0.5) - 1]
    assert after == pytest.approx(50 + 50 * (1 - math.exp(-1)))
    assert values[-1] == pytest.approx(100, abs=0.01)


def test_readings_twice_as_often_make_no_difference() -> None:
    ends = []
    for step in (0.5, 0.25):
        call = Satisfaction()
        call.update(0.0, sure("happy"))
        for time in np.arange(step, 2 + step / 2, step):
            value = call.update(float(time), sure("sad"))
        ends.append(value)
    assert ends[0] == pytest.approx(ends[1])


def test_the_last_value_stands_without_a_reading() -> None:
    call = Satisfaction()
    call.update(0.5, sure("sad"))
    value = call.update(1.0, sure("neutral"))
    assert call.update(1.5, None) == value
    assert call.update(60.0, None) == value


def test_after_a_long_silence_the_new_reading_counts_almost_alone() -> None:
    call = Satisfaction()
    call.update(0.5, sure("angry"))
    assert call.update(60.0, sure("happy")) == pytest.approx(100, abs=0.1)


def test_calls_are_independent() -> None:
    one, other = Satisfaction(), Satisfaction()
    one.update(0.5, sure("happy"))
    assert other.update(0.5, None) is None
