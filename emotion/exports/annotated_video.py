"""A recording again, with what is read drawn on its picture, and with its sound."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from emotion import files
from emotion.conversation import main_tracks
from emotion.conversation.call import Call
from emotion.conversation.participants import Participant
from emotion.errors import MediaError, OutputError
from emotion.exports.time_labels import clock
from emotion.face import overlay
from emotion.face.face_stream import SeenFace
from emotion.media.ahead import ahead
from emotion.media.frames import Frame
from emotion.media.recordings import Recording
from emotion.media.samples import Samples, to_float
from emotion.media.tracks import TrackChoice
from emotion.models.shipped import Models
from emotion.readings import satisfaction
from emotion.readings.reading import HOP
from emotion.timeline.timeline import Timeline

ENDINGS = (".mp4", ".mkv", ".mov")
"""Of what can be written: H.264 and AAC, which every player plays."""

_TICKS = 90_000
_RATE = 48_000
_WAIT = 0.5
"""Seconds for which a picture waits for the next one in which faces are looked for."""

_GAP = 0.04
"""Seconds of sound that are filled with silence where they are missing, or left out where they
overlap; less is how containers round."""

_LONGEST_GAP = 3600.0

_AHEAD = 8
"""Pictures and pieces of sound that are decoded ahead at most; all of them are whole."""


def annotate(
    path: Path,
    target: Path,
    models: Models,
    *,
    participants: Sequence[Participant] = (),
    timeline: Timeline | None = None,
    tracks: TrackChoice | None = None,
    baseline: bool = False,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write a recording with boxes, emotions and satisfaction on its picture.

    Faces are looked for as often as in every analysis; on the pictures between two of
    those their boxes are where they have come by then. Memory does not depend on the length of
    the file.

    Args:
        path: The recording.
        target: Where to write, .mp4, .mkv or .mov; whole or not at all.
        models: May be shared.
        participants: Who is in it; their names stand at their faces, and their satisfaction at
            the lower edge.
        timeline: Of whoever is followed, where nobody is named; its satisfaction stands there.
        tracks: As they were read; None for those that are read by default.
        baseline: Whether to read a face relative to the person's ordinary one, once that is
            known, see `emotion.face.baseline`.
        progress: Called now and then with the share that is done, 0 to 1; what it raises ends
            the work.

    Raises:
        MediaError: If the recording cannot be read or has no picture.
        OutputError: If nothing can be written there, or not under such an ending.
    """
    if target.suffix.lower() not in ENDINGS:
        raise OutputError(
            f"An annotated video is written as {', '.join(ENDINGS)}. Received: {target.name}."
        )
    chosen = main_tracks.chosen(path, tracks or TrackChoice(), models.detector)
    with Recording(path, video_track=chosen.picture, audio_track=chosen.sound) as recording:
        if not recording.has_video:
            raise MediaError(f"{path.name} has no picture to draw on.")
        names = {
            face: one.name
            for one in participants
            for face in one.assignment.faces
            if len(participants) > 1
        }
        with (
            Call(models, baseline=models.baseline if baseline else None, beside=False) as call,
            files.replacing(target) as fresh,
        ):
            try:
                _write(recording, fresh, call, names, _Captions(participants, timeline), progress)
            except av.error.FFmpegError as error:
                raise OutputError(f"{target} cannot be written: {error}.") from error
    if progress:
        progress(1.0)


def _write(
    recording: Recording,
    target: Path,
    call: Call,
    names: dict[int, str],
    lines: "_Captions",
    progress: Callable[[float], None] | None,
) -> None:
    between = _Between(call)
    reported = 0.0
    with (
        closing(ahead(recording, _AHEAD)) as media,
        av.open(str(target), "w") as container,
    ):
        picture: _Picture | None = None
        sound: _Sound | None = None
        waiting: list[Samples] = []
        for item in media:
            if isinstance(item, Samples):
                if sound is None:
                    # Streams have to be known before the first of them is written.
                    waiting.append(item)
                else:
                    sound.write(item)
                continue
            if picture is None:
                picture = _Picture(container, item.image.shape[:2])
                if recording.has_audio:
                    sound = _Sound(container)
                    for early in waiting:
                        sound.write(early)
                    waiting.clear()
            for frame, seen in between.with_faces(item):
                line = lines.at(frame.time)
                picture.write(frame.time, overlay.draw(frame.image, seen, names, line))
            if progress and item.time - reported >= HOP:
                reported = item.time
                progress(recording.share)
        if picture is not None:
            for frame, seen in between.rest():
                line = lines.at(frame.time)
                picture.write(frame.time, overlay.draw(frame.image, seen, names, line))
            picture.close()
        if sound is not None:
            sound.close()


