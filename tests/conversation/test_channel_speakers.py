"""Channels with speakers of their own, in recordings made here."""

from pathlib import Path

import numpy as np
import pytest
import soxr

from emotion.conversation import channel_speakers
from emotion.media.recordings import read_sound
from tests import media_makers
from tests.media_makers import write_sound, write_wav

RATE = 16_000


@pytest.fixture(scope="module")
def other(speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """What somebody else says."""
    path = tmp_path_factory.mktemp("other") / "other.wav"
    text = "No, we have never been asked for that, and the price is far too high for us."
    return read_sound(media_makers.speak(path, text, voice="en-gb", speed=150))


def turns(one: np.ndarray, other: np.ndarray, crosstalk: float = 0.0) -> np.ndarray:
    """Two who take turns, each on a channel, shape (2, n)."""
    first = np.concatenate([one, np.zeros_like(other)])
    second = np.concatenate([np.zeros_like(one), other])
    return np.stack([first + crosstalk * second, second + crosstalk * first])


def test_agent_and_customer(tmp_path: Path, speech: np.ndarray, other: np.ndarray) -> None:
    call = turns(speech, other)
    assert channel_speakers.find(write_wav(tmp_path / "call.wav", call)) == (0, 1)
    assert channel_speakers.find(
        write_wav(tmp_path / "8k.wav", soxr.resample(call.T, RATE, 8_000).T, 8_000)
    ) == (0, 1)
    packed = write_sound(tmp_path / "call.m4a", call, codec="aac")
    assert channel_speakers.find(packed) == (0, 1)


def test_who_hears_the_other_in_the_headset(
    tmp_path: Path, speech: np.ndarray, other: np.ndarray
) -> None:
    path = write_wav(tmp_path / "call.wav", turns(speech, other, crosstalk=0.1))
    assert channel_speakers.find(path) == (0, 1)


def test_two_who_talk_at_once_after_one_began(
    tmp_path: Path, speech: np.ndarray, other: np.ndarray
) -> None:
    late = np.concatenate([np.zeros(2 * RATE, np.float32), other])
    length = min(len(speech), len(late))
    path = write_wav(tmp_path / "call.wav", np.stack([speech[:length], late[:length]]))
    assert channel_speakers.find(path) == (0, 1)


def test_one_voice_on_both_channels(tmp_path: Path, speech: np.ndarray) -> None:
    for name, other in (
        ("alike", speech),
        ("inverted", -speech),
        ("quieter", 0.1 * speech),
        ("later", np.roll(speech, 80)),
        ("silent", np.zeros_like(speech)),
    ):
        path = write_wav(tmp_path / f"{name}.wav", np.stack([speech, other]))
        assert channel_speakers.find(path) is None, name


def test_noise_is_no_speaker(tmp_path: Path, speech: np.ndarray, rng: np.random.Generator) -> None:
    noise = rng.normal(0, 0.1, len(speech)).astype(np.float32)
    path = write_wav(tmp_path / "noise.wav", np.stack([speech, noise]))
    assert channel_speakers.find(path) is None


def test_a_room_with_two_microphones(
    tmp_path: Path, speech: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> None:
    def heard(sound: np.ndarray, delay: int, level: float) -> np.ndarray:
        tail = rng.normal(0, 1, 6_000) * np.exp(-np.arange(6_000) / 1_200)
        tail *= 0.7 / np.linalg.norm(tail)
        path = np.concatenate([np.zeros(delay), [1.0], np.zeros(40), tail])
        return np.asarray(level * np.convolve(sound, path)[: len(sound)], np.float32)

    both = np.concatenate([speech, other])
    left = np.concatenate([heard(speech, 0, 0.5), heard(other, 60, 0.3)])
    right = np.concatenate([heard(speech, 50, 0.3), heard(other, 0, 0.5)])
    assert len(left) == len(both)
    assert channel_speakers.find(write_wav(tmp_path / "room.wav", np.stack([left, right]))) is None


def test_one_channel_and_none(tmp_path: Path, speech: np.ndarray) -> None:
    assert channel_speakers.find(write_wav(tmp_path / "mono.wav", speech)) is None
    video = media_makers.write_video(tmp_path / "silent.mp4", media_makers.shades(20), 10)
    assert channel_speakers.find(video) is None
