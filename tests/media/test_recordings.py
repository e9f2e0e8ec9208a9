import os
import tempfile
import wave
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from emotion.errors import MediaError
from emotion.media import recordings, samples
from emotion.media.frames import Frame
from emotion.media.recordings import Recording
from emotion.media.samples import Samples
from tests.media_makers import (
    add_cover,
    set_display_matrix,
    shades,
    sine,
    with_empty_packets,
    write_sound,
    write_video,
    write_wav,
)


def frames_of(path: Path, frame_rate: float | None = None) -> list[Frame]:
    with Recording(path, frame_rate=frame_rate) as recording:
        return [item for item in recording if isinstance(item, Frame)]


def sound_of(path: Path) -> list[Samples]:
    with Recording(path) as recording:
        return [item for item in recording if isinstance(item, Samples)]


def joined(pieces: list[Samples]) -> np.ndarray:
    return np.concatenate([piece.data for piece in pieces], axis=1)


def brightness(frames: list[Frame]) -> list[float]:
    return [float(frame.image.mean()) for frame in frames]


def likeness(image: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two pictures of one size."""
    return float(np.corrcoef(image.ravel(), other.ravel())[0, 1])


@pytest.fixture
def call(tmp_path: Path, face_image: np.ndarray) -> Path:
    """Two seconds of a still face and a tone."""
    return write_video(
        tmp_path / "call.mp4", [face_image] * 50, 25, np.stack([sine(440, 2, 48_000)] * 2)
    )


# What is in a file.


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


def test_cover_art_is_no_moving_picture(tmp_path: Path, face_image: np.ndarray) -> None:
    path = write_sound(tmp_path / "song.mp3", sine(440, 1, 44_100), 44_100, codec="libmp3lame")
    add_cover(path, cv2.imencode(".jpg", face_image)[1].tobytes())
    with av.open(str(path)) as container:
        assert container.streams.video, "the cover is not where a player looks for it"
    with Recording(path) as recording:
        assert not recording.has_video
        assert recording.has_audio
        assert all(isinstance(item, Samples) for item in recording)


@pytest.mark.parametrize(
    ("name", "codec", "audio_codec", "rate"),
    [
        ("call.webm", "libvpx", "libopus", 48_000),
        ("call.mkv", "libx264", "libopus", 48_000),
        ("call.mov", "libx264", "pcm_s16le", 44_100),
        ("call.avi", "mjpeg", "pcm_s16le", 44_100),
        ("call.ts", "libx264", "aac", 48_000),
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


def test_the_name_decides_nothing(tmp_path: Path) -> None:
    path = write_video(tmp_path / "call.mp4", shades(5))
    wrong = path.rename(tmp_path / "Ärger mit 100 %d 😀.wav")
    assert len(frames_of(wrong)) == 5


@pytest.mark.parametrize("name", ["12:30.mp4", "file:call.mp4", "-call.mp4", "https:call.mp4"])
def test_a_relative_name_is_never_taken_for_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write_video(tmp_path / "made.mp4", shades(5)).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(frames_of(Path(name))) == 5


# What cannot be read.


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"no file .*lost\.mp4"):
        Recording(tmp_path / "lost.mp4")


def test_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=f"{tmp_path.name} is a folder"):
        Recording(tmp_path)


def test_empty_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    path.touch()
    with pytest.raises(MediaError, match=r"cut\.mp4 is empty"):
        Recording(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("noise.mp4", bytes(range(256)) * 200),
        ("zeros.wav", bytes(10_000)),
        ("text.mp4", b"Dear customer,\n" * 100),
        ("text.txt", b"Dear customer,\n" * 100),
        ("table.csv", b"time,emotion\n0,happy\n"),
        ("page.html", b"<!doctype html><title>Call</title>"),
        ("lines.srt", b"1\n00:00:01,000 --> 00:00:02,000\nHello\n\n"),
        ("one.mp4", b"\0"),
    ],
)
def test_what_is_no_media_is_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MediaError, match=name), Recording(path) as recording:
        list(recording)


@pytest.mark.parametrize("name", ["list.m3u8", "list.mp4", "list.webm", "list.ffconcat"])
@pytest.mark.parametrize(
    "content",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {}\n",
    ],
    ids=["hls", "concat"],
)
def test_an_upload_cannot_open_other_files(tmp_path: Path, name: str, content: str) -> None:
    write_video(tmp_path / "private.mp4", shades(5))
    path = tmp_path / name
    path.write_text(content.format("private.mp4"))
    with pytest.raises(MediaError, match=name), Recording(path) as recording:
        list(recording)


def test_a_still_picture_is_no_recording(tmp_path: Path, face_image: np.ndarray) -> None:
    path = tmp_path / "face.png"
    cv2.imwrite(str(path), face_image)
    with pytest.raises(MediaError, match=r"face\.png"):
        Recording(path)


def test_mp4_cut_in_half_has_no_index(tmp_path: Path) -> None:
    path = write_video(tmp_path / "half.mp4", shades(50), 25, sine(440, 2, 48_000))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(MediaError, match=r"half\.mp4"):
        Recording(path)


def test_mp4_with_the_index_first_gives_its_first_half(
    tmp_path: Path, face_image: np.ndarray
) -> None:
    path = write_video(
        tmp_path / "half.mp4",
        [face_image] * 100,
        25,
        sine(440, 4, 48_000),
        options={"movflags": "faststart"},
    )
    content = path.read_bytes()
    path.write_bytes(content[: round(len(content) * 0.6)])
    with Recording(path) as recording:
        items = list(recording)
        assert recording.damaged, "nobody is told that the end is missing"
    frames = [item for item in items if isinstance(item, Frame)]
    assert 5 < len(frames) < 95
    assert likeness(frames[5].image, face_image) > 0.99
    assert any(isinstance(item, Samples) for item in items)


def test_damage_in_the_middle_leaves_the_rest(
    tmp_path: Path, rng: np.random.Generator, face_image: np.ndarray
) -> None:
    noisy = [
        np.clip(face_image + rng.normal(0, 8, face_image.shape), 0, 255).astype(np.uint8)
        for _ in range(30)
    ]
    path = write_video(tmp_path / "torn.mp4", noisy, 10, options={"movflags": "faststart"})
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = rng.bytes(20_000)
    path.write_bytes(content)
    # Whether the decoder notices is up to it: it may paint over the damage.
    times = [frame.time for frame in frames_of(path)]
    assert times == sorted(times)
    assert min(times) < 0.5
    assert max(times) > 2.5


def test_wav_without_samples_has_no_content(tmp_path: Path) -> None:
    path = tmp_path / "nothing.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
    with pytest.raises(MediaError, match=r"nothing\.wav"), Recording(path) as recording:
        list(recording)


def test_sound_stream_without_content_leaves_the_picture(tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "hush.mkv", shades(10), 25, np.zeros((1, 0)), audio_codec="pcm_s16le"
    )
    assert len(frames_of(path)) == 10
    assert sound_of(path) == []


# Pictures.


def test_one_frame(tmp_path: Path) -> None:
    frames = frames_of(write_video(tmp_path / "one.mp4", shades(1)))
    assert [frame.time for frame in frames] == [0]


@pytest.mark.parametrize(
    ("width", "height", "count"), [(16, 16, 5), (3840, 2160, 2), (240, 320, 5), (1280, 96, 3)]
)
def test_any_size(tmp_path: Path, width: int, height: int, count: int) -> None:
    frames = frames_of(write_video(tmp_path / "size.mp4", shades(count, width, height)))
    assert [frame.image.shape for frame in frames] == [(height, width, 3)] * count


@pytest.mark.parametrize(
    ("pix_fmt", "codec", "name"),
    [
        ("gray", "libx264", "grey.mp4"),
        ("yuv444p", "libx264", "full.mp4"),
        ("yuv420p10le", "libx264", "deep.mp4"),
        ("yuvj420p", "mjpeg", "jpeg.avi"),
        ("bgr0", "ffv1", "lossless.mkv"),
        ("gray16le", "ffv1", "deepgrey.mkv"),
    ],
)
def test_any_pixel_format(
    tmp_path: Path, face_image: np.ndarray, pix_fmt: str, codec: str, name: str
) -> None:
    path = write_video(tmp_path / name, [face_image] * 3, codec=codec, pix_fmt=pix_fmt)
    frames = frames_of(path)
    assert len(frames) == 3
    if "gray" in pix_fmt:
        expected = cv2.cvtColor(cv2.cvtColor(face_image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    else:
        expected = face_image
    assert frames[1].image.dtype == np.uint8
    assert likeness(frames[1].image, expected) > 0.99


def test_telephone_held_upright(tmp_path: Path, face_image: np.ndarray) -> None:
    """The sensor lies on its side and the file says: turn me clockwise to look at me."""
    portrait = face_image[:, 30:270]
    path = write_video(tmp_path / "phone.mp4", [cv2.rotate(portrait, 2)] * 3)
    set_display_matrix(path, (0, 1, -1, 0))
    frame = frames_of(path)[0]
    assert frame.image.shape == portrait.shape
    assert likeness(frame.image, portrait) > 0.99


@pytest.mark.parametrize(
    "matrix",
    [
        pytest.param((1, 0, 0, 1), id="upright"),
        pytest.param((0, 1, -1, 0), id="clockwise"),
        pytest.param((-1, 0, 0, -1), id="upside down"),
        pytest.param((0, -1, 1, 0), id="counterclockwise"),
        pytest.param((-1, 0, 0, 1), id="mirrored"),
        pytest.param((1, 0, 0, -1), id="flipped"),
        pytest.param((0, 1, 1, 0), id="transposed"),
        pytest.param((0, -1, -1, 0), id="transversed"),
    ],
)
def test_display_matrix_as_iso_14496_12_defines_it(
    tmp_path: Path, matrix: tuple[int, int, int, int]
) -> None:
    image = np.full((96, 160, 3), 60, np.uint8)
    image[:32, :32] = 250
    image[64:, 128:] = 150
    path = set_display_matrix(write_video(tmp_path / "turned.mp4", [image] * 2), matrix)
    a, b, c, d = matrix
    rows, columns = np.indices(image.shape[:2])
    across, down = a * columns + c * rows, b * columns + d * rows
    across, down = across - across.min(), down - down.min()
    expected = np.zeros((down.max() + 1, across.max() + 1, 3), np.uint8)
    expected[down, across] = image
    shown = frames_of(path)[0].image
    assert shown.shape == expected.shape
    assert likeness(shown, expected) > 0.98


# Time.


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


def test_uneven_frames_keep_their_times(tmp_path: Path) -> None:
    times = [0, 0.04, 0.5, 0.51, 2, 2.04]
    path = write_video(tmp_path / "uneven.mkv", shades(6), times=times)
    frames = frames_of(path)
    # A picture stands until the next one, and where that takes long it is given again.
    own = [
        frame for i, frame in enumerate(frames) if i == 0 or frame.image is not frames[i - 1].image
    ]
    assert [frame.time for frame in own] == pytest.approx(times, abs=2e-3)
    assert len(frames) > len(own)
    assert max(np.diff([frame.time for frame in frames])) < 1.0


def test_call_that_starts_late_starts_at_zero(tmp_path: Path) -> None:
    path = write_video(tmp_path / "late.mkv", shades(50), times=[100 + i / 25 for i in range(50)])
    times = [frame.time for frame in frames_of(path)]
    np.testing.assert_allclose(times, np.arange(50) / 25, atol=2e-3)


def test_absurd_jump_is_ignored(tmp_path: Path) -> None:
    times = [0, 0.04, 0.08, 900_000, 900_000.04, 900_000.08]
    path = write_video(tmp_path / "jump.mkv", shades(6), 25, times=times)
    with Recording(path) as recording:
        frames = [item for item in recording if isinstance(item, Frame)]
        assert recording.damaged == "its timestamps make no sense, so some times are counted"
    assert [frame.time for frame in frames] == pytest.approx(np.arange(6) / 25, abs=2e-3)


@pytest.mark.parametrize("times", [[0, 0.04, 900, 900.04], [700, 700.04, 700.08, 900]])
def test_a_camera_that_is_off_for_long_stays_where_it_was(
    times: list[float], tmp_path: Path
) -> None:
    sound = np.zeros(8_000 * 901, np.float32)
    path = write_video(
        tmp_path / "off.mkv", shades(4), 25, sound, 8_000, times=times, audio_codec="pcm_s16le"
    )
    with Recording(path) as recording:
        found = [item.time for item in recording if isinstance(item, Frame)]
        assert recording.damaged is None
    assert found == pytest.approx(times, abs=2e-3)


def test_frames_all_at_one_time_are_counted(tmp_path: Path) -> None:
    path = write_video(tmp_path / "zero.mkv", shades(50), 25, times=[0.0] * 50)
    with Recording(path) as recording:
        times = [item.time for item in recording if isinstance(item, Frame)]
        assert "timestamps make no sense" in (recording.damaged or "")
    assert times[-1] == pytest.approx(2, abs=0.3)
    assert times == sorted(times)


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


def test_a_name_too_long_and_what_is_no_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be opened: File name too long"):
        Recording(tmp_path / ("x" * 300))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(MediaError, match="is not a regular file"):
        Recording(pipe)


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


def test_timestamps_that_start_again_go_on(tmp_path: Path) -> None:
    """Two transport streams one after the other, as some telephone systems store them."""
    one = write_video(tmp_path / "one.ts", shades(25), 25, sine(440, 1, 48_000))
    both = tmp_path / "both.ts"
    both.write_bytes(one.read_bytes() * 2)
    for items in (frames_of(both), sound_of(both)):
        times = [item.time for item in items]
        assert times == sorted(times)
        assert times[-1] == pytest.approx(2, abs=0.25)


@pytest.mark.parametrize(("codec", "name"), [("libx264", "h264"), ("mjpeg", "mjpeg")])
def test_bare_stream_without_times_is_counted(tmp_path: Path, codec: str, name: str) -> None:
    path = write_video(
        tmp_path / f"bare.{name}",
        shades(20),
        25,
        codec=codec,
        format=name,
        pix_fmt="yuv420p" if codec == "libx264" else "yuvj420p",
    )
    frames = frames_of(path)
    assert [frame.time for frame in frames] == pytest.approx(np.arange(20) / 25, abs=1e-3)
    assert np.all(np.diff(brightness(frames)) > 0)


# Sound.


@pytest.mark.parametrize("planar", [False, True], ids=["packed", "planar"])
def test_more_channels_than_a_frame_has_planes_of_its_own(
    planar: bool, rng: np.random.Generator
) -> None:
    data = rng.integers(-9_999, 9_999, (16, 33), np.int16)
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(data.T.reshape(1, -1)), format="s16", layout="hexadecagonal"
    )
    frame.sample_rate = 16_000
    if planar:
        (frame,) = av.AudioResampler(format="s16p").resample(frame)
    np.testing.assert_array_equal(samples.decoded(frame), data)


@pytest.mark.parametrize("planar", [False, True], ids=["packed", "planar"])
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize(
    ("name", "dtype"),
    [("u8", "uint8"), ("s16", "int16"), ("s32", "int32"), ("flt", "float32"), ("dbl", "float64")],
)
def test_channels_of_every_sample_format(
    name: str, dtype: str, channels: int, planar: bool, rng: np.random.Generator
) -> None:
    data = (rng.uniform(0, 100, (channels, 33))).astype(dtype)
    stored = data if planar else data.T.reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(stored),
        format=name + "p" * planar,
        layout={1: "mono", 2: "stereo", 6: "5.1"}[channels],
    )
    np.testing.assert_array_equal(samples.decoded(frame), data)


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize(
    "codec",
    ["pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_s64le", "pcm_f32le", "pcm_f64le"],
)
def test_read_sound_of_every_wav(tmp_path: Path, codec: str, channels: int) -> None:
    wave_ = sine(440, 0.5, 16_000)
    path = write_wav(tmp_path / "tone.wav", np.stack([wave_] * channels), codec=codec)
    sound = recordings.read_sound(path)
    assert sound.dtype == np.float32
    np.testing.assert_allclose(sound, wave_, atol=0.01 if codec == "pcm_u8" else 1e-3)


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 96_000])
def test_read_sound_at_any_rate(tmp_path: Path, rate: int) -> None:
    sound = recordings.read_sound(write_wav(tmp_path / "tone.wav", sine(440, 1, rate), rate))
    assert abs(len(sound) - 16_000) <= 1
    expected = sine(440, 1, 16_000)
    np.testing.assert_allclose(sound[800:-800], expected[800 : len(sound) - 800], atol=2e-3)


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("tone.mp3", "libmp3lame", 44_100),
        ("tone.flac", "flac", 48_000),
        ("tone.m4a", "aac", 44_100),
        ("tone.opus", "libopus", 48_000),
    ],
)
def test_read_sound_of_compressed_files(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    path = write_sound(tmp_path / name, sine(440, 1, rate), rate, codec=codec)
    sound = recordings.read_sound(path)
    assert len(sound) == pytest.approx(16_000, abs=1600)
    spectrum = np.abs(np.fft.rfft(sound[:16_000] * np.hanning(min(len(sound), 16_000))))
    assert spectrum.argmax() * 16_000 / min(len(sound), 16_000) == pytest.approx(440, abs=3)


def test_read_sound_of_a_video(call: Path) -> None:
    assert len(recordings.read_sound(call)) == pytest.approx(32_000, abs=500)


def test_read_sound_without_sound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"mute\.mp4 has no sound"):
        recordings.read_sound(write_video(tmp_path / "mute.mp4", shades(3)))


def test_sound_that_starts_later_than_the_picture_keeps_its_place(tmp_path: Path) -> None:
    path = tmp_path / "offset.mkv"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for index, image in enumerate(shades(50)):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(video.encode(frame))
            if index >= 25:
                sound = av.AudioFrame.from_ndarray(
                    np.full((1, 640), 1000, np.int16), format="s16", layout="mono"
                )
                sound.sample_rate, sound.time_base = 16_000, Fraction(1, 16_000)
                sound.pts = index * 640
                container.mux(audio.encode(sound))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    assert sound_of(path)[0].time == pytest.approx(1, abs=2e-3)
    assert frames_of(path)[0].time == pytest.approx(0, abs=2e-3)


# What people have.


@pytest.mark.parametrize("ratio", [Fraction(64, 45), Fraction(4, 3), Fraction(2), Fraction(1, 2)])
def test_pixels_that_are_not_square_are_shown_as_squares(
    tmp_path: Path, face_image: np.ndarray, ratio: Fraction
) -> None:
    height, width = face_image.shape[:2]
    stored: np.ndarray = cv2.resize(face_image, (round(width / ratio) // 2 * 2, height))
    path = tmp_path / "wide.mkv"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25, options={"crf": "12"})
        video.height, video.width = stored.shape[:2]
        video.pix_fmt = "yuv420p"
        video.codec_context.sample_aspect_ratio = ratio
        for index in range(3):
            frame = av.VideoFrame.from_ndarray(stored, format="bgr24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    image = frames_of(path)[0].image
    assert image.shape[1] / image.shape[0] == pytest.approx(width / height, rel=0.02)
    assert likeness(cv2.resize(image, (width, height)), face_image) > 0.97


def test_a_packet_without_content_costs_itself_alone(tmp_path: Path) -> None:
    """Encoders such as Theora's write empty packets where nothing moves."""
    whole = write_video(
        tmp_path / "whole.avi",
        shades(75),
        25,
        sine(440, 3, 48_000),
        codec="mjpeg",
        audio_codec="pcm_s16le",
        pix_fmt="yuvj420p",
    )
    path = with_empty_packets(tmp_path / "still.nut", whole, lambda number: number % 30 < 2)
    with av.open(str(path)) as container:
        empty = [packet for packet in container.demux(video=0) if packet.dts and not packet.size]
    assert empty, "the muxer fills no gaps"
    with Recording(path) as recording:
        items = list(recording)
        assert recording.damaged is None
    frames = [item for item in items if isinstance(item, Frame)]
    assert max(np.diff([frame.time for frame in frames])) < 1
    assert frames[-1].time > 2
    assert brightness(frames) == sorted(brightness(frames))
    assert sum(item.data.shape[1] for item in items if isinstance(item, Samples)) > 140_000


def test_one_picture_every_two_seconds_stands_for_its_time(tmp_path: Path) -> None:
    path = write_video(tmp_path / "slow.mp4", shades(3), 0.5)
    times = [frame.time for frame in frames_of(path, frame_rate=5)]
    assert max(np.diff(times)) < 1
    assert times[-1] > 5


def test_a_part_of_a_longer_recording_counts_from_its_own_start(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mkv", shades(50), 25, sine(440, 2, 48_000))
    path = tmp_path / "part.mkv"
    with av.open(str(whole)) as given, av.open(str(path), "w") as container:
        streams = [container.add_stream_from_template(stream) for stream in given.streams]
        for packet in given.demux():
            if packet.dts is None or packet.pts is None:
                continue
            shift = round(3600 / packet.time_base)
            packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
            packet.stream = streams[packet.stream.index]
            container.mux(packet)
    with Recording(path) as recording:
        times = [item.time for item in recording]
        assert recording.damaged is None
        assert recording.duration == pytest.approx(2, abs=0.1)
    assert max(times) < 2.1


def test_a_camera_that_is_switched_on_late_in_a_live_recording(tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "live.webm",
        shades(3),
        25,
        np.zeros(8_000 * 662, np.float32),
        8_000,
        times=[660, 660.04, 660.08],
        codec="libvpx",
        audio_codec="libopus",
        codec_options={"deadline": "realtime", "cpu-used": "8"},
        options={"live": "1", "max_interleave_delta": "1000"},
    )
    with Recording(path) as recording:
        frames = [item for item in recording if isinstance(item, Frame)]
        assert recording.damaged is None
    assert frames[0].time == pytest.approx(660, abs=0.1)


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


@pytest.mark.parametrize(
    ("name", "codec"), [("call.wv", "wavpack"), ("call.eac3", "eac3"), ("call.ac3", "ac3")]
)
def test_further_formats_of_sound(tmp_path: Path, name: str, codec: str) -> None:
    path = write_sound(tmp_path / name, sine(440, 1, 48_000), 48_000, codec=codec)
    assert len(recordings.read_sound(path)) == pytest.approx(16_000, abs=700)


def test_raw_gsm_of_a_telephone_server(tmp_path: Path) -> None:
    # A frame of 33 bytes begins with 0xD and lasts 20 ms.
    path = tmp_path / "call.gsm"
    path.write_bytes((b"\xd8\x20\xa2\xe1\x5a" + b"\x50\x00\x49\x24\x92\x49\x24" * 4) * 50)
    assert len(recordings.read_sound(path)) == pytest.approx(16_000, abs=700)


def test_vorbis_is_not_called_damaged(tmp_path: Path) -> None:
    sound = np.stack([sine(440, 1, 48_000)] * 2)
    path = write_sound(
        tmp_path / "call.ogg", sound, 48_000, codec="vorbis", codec_options={"strict": "-2"}
    )
    with Recording(path) as recording:
        list(recording)
        assert recording.damaged is None


def test_a_recording_that_was_never_finished_is_called_so(tmp_path: Path) -> None:
    path = write_video(tmp_path / "crash.mp4", shades(50), 25, sine(440, 2, 48_000))
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"moov") - 4])
    with pytest.raises(MediaError, match=r"crash\.mp4 was never finished.*index"):
        Recording(path)


def test_a_file_without_permission_is_called_so() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = write_wav(Path(folder) / "closed.wav", sine(440, 1, 16_000))
        path.chmod(0)
        child = os.fork()
        if child == 0:
            # Nothing is closed to the superuser.
            if os.geteuid() == 0:
                os.seteuid(65_534)
            try:
                Recording(path)
            except MediaError as error:
                os._exit(0 if "closed.wav may not be read" in str(error) else 1)
            os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
