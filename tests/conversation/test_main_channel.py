"""The channel with speech where the others hold something else."""

from pathlib import Path

import numpy as np
import pytest

from emotion.conversation import main_channel
from emotion.conversation.analysis import analyze
from emotion.media import delays, excerpts
from emotion.media.recordings import Recording
from emotion.media.samples import to_float
from emotion.media.tracks import TrackChoice
from emotion.models.shipped import Models
from tests.media_makers import sine, write_sound


@pytest.fixture(scope="module")
def others() -> dict[str, np.ndarray]:
    """Six seconds of what is no speech, by its name."""
    rng = np.random.default_rng(3)
    tones = [sine(tone, 6, 16_000, 0.1) for tone in (262, 330, 392)]
    return {
        "noise": (0.03 * rng.standard_normal(96_000)).astype(np.float32),
        "hum": sine(50, 6, 16_000, 0.3),
        "music": np.sum(tones, axis=0),
    }


@pytest.fixture(scope="module")
def alone(
    models: Models, speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> np.ndarray:
    """What six seconds of speech are read as."""
    path = tmp_path_factory.mktemp("alone") / "voice.wav"
    voice = analyze(write_sound(path, speech[:96_000]), models).summary().voice
    assert voice is not None
    return voice


@pytest.mark.parametrize("other", ["noise", "hum", "music"])
def test_the_channel_with_speech_is_found(
    other: str, others: dict[str, np.ndarray], speech: np.ndarray, tmp_path: Path
) -> None:
    path = write_sound(tmp_path / "both.wav", np.stack([others[other], speech[:96_000]]))
    assert main_channel.find(path) == "right"


def test_the_channel_with_speech_is_heard_alone(
    others: dict[str, np.ndarray],
    alone: np.ndarray,
    speech: np.ndarray,
    tmp_path: Path,
    models: Models,
) -> None:
    path = write_sound(tmp_path / "both.wav", np.stack([others["noise"], speech[:96_000]]))
    np.testing.assert_array_equal(analyze(path, models).summary().voice, alone)


def test_speech_in_the_centre_of_surround(
    others: dict[str, np.ndarray], speech: np.ndarray, tmp_path: Path
) -> None:
    music, noise = others["music"], others["noise"]
    channels = [music, music, speech[:96_000], 0 * music, noise, noise[::-1]]
    assert main_channel.find(write_sound(tmp_path / "film.wav", np.stack(channels))) == "centre"


def test_somebody_who_speaks_late_on_the_other_channel_is_not_lost(
    others: dict[str, np.ndarray], speech: np.ndarray, tmp_path: Path
) -> None:
    """Where no excerpt falls."""
    long = np.concatenate([speech] * 10)
    noise = np.resize(others["noise"], len(long))
    path = write_sound(tmp_path / "alone.wav", np.stack([long, noise]))
    assert main_channel.find(path) == "left"
    # Excerpts begin in the middle of each eighth and take 4 s.
    for start in range(len(long) // 8, len(long) - len(speech), len(long) // 8):
        noise[start : start + 40_000] += speech[:40_000]
    path = write_sound(tmp_path / "both.wav", np.stack([long, noise]))
    assert main_channel.find(path) is None


@pytest.mark.parametrize("factor", [1.0, 0.3, -1.0, 0.0], ids=["same", "weaker", "inverted", "0"])
def test_channels_with_the_same_sound_are_heard_as_one(
    factor: float, speech: np.ndarray, tmp_path: Path
) -> None:
    path = write_sound(tmp_path / "stereo.wav", np.stack([speech, factor * speech]))
    assert main_channel.find(path) is None


def test_speech_on_both_channels_leaves_none_of_them_out(
    speech: np.ndarray, tmp_path: Path
) -> None:
    path = write_sound(tmp_path / "two.wav", np.stack([speech, speech[::-1]]))
    assert main_channel.find(path) is None


@pytest.mark.parametrize("seconds", [0.005, 0.04])
def test_an_echo_on_the_other_channel_is_left_out(
    seconds: float, speech: np.ndarray, tmp_path: Path
) -> None:
    voice = speech[:96_000]
    echo = np.concatenate([np.zeros(round(16_000 * seconds), np.float32), voice])[: len(voice)]
    path = write_sound(tmp_path / "echo.wav", np.stack([0.8 * echo, voice]))
    assert main_channel.find(path) == "right"


def test_who_is_heard_on_the_later_channel_alone_is_not_lost(
    speech: np.ndarray, tmp_path: Path
) -> None:
    """Where no excerpt falls."""
    long = np.concatenate([speech] * 10)
    echo = np.concatenate([np.zeros(160, np.float32), long])[: len(long)]
    for start in range(16_000 * 6, len(long) - len(speech), 16_000 * 10):
        long[start : start + 48_000] = 0
    path = write_sound(tmp_path / "two.wav", np.stack([long, echo]))
    with Recording(path) as recording:
        assert recording.sound_track is not None
        pieces = [piece.data for piece in excerpts.sounds(path, recording.sound_track)]
    assert delays.better(to_float(np.concatenate(pieces, axis=1)), 16_000) == 0
    assert main_channel.find(path) is None


def test_one_channel_or_none_is_no_choice(speech: np.ndarray, tmp_path: Path) -> None:
    assert main_channel.find(write_sound(tmp_path / "mono.wav", speech)) is None


def test_what_is_asked_for_is_heard(
    others: dict[str, np.ndarray], speech: np.ndarray, tmp_path: Path
) -> None:
    path = write_sound(tmp_path / "both.wav", np.stack([others["noise"], speech[:96_000]]))
    assert main_channel.chosen(path, TrackChoice(channels="left")) == "left"
    assert main_channel.chosen(path, TrackChoice(channels="mix")) is None
    assert main_channel.chosen(path, TrackChoice()) == "right"
