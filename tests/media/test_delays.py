"""Channels of which one is the other, later."""

import numpy as np
import pytest
import soxr

from emotion.media import delays

RATE = 16_000


def later(sound: np.ndarray, seconds: float) -> np.ndarray:
    return np.concatenate([np.zeros(round(seconds * RATE), np.float32), sound])[: len(sound)]


def better(*channels: np.ndarray, rate: int = RATE) -> int | None:
    data = np.stack(channels).astype(np.float32)
    if rate != RATE:
        data = soxr.resample(data.T, RATE, rate).T
    return delays.better(np.concatenate([data[:, : rate * 2], data], axis=1), rate)


@pytest.mark.parametrize("seconds", [0.0005, 0.005, 0.04, 0.25])
@pytest.mark.parametrize(
    ("level", "rate"),
    [(0.4, 8_000), (0.4, 16_000), (0.4, 44_100), (0.4, 48_000), (1.0, 16_000), (-1.0, 16_000)],
)
def test_the_channel_that_hears_it_first(
    seconds: float, level: float, rate: int, speech: np.ndarray
) -> None:
    echo = level * later(speech, seconds)
    assert better(speech, echo, rate=rate) == 0
    assert better(echo, speech, rate=rate) == 1
    assert better(0 * speech, echo, speech, rate=rate) == 2


def test_two_microphones_in_a_room(speech: np.ndarray, rng: np.random.Generator) -> None:
    def heard(delay: int, level: float) -> np.ndarray:
        tail = rng.normal(0, 1, 6_000) * np.exp(-np.arange(6_000) / 1_200)
        path = np.concatenate([np.zeros(delay), [1.0], np.zeros(40), tail / np.linalg.norm(tail)])
        return level * np.convolve(speech, path)[: len(speech)]

    assert better(heard(120, 0.4), heard(0, 0.5)) == 1


def test_the_channel_with_less_noise(speech: np.ndarray, rng: np.random.Generator) -> None:
    noise = 0.05 * rng.standard_normal(len(speech))
    assert better(speech + noise, later(speech, 0.01)) == 1


def test_channels_that_are_not_late(speech: np.ndarray, rng: np.random.Generator) -> None:
    assert better(speech, speech) is None
    assert better(speech, -0.3 * speech) is None
    assert better(speech, later(speech, 1 / RATE)) is None
    assert better(speech, 0 * speech) is None
    assert better(0 * speech, 0 * speech) is None
    assert better(speech, speech[::-1]) is None
    assert better(speech, 0.1 * rng.standard_normal(len(speech))) is None
    assert better(speech, later(speech, 0.4)) is None
    assert better(speech[:1], speech[1:2]) is None
    assert delays.better(np.zeros((2, 0), np.float32), RATE) is None


def test_two_people_at_two_microphones_leave_none_out(speech: np.ndarray) -> None:
    other = speech[::-1]
    assert better(speech + later(other, 0.004), other + later(speech, 0.004)) is None
