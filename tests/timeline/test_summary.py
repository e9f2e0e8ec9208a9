"""What synthetic readings come to."""

from dataclasses import replace

import numpy as np
import pytest

from emotion.readings import emotions
from emotion.readings.fusion import Reliability
from emotion.readings.reading import Prediction, Reading
from emotion.timeline.timeline import Timeline
from tests.scenes import assert_probabilities
from tests.timeline.test_timeline import sure, timeline


def reading(time: float, face: str | None, speech: str | None, fused: str | None) -> Reading:
    def prediction(name: str | None) -> Prediction:
        return Prediction(None, "nothing") if name is None else Prediction(sure(name))

    return Reading(
        time, prediction(face), prediction(speech), None if fused is None else sure(fused), 50.0
    )


def test_a_summary_weighs_readings_by_their_senses() -> None:
    both = reading(0.5, "happy", "happy", "happy")
    one = reading(1.0, "sad", None, "sad")
    summary = Timeline("two", 1.0, (both, one), Reliability(0.5, 1.0)).summary()
    assert summary.emotions is not None
    assert summary.emotions[emotions.INDEX["happy"]] == pytest.approx(1.25 / 1.75)
    assert summary.emotions[emotions.INDEX["sad"]] == pytest.approx(0.5 / 1.75)
    assert summary.dominant == "happy"
    assert summary.face is not None
    assert summary.face[emotions.INDEX["sad"]] == 0.5
    assert (summary.face_coverage, summary.voice_coverage) == (1.0, 0.5)


def test_a_summary_of_an_interval_holds_its_end_but_not_its_start() -> None:
    readings = tuple(
        reading((index + 1) / 2, None, name, name)
        for index, name in enumerate(["happy", "happy", "sad", "angry"])
    )
    line = Timeline("four", 2.0, readings, Reliability(1, 1))
    assert line.summary(0, 1).dominant == "happy"
    assert line.summary(1, 1.5).dominant == "sad"
    assert line.summary(1.5).dominant == "angry"
    assert line.summary(0.5, 1.5).voice_coverage == 1.0
    for piece in (line.summary(2, 9), line.summary(1.2, 1.3), line.summary(1.5, 0.5)):
        assert piece.emotions is None
        assert piece.dominant is None
        assert piece.satisfaction is None
        assert piece.voice_coverage == 0


def test_intervals_come_to_the_whole(rng: np.random.Generator) -> None:
    line = timeline(rng)
    assert_probabilities(line.summary().emotions)
    halves = line.summary(0, 3), line.summary(3, 6)
    mean = np.mean([half.face_coverage for half in halves])
    assert mean == pytest.approx(line.summary().face_coverage)


def test_a_summary_counts_moments_by_their_quality() -> None:
    sure = np.eye(8)
    readings = tuple(
        Reading(
            time, Prediction(sure[emotion], None, quality), Prediction(None, "silence"), None, None
        )
        for time, emotion, quality in ((0.5, 2, 0.9), (1.0, 3, 0.3))
    )
    summary = Timeline("two", 1.0, readings, Reliability(1, 1)).summary()
    assert summary.face is not None
    np.testing.assert_allclose(summary.face[[2, 3]], [0.75, 0.25])
    nothing = tuple(replace(r, face=replace(r.face, quality=0.0)) for r in readings)
    summary = Timeline("two", 1.0, nothing, Reliability(1, 1)).summary()
    assert summary.face is not None
    np.testing.assert_allclose(summary.face[[2, 3]], [0.5, 0.5])


def test_a_summary_weighs_satisfaction_by_its_certainty(rng: np.random.Generator) -> None:
    made = timeline(rng, 3)
    given = zip(made.readings, (80.0, 20.0, 50.0), (0.75, 0.25, 0.0), strict=True)
    readings = tuple(
        replace(reading, fused=np.full(8, 0.125), satisfaction=value, certainty=certainty)
        for reading, value, certainty in given
    )
    assert replace(made, readings=readings).summary().satisfaction == pytest.approx(65)
    # Tables of before know no certainty.
    plain = tuple(replace(reading, certainty=0.0) for reading in readings)
    assert replace(made, readings=plain).summary().satisfaction == pytest.approx(50)
