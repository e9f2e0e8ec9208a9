"""Recordings as frames and samples, interleaved and in order."""

import gc
from pathlib import Path

import av
import numpy as np
import pytest

from emotion.media.frames import Frame
from emotion.media.recordings import Recording
from emotion.media.samples import Samples
from tests.media.contents import brightness, frames_of, joined, likeness, sound_of
from tests.media_makers import shades, sine, write_video, write_wav


def test_picture_and_sound_come_out_as_they_went_in(call: Path, face_image: np.ndarray) -> None:
    with Recording(call) as recording:
        assert recording.has_video
        assert recording.has_audio
        assert recording.duration == pytest.approx(2, abs=0.1)
        items = list(recording)
        assert recording.damaged is None
    frames = [item for item in items if isinstance(item, Frame)]
    pieces = [item for item in items if isinstance(item, Samples)]
    np.testing.assert_allclose([frame.time for frame in frames], np.arange(50) / 25, atol=1e-3)
    assert all(frame.image.dtype == np.uint8 for frame in frames)
    assert likeness(frames[25].image, face_image) > 0.99
    # The colours, too: the channels are in OpenCV's order.
    np.testing.assert_allclose(
        frames[25].image.mean(axis=(0, 1)), face_image.mean(axis=(0, 1)), atol=4
    )
    assert {(piece.rate, piece.data.shape[0]) for piece in pieces} == {(48_000, 2)}
    assert joined(pieces).shape[1] == pytest.approx(96_000, abs=1100)
    assert np.corrcoef(joined(pieces)[0, 4800:91_200], sine(440, 2, 48_000)[4800:91_200])[
        0, 1
    ] == pytest.approx(1, abs=0.01)


