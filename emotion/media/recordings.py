"""Recordings: files of picture and sound as frames and samples in order of time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from emotion.errors import MediaError
from emotion.media import excerpts, lengths, samples, tracks
from emotion.media.frames import Frame
from emotion.media.media_clock import Clock, Progress
from emotion.media.opening import opened
from emotion.media.repeats import Repeats
from emotion.media.samples import Samples
from emotion.media.shown import STANDS, Shown
from emotion.media.skipping import Skipping

_Decoded = av.VideoFrame | av.AudioFrame

_WORDS = {"video": "picture", "audio": "sound"}

_THREADS = 2
"""Of each decoder. Every thread more holds its pictures back by one more frame, and on
many cores slow pictures would come seconds after their sound."""

_CONTINUOUS = frozenset(("flac", "mpegts", "ogg"))
"""Formats in which sound goes on from its first sample to its last: where time is passed over,
something was lost. In others it may have been muted."""

_IMAGES = frozenset(("bmp", "gif", "mjpeg", "png", "tiff", "webp"))
"""Codecs of covers."""

_JOINED = 1.0
"""Seconds after a packet that is called torn in which the clock begins anew, if another recording
follows."""

_TAGS = b"ID3", b"TAG", b"APETAGEX"
"""How tags of sound begin."""

_RUN_UP = 0.1
"""Seconds of sound before the first picture that an encoder needs at most."""

_ENCODERS = {"mp3": 1105, "mp3float": 1105, "aac": 1024, "mp2": 481, "mp2float": 481, "ac3": 256}
"""Samples by which what an encoder writes is later than what it was given: its filters and those of
the decoder (of MP3 576 and 529, as LAME says of itself). AVI alone has no place to say so."""


class Recording:
    """A media file, read once from start to end.

    Attributes:
        path: Where it lies.
        tracks: What it holds.
        picture_track: Which picture track is read, or None.
        sound_track: Which sound track is read, or None.
        duration: Seconds as the container says, or None where it does not.
        share: How much has been read so far, 0 to 1.
        has_video: Whether there is a moving picture (cover art is none).
        has_audio: Whether there is sound.
        end: Seconds that have been decoded so far.
        damaged: After reading, what could not be read, or None.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        frame_rate: float | None = None,
        video_track: int | None = None,
        audio_track: int | None = None,
        channel: str | None = None,
        pictures_too: bool = True,
    ) -> None:
        """Open a file.

        Args:
            path: The file.
            frame_rate: Frames a second at most; others are not converted, and not decoded
                either where no other frame depends on them. None for all.
            video_track: Which picture track, counted from 1; None for the one that the
                recording itself would play.
            audio_track: Which sound track, counted from 1; None for the one that the
                recording itself would play of those that are not silent, see
                `emotion.media.excerpts`.
            channel: Name of the one channel of the sound that is given, such as 'left'; None
                for all.
            pictures_too: Whether pictures are read where there is sound.

        Raises:
            MediaError: If there is no such file, it holds neither sound nor picture, or not
                the track or channel that is asked for.
        """
        self.path = Path(path)
        self.end = 0.0
        self.damaged: str | None = None
        # Timestamps are rounded: a picture may be a little earlier than it should.
        self._spacing = 0.0 if frame_rate is None else 0.99 / frame_rate
        self._channel: int | None = None
        self._position = 0
        self._lost: set[str] = set()
        self._another = False
        self._container, self._size, self._begin = opened(self.path)
        try:
            self.tracks = tracks.of(self._container)
            name = self.path.name
            picture = tracks.named(self.tracks.pictures, video_track, "picture", name)
            if audio_track is None:
                audio_track = excerpts.audible(self.path, self.tracks.sounds)
            heard = tracks.named(self.tracks.sounds, audio_track, "sound", name)
            if heard is not None and not pictures_too:
                picture = None
            if heard is not None and channel is not None:
                if channel not in heard.channels:
                    raise MediaError(
                        f"The sound of {name} has no channel {channel!r}, but: "
                        f"{', '.join(heard.channels)}."
                    )
                self._channel = heard.channels.index(channel)
            # FFmpeg has no decoder for some formats; the other track can still be read.
            if self.tracks.pictures and picture is None and pictures_too:
                self.damaged = "its picture is in a format that cannot be read"
            if self.tracks.sounds and heard is None:
                self.damaged = "its sound is in a format that cannot be read"
            # A cover need not be called one.
            if (
                picture is not None
                and heard is not None
                and video_track is None
                and picture.codec in _IMAGES
                and not excerpts.moves(self.path, picture)
            ):
                picture = None
            if picture is None and heard is None:
                if self.damaged:
                    raise MediaError(f"{name} cannot be read: {self.damaged}.")
                raise MediaError(f"{name} holds neither a moving picture nor sound.")
        except MediaError:
            self._container.close()
            raise
        streams = self._container.streams
        self.picture_track, self.sound_track = picture, heard
        self._video: Any = None if picture is None else streams[picture.index]
        self._audio: Any = None if heard is None else streams[heard.index]
        self.has_video = self._video is not None
        self.has_audio = self._audio is not None
        self._start = (self._container.start_time or 0) / av.time_base
        if not abs(self._start) < 1e9:
            self._start = 0.0
        self._avi = "avi" in self._container.format.name
        self._lead = self._run_up()
        self._late = self._encoder_delay()
        self._start += self._lead
        self.duration = lengths.stated(self._container, self.path, self._start, self._begin)

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

    def _run_up(self) -> float:
        """Seconds by which sound begins before the first picture for its encoder's sake.

        Where the container does not say so, as MP4 does, all pictures would be later by
        that than in another container, and other moments would be looked at.
        """
        if self._video is None or self._audio is None or self._video.start_time is None:
            return 0.0
        lead = float(self._video.start_time * self._video.time_base) - self._start
        return lead if 0 < lead <= _RUN_UP else 0.0

    def _encoder_delay(self) -> float:
        """Seconds by which sound comes later than its timestamps say."""
        if not self._avi or self._audio is None:
            return 0.0
        context = self._audio.codec_context
        return _ENCODERS.get(context.name, 0) / (context.sample_rate or samples.RATE)

    def __iter__(self) -> Iterator[Frame | Samples]:
        """Frames and samples as they come in the file, each track in order of time.

        A picture stands until the next one comes: where that takes long, it is given again.
        A file that is cut off or damaged gives what can be decoded, and `damaged` then says so.

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
        progress = Progress(self._start, self.duration or 0.0)
        shown = Shown(
            Clock(progress, min(step, STANDS)), self._spacing, self._video, at_once=self._avi
        )
        sound_clock = Clock(progress, 0.0)
        count, early = 0, self._lead + self._late
        for decoded in self._decode(streams):
            if isinstance(decoded, av.AudioFrame):
                data = self._chosen(samples.decoded(decoded))
                stamp = None if decoded.time is None else decoded.time - self._late
                if early and stamp is not None:
                    # What is before the first picture is not heard.
                    early = min(self._start - stamp, early)
                    skipped = max(0, min(round(early * decoded.sample_rate), data.shape[1]))
                    data, stamp = data[:, skipped:], stamp + skipped / decoded.sample_rate
                    if data.shape[1] == 0:
                        continue
                    early = 0.0
                length = data.shape[1] / max(decoded.sample_rate, 1)
                time = sound_clock.time(stamp, length)
                self.end = max(self.end, time + length)
                yield Samples(time, data, decoded.sample_rate)
                count += 1
                continue
            for frame in (
                shown.again(decoded) if isinstance(decoded, float) else shown.next(decoded)
            ):
                self.end = max(self.end, shown.end)
                count += 1
                yield frame
            self.end = max(self.end, shown.end)
        for frame in shown.rest():
            yield frame
        self._conclude(shown.clock.broken or sound_clock.broken, sound_clock.skipped, count)

    def _conclude(self, broken: bool, skipped: float, count: int) -> None:
        """Say what was missing."""
        if "content" in self._lost and "ogg" in self._container.format.name:
            # FFmpeg ends where one of other channels begins.
            self._lost.discard("content")
            self._another = True
        found = [] if self.damaged is None else [self.damaged]
        if self._lost:
            found.append(f"some of its {' and '.join(sorted(self._lost))} could not be decoded")
        if skipped and _CONTINUOUS.intersection(self._container.format.name.split(",")):
            found.append(f"{max(skipped, 0.1):.1f} s of its sound are missing in between")
        if self._another or lengths.another(self.path, self._begin):
            found.append("another one follows in the same file and is not read; cut the two apart")
        if broken and not found:
            found.append("its timestamps make no sense, so some times are counted")
        if self.duration is not None and count:
            wanted = min(self.duration, self._expected())
            if wanted - self.end > 1.0:
                found.append(f"it ends after {self.end:.1f} of {wanted:.1f} s")
        self.damaged = "; ".join(found) or None
        if count == 0:
            raise MediaError(
                f"Nothing in {self.path.name} can be decoded"
                + (f": {self.damaged}." if self.damaged else ": its streams have no content.")
            )

    def _expected(self) -> float:
        """Seconds that the tracks which are read should last, as far as they say so."""
        ends = []
        # FFmpeg takes the tracks of these to end where the file does.
        cut = self._container.format.name in ("wav", "avi")
        for stream in (self._video, self._audio):
            if stream is None:
                continue
            if stream.duration is None or not stream.time_base or cut:
                return np.inf
            begin = float((stream.start_time or 0) * stream.time_base) - self._start
            ends.append(max(begin, 0.0) + float(stream.duration * stream.time_base))
        return max(ends)

    def _chosen(self, data: np.ndarray) -> np.ndarray:
        """The channel that is wanted; where there are fewer for a while, the last one."""
        if self._channel is None:
            return data
        row = min(self._channel, len(data) - 1)
        return data[row : row + 1]

    def _decode(self, streams: Sequence[VideoStream | AudioStream]) -> Iterator[_Decoded | float]:
        """What the packets hold; for one without content its timestamp, if it has one.

        A packet that cannot be decoded costs itself alone.
        """
        started: set[int] = set()
        failed: dict[int, str] = {}
        # What no decoder could begin with, such as pictures after the one that they change.
        unseen: dict[int, str] = {}
        encrypted: set[str] = set()
        torn: dict[int, float] = {}
        numbered = "mpegts" in self._container.format.name
        skipping, repeats = Skipping(self._spacing), Repeats()
        try:
            for packet in self._container.demux(*streams):
                if repeats.again(packet):
                    continue
                self._position = max(self._position, packet.pos or 0)
                index, kind = packet.stream_index, packet.stream.type
                if packet.dts is not None and packet.time_base and index in started:
                    # Packets of a transport stream are numbered. Where two were joined, numbers
                    # and clock begin anew, and nothing is missing.
                    time = float(packet.dts * packet.time_base)
                    if time < torn.get(index, time):
                        del torn[index]
                    elif time > torn.get(index, time) + _JOINED:
                        self._lost.add(_WORDS[kind])
                    if packet.is_corrupt and numbered:
                        torn[index] = time
                # To the decoder, one without content would be the end of everything; only
                # the last packet of a track has no time either.
                if packet.size == 0 and packet.dts is not None:
                    if kind == "video" and packet.pts is not None and packet.time_base:
                        yield float(packet.pts * packet.time_base)
                    continue
                if packet.has_sidedata("encryption_info"):
                    encrypted.add(_WORDS[kind])
                    continue
                if packet.size and index not in unseen:
                    unseen[index] = _WORDS[kind]
                if kind == "video" and self._spacing:
                    stamp, base = packet.pts, packet.time_base
                    shown = None if stamp is None or base is None else float(stamp * base)
                    skipped = "NONREF" if skipping.needless(shown) else "DEFAULT"
                    self._video.codec_context.skip_frame = skipped
                try:
                    for decoded in packet.decode():
                        if not isinstance(decoded, av.VideoFrame | av.AudioFrame):
                            continue
                        unseen[index] = ""
                        if not decoded.is_corrupt:
                            started.add(index)
                        elif index in started:
                            # The decoder has filled what was missing.
                            self._lost.add(_WORDS[kind])
                        yield decoded
                except av.error.FFmpegError:
                    if bytes(packet).startswith(_TAGS):
                        # Between recordings that were joined, and no part of them.
                        continue
                    failed[index] = _WORDS[kind]
                    # A stream that is joined late has to wait for a picture to begin with.
                    if index in started and packet.size:
                        self._lost.add(_WORDS[kind])
        except av.error.EOFError:
            pass
        except av.error.FFmpegError:
            self._lost.add("content")
        self._lost.update(_WORDS[self._container.streams[index].type] for index in torn)
        self._lost.update(words for words in unseen.values() if words)
        self._lost.update(words for index, words in failed.items() if index not in started)
        if encrypted:
            self.damaged = f"its {' and '.join(sorted(encrypted))} cannot be read, being encrypted"


def read_sound(path: Path | str) -> np.ndarray:
    """The whole sound of a file at 16 kHz mono, for training on clips.

    Args:
        path: The file.

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
