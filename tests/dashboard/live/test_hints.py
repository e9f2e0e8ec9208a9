"""Hints say what was measured, one at a time, and not before their threshold."""

import numpy as np
import pytest

from dashboard.live.hints import Hints
from emotion.conversation.talk import measure
from emotion.readings.fusion import Reliability
from emotion.readings.reading import Prediction, Reading
from emotion.timeline.timeline import Timeline

SPOKEN = [1.0] * 20


def timeline(*scores: float) -> Timeline:
    neutral = Prediction(np.eye(8)[0])
    readings = tuple(
        Reading((index + 1) / 2, neutral, neutral, np.eye(8)[0], score)
        for index, score in enumerate(scores)
    )
    return Timeline("call", len(scores) / 2, readings, Reliability(1.0, 1.0))


STEADY = timeline(*[60.0] * 60)


def test_a_fall_of_twenty_seconds_is_said_with_its_figures() -> None:
    falling = timeline(*np.linspace(80, 50, 60))
    hint = Hints().update(30, falling, SPOKEN, None)
    assert hint is not None
    assert hint.kind == "falling"
    assert "20 s" in hint.text
    assert "to 50" in hint.text
    assert Hints().update(30, STEADY, SPOKEN, None) is None
    assert Hints().update(30, timeline(*np.linspace(50, 80, 60)), SPOKEN, None) is None


def test_a_silent_customer() -> None:
    assert Hints().update(99, STEADY, SPOKEN, None) is None
    hint = Hints().update(100, STEADY, SPOKEN, measure(SPOKEN, []))
    assert hint is not None
    assert hint.text == "The customer has been silent for 01:30."
    alone = Hints().update(100, STEADY, SPOKEN, None)
    assert alone is not None
    assert "Nobody" in alone.text


def test_a_long_turn_and_interruptions_need_two_channels() -> None:
    own = [0.0] * 20 + [1.0] * 360
    hint = Hints().update(190, STEADY, [1.0] * 380, measure([0.0] * 380, own))
    assert hint is not None
    assert hint.text == "You have been speaking for 03:00."
    customer, mine = [1.0] * 200, [0.0] * 200
    for start in (20, 60, 100, 140):
        mine[start : start + 4] = [1.0] * 4
    hint = Hints().update(100, STEADY, customer, measure(customer, mine))
    assert hint is not None
    assert hint.kind == "interrupted"
    assert " 4 times" in hint.text


def test_muted_and_set() -> None:
    hints = Hints()
    hints.set({"limits": {"silent": 10}, "muted": []})
    assert hints.update(25, STEADY, SPOKEN, None) is not None
    hints.set({"limits": {"silent": 10}, "muted": ["silent"]})
    assert hints.update(25.5, STEADY, SPOKEN, None) is None


@pytest.mark.parametrize(
    "settings", [None, 7, {"limits": {"silent": "soon"}}, {"limits": [], "muted": "silent"}]
)
def test_settings_without_meaning_change_nothing(settings: object) -> None:
    hints = Hints()
    before = dict(hints.limits)
    hints.set(settings)
    assert hints.limits == before
    assert not hints.muted


def test_a_hint_stays_to_be_read_and_is_not_repeated() -> None:
    hints = Hints()
    hints.set({"limits": {"silent": 10}})
    assert hints.update(25, STEADY, SPOKEN, None) is not None
    spoken = [1.0] * 52
    assert hints.update(26, STEADY, spoken, None) is not None
    assert hints.update(40, STEADY, [1.0] * 80, None) is None
    assert hints.update(52, STEADY, [1.0] * 80, None) is None, "only a minute later again"
