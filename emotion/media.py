"""Recordings: files of picture and sound as frames and samples in order of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from emotion import audio
from emotion.audio import Samples
from emotion.errors import MediaError

MAX_PIXELS = 8192 * 8192
"""Largest picture that is decoded."""

_FORMATS = (
    "mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,wav,w64,aiff,au,caf,mp3,aac,flac,ac3,"
    "amr,h264,hevc,mjpeg,3gp"
)
"""FFmpeg's names of what may be opened. Play lists and scripts are not among them: an
upload must not make the server open other files."""

_Decoded = av.VideoFrame | av.AudioFrame

_MAX_STEP = 600.0
"""Seconds; a longer jump between two frames is taken for a broken timestamp."""


@dataclass(frozen=True)
class Frame:
    """One picture.

    Attributes:
        time: Seconds from the start of the call.
        image: BGR, uint8, shape (height, width, 3), upright.
    """

    time: float
    image: np.ndarray


class Recording:
    """A media file, read once from start to end.

    Attributes:
        path: Where it lies.
        duration: Seconds as the container says, or None where it does not.
        has_video: Whether there is a moving picture (cover art is none).
        has_audio: Whether there is sound.
        end: Seconds that have been decoded so far.
        damaged: After reading, what could not be decoded, or None.
    """

    def __init__(self, path: Path | str, *, frame_rate: float | None = None) -> None:
        """Open a file.

        Args:
            path: The file.
            frame_rate: Frames a second at most; others are decoded but not
                converted, which saves half the work. None for all.

        Raises:
            MediaError: If there is no such file or it holds neither sound nor picture.
        """
        self.path = Path(path)
        self.end = 0.0
        self.damaged: str | None = None
        self._spacing = 0.0 if frame_rate is None else 1.0 / frame_rate
        if not self.path.exists():
            raise MediaError(f"There is no file {self.path}. Check the name.")
        if self.path.is_dir():
            raise MediaError(f"{self.path} is a folder. Give the files in it.")
        if self.path.stat().st_size == 0:
            raise MediaError(f"{self.path.name} is empty (0 bytes). Was the upload cut off?")
        try:
            self._container = av.open(
                f"file:{self.path}",
                options={"format_whitelist": _FORMATS},
                metadata_errors="replace",
            )
        except (av.error.FFmpegError, ValueError) as error:
            raise MediaError(
                f"{self.path.name} is not a video or sound file that can be read "
                f"({_reason(error)}). Try MP4, WebM, MOV, WAV, MP3, FLAC or Opus."
            ) from error
        self._video = next(
            (
                stream
                for stream in self._container.streams.video
                if not stream.disposition & av.stream.Disposition.attached_pic
            ),
            None,
        )
        self._audio = next(iter(self._container.streams.audio), None)
        self.has_video = self._video is not None
        self.has_audio = self._audio is not None
        if not (self.has_video or self.has_audio):
            self._container.close()
            raise MediaError(f"{self.path.name} holds neither a moving picture nor sound.")
        length = self._container.duration
        self.duration = length / av.time_base if length and 0 < length < 1e12 else None
        self._start = (self._container.start_time or 0) / av.time_base
        if not 0 <= self._start < 1e9:
            self._start = 0.0

    def __enter__(self) -> "Recording":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._container.close()

    def __iter__(self) -> Iterator[Frame | Samples]:
        """Frames and samples as they come in the file, each stream in order of time.

        A file that is cut off or damaged gives what can be decoded, and
        `damaged` then says so.

        Raises:
            MediaError: If nothing at all can be decoded, or a picture is too large.
        """
        streams: list[VideoStream | AudioStream] = []
        for stream in (self._video, self._audio):
            if stream is not None:
                stream.codec_context.thread_type = "AUTO"
                streams.append(stream)
        rate = float(self._video.average_rate or 25) if self._video else 25.0
        step = 1 / rate if 0 < rate <= 1000 else 0.04
        frame_clock = _Clock(self._start, step)
        sound_clock = _Clock(self._start, 0.0)
        due, count = -np.inf, 0
        for decoded in self._decode(streams):
            if isinstance(decoded, av.VideoFrame):
                time = frame_clock.time(decoded)
                self.end = max(self.end, time + step)
                if time < due:
                    continue
                # From the frame itself, not from a grid, so that a rate that
                # is no multiple of ours keeps an even pace.
                due = time + self._spacing * 0.99
                yield Frame(time, _upright(decoded))
            else:
                data = sound(decoded)
                length = data.shape[1] / max(decoded.sample_rate, 1)
                time = sound_clock.time(decoded, length)
                self.end = max(self.end, time + length)
                yield Samples(time, data, decoded.sample_rate)
            count += 1
        if self.damaged is None and self.duration is not None and self.duration - self.end > 1.0:
            self.damaged = f"it ends after {self.end:.1f} of {self.duration:.1f} s"
        if count == 0:
            raise MediaError(
                f"Nothing in {self.path.name} can be decoded"
                + (f" ({self.damaged})." if self.damaged else ": its streams have no content.")
            )

    def _decode(self, streams: Sequence[VideoStream | AudioStream]) -> Iterator[_Decoded]:
        try:
            for packet in self._container.demux(*streams):
                try:
                    for decoded in packet.decode():
                        if isinstance(decoded, av.VideoFrame | av.AudioFrame):
                            yield decoded
                except av.error.InvalidDataError as error:
                    self.damaged = _reason(error)
        except av.error.EOFError:
            return
        except av.error.FFmpegError as error:
            self.damaged = _reason(error)


class _Clock:
    """Times of one stream: from its timestamps while they make sense, else counted."""

    def __init__(self, start: float, step: float) -> None:
        self._start, self._step = start, step
        self._next: float | None = None

    def time(self, frame: av.VideoFrame | av.AudioFrame, length: float | None = None) -> float:
        step = self._step if length is None else length
        stamped = None if frame.time is None else frame.time - self._start
        if self._next is None:
            time = stamped if stamped is not None and 0 <= stamped < _MAX_STEP else 0.0
        elif stamped is None or not -step / 2 <= stamped - self._next + step < _MAX_STEP:
            time = self._next
        else:
            # A timestamp may fall a little short of the last one's end.
            time = max(stamped, self._next - step)
        self._next = time + step
        return time


def sound(frame: av.AudioFrame) -> np.ndarray:
    """Samples of a decoded frame, planar or packed, as shape (channels, n)."""
    data: np.ndarray
    if frame.format.name.startswith("s64"):
        # PyAV has no array for these; the planes are what it says.
        data = np.stack([np.frombuffer(bytes(plane), np.int64) for plane in frame.planes])
        data = data[
            :, : frame.samples * (1 if frame.format.is_planar else frame.layout.nb_channels)
        ]
    else:
        data = frame.to_ndarray()
    return data if frame.format.is_planar else data.reshape(-1, frame.layout.nb_channels).T


def _upright(frame: av.VideoFrame) -> np.ndarray:
    if frame.width * frame.height > MAX_PIXELS:
        raise MediaError(
            f"Pictures of {frame.width}x{frame.height} are too large; up to 8192x8192 are read."
        )
    image = frame.to_ndarray(format="bgr24")
    # A telephone held upright stores lying pictures and the angle to turn them by.
    stored: Any = frame.side_data.get("DISPLAYMATRIX")
    if stored is None:
        return image
    a, b, _, c, d, *_ = np.frombuffer(bytes(stored), np.int32).tolist()
    if abs(b) > abs(a):
        image, a, d = image.transpose(1, 0, 2), c, b
    return np.ascontiguousarray(image[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1])


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def read_sound(path: Path | str) -> np.ndarray:
    """The whole sound of a file at 16 kHz mono, for training on clips.

    Returns:
        float32, shape (n,), -1 to 1.

    Raises:
        MediaError: If the file cannot be read or has no sound.
    """
    resampler = audio.Resampler()
    with Recording(path) as recording:
        if not recording.has_audio:
            raise MediaError(f"{Path(path).name} has no sound.")
        pieces = [
            resampler.push(item.data, item.rate) for item in recording if isinstance(item, Samples)
        ]
    return np.concatenate([*pieces, resampler.flush()])
