"""Turning points of synthetic timelines, whose places are known."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from emotion.readings import emotions
from emotion.readings.fusion import Reliability
from emotion.readings.reading import Prediction, Reading
from emotion.timeline.moments import APART, LEAST, turning_points
from emotion.timeline.timeline import Timeline

HOP = 0.5


def timeline_of(names: Sequence[str | None]) -> Timeline:
    """Readings that are sure of one emotion each, or of nothing."""
    readings = []
    for index, name in enumerate(names):
        fused = None if name is None else np.eye(emotions.COUNT)[emotions.INDEX[name]]
        prediction = Prediction(fused, "no face" if fused is None else None)
        readings.append(
            Reading((index + 1) * HOP, prediction, Prediction(None, "silence"), fused, 50.0)
        )
    return Timeline("synthetic", len(names) * HOP, tuple(readings), Reliability(1.0, 1.0))


def test_one_step_is_found_at_its_place() -> None:
    (moment,) = turning_points(timeline_of(["happy"] * 20 + ["angry"] * 20))
    assert moment.time == 10.0
    # Each side is drawn a little to the middle, from which it is known by so much only.
    assert -100 < moment.change < -88
    assert (moment.before, moment.after) == ("happy", "angry")


def test_rises_count_as_falls_do_and_come_in_order_of_time() -> None:
    names = ["neutral"] * 20 + ["happy"] * 20 + ["sad"] * 20 + ["neutral"] * 20
    moments = turning_points(timeline_of(names))
    assert [moment.time for moment in moments] == [10.0, 20.0, 30.0]
    changes = [moment.change for moment in moments]
    assert changes == pytest.approx([50.0, -87.5, 37.5], rel=0.1)


def test_the_strongest_are_kept() -> None:
    names = ["neutral"] * 20 + ["calm"] * 20 + ["angry"] * 20 + ["happy"] * 20
    moments = turning_points(timeline_of(names), count=2)
    assert [moment.time for moment in moments] == [20.0, 30.0]


def test_moments_are_apart() -> None:
    names = (["happy"] * 4 + ["angry"] * 4) * 20
    times = [moment.time for moment in turning_points(timeline_of(names), count=50)]
    assert len(times) > 3
    assert np.diff(times).min() >= APART


def test_a_steady_call_has_none() -> None:
    assert turning_points(timeline_of(["sad"] * 200)) == []


def test_small_changes_are_none(rng: np.random.Generator) -> None:
    readings = []
    for index in range(200):
        fused = np.full(emotions.COUNT, 1 / emotions.COUNT)
        fused[emotions.INDEX["happy"]] += LEAST / 2000 * rng.random()
        fused /= fused.sum()
        readings.append(
            Reading((index + 1) * HOP, Prediction(fused), Prediction(None, "silence"), fused, 50.0)
        )
    assert turning_points(Timeline("flat", 100.0, tuple(readings), Reliability(1.0, 1.0))) == []


@pytest.mark.parametrize("first", [None, "flat"])
def test_the_first_seconds_of_a_call_are_no_moment(first: str | None) -> None:
    """What is known of satisfaction then grows from nothing."""
    steady = timeline_of([None] * 6 + ["happy"] * 40)
    if first == "flat":
        flat = np.full(emotions.COUNT, 1 / emotions.COUNT)
        vague = tuple(
            replace(reading, face=Prediction(flat), fused=flat) for reading in steady.readings[:2]
        )
        steady = replace(steady, readings=vague + steady.readings[6:])
    assert turning_points(steady) == []


def test_a_reading_that_says_nothing_is_no_turn() -> None:
    timeline = timeline_of(["neutral"] * 60)
    flat = np.full(emotions.COUNT, 1 / emotions.COUNT)
    readings = tuple(
        replace(reading, face=Prediction(flat), fused=flat) if index >= 30 else reading
        for index, reading in enumerate(timeline.readings)
    )
    assert turning_points(replace(timeline, readings=readings)) == []


def test_a_gap_hides_no_step_and_makes_none() -> None:
    steady = timeline_of(["happy"] * 20 + [None] * 20 + ["happy"] * 20)
    assert turning_points(steady) == []
    beside = timeline_of(["happy"] * 20 + [None] * 3 + ["angry"] * 20)
    assert len(turning_points(beside)) == 1


@pytest.mark.parametrize("names", [[], ["happy"], [None] * 30, ["happy", "angry"]])
def test_too_little_gives_nothing_or_fails_not(names: list[str | None]) -> None:
    assert len(turning_points(timeline_of(names))) <= 1
