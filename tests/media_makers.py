"""Makers of real media files for tests, each of which returns the path it wrote."""

import math
import struct
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.stream import Disposition

from emotion.media.recordings import read_sound
from emotion.media.samples import RATE
from tests import needed

ESPEAK = needed.program("espeak-ng")
"""Where the speech synthesiser is, or None."""

SPOKEN = (
    "Good morning, and thank you for taking the time to speak with me today. "
    "I am very happy with the price that you offered us. "
    "When could your team start with the work?"
)

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}

_TICKS = 90_000

_QUICK = {"aac": {"aac_coder": "fast"}}
"""Options by which an encoder of sound takes half as long."""


def write_video(
    path: Path,
    frames: Iterable[np.ndarray],
    rate: float = 25,
    samples: np.ndarray | None = None,
    audio_rate: int = 48_000,
    *,
    times: Sequence[float] | None = None,
    codec: str = "libx264",
    audio_codec: str = "aac",
    pix_fmt: str = "yuv420p",
    codec_options: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
    format: str | None = None,  # noqa: A002
) -> Path:
    """Encode a video, with sound if there are samples.

    Args:
        path: Its ending names the container.
        frames: BGR, uint8, all of the same even width and height.
        rate: Frames a second.
        samples: float from -1 to 1, shape (n,) or (channels, n); length 0 gives
            a stream without content.
        audio_rate: Samples a second.
        times: Seconds of each frame, instead of a steady rate.
        codec: Name of the picture's encoder.
        audio_codec: Name of the sound's encoder.
        pix_fmt: Pixel format that is encoded.
        codec_options: Options of the picture's encoder; 'ultrafast' H.264 by default.
        options: Options of the container, such as {"movflags": "faststart"}.
        format: Name of the container where the ending does not say it.
    """
    frames = list(frames)
    if codec_options is None:
        codec_options = {"preset": "ultrafast", "crf": "12"} if codec == "libx264" else {}
    with av.open(str(path), "w", format=format, options=dict(options or {})) as container:
        video = container.add_stream(
            codec, rate=Fraction(rate).limit_denominator(1001), options=dict(codec_options)
        )
        assert isinstance(video, av.VideoStream)
        video.height, video.width = frames[0].shape[:2]
        video.pix_fmt = pix_fmt
        if times is not None:
            video.codec_context.time_base = Fraction(1, _TICKS)
        sound: av.AudioStream | None = None
        heard = np.atleast_2d(np.asarray([] if samples is None else samples, np.float32))
        if samples is not None:
            added = container.add_stream(
                audio_codec,
                rate=audio_rate,
                layout=LAYOUTS[heard.shape[0]],
                options=_QUICK.get(audio_codec, {}),
            )
            assert isinstance(added, av.AudioStream)
            sound = added
        container.start_encoding()
        written = 0
        for index, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
            if times is None:
                frame.pts, frame.time_base = index, 1 / Fraction(rate).limit_denominator(1001)
            else:
                frame.pts, frame.time_base = round(times[index] * _TICKS), Fraction(1, _TICKS)
            container.mux(video.encode(frame))
            if sound is not None:
                upto = min(round((index + 1) / rate * audio_rate), heard.shape[1])
                _encode(container, sound, heard[:, written:upto], audio_rate, written)
                written = upto
        container.mux(video.encode(None))
        if sound is not None:
            _encode(container, sound, heard[:, written:], audio_rate, written)
            container.mux(sound.encode(None))
    return path


