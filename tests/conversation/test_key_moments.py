"""Which moments are found in simulated recordings, whose places are known."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from emotion.conversation import key_moments
from emotion.conversation.talk import measure
from emotion.readings import emotions
from emotion.readings.fusion import Reliability
from emotion.readings.reading import Prediction, Reading
from emotion.timeline.moments import (
    APART,
    DISAGREEMENT,
    FALL,
    HIGH,
    INTERRUPTION,
    LOW,
    RISE,
    SILENCE,
)
from emotion.timeline.timeline import Timeline

HOP = 0.5


def made(names: Sequence[str | None], scores: dict[str, float] | None = None) -> Timeline:
    """Readings that are sure of one emotion each, with the satisfaction that goes with it."""
    valences = {e.name: 50 * (1 + e.valence) for e in emotions.EMOTIONS} | (scores or {})
    readings = []
    for index, name in enumerate(names):
        fused = None if name is None else np.eye(emotions.COUNT)[emotions.INDEX[name]]
        face = Prediction(fused, "no face" if fused is None else None)
        score = None if name is None else valences[name]
        readings.append(Reading((index + 1) * HOP, face, Prediction(None, "silence"), fused, score))
    return Timeline("synthetic", len(names) * HOP, tuple(readings), Reliability(1.0, 1.0))


def kinds(timeline: Timeline, **options: object) -> list[tuple[str, float]]:
    return [(m.kind, m.time) for m in key_moments.find(timeline, **options)]  # type: ignore[arg-type]


def test_rises_and_falls_are_kinds_of_their_own() -> None:
    found = kinds(made(["neutral"] * 60 + ["angry"] * 60 + ["happy"] * 60))
    assert (FALL, 30.0) in found
    assert (RISE, 60.0) in found


def test_a_long_call_has_more_moments_than_a_short_one_and_of_changes_that_last() -> None:
    assert [key_moments.most(minutes * 60) for minutes in (0.5, 10, 20, 40, 60, 300)] == [
        5,
        10,
        15,
        25,
        30,
        30,
    ]
    assert [key_moments.span(minutes * 60) for minutes in (1, 5, 60)] == [3.0, 5.0, 10.0]
    # Four seconds of anger are a turn of a clip, and none of an hour.
    blip = ["neutral"] * 40 + ["angry"] * 8 + ["neutral"] * 40
    assert any(kind in (RISE, FALL) for kind, _ in kinds(made(blip)))
    hour = ["neutral"] * 3600 + ["angry"] * 8 + ["neutral"] * 3592
    changes = [m for m in key_moments.find(made(hour)) if m.kind in (RISE, FALL)]
    assert all(abs(m.change) < 50 for m in changes)


def test_twenty_minutes_of_change_have_fifteen_moments_rises_among_them() -> None:
    names = (["neutral"] * 90 + ["angry"] * 60 + ["happy"] * 90) * 10
    found = key_moments.find(made(names))
    assert len(found) == 15
    assert {RISE, FALL} <= {m.kind for m in found}
    times = [m.time for m in found]
    assert times == sorted(times)
    assert min(np.diff(times)) >= APART


def test_highs_and_lows_are_far_from_the_mean_of_their_own_recording() -> None:
    names = ["calm"] * 100 + ["happy"] * 30 + ["calm"] * 100 + ["angry"] * 30 + ["calm"] * 100
    found = {m.kind: m for m in key_moments.find(made(names), count=20)}
    assert 50 <= found[HIGH].time <= 65
    assert found[HIGH].change > key_moments.FAR
    assert 115 <= found[LOW].time <= 130
    assert found[LOW].change < -key_moments.FAR
    steady = kinds(made(["happy"] * 300))
    assert steady == []


def test_face_and_voice_that_contradict_each_other_are_a_moment() -> None:
    timeline = made(["neutral"] * 200)
    readings = tuple(
        replace(r, disagreement=0.8) if 80 <= i < 90 else r for i, r in enumerate(timeline.readings)
    )
    (found,) = key_moments.find(replace(timeline, readings=readings))
    assert (found.kind, found.time, found.length) == (DISAGREEMENT, 40.0, 5.0)
    short = tuple(
        replace(r, disagreement=0.8) if 80 <= i < 82 else r for i, r in enumerate(timeline.readings)
    )
    assert key_moments.find(replace(timeline, readings=short)) == []


def test_silence_is_a_moment_between_words_only() -> None:
    timeline = made(["neutral"] * 200)
    speech = [0.0] * 30 + [1.0] * 40 + [0.0] * 24 + [1.0] * 30 + [0.0] * 4 + [1.0] * 10
    assert kinds(timeline, speech=speech + [0.0] * 62) == [(SILENCE, 35.0)]


def test_interruptions_are_moments_where_it_is_known_who_speaks() -> None:
    timeline = made(["neutral"] * 200)
    customer = [1.0] * 60 + [0.0] * 140
    own = [0.0] * 40 + [1.0] * 30 + [0.0] * 130
    talk = measure(customer, own)
    assert kinds(timeline, talk=talk) == [(INTERRUPTION, 20.0)]
    assert kinds(timeline) == []


def test_no_kind_takes_all_the_room() -> None:
    names = (["happy"] * 40 + ["angry"] * 40) * 10
    silent = ([1.0] * 60 + [0.0] * 20) * 10
    found = [kind for kind, _ in kinds(made(names), speech=silent, count=9)]
    assert len(found) == 9
    assert max(found.count(kind) for kind in set(found)) == 3


@pytest.mark.parametrize("names", [[], [None] * 50, ["happy"]])
def test_too_little_gives_nothing(names: list[str | None]) -> None:
    assert key_moments.find(made(names), speech=[]) == []
