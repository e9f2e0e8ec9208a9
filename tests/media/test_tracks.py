"""What tracks a recording holds, and which of them it would play."""

from pathlib import Path

import numpy as np
import pytest

from emotion.errors import MediaError
from emotion.media import excerpts, tracks
from emotion.media.recordings import Recording
from emotion.media.samples import Samples
from emotion.media.tracks import CHANNELS, TrackChoice
from tests.media_makers import shades, sine, write_sound, write_tracks, write_video

SILENT = np.zeros(48_000, np.float32)
TONE = sine(440, 3, 16_000)


def frequency(path: Path, audio_track: int | None = None) -> float:
    """Hertz of the tone that a recording gives, 0 for silence."""
    with Recording(path, audio_track=audio_track) as recording:
        heard = np.concatenate(
            [item.data[0] for item in recording if isinstance(item, Samples)]
        ).astype(float)
    spectrum = np.abs(np.fft.rfft(heard))
    return float(spectrum.argmax() * 16_000 / len(heard)) if spectrum.max() > 1 else 0.0


def test_tracks_are_listed_with_what_is_known_of_them(tmp_path: Path) -> None:
    path = write_tracks(
        tmp_path / "call.mkv",
        [shades(20), shades(20, 96, 64)],
        [TONE, np.stack([TONE, TONE])],
        default=[1, 2],
        aside=[3],
    )
    found = tracks.inspect(path)
    assert [(one.number, one.width, one.height) for one in found.pictures] == [
        (1, 64, 48),
        (2, 96, 64),
    ]
    assert [one.default for one in found.pictures] == [False, True]
    assert [one.channels for one in found.sounds] == [("mono",), ("left", "right")]
    assert [one.aside for one in found.sounds] == [False, True]
    assert {one.rate for one in found.sounds} == {16_000}
    assert all(one.readable for one in (*found.pictures, *found.sounds))


@pytest.mark.parametrize(
    ("layout", "names"),
    [
        (1, ("mono",)),
        (2, ("left", "right")),
        (6, ("left", "right", "centre", "bass", "back left", "back right")),
    ],
)
def test_channels_have_names(tmp_path: Path, layout: int, names: tuple[str, ...]) -> None:
    path = write_sound(tmp_path / "tone.wav", np.stack([TONE] * layout))
    assert tracks.inspect(path).sounds[0].channels == names


def test_what_a_recording_would_play_comes_first(tmp_path: Path) -> None:
    path = write_tracks(tmp_path / "call.mkv", [], [TONE] * 4, default=[2, 0], aside=[0, 1])
    order = tracks.preferred(tracks.inspect(path).sounds)
    assert [one.number for one in order] == [3, 1, 4, 2]


def test_the_default_is_heard(tmp_path: Path) -> None:
    sounds = [TONE, sine(880, 3, 16_000)]
    path = write_tracks(tmp_path / "call.mkv", [], sounds, default=[1])
    assert frequency(path) == pytest.approx(880, abs=2)
    assert frequency(path, audio_track=1) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("name", ["call.mkv", "call.mp4", "call.ts"])
@pytest.mark.parametrize("default", [(), (0,), (0, 1)], ids=["none", "silent", "both"])
def test_a_silent_track_is_passed_over(name: str, default: tuple[int, ...], tmp_path: Path) -> None:
    path = write_tracks(tmp_path / name, [], [SILENT, TONE], default=default)
    assert frequency(path) == pytest.approx(440, abs=2)
    assert frequency(path, audio_track=1) == 0


def test_a_track_that_is_heard_late_is_not_silent(tmp_path: Path) -> None:
    """A microphone that is muted for the first minute."""
    late = np.concatenate([np.zeros(60 * 16_000, np.float32), sine(440, 40, 16_000)])
    path = write_tracks(tmp_path / "call.mkv", [], [late, sine(880, 100, 16_000)], default=[0])
    assert frequency(path) == pytest.approx(440, abs=2)


def test_where_all_is_silent_the_first_is_heard(tmp_path: Path) -> None:
    path = write_tracks(tmp_path / "call.mkv", [], [SILENT, SILENT])
    with Recording(path) as recording:
        assert recording.sound_track is not None
        assert recording.sound_track.number == 1


def test_an_offset_of_a_microphone_is_no_sound(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "offset.wav", SILENT + 0.3)
    (track,) = tracks.inspect(path).sounds
    assert not excerpts.is_audible(path, track)


def test_excerpts_of_a_long_recording_are_from_all_over_it(tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "long.mp4", shades(200), 2, sine(440, 100, 8_000), 8_000, codec_options={}
    )
    found = tracks.inspect(path)
    shown = [float(image.mean()) for image in excerpts.images(path, found.pictures[0])]
    assert len(shown) == excerpts.SPOTS
    assert max(shown) - min(shown) > 100
    pieces = list(excerpts.sounds(path, found.sounds[0]))
    length = sum(piece.data.shape[1] / piece.rate for piece in pieces)
    assert length == pytest.approx(excerpts.SPOTS * excerpts.SECONDS, abs=3)


def test_a_choice_of_channels_is_one_of_those_there_are() -> None:
    assert all(TrackChoice(channels=name).channels == name for name in CHANNELS)
    with pytest.raises(MediaError, match=r"mix, left, right, split. Received: 'middle'"):
        TrackChoice(channels="middle")
