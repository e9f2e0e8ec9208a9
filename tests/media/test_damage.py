"""Recordings that are cut off, damaged, encrypted or say what is not so."""

import re
import struct
from pathlib import Path

import numpy as np
import pytest

from emotion.errors import MediaError
from emotion.media import lengths
from emotion.media.recordings import Recording, read_sound
from tests.media_makers import add_cover, sine, write_sound, write_video, write_wav

TONE = sine(440, 4, 16_000)


def damage(path: Path) -> str | None:
    with Recording(path) as recording:
        assert list(recording)
        return recording.damaged


def cut(path: Path, share: float = 0.5) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: round(share * len(content))])
    return path


def with_length(path: Path, length: int) -> Path:
    """A WAV file that says its sound has so many bytes."""
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.index(b"data") + 4, length)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("cut.wav", "pcm_s16le"),
        ("cut.aiff", "pcm_s16be"),
        ("cut.au", "pcm_s16be"),
        ("cut.flac", "flac"),
        ("cut.mp3", "libmp3lame"),
    ],
)
def test_sound_that_is_cut_off_is_called_so(tmp_path: Path, name: str, codec: str) -> None:
    path = write_sound(tmp_path / name, TONE, codec=codec)
    assert damage(path) is None
    found = re.fullmatch(r"it ends after (\d\.\d) of (\d\.\d) s", damage(cut(path)) or "")
    assert found is not None
    assert float(found[1]) == pytest.approx(2, abs=0.8)
    assert float(found[2]) == pytest.approx(4, abs=0.3)


def test_a_cover_before_the_sound_hides_nothing(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "song.mp3", TONE, codec="libmp3lame")
    add_cover(path, b"\xff\xd8\xff" + bytes(100_000))
    with Recording(path) as recording:
        assert recording.duration == pytest.approx(4, abs=0.2)


@pytest.mark.parametrize("length", [0, 0x7FFF_FFFF, 0xFFFF_FFFF, 8_000])
def test_a_wav_file_that_says_less_or_nothing_is_read_to_its_end(
    tmp_path: Path, length: int
) -> None:
    """Recorders write the length last, and some no other than that of their first buffer."""
    rng = np.random.default_rng(1)
    noise = rng.uniform(-0.5, 0.5, 64_000).astype(np.float32)
    path = with_length(write_wav(tmp_path / "crash.wav", noise), length)
    assert damage(path) is None
    assert len(read_sound(path)) >= 64_000


def test_what_follows_the_sound_of_a_wav_file_is_not_heard(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "tagged.wav", TONE)
    with path.open("ab") as file:
        file.write(b"LIST" + struct.pack("<I", 40_000) + b"INFO" + bytes(39_996))
    assert len(read_sound(path)) == len(TONE)


def test_where_the_sound_of_a_wav_file_lies(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "tone.wav", TONE)
    place, length = lengths.wav_sound(path)
    assert (length, place + length) == (2 * len(TONE), path.stat().st_size)
    assert lengths.wav_sound(write_sound(tmp_path / "tone.flac", TONE, codec="flac")) == (0, 0)


def test_pictures_that_the_decoder_had_to_fill_in_are_said(
    tmp_path: Path, face_image: np.ndarray
) -> None:
    rng = np.random.default_rng(2)
    noisy = [
        np.clip(face_image + rng.normal(0, 8, face_image.shape), 0, 255).astype(np.uint8)
        for _ in range(40)
    ]
    path = write_video(tmp_path / "torn.avi", noisy, 10)
    assert damage(path) is None
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3_000] = rng.bytes(3_000)
    path.write_bytes(content)
    assert damage(path) == "some of its picture could not be decoded"


def test_all_that_is_missing_is_said(tmp_path: Path, face_image: np.ndarray) -> None:
    path = write_video(tmp_path / "torn.avi", [face_image] * 40, 10, TONE, 16_000)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + bytes(len(content) // 2))
    assert re.match(r"some of its picture could.*; it ends after", damage(path) or "")


def test_an_encrypted_recording_is_called_so(tmp_path: Path, face_image: np.ndarray) -> None:
    path = write_video(
        tmp_path / "rented.mp4",
        [face_image] * 30,
        10,
        sine(440, 3, 48_000),
        options={
            "encryption_scheme": "cenc-aes-ctr",
            "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
            "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
        },
    )
    expected = r"rented\.mp4 can be decoded: its picture and sound cannot be read, being encrypted"
    with pytest.raises(MediaError, match=expected):
        damage(path)