def write_tracks(
    path: Path,
    pictures: Sequence[Sequence[np.ndarray]],
    sounds: Sequence[np.ndarray],
    default: Iterable[int] = (),
    aside: Iterable[int] = (),
) -> Path:
    """Encode a recording of several tracks, as screen recorders write them.

    Args:
        path: Its ending names the container.
        pictures: Frames of each track of pictures at 10 a second, BGR, uint8.
        sounds: Samples of each track of sound at 16 kHz, shape (n,) or (channels, n).
        default: Which of all tracks, pictures first and from 0, the recording would play.
        aside: Likewise, which are comments on another.
    """
    default, aside = set(default), set(aside)
    with av.open(str(path), "w") as container:
        streams: list[Any] = []
        for frames in pictures:
            video = container.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
            video.height, video.width = frames[0].shape[:2]
            video.pix_fmt = "yuv420p"
            video.codec_context.gop_size = 10
            streams.append(video)
        tracks = [np.atleast_2d(np.asarray(samples, np.float32)) for samples in sounds]
        for samples in tracks:
            layout = LAYOUTS[samples.shape[0]]
            streams.append(
                container.add_stream("aac", rate=16_000, layout=layout, options=_QUICK["aac"])
            )
        for index, stream in enumerate(streams):
            flags = Disposition.default if index in default else Disposition(0)
            stream.disposition = flags | (Disposition.comment if index in aside else flags)
        container.start_encoding()
        length = max(
            [*(len(frames) / 10 for frames in pictures)]
            + [samples.shape[1] / 16_000 for samples in tracks]
        )
        for step in range(math.ceil(length * 10)):
            for frames, stream in zip(pictures, streams, strict=False):
                if step < len(frames):
                    frame = av.VideoFrame.from_ndarray(
                        np.ascontiguousarray(frames[step]), format="bgr24"
                    )
                    frame.pts, frame.time_base = step, Fraction(1, 10)
                    container.mux(stream.encode(frame))
            for samples, stream in zip(tracks, streams[len(pictures) :], strict=True):
                piece = samples[:, step * 1_600 : (step + 1) * 1_600]
                _encode(container, stream, piece, 16_000, step * 1_600)
        for stream in streams:
            container.mux(stream.encode(None))
    return path


def write_sound(
    path: Path,
    samples: np.ndarray,
    rate: int = 16_000,
    *,
    codec: str = "pcm_s16le",
    codec_options: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
) -> Path:
    """Encode sound alone: `write_wav` for other containers.

    Args:
        path: Its ending names the container.
        samples: float from -1 to 1, shape (n,) or (channels, n).
        rate: Samples a second.
        codec: Name of the encoder.
        codec_options: Its options.
        options: Options of the container.
    """
    samples = np.atleast_2d(np.asarray(samples, np.float32))
    with av.open(str(path), "w", options=dict(options or {})) as container:
        stream = container.add_stream(
            codec, rate=rate, layout=LAYOUTS[samples.shape[0]], options=dict(codec_options or {})
        )
        assert isinstance(stream, av.AudioStream)
        container.start_encoding()
        _encode(container, stream, samples, rate, 0)
        container.mux(stream.encode(None))
    return path


def write_wav(
    path: Path, samples: np.ndarray, rate: int = 16_000, *, codec: str = "pcm_s16le"
) -> Path:
    """A wav file of samples from -1 to 1, shape (n,) or (channels, n)."""
    return write_sound(path, samples, rate, codec=codec)


def speak(path: Path, text: str = SPOKEN, *, speed: int = 175, voice: str = "en-us") -> Path:
    """A wav file of a synthetic voice; `ESPEAK` must not be None."""
    assert ESPEAK is not None
    subprocess.run([ESPEAK, "-v", voice, "-s", str(speed), "-w", str(path), text], check=True)
    return path


def take_turns(path: Path) -> Path:
    """Two synthetic voices on one channel, in turns of five seconds, 20 s."""
    texts = {
        "en-us": "Good morning, this is about the offer that we sent to you last week, and I "
        "wonder what you think of it.",
        "en-us+f3": "No, we have never been asked for that, and the price is far too high for us.",
    }
    turns = []
    for voice, text in texts.items():
        said = read_sound(speak(path.with_name(f"{voice}.wav"), text, voice=voice))
        turns.append(np.resize(said, 5 * RATE))
    return write_wav(path, np.tile(np.concatenate(turns), 2))


