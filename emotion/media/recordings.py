"""Recordings: files of picture and sound as frames and samples in order of time."""

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from emotion.errors import MediaError
from emotion.media import samples
from emotion.media.frames import Frame
from emotion.media.samples import Samples

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
"""Seconds; a longer jump between two frames is taken for a broken timestamp, unless the
container says that it lasts as long."""

_LONGEST = 86_400.0
"""Seconds up to which a container is believed: broken timestamps give absurd durations."""

_REPEATS = 5
"""Frames at one and the same time after which timestamps are taken for broken."""

_GUESSED = frozenset(("aac", "ac3", "amr", "mp3", "h264", "hevc", "mjpeg", "mpegvideo"))
"""Formats that do not say how long they last; FFmpeg guesses from the first bytes."""

_THREADS = 2
"""Of each decoder. Every thread more holds its pictures back by one more frame, and on
many cores slow pictures would come seconds after their sound."""


class Recording:
    """A media file, read once from start to end.

    Attributes:
        path: Where it lies.
        duration: Seconds as the container says, or None where it does not.
        share: How much has been read so far, 0 to 1.
        has_video: Whether there is a moving picture (cover art is none).
        has_audio: Whether there is sound.
        end: Seconds that have been decoded so far.
        damaged: After reading, what could not be read, or None.
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
        self._size = _size(self.path)
        self._position = 0
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
        # FFmpeg has no decoder for some formats; the other stream can still be read.
        if self._video is not None and not _decodable(self._video):
            self._video, self.damaged = None, "its picture is in a format that cannot be read"
        if self._audio is not None and not _decodable(self._audio):
            self._audio, self.damaged = None, "its sound is in a format that cannot be read"
        self.has_video = self._video is not None
        self.has_audio = self._audio is not None
        if not (self.has_video or self.has_audio):
            self._container.close()
            if self.damaged:
                raise MediaError(f"{self.path.name} cannot be read: {self.damaged}.")
            raise MediaError(f"{self.path.name} holds neither a moving picture nor sound.")
        self.duration = self._stated()
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

    @property
    def share(self) -> float:
        """How much has been read so far, 0 to 1: of the time, or else of the bytes."""
        done = self.end / self.duration if self.duration else self._position / self._size
        return min(done, 1.0)

    def _stated(self) -> float | None:
        """The duration that the container gives, not one that FFmpeg guesses."""
        names = set(self._container.format.name.split(","))
        length = (self._container.duration or 0) / av.time_base
        if names & _GUESSED or not 0 < length <= _LONGEST:
            return None
        if "matroska" in names:
            # Written live, it has no duration; its element 0x4489 is a float of 4 or 8 bytes.
            with self.path.open("rb") as file:
                head = file.read(65_536)
            if b"\x44\x89\x84" not in head and b"\x44\x89\x88" not in head:
                return None
        return length

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
                stream.codec_context.thread_count = _THREADS
                streams.append(stream)
        rate = float(self._video.average_rate or 25) if self._video else 25.0
        step = 1 / rate if 0 < rate <= 1000 else 0.04
        frame_clock = _Clock(self._start, step, self.duration)
        sound_clock = _Clock(self._start, 0.0, self.duration)
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
        if self.damaged is None and (frame_clock.broken or sound_clock.broken):
            self.damaged = "its timestamps make no sense, so some times are counted"
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
                self._position = max(self._position, packet.pos or 0)
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
    """Times of one stream: from its timestamps while they make sense, else counted.

    Attributes:
        broken: Whether timestamps were given that did not.
    """

    def __init__(self, start: float, step: float, duration: float | None) -> None:
        self._start, self._step, self._duration = start, step, duration or 0.0
        self._next: float | None = None
        self._last: float | None = None
        self._repeated = 0
        self.broken = False

    def time(self, frame: av.VideoFrame | av.AudioFrame, length: float | None = None) -> float:
        """Seconds from the start of the file of the next frame, or sound of a length."""
        step = self._step if length is None else length
        stamped = None if frame.time is None else frame.time - self._start
        self._repeated = self._repeated + 1 if stamped is not None and stamped == self._last else 0
        self._last = stamped
        due = 0.0 if self._next is None else self._next
        earliest = 0.0 if self._next is None else due - 1.5 * step
        latest = max(due + _MAX_STEP - step, self._duration)
        if stamped is None:
            time = due
        elif earliest <= stamped < latest and self._repeated < _REPEATS:
            # A timestamp may fall a little short of the last one's end.
            time = stamped if self._next is None else max(stamped, due - step)
        else:
            time = due
            # Streams often begin a little before the container says.
            self.broken |= self._next is not None or stamped >= latest
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


def _size(path: Path) -> int:
    """Bytes of a file.

    Raises:
        MediaError: If it is none, or empty.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        raise MediaError(f"There is no file {path}. Check the name.") from None
    except (OSError, ValueError) as error:
        raise MediaError(f"{path.name} cannot be opened: {_reason(error)}.") from error
    if stat.S_ISDIR(status.st_mode):
        raise MediaError(f"{path} is a folder. Give the files in it.")
    if not stat.S_ISREG(status.st_mode):
        raise MediaError(f"{path} is not a regular file. Save what it gives in one first.")
    if status.st_size == 0:
        raise MediaError(f"{path.name} is empty (0 bytes). Was the upload cut off?")
    return status.st_size


def _decodable(stream: Any) -> bool:
    return stream.codec_context is not None


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def read_sound(path: Path | str) -> np.ndarray:
    """The whole sound of a file at 16 kHz mono, for training on clips.

    Returns:
        float32, shape (n,), -1 to 1.

    Raises:
        MediaError: If the file cannot be read or has no sound.
    """
    resampler = samples.Resampler()
    with Recording(path) as recording:
        if not recording.has_audio:
            raise MediaError(f"{Path(path).name} has no sound.")
        pieces = [
            resampler.resample(item.data, item.rate)
            for item in recording
            if isinstance(item, Samples)
        ]
    return np.concatenate([*pieces, resampler.flush()])
