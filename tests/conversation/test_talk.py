"""Who speaks how much, on channels of which it is known."""

import numpy as np
import pytest

from emotion.conversation.talk import SpeechActivity, Turn, measure
from tests import scenes


def speaks(*spans: tuple[float, float], until: float) -> list[float]:
    """A channel in which somebody speaks from second to second."""
    times = np.arange(0, until, 0.5)
    return [float(any(start <= time < end for start, end in spans)) for time in times]


def test_turns_shares_and_pauses() -> None:
    customer = speaks((0, 10), (20, 24), until=30)
    own = speaks((10, 16), until=30)
    talk = measure(customer, own)
    assert (talk.customer, talk.own) == (14, 6)
    assert talk.own_share == pytest.approx(0.3)
    assert talk.turns == (Turn(0, 10, True), Turn(10, 16, False), Turn(20, 24, True))
    assert talk.longest(customer=True) == 10
    assert talk.longest(customer=False) == 6
    assert list(talk.pauses) == [4]
    assert not talk.interruptions


def test_who_begins_while_the_customer_speaks_interrupts() -> None:
    talk = measure(speaks((0, 10), until=20), speaks((4, 7), (10.5, 12), until=20))
    assert talk.interruptions == (4,)


def test_a_breath_ends_no_turn_and_a_sound_takes_none() -> None:
    talk = measure(speaks((0, 4), (4.5, 8), until=12), speaks((5, 5.5), until=12))
    assert talk.turns == (Turn(0, 8, True),)
    assert talk.interruptions == ()


def test_nobody_has_spoken() -> None:
    talk = measure([], [])
    assert talk.own_share is None
    assert talk.longest(customer=True) == 0


def test_activity_follows_speech_and_gaps(speech: np.ndarray) -> None:
    activity = SpeechActivity()
    for piece in scenes.pieces(speech[:32_000], 960):
        activity.listen(piece)
    heard = list(activity.shares)
    assert len(heard) == 4
    assert max(heard) > 0.5
    for piece in scenes.pieces(speech[:16_000], 960, start=62.0):
        activity.listen(piece)
    assert len(activity.shares) >= 125
    assert not any(activity.shares[5:120])
    assert max(activity.shares[122:]) > 0.5
