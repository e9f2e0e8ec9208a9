"""The chart of a whole timeline, of synthetic readings."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard import charts
from emotion.readings import emotions
from emotion.readings.fusion import Reliability
from emotion.readings.reading import Prediction, Reading
from emotion.timeline.moments import Moment
from emotion.timeline.timeline import Timeline

HAPPY, SAD = (np.eye(emotions.COUNT)[emotions.INDEX[name]] for name in ("happy", "sad"))


def timeline(count: int) -> Timeline:
    """Sad in its first half and happy in its second, with the face, and never the voice, read."""
    readings = []
    for index in range(count):
        late = index >= count / 2
        fused = HAPPY if late else SAD
        readings.append(
            Reading(
                (index + 1) / 2,
                Prediction(fused, None),
                Prediction(None, "silence"),
                fused,
                80.0 if late else 20.0,
                1,
                1,
            )
        )
    return Timeline("call", count / 2, tuple(readings), Reliability(1.0, 1.0))


def satisfaction(given: Timeline) -> tuple[np.ndarray, np.ndarray]:
    line = next(iter(charts.course(given, []).select_traces({"name": "Satisfaction"})))
    return np.asarray(line.x), np.asarray(line.y, float)


def test_each_reading_of_a_short_call_is_drawn() -> None:
    given = timeline(40)
    times, scores = satisfaction(given)
    assert list(times) == [reading.time for reading in given.readings]
    assert list(scores) == [20.0] * 20 + [80.0] * 20


def test_a_long_call_is_drawn_by_means_of_equal_times() -> None:
    given = timeline(3 * charts.COLUMNS - 1)
    times, scores = satisfaction(given)
    assert len(times) == charts.COLUMNS
    assert times[-1] == given.readings[-1].time
    assert np.mean(scores) == pytest.approx(50.0, abs=0.5)
    assert set(scores[:250]) == {20.0}
    assert set(scores[-250:]) == {80.0}


def test_a_time_without_a_reading_is_a_gap() -> None:
    given = timeline(40)
    rows = list(given.readings)
    for index in range(10, 15):
        # Satisfaction stands while nothing is read.
        nothing = Prediction(None, "no face")
        rows[index] = replace(rows[index], face=nothing, fused=None)
    given = replace(given, readings=tuple(rows))
    _, scores = satisfaction(given)
    assert [index for index, score in enumerate(scores) if np.isnan(score)] == list(range(10, 15))
    figure = charts.course(given, [])
    (heat,) = [trace for trace in figure.data if trace.type == "heatmap"]
    voice, face = np.asarray(heat.z)
    assert not voice.any()
    assert list(np.flatnonzero(face == 0)) == list(range(10, 15))


def test_moments_stand_where_satisfaction_was_by_number() -> None:
    given = timeline(40)
    moments = [Moment(5.0, -30.0, "calm", "sad"), Moment(15.0, 60.0, "sad", "happy")]
    figure = charts.course(given, moments)
    found = {note.text.split()[0]: (note.x, note.y) for note in figure.layout.annotations}
    assert found == {"1": (5.0, 20.0), "2": (15.0, 80.0)}