def test_streams_are_interleaved_and_each_in_order(call: Path) -> None:
    with Recording(call) as recording:
        items = list(recording)
    for kind in (Frame, Samples):
        times = [item.time for item in items if isinstance(item, kind)]
        assert times == sorted(times)
    # Nothing is held back until the other stream has ended.
    kinds = [type(item) for item in items]
    assert Samples in kinds[: len(kinds) // 3]
    assert Frame in kinds[: len(kinds) // 3]


def test_frames_with_b_frames_come_in_order_of_time(tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "b.mp4",
        shades(50),
        codec_options={"preset": "medium", "bf": "3", "b_strategy": "0"},
    )
    frames = frames_of(path)
    assert len(frames) == 50
    assert np.all(np.diff([frame.time for frame in frames]) > 0)
    assert np.all(np.diff(brightness(frames)) > 0)


def test_sound_only(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "tone.wav", sine(440, 1, 16_000))
    with Recording(path) as recording:
        assert not recording.has_video
        assert recording.has_audio
        assert recording.duration == pytest.approx(1)
    pieces = sound_of(path)
    np.testing.assert_allclose(joined(pieces)[0] / 32768, sine(440, 1, 16_000), atol=1e-4)
    starts = np.cumsum([0, *(piece.data.shape[1] for piece in pieces[:-1])]) / 16_000
    np.testing.assert_allclose([piece.time for piece in pieces], starts, atol=1e-3)


def test_picture_only(tmp_path: Path) -> None:
    path = write_video(tmp_path / "mute.mp4", shades(10))
    with Recording(path) as recording:
        assert recording.has_video
        assert not recording.has_audio
        assert len(list(recording)) == 10


@pytest.mark.parametrize(
    ("name", "codec", "audio_codec", "rate"),
    [
        ("call.webm", "libvpx", "libopus", 48_000),
        ("call.mkv", "libx264", "libopus", 48_000),
        ("call.mov", "libx264", "pcm_s16le", 44_100),
        ("call.avi", "mjpeg", "pcm_s16le", 44_100),
        ("call.ts", "libx264", "aac", 48_000),
        ("call.m2ts", "libx264", "aac", 48_000),
        ("call.flv", "libx264", "aac", 48_000),
        ("call.nut", "libx264", "pcm_s16le", 48_000),
    ],
)
def test_other_containers(
    tmp_path: Path, name: str, codec: str, audio_codec: str, rate: int
) -> None:
    samples = sine(440, 1, rate)
    options = {"deadline": "realtime", "cpu-used": "8"} if codec == "libvpx" else None
    path = write_video(
        tmp_path / name,
        shades(25),
        25,
        samples,
        rate,
        codec=codec,
        audio_codec=audio_codec,
        codec_options=options,
        pix_fmt="yuvj420p" if codec == "mjpeg" else "yuv420p",
    )
    frames, pieces = frames_of(path), sound_of(path)
    assert [frame.time for frame in frames] == pytest.approx(
        [frames[0].time + index / 25 for index in range(25)], abs=2e-3
    )
    assert frames[0].time < 0.1
    assert np.all(np.diff(brightness(frames)) > 0)
    assert joined(pieces).shape[1] / rate == pytest.approx(1, abs=0.12)


def test_one_frame(tmp_path: Path) -> None:
    frames = frames_of(write_video(tmp_path / "one.mp4", shades(1)))
    assert [frame.time for frame in frames] == [0]


def test_frame_rate_thins_evenly(tmp_path: Path) -> None:
    path = write_video(tmp_path / "call.mp4", shades(60), 30)
    times = [frame.time for frame in frames_of(path, frame_rate=15)]
    np.testing.assert_allclose(times, np.arange(30) / 15, atol=2e-3)


@pytest.mark.parametrize("frame_rate", [2, 5, 7.5, 24])
def test_frame_rate_is_never_exceeded(tmp_path: Path, frame_rate: float) -> None:
    path = write_video(tmp_path / "call.mp4", shades(60), 30)
    times = [frame.time for frame in frames_of(path, frame_rate=frame_rate)]
    assert min(np.diff(times)) >= 0.98 / frame_rate
    # A frame is at most one of the file's own frames late.
    assert max(np.diff(times)) <= 1 / frame_rate + 1.1 / 30


def test_frame_rate_above_the_files_takes_all(tmp_path: Path) -> None:
    path = write_video(tmp_path / "call.mp4", shades(30), 30)
    assert len(frames_of(path, frame_rate=120)) == 30


def test_uncompressed_pictures(tmp_path: Path) -> None:
    """As Chromium takes for a camera."""
    path = write_video(tmp_path / "camera.y4m", shades(25), 25, codec="rawvideo")
    frames = frames_of(path)
    assert [frame.time for frame in frames] == pytest.approx(np.arange(25) / 25, abs=1e-3)
    assert np.all(np.diff(brightness(frames)) > 0)


@pytest.mark.parametrize(("codec", "options"), [("mpeg4", {"bf": "2"}), ("libx264", {"bf": "3"})])
def test_avi_shows_its_first_picture_at_the_start(
    codec: str, options: dict[str, str], tmp_path: Path
) -> None:
    """It knows no order but that of decoding, in which a later picture may come first."""
    path = write_video(
        tmp_path / "film.avi",
        shades(50),
        25,
        sine(440, 2, 48_000),
        codec=codec,
        audio_codec="pcm_s16le",
        codec_options=options,
    )
    frames = frames_of(path)
    assert len(frames) == 50
    assert frames[0].time == 0
    assert frames[-1].time == pytest.approx(49 / 25, abs=0.05)
    assert np.all(np.diff(brightness(frames)) >= 0)


def test_no_picture_waits_for_a_garbage_collection(tmp_path: Path) -> None:
    """An hour of large pictures would else take as much memory as hundreds of them."""
    path = write_video(tmp_path / "shades.mp4", shades(20))
    gc.collect()
    gc.disable()
    try:
        with Recording(path) as recording:
            count = sum(isinstance(item, Frame) for item in recording)
        left = sum(isinstance(thing, av.VideoFrame) for thing in gc.get_objects())
    finally:
        gc.enable()
    assert count == 20
    # The decoder has an empty one ready.
    assert left <= 1
