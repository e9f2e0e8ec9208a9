"""What can be opened, and in what words the rest is refused."""

import os
import struct
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.errors import MediaError
from emotion.media.recordings import Recording, read_sound
from tests.media.contents import frames_of
from tests.media_makers import shades, sine, write_sound, write_video, write_wav


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


def test_a_name_too_long_and_what_is_no_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be opened: File name too long"):
        Recording(tmp_path / ("x" * 300))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(MediaError, match="is not a regular file"):
        Recording(pipe)


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


def test_a_wav_file_in_another_byte_order_is_not_read_as_noise(tmp_path: Path) -> None:
    path = tmp_path / "old.wav"
    sound = np.round(20_000 * sine(440, 1, 16_000)).astype(">i2").tobytes()
    form = b"fmt " + struct.pack(">IHHIIHH", 16, 1, 1, 16_000, 32_000, 2, 16)
    content = b"WAVE" + form + b"data" + struct.pack(">I", len(sound)) + sound
    path.write_bytes(b"RIFX" + struct.pack(">I", len(content)) + content)
    with pytest.raises(MediaError, match=r"old\.wav is a WAV file in another byte order"):
        Recording(path)


def id3(length: int) -> bytes:
    """A tag of MP3 of so many bytes and ten."""
    size = bytes(length >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + bytes(length)


FORM = (
    b"------WebKitFormBoundaryAbC\r\nContent-Disposition: form-data; name=file\r\n"
    b"Content-Type: application/octet-stream\r\n\r\n"
)


@pytest.mark.parametrize(
    "before",
    [id3(300), id3(100) + id3(200_000), id3(80) + bytes(33), bytes(512), b"\xef\xbb\xbf", FORM],
    ids=["tag", "tags", "padded tag", "zeros", "mark", "form"],
)
@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("voice.wav", "pcm_s16le"),
        ("voice.aiff", "pcm_s16be"),
        ("voice.m4a", "aac"),
        ("voice.mka", "flac"),
        ("voice.flac", "flac"),
        ("voice.ogg", "libopus"),
    ],
)
def test_what_stands_before_a_recording_is_passed_over(
    before: bytes, name: str, codec: str, tmp_path: Path
) -> None:
    """Tags that a player wrote, what an upload was wrapped in."""
    plain = write_sound(tmp_path / name, sine(440, 2, 48_000), 48_000, codec=codec)
    wanted = read_sound(plain)
    path = tmp_path / f"tagged {name}"
    path.write_bytes(before + plain.read_bytes())
    np.testing.assert_array_equal(read_sound(path), wanted)
    with Recording(path) as recording:
        list(recording)
    assert recording.damaged is None


@pytest.mark.parametrize(
    ("name", "codec"), [("call.png", "apng"), ("call.gif", "gif"), ("call.swf", "flv")]
)
def test_moving_pictures_of_the_web(name: str, codec: str, tmp_path: Path) -> None:
    pixels = {"apng": "rgb24", "gif": "rgb8"}.get(codec, "yuv420p")
    formats = {"apng": "apng"}
    path = write_video(
        tmp_path / name, shades(20), 10, codec=codec, pix_fmt=pixels, format=formats.get(codec)
    )
    assert len(frames_of(path)) >= 19