def set_apart(path: Path, source: Path) -> Path:
    """A copy of a recording that holds its whole picture first and all its sound after it.

    Args:
        path: Where to write; its ending names the container.
        source: Of a picture and of sound.
    """
    with (
        av.open(str(source)) as given,
        # Without it the muxer sorts the packets by their times again.
        av.open(str(path), "w", options={"max_interleave_delta": "1"}) as container,
    ):
        streams = {
            stream.index: container.add_stream_from_template(stream) for stream in given.streams
        }
        packets = [packet for packet in given.demux() if packet.dts is not None]
        for packet in sorted(packets, key=lambda packet: packet.stream.type != "video"):
            packet.stream = streams[packet.stream.index]
            container.mux(packet)
    return path


def with_empty_packets(path: Path, source: Path, kept: Callable[[int], bool]) -> Path:
    """A copy of a recording with packets of no content in the place of some pictures.

    Args:
        path: Where to write; its ending names the container.
        source: Whose pictures stand alone, as those of MJPEG do.
        kept: Whether the picture of a number is kept.
    """
    with av.open(str(source)) as given, av.open(str(path), "w") as container:
        streams = [container.add_stream_from_template(stream) for stream in given.streams]
        count = 0
        for packet in given.demux():
            if packet.dts is None:
                continue
            written = packet
            if packet.stream.type == "video":
                if not kept(count):
                    written = av.Packet(0)
                    written.pts, written.dts = packet.pts, packet.dts
                    written.duration, written.time_base = packet.duration, packet.time_base
                count += 1
            written.stream = streams[packet.stream.index]
            container.mux(written)
    return path


def set_display_matrix(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Tell players of an mp4 to turn or mirror its picture, as telephones do.

    Args:
        path: The file, changed in place.
        matrix: a, b, c and d of ISO/IEC 14496-12: the pixel at (p, q), right and
            down, is shown at (a p + c q + x, b p + d q + y), where x and y move
            the picture back to the origin.
    """
    content = bytearray(path.read_bytes())
    box = content.index(b"tkhd")
    # After the name: version and flags, then the times and the length, which are
    # longer in version 1, then 16 bytes of layer, volume and reserved space.
    start = box + 4 + 4 + (32 if content[box + 4] == 1 else 20) + 16
    width, height = (value >> 16 for value in struct.unpack_from(">2I", content, start + 36))
    a, b, c, d = matrix
    x = -min(0, a * width, c * height, a * width + c * height)
    y = -min(0, b * width, d * height, b * width + d * height)
    entries = (a << 16, b << 16, 0, c << 16, d << 16, 0, x << 16, y << 16, 1 << 30)
    struct.pack_into(">9i", content, start, *entries)
    path.write_bytes(content)
    return path


def add_cover(path: Path, picture: bytes) -> Path:
    """Put a JPEG into an mp3 as its cover (an ID3v2.3 tag with an APIC frame)."""
    body = b"\0image/jpeg\0\x03\0" + picture
    frame = b"APIC" + struct.pack(">IH", len(body), 0) + body
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\x03\0\0" + size + frame + path.read_bytes())
    return path


def sine(frequency: float, seconds: float, rate: int, level: float = 0.5) -> np.ndarray:
    """A pure tone, float32, shape (n,)."""
    time = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * frequency * time)).astype(np.float32)


def shades(count: int, width: int = 64, height: int = 48) -> list[np.ndarray]:
    """Plain pictures that grow brighter in even steps, so that each tells its place."""
    return [
        np.full((height, width, 3), round(20 + 215 * index / max(count - 1, 1)), np.uint8)
        for index in range(count)
    ]


def _encode(
    container: av.container.OutputContainer,
    stream: av.AudioStream,
    samples: np.ndarray,
    rate: int,
    position: int,
) -> None:
    if samples.shape[1] == 0:
        return
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(samples), format="fltp", layout=LAYOUTS[samples.shape[0]]
    )
    frame.sample_rate, frame.pts, frame.time_base = rate, position, Fraction(1, rate)
    container.mux(stream.encode(frame))
