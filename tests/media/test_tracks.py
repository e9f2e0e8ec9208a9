"""What tracks a recording holds, and which of them it would play."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from emotion.errors import MediaError
from emotion.media import excerpts, tracks
from emotion.media.recordings import Recording
from emotion.media.samples import Samples
from emotion.media.tracks import CHANNELS, TrackChoice
from tests.media.contents import joined, sound_of
from tests.media_makers import add_cover, shades, sine, write_sound, write_tracks, write_video

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
    """A microphone that is muted for longer than all excerpts take together."""
    late = np.concatenate([np.zeros(36 * 16_000, np.float32), sine(440, 8, 16_000)])
    path = write_tracks(tmp_path / "call.mkv", [], [late, sine(880, 44, 16_000)], default=[0])
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
        tmp_path / "long.mp4",
        shades(100),
        2,
        sine(440, 50, 8_000),
        8_000,
        codec_options={"preset": "ultrafast", "g": "10"},
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


def test_cover_art_is_no_moving_picture(tmp_path: Path, face_image: np.ndarray) -> None:
    path = write_sound(tmp_path / "song.mp3", sine(440, 1, 44_100), 44_100, codec="libmp3lame")
    add_cover(path, cv2.imencode(".jpg", face_image)[1].tobytes())
    with av.open(str(path)) as container:
        assert container.streams.video, "the cover is not where a player looks for it"
    with Recording(path) as recording:
        assert not recording.has_video
        assert recording.has_audio
        assert all(isinstance(item, Samples) for item in recording)


def test_a_picture_that_no_decoder_reads_leaves_the_sound(call: Path, tmp_path: Path) -> None:
    content = call.read_bytes()
    call.write_bytes(content.replace(b"avc1", b"xyz1"))
    with Recording(call) as recording:
        assert not recording.has_video
        assert sum(item.data.shape[1] for item in recording if isinstance(item, Samples)) > 90_000
        assert recording.damaged == "its picture is in a format that cannot be read"
    silent = write_video(tmp_path / "silent.mp4", shades(9))
    silent.write_bytes(silent.read_bytes().replace(b"avc1", b"xyz1"))
    with pytest.raises(MediaError, match=r"silent\.mp4 cannot be read: its picture is in a for"):
        Recording(silent)


def test_a_track_of_an_unknown_codec_costs_itself_and_the_next_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as container:
        streams = [
            container.add_stream("pcm_f32le", rate=16_000, layout="mono"),
            container.add_stream("pcm_s16le", rate=16_000, layout="mono"),
        ]
        for stream in streams:
            frame = av.AudioFrame.from_ndarray(
                sine(440, 1, 16_000)[None], format="fltp", layout="mono"
            )
            frame.sample_rate, frame.pts, frame.time_base = 16_000, 0, Fraction(1, 16_000)
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    path.write_bytes(path.read_bytes().replace(b"A_PCM/FLOAT/IEEE", b"A_ODD/FLOAT/IEEE"))
    with Recording(path) as recording:
        assert [track.readable for track in recording.tracks.sounds] == [False, True]
    assert joined(sound_of(path)).shape == (1, 16_000)
    with pytest.raises(MediaError, match=r"sound track 1 of two\.mkv is in a format"):
        Recording(path, audio_track=1)
    with pytest.raises(MediaError, match=r"has 2 sound tracks, counted from 1. Received: 3"):
        Recording(path, audio_track=3)


@pytest.mark.parametrize("name", ["song.mkv", "song.mp4", "song.mov"])
def test_a_single_picture_beside_sound_is_a_cover_whatever_it_is_called(
    name: str, tmp_path: Path, face_image: np.ndarray
) -> None:
    path = write_video(
        tmp_path / name,
        [face_image],
        1,
        sine(440, 3, 48_000),
        codec="mjpeg",
        pix_fmt="yuvj420p",
    )
    with Recording(path) as recording:
        assert len(recording.tracks.pictures) == 1
        assert not recording.has_video
        assert all(isinstance(item, Samples) for item in recording)
        assert recording.damaged is None
    with Recording(path, video_track=1) as recording:
        assert recording.has_video
    moving = write_video(
        tmp_path / f"moving_{name}",
        [face_image] * 3,
        1,
        TONE,
        16_000,
        codec="mjpeg",
        pix_fmt="yuvj420p",
    )
    with Recording(moving) as recording:
        assert recording.has_video
