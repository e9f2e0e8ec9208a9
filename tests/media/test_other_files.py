"""Files that are no recordings, and in what words they are refused."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.errors import MediaError
from emotion.media.recordings import Recording
from tests.media_makers import shades, sine, write_sound, write_video


def archive(kind: str, content: bytes) -> bytes:
    """A file of that content in an archive."""
    packed = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(packed, "w") as zipped:
            zipped.writestr("call.wav", content)
    elif kind == "docx":
        with zipfile.ZipFile(packed, "w") as zipped:
            zipped.writestr("[Content_Types].xml", "<Types/>")
    elif kind == "tar":
        with tarfile.open(fileobj=packed, mode="w") as tarred:
            entry = tarfile.TarInfo("call.wav")
            entry.size = len(content)
            tarred.addfile(entry, io.BytesIO(content))
    else:
        return gzip.compress(content)
    return packed.getvalue()


def refused(path: Path) -> str:
    with pytest.raises(MediaError) as caught:
        Recording(path)
    assert path.name in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("kind", ["zip", "tar", "gz"])
def test_an_archive_is_to_be_unpacked(kind: str, tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "call.wav", sine(440, 1, 16_000)).read_bytes()
    path = tmp_path / f"calls.{kind}"
    path.write_bytes(archive(kind, sound))
    assert "Unpack it" in refused(path)


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "bmp", "tiff"])
def test_a_picture_is_no_recording(ending: str, tmp_path: Path, face_image: np.ndarray) -> None:
    path = tmp_path / f"face.{ending}"
    cv2.imwrite(str(path), face_image)
    assert "is a single picture" in refused(path)


def test_an_animated_webp_is_to_be_converted(tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "face.webp", shades(5), codec="libwebp_anim", pix_fmt="yuva420p", format="webp"
    )
    assert "animated WebP, which cannot be read. Convert it" in refused(path)


@pytest.mark.parametrize("name", ["part.m4s", "part.webm"])
def test_a_piece_without_its_beginning(name: str, tmp_path: Path) -> None:
    """As streams are stored in pieces, and as browsers hand out a recording that goes on."""
    if name.endswith("webm"):
        whole = write_video(
            tmp_path / "call.webm",
            shades(20),
            codec="libvpx",
            audio_codec="libopus",
            samples=sine(440, 1, 48_000),
        ).read_bytes()
        start = whole.index(b"\x1f\x43\xb6\x75")
    else:
        fragments = {"movflags": "frag_keyframe+empty_moov"}
        whole = write_video(tmp_path / "call.mp4", shades(20), options=fragments).read_bytes()
        start = whole.index(b"moof") - 4
    path = tmp_path / name
    path.write_bytes(whole[start:])
    assert "one piece of a recording" in refused(path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("call.docx", archive("docx", b""), "document of an office program"),
        ("call.pdf", b"%PDF-1.7\n", "document (PDF)"),
        ("call.mid", b"MThd" + bytes(40), "list of notes"),
        ("call.mp4", b"<!DOCTYPE html><title>Sign in</title>", "is a web page"),
        ("call.wav", b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git lfs pull"),
        ("call.m3u8", b"#EXTM3U\n#EXTINF:3,\npart.ts\n", "is a list of recordings"),
        ("call.srt", b"1\n00:00:01,000 --> 00:00:02,000\nHello\n", "holds subtitles"),
        ("call.vtt", b"\xef\xbb\xbfWEBVTT\n\n00:01.000 --> 00:02.000\nHello\n", "holds subtitles"),
        ("call.txt", "Grüße\n".encode("utf-16"), "is a text"),
        ("call.pcm", bytes(range(1, 200)) * 20, "ffmpeg -f s16le -ar 8000"),
        ("call.ulaw", b"\xff\xfe\xfd" * 2_000, "ffmpeg -f mulaw -ar 8000"),
        ("call.yuv", b"x" * 5_000, "does not say their size"),
    ],
)
def test_what_it_is_and_what_to_do(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert said in refused(path)


def test_samples_that_are_only_called_a_wav_file(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes((sine(440, 1, 8_000) * 32_767).astype("<i2").tobytes())
    assert "does not begin as a WAV file does. If it holds samples alone" in refused(path)
