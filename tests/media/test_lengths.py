"""How long recordings last by their own account."""

from pathlib import Path

import numpy as np
import pytest

from emotion.media.frames import Frame
from emotion.media.recordings import Recording
from tests.media_makers import shades, sine, write_sound, write_video


def test_live_recording_of_a_browser_has_no_length(tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "live.webm",
        shades(25),
        25,
        sine(440, 1, 48_000),
        codec="libvpx",
        audio_codec="libopus",
        codec_options={"deadline": "realtime", "cpu-used": "8"},
        options={"live": "1"},
    )
    with Recording(path) as recording:
        assert recording.duration is None
        assert sum(isinstance(item, Frame) for item in recording) == 25


@pytest.mark.parametrize("name", ["quiet.aac", "live.mkv"])
def test_a_guessed_duration_is_none(name: str, tmp_path: Path, rng: np.random.Generator) -> None:
    """Silence fools a guess from the first bytes of a file."""
    sound = np.concatenate([np.zeros(12 * 16_000), rng.uniform(-0.5, 0.5, 5 * 16_000)])
    path = write_sound(
        tmp_path / name, sound, codec="aac", options={"live": "1"} if "live" in name else None
    )
    shares = []
    with Recording(path) as recording:
        assert recording.duration is None
        for _ in recording:
            shares.append(recording.share)
        assert recording.damaged is None
        assert recording.end == pytest.approx(17, abs=0.3)
    assert shares == sorted(shares)
    assert shares[0] < 0.2
    assert shares[-1] > 0.9