class _Between:
    """Pictures with the faces in them, also where faces were not looked for."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._waiting: deque[Frame] = deque()
        self._seen: tuple[SeenFace, ...] = ()
        self._time = 0.0

    def with_faces(self, frame: Frame) -> Iterator[tuple[Frame, Sequence[SeenFace]]]:
        """Take a picture; give those whose faces are known by it."""
        self._call.push_frame(frame)
        now = self._call.seen
        if now is self._seen:
            self._waiting.append(frame)
            while self._waiting and frame.time - self._waiting[0].time > _WAIT:
                yield self._waiting.popleft(), self._seen
            return
        length = max(frame.time - self._time, 1e-6)
        while self._waiting:
            early = self._waiting.popleft()
            yield early, _moved(self._seen, now, (early.time - self._time) / length)
        self._seen, self._time = now, frame.time
        yield frame, now

    def rest(self) -> Iterator[tuple[Frame, Sequence[SeenFace]]]:
        """What still waits."""
        while self._waiting:
            yield self._waiting.popleft(), self._seen
        self._call.finish()


def _moved(before: Sequence[SeenFace], after: Sequence[SeenFace], share: float) -> list[SeenFace]:
    """Faces on their way from one place to another."""
    later = {face.person: face.box for face in after}
    share = min(max(share, 0.0), 1.0)
    return [
        replace(face, box=(1 - share) * face.box + share * later[face.person])
        if face.person in later
        else face
        for face in before
    ]


class _Captions:
    """What stands at the lower edge at each time."""

    def __init__(self, participants: Sequence[Participant], timeline: Timeline | None) -> None:
        self._people = [
            (one.name if len(participants) > 1 else "", one.timeline.readings)
            for one in participants
        ]
        if timeline is not None and not self._people:
            self._people.append(("", timeline.readings))

    def at(self, time: float) -> str:
        parts = [clock(time)]
        index = max(round(time / HOP), 1) - 1
        for name, readings in self._people:
            value = readings[index].satisfaction if index < len(readings) else None
            if value is not None:
                words = f"satisfaction {value:.0f}, {satisfaction.label(value)}"
                parts.append(f"{name}: {words}" if name else words)
        return "   ".join(parts)


class _Picture:
    def __init__(self, container: Any, shape: tuple[int, ...]) -> None:
        # Encoders of 4:2:0 want even sizes.
        self._height, self._width = (max(2, size - size % 2) for size in shape)
        self._stream = container.add_stream(
            "libx264", rate=30, options={"preset": "superfast", "crf": "21"}
        )
        self._stream.width, self._stream.height = self._width, self._height
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = Fraction(1, _TICKS)
        self._stream.codec_context.time_base = Fraction(1, _TICKS)
        self._stream.codec_context.thread_type = "AUTO"
        self._container = container
        self._last = -1

    def write(self, time: float, image: np.ndarray) -> None:
        above = image.shape[0] - self._height, image.shape[1] - self._width
        if above[0] in (0, 1) and above[1] in (0, 1):
            image = np.ascontiguousarray(image[: self._height, : self._width])
        else:
            image = cv2.resize(image, (self._width, self._height), interpolation=cv2.INTER_AREA)
        frame = av.VideoFrame.from_ndarray(np.asarray(image, np.uint8), format="bgr24")
        self._last = max(round(time * _TICKS), self._last + 1)
        frame.pts, frame.time_base = self._last, Fraction(1, _TICKS)
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        self._container.mux(self._stream.encode(None))


class _Sound:
    def __init__(self, container: Any) -> None:
        self._container = container
        self._stream: Any = container.add_stream("aac", rate=_RATE, layout="stereo")
        self._resampler: av.AudioResampler | None = None
        self._given = 0
        self._position = 0

    def write(self, samples: Samples) -> None:
        data = to_float(samples.data)
        if data.ndim == 1:
            data = data[None]
        # One channel is heard on both sides; of more than two the mean is.
        if data.shape[0] != 2:
            data = np.repeat(data.mean(axis=0, keepdims=True), 2, axis=0)
        start = round(samples.time * _RATE)
        missing = start - self._position
        if _GAP * _RATE < missing < _LONGEST_GAP * _RATE:
            self._silence(missing)
        elif missing < -_GAP * _RATE:
            data = data[:, round(-missing * samples.rate / _RATE) :]
        if data.shape[1] == 0:
            return
        if self._resampler is None or self._given != samples.rate:
            self._resampler = av.AudioResampler("fltp", "stereo", _RATE)
            self._given = samples.rate
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(data, np.float32), format="fltp", layout="stereo"
        )
        frame.sample_rate = samples.rate
        for piece in self._resampler.resample(frame):
            self._encode(piece)

    def _silence(self, count: int) -> None:
        while count > 0:
            size = min(count, _RATE)
            silent = np.zeros((2, size), np.float32)
            piece = av.AudioFrame.from_ndarray(silent, format="fltp", layout="stereo")
            piece.sample_rate = _RATE
            self._encode(piece)
            count -= size

    def _encode(self, frame: av.AudioFrame) -> None:
        frame.pts, frame.time_base = self._position, Fraction(1, _RATE)
        self._position += frame.samples
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        self._container.mux(self._stream.encode(None))
