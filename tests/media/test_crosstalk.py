"""Leaks from one channel into another."""

import numpy as np
import pytest

from emotion.media.crosstalk import Crosstalk

RATE = 16_000


def later(sound: np.ndarray, samples: int) -> np.ndarray:
    return np.concatenate([np.zeros(samples, np.float32), sound])[: len(sound)]


def power(sound: np.ndarray) -> float:
    return float(np.mean(np.square(sound, dtype=np.float64)))


@pytest.fixture
def turns(speech: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two who take turns, each on a channel."""
    silence = np.zeros_like(speech)
    return np.concatenate([speech, silence]), np.concatenate([silence, speech[::-1]])


@pytest.mark.parametrize(
    ("decibels", "delay"),
    [
        *((20, delay) for delay in (0, 80, 320, 1_600, 5_600)),
        (12, 80),
        (12, 5_600),
        (30, 0),
        (30, 1_600),
    ],
)
def test_a_leak_is_silenced_and_the_speaker_stays(
    decibels: float, delay: int, turns: tuple[np.ndarray, np.ndarray]
) -> None:
    one, other = turns
    leak = 10 ** (-decibels / 20)
    mixed = np.stack([one + leak * later(other, delay), other + leak * later(one, delay)])
    left, right = Crosstalk().without(mixed.astype(np.float32), RATE)
    half = len(one) // 2
    # What comes back over a line is later than the sound by which it is known.
    rest = 0.05 if delay <= 320 else 0.2
    assert power(right[:half]) < rest * power(leak * one[:half])
    assert power(left[half + delay :]) < rest * power(leak * other[half:])
    assert power(left[:half]) == pytest.approx(power(one[:half]), rel=0.02)
    assert power(right[half:]) == pytest.approx(power(other[half:]), rel=0.02)


def test_who_answers_quietly_is_no_echo(speech: np.ndarray) -> None:
    quiet = 0.1 * speech[::-1].astype(np.float32)
    silence = np.zeros(8_000, np.float32)
    one = np.concatenate([speech[:16_000], silence, speech[16_000:32_000], silence])
    other = np.concatenate([silence, quiet[:24_000], silence, quiet[24_000:]])[: len(one)]
    given = Crosstalk().without(np.stack([one, np.pad(other, (0, len(one) - len(other)))]), RATE)[1]
    assert power(given) > 0.9 * power(other)


def test_who_talks_quietly_at_the_same_time_is_no_leak(speech: np.ndarray) -> None:
    quiet = 0.1 * speech[::-1].astype(np.float32)
    given = Crosstalk().without(np.stack([speech, quiet]), RATE)[1]
    assert power(given) > 0.9 * power(quiet)


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.uint8, np.float32])
def test_pieces_of_any_size_and_samples_of_any_type(
    kind: type, turns: tuple[np.ndarray, np.ndarray]
) -> None:
    one, other = turns
    floats = np.stack([one, other + 0.1 * one])
    if kind is np.float32:
        data = floats.astype(np.float32)
    elif kind is np.uint8:
        data = (128 + 127 * floats).astype(np.uint8)
    else:
        data = (floats * (np.iinfo(kind).max // 2)).astype(kind)
    before = data.copy()
    whole = Crosstalk().without(data, RATE)
    crosstalk = Crosstalk()
    pieces = [crosstalk.without(data[:, at : at + 777], RATE) for at in range(0, len(one), 777)]
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), whole)
    np.testing.assert_array_equal(data, before)
    assert whole.dtype == data.dtype
    assert (whole != data).any()
