"""Recordings that are cut off, damaged, encrypted or say what is not so."""

import re
import struct
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from emotion.errors import MediaError
from emotion.media import lengths
from emotion.media.frames import Frame
from emotion.media.recordings import Recording, read_sound
from emotion.media.samples import Samples
from tests.media.contents import brightness, frames_of, likeness, sound_of
from tests.media_makers import (
    add_cover,
    shades,
    sine,
    with_empty_packets,
    write_sound,
    write_video,
    write_wav,
)

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


def test_an_avi_that_is_cut_off_is_called_so(tmp_path: Path) -> None:
    whole = write_video(
        tmp_path / "call.avi",
        shades(40),
        10,
        sine(440, 4, 16_000),
        16_000,
        codec="mjpeg",
        audio_codec="pcm_s16le",
        pix_fmt="yuvj420p",
    )
    with Recording(whole) as recording:
        list(recording)
    assert recording.damaged is None
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with Recording(cut) as recording:
        list(recording)
    assert recording.damaged is not None
    assert re.search(r"it ends after [12]\.\d of 4\.0 s", recording.damaged)


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


def noise(seconds: float, rate: int, rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(-0.3, 0.3, round(seconds * rate)).astype(np.float32)


def without(path: Path, start: int, end: int) -> Path:
    """The file, of which some bytes never arrived."""
    content = path.read_bytes()
    path.write_bytes(content[:start] + content[end:])
    return path


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [("call.opus", "libopus", 48_000), ("call.ogg", "flac", 16_000)],
)
def test_a_page_of_ogg_that_is_lost_is_said(
    name: str, codec: str, rate: int, tmp_path: Path, rng: np.random.Generator
) -> None:
    path = write_sound(tmp_path / name, noise(10, rate, rng), rate, codec=codec)
    assert damage(path) is None
    pages = [found.start() for found in re.finditer(b"OggS", path.read_bytes())]
    found = re.fullmatch(
        r"(\d\.\d) s of its sound are missing in between",
        damage(without(path, *pages[5:7])) or "",
    )
    assert found is not None
    assert float(found[1]) == pytest.approx(1, abs=0.1)


def test_frames_of_flac_that_are_lost_are_said(tmp_path: Path, rng: np.random.Generator) -> None:
    path = write_sound(tmp_path / "call.flac", noise(10, 16_000, rng), codec="flac")
    size = path.stat().st_size
    found = re.fullmatch(
        r"(\d\.\d) s of its sound are missing in between",
        damage(without(path, size // 2, size // 2 + size // 10)) or "",
    )
    assert found is not None
    assert float(found[1]) == pytest.approx(1, abs=0.4)


@pytest.fixture
def stream(tmp_path: Path, rng: np.random.Generator) -> Path:
    """Ten seconds of a transport stream that is hard to compress."""
    pictures = [rng.integers(0, 255, (48, 64, 3), np.uint8) for _ in range(100)]
    return write_video(tmp_path / "call.ts", pictures, 10, noise(10, 48_000, rng))


def test_packets_of_a_transport_stream_that_are_lost_are_said(stream: Path) -> None:
    assert damage(stream) is None
    packets = stream.stat().st_size // 188
    path = without(stream, packets // 2 * 188, (packets // 2 + packets // 10) * 188)
    found = re.fullmatch(
        r"some of its picture (?:and sound )?could not be decoded; "
        r"(\d\.\d) s of its sound are missing in between",
        damage(path) or "",
    )
    assert found is not None
    assert float(found[1]) == pytest.approx(1, abs=0.4)


def test_transport_streams_that_are_joined_lack_nothing(stream: Path) -> None:
    content = stream.read_bytes() * 2
    stream.write_bytes(content)
    assert damage(stream) is None
    packets = len(content) // 188
    # Within a picture (stream 256, in a packet that begins none): whole ones leave no trace.
    start = next(
        at
        for at in range(packets // 4 * 188, len(content), 188)
        if content[at + 1] == 1 and content[at + 2] == 0
    )
    assert "picture" in (damage(without(stream, start, packets // 3 * 188)) or "")


def test_a_microphone_that_is_muted_is_no_damage(tmp_path: Path) -> None:
    """Where a container may leave sound out, as Matroska may, nothing is missing."""
    path = tmp_path / "muted.mka"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for start in (0, 16_000, 80_000, 96_000):
            frame = av.AudioFrame.from_ndarray(TONE[None, :16_000], format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 16_000, start, Fraction(1, 16_000)
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    assert damage(path) is None
