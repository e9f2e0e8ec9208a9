"""The clock of live sound beside that of the call."""

from fractions import Fraction

import av
import numpy as np
import pytest

from emotion.conversation.sound_clock import SoundClock

RATE = 48_000


def sound(start: float, *, unit: bool = True) -> av.AudioFrame:
    """A fiftieth of a second of a track that has counted so many seconds."""
    frame = av.AudioFrame.from_ndarray(np.zeros((1, RATE // 50), np.int16), "s16", "mono")
    frame.sample_rate = RATE
    if unit:
        frame.time_base = Fraction(1, RATE)
    frame.pts = round(start * RATE)
    return frame


@pytest.mark.parametrize("start", [0.0, 70.0, 40_000.0])
def test_another_connection_counts_from_anywhere(start: float) -> None:
    clock = SoundClock()
    (before,) = clock.place([sound(70.0)], 1.0)
    assert before.time == pytest.approx(0.98)
    clock.again()
    (after,) = clock.place([sound(start)], 5.0)
    assert after.time == pytest.approx(4.98)


def test_sound_without_a_clock_goes_on_where_it_ended() -> None:
    """A frame that counts, but does not say in which unit, has no clock either."""
    clock = SoundClock()
    first = clock.place([sound(0.0, unit=False)], 1.0)
    second = clock.place([sound(0.02, unit=False)], 1.1)
    assert [piece.time for piece in first + second] == pytest.approx([0.98, 1.0])
    (third,) = clock.place([sound(0.04)], 1.2)
    assert third.time == pytest.approx(1.18)
