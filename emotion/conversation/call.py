"""One call: frames and samples with timestamps go in, readings come out.

A live call pushes what WebRTC delivers, a recording what its file holds, a data set
its clips one by one; there is no other way from media to readings. A `Call` holds all
state of one call; the models behind it are shared and read-only, so that many calls
run side by side.
"""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

import numpy as np

from emotion.conversation.fused_stream import FusedStream
from emotion.conversation.senses import Senses
from emotion.errors import MediaError
from emotion.face.baseline import Baseline
from emotion.face.detector import Detector
from emotion.face.expression import Expression
from emotion.face.face_stream import FaceStream, SeenFace
from emotion.media.crosstalk import Crosstalk
from emotion.media.frames import Frame, check_frame
from emotion.media.media_clock import LONGEST
from emotion.media.samples import Samples, check_samples
from emotion.models.shipped import Models
from emotion.readings.reading import HOP, Prediction, Reading
from emotion.voice.voice_stream import AT_ONCE, HeardWindow, VoiceStream

FRAME_RATE = 5.0
"""Frames a second that are looked at; others are passed over. An expression takes half a
second and more, so five see each one several times."""

_UNEVEN = 0.9
"""Share of the time between two frames after which the next one is due: times tremble."""

DECODED_RATE = FRAME_RATE / _UNEVEN
"""Frames a second that a recording is asked for, a few more than are looked at: of frames whose
times are a little uneven none is then missing when it is due."""

PATIENCE = 1.0
"""Seconds for which a modality that lags behind is waited for."""

_BACKLOG = 2.0
"""Seconds by which the voice's threads may be behind before they are waited for, so that
neither memory nor the delay of readings grows."""

_READERS = 2
"""Windows of sound that are read at once at most."""


@dataclass(frozen=True)
class _Listened:
    """What a piece of sound came to.

    Attributes:
        person: Whose face was followed then, if it matters.
        since: Seconds of sound that each voice had heard before.
        heard: The windows that end within it, of each voice.
        time: Seconds of sound that have been heard with it.
    """

    person: int | None
    since: list[float]
    heard: list[list[HeardWindow]]
    time: float

    @property
    def done(self) -> bool:
        return all(window.done for windows in self.heard for window in windows)


class Call:
    """The state of one call.

    It takes every `emotion.media.frames.Frame` and `emotion.media.samples.Samples` in the order
    of their times, which are seconds from the start of the call, at 0, for both alike; pictures
    or sound alone will do. Each push gives the readings that are due, mostly none, and `finish`
    the rest:

        models = Models.load()
        readings = []
        with Call(models) as call:
            for number, (image, sound) in enumerate(stream):
                # BGR, uint8, (height, width, 3), and a fifth of a second of int16, (1, 9600).
                readings += call.push_frame(Frame(number / 5, image))
                readings += call.push_samples(Samples(number / 5, sound, 48_000))
            readings += call.finish()
        timeline = Timeline("my call", call.time, tuple(readings), models.reliability)

    The `emotion.timeline.timeline.Timeline` has them as a table and summed up.

    Not safe for several threads at once; different calls are independent. The voice is
    heard in a thread of the call's own, beside the face, and its windows are read in two more;
    readings do not depend on which of them is quicker. The threads end with `finish`, or where
    a `with` of the call is left.

    Attributes:
        senses: What every face and every voice says at each moment of the timeline, if it
            is kept.
    """

    def __init__(
        self,
        models: Models,
        *,
        patience: float = PATIENCE,
        frame_rate: float = FRAME_RATE,
        baseline: Baseline | None = None,
        beside: bool = True,
        denoise: str = "auto",
        channels: Sequence[int] | None = None,
        everyone: bool = False,
    ) -> None:
        """Begin a call.

        Args:
            models: May be shared.
            patience: Seconds for which readings wait for the modality that lags behind.
            frame_rate: Frames a second in which faces are looked for.
            baseline: What models say of neutral faces, to read each face relative to its own
                ordinary look; None to read it as it is.
            beside: Whether the voice is heard in threads of the call's own. A server with
                many calls has threads enough, and lets each call be read by one.
            denoise: When noise is reduced in the sound, one of
                `emotion.voice.denoising.MODES`: 'auto' where there is some, 'on', 'off'.
            channels: Which channels of the sound, from 0, have a speaker of their own each;
                readings are about the first one's voice. None for one voice, of what all
                channels hold.
            everyone: Whether `senses` and thumbnails of everybody are kept, and, where all
                channels are heard as one, vectors of the speakers.

        Raises:
            ValueError: If `denoise` is none of them.
            ModelError: If the model that makes those is missing or damaged.
        """
        # A reading may be asked for as late as that, and a little more while it is made.
        detector = Detector(models.detector)
        self._faces = FaceStream(
            detector,
            models.face,
            models.view,
            lag=patience + 1.0,
            baseline=baseline,
            everyone=everyone,
        )
        self._channels = None if channels is None else tuple(channels)
        self._crosstalk = Crosstalk()
        embedder = models.speaker_embedder() if everyone and channels is None else None
        self._voices = [
            VoiceStream(models.voice, denoise=denoise, embedder=embedder)
            for _ in self._channels or (None,)
        ]
        self._voice_worker: Executor = (
            ThreadPoolExecutor(1, thread_name_prefix="rapport-voice") if beside else AT_ONCE
        )
        self._readers: Executor = (
            ThreadPoolExecutor(_READERS, thread_name_prefix="rapport-window") if beside else AT_ONCE
        )
        self._heard: deque[Future[_Listened]] = deque()
        self._predictions: list[deque[tuple[float, Prediction]]] = [deque() for _ in self._voices]
        self._newest: tuple[float, Prediction] = (-math.inf, Prediction(None, "no sound"))
        self._fused = FusedStream(models.reliability)
        self._everyone = everyone
        self.senses: list[Senses] = []
        self._patience = patience
        self._spacing = _UNEVEN / frame_rate
        self._picture_time = self._sound_time = -math.inf
        self._pushed = self._looked = -math.inf
        self._count = 0
        self._ended = False

    def __enter__(self) -> "Call":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended = True
        # What waits to be heard is nobody's any longer.
        self._voice_worker.shutdown(cancel_futures=True)
        self._readers.shutdown(cancel_futures=True)

    @property
    def time(self) -> float:
        """Seconds of the call that have been pushed, 0 before the start."""
        return max(self._picture_time, self._pushed, 0.0)

    @property
    def seen(self) -> tuple[SeenFace, ...]:
        """The faces of the latest frame."""
        return self._faces.seen

    @property
    def person(self) -> Expression | None:
        """Whose face is followed now, and the observations of it."""
        return self._faces.person

    @property
    def speech(self) -> list[float]:
        """Share of each half second that is speech, 0 to 1, from the start of the call."""
        return self._voices[0].speech

    @property
    def speeches(self) -> tuple[list[float], ...]:
        """Share of each half second that is speech, 0 to 1, of each channel with a speaker."""
        return tuple(voice.speech for voice in self._voices)

    @property
    def speakers(self) -> dict[int, np.ndarray]:
        """The vector of the speaker of half seconds of the one voice, if they are kept."""
        return self._voices[0].speakers

    @property
    def thumbnails(self) -> dict[int, bytes]:
        """A small picture of everybody, as JPEG, by the number of the face, if they are kept."""
        return self._faces.thumbnails

    def choose(self, person: int | None) -> None:
        """Follow one face and read no other.

        Args:
            person: Number of the face, from 1; None for the largest.
        """
        self._faces.choose(person)

    def now(self) -> Reading | None:
        """What is read at this moment, between the half seconds; None before the start.

        It is for showing without delay and becomes no part of the timeline.
        """
        if self.time <= 0:
            return None
        face, person, people = self._faces.at(self.time)
        moment, voice = self._newest
        if self.time - moment > 3 * HOP:
            voice = Prediction(None, "no sound")
        return self._fused.between(self.time, face, voice, person, people)

    def push_frame(self, frame: Frame) -> list[Reading]:
        """Take the next frame; give the readings that are due.

        Frames closer than the frame rate allows, or before the last one, are passed over.

        Args:
            frame: At a time from the start of the call.

        Raises:
            MediaError: If the call has ended, the frame is none, or its time lies more than a day
                ahead of all that came before.
        """
        check_frame(frame)
        self._check(frame.time)
        if frame.time <= self._picture_time:
            return []
        # Readings before this frame come first: after a long gap, looking at it makes the
        # faces of before forgotten.
        self._picture_time = frame.time - 2e-6
        readings = list(self._due())
        self._picture_time = frame.time
        if frame.time - self._looked >= self._spacing:
            self._faces.watch(frame)
            self._looked = frame.time
        return readings + list(self._due())

    def push_samples(self, samples: Samples) -> list[Reading]:
        """Take the next sound; give the readings that are due.

        Sound goes on where the last piece ended, unless its time lies clearly ahead of that.

        Args:
            samples: At a time from the start of the call.

        Raises:
            MediaError: If the call has ended, the samples are of no kind that sound comes in, or
                their time lies more than a day ahead of all that came before.
        """
        check_samples(samples)
        self._check(samples.time)
        length = samples.data.shape[-1]
        if length == 0:
            return []
        parts, person = self._parts(samples), self._faces.followed
        if self._channels is not None:
            # Whoever is in the picture, each channel has one speaker.
            person = None
        self._heard.append(
            self._voice_worker.submit(_listen, self._voices, parts, person, self._readers)
        )
        self._pushed = max(self._pushed, samples.time) + length / samples.rate
        return list(self._due())

    def finish(self) -> list[Reading]:
        """End the call; give the readings that are left.

        They reach to the nearest half second, and there is one at least if anything was pushed.
        """
        while self._heard:
            self._collect()
        end = max(self._picture_time, self._sound_time)
        self._ended = True
        if end == -math.inf:
            return []
        last = max(1, math.floor(end / HOP + 0.5)) * HOP
        if self._sound_time > -math.inf:
            for voice, predictions in zip(self._voices, self._predictions, strict=True):
                predictions.extend(voice.finish(last))
        self._picture_time = self._sound_time = max(last, end)
        self._voice_worker.shutdown()
        self._readers.shutdown()
        return list(self._due(until=last))

    def _check(self, time: float) -> None:
        if self._ended:
            raise MediaError("The call has ended: begin another one for what comes now.")
        # Each half second up to there would have a reading, and no recording is believed to last
        # longer; the clock of the day (`time.time()`) is ahead by half a century.
        if time - self.time > LONGEST:
            raise MediaError(
                "Times count in seconds from the start of the call. "
                f"Received: {time:.15g}, more than a day beyond the {self.time:.15g} s so far."
            )

    def _collect(self) -> None:
        """Wait for the oldest sound that is still being heard."""
        listened = self._heard.popleft().result()
        for index, (voice, windows) in enumerate(zip(self._voices, listened.heard, strict=True)):
            if listened.person is not None:
                voice.follow(listened.person, listened.since[index])
            new = [voice.predict(window) for window in windows]
            self._predictions[index].extend(new)
            if new and index == 0:
                self._newest = new[-1]
        self._sound_time = listened.time

    def _parts(self, samples: Samples) -> list[Samples]:
        """What each voice is to be heard in."""
        if self._channels is None:
            return [samples]
        data = samples.data if samples.data.ndim == 2 else samples.data[None]
        # Where the sound has fewer channels for a while, the last one stands for those beyond.
        rows = [min(channel, len(data) - 1) for channel in self._channels]
        own = self._crosstalk.without(data[rows], samples.rate)
        return [Samples(samples.time, row[None], samples.rate) for row in own]

    def _due(self, until: float = math.inf) -> Iterator[Reading]:
        while True:
            while self._heard and (
                _done(self._heard[0]) or self.time - self._sound_time > _BACKLOG
            ):
                self._collect()
            time = (self._count + 1) * HOP
            behind, ahead = sorted((self._picture_time, self._sound_time))
            ready = min(max(behind, ahead - self._patience), until)
            # Sound that is still being heard is not late.
            if time > ready + 1e-6 or (self._heard and self._sound_time < time - 1e-6):
                return
            self._count += 1
            yield self._read(time)

    def _read(self, time: float) -> Reading:
        face, person, people = self._faces.at(time)
        voices = tuple(_taken(predictions, time) for predictions in self._predictions)
        if self._everyone:
            faces, mouths, unseen = self._faces.everyone(time)
            self.senses.append(Senses(time, faces, mouths, voices, unseen))
        return self._fused.read(time, face, voices[0], person, people)


def _listen(
    voices: list[VoiceStream], parts: list[Samples], person: int | None, workers: Executor
) -> _Listened:
    since = [voice.time for voice in voices]
    heard = [
        list(voice.hear(samples, workers)) for voice, samples in zip(voices, parts, strict=True)
    ]
    return _Listened(person, since, heard, voices[0].time)


def _done(listened: Future[_Listened]) -> bool:
    """Whether collecting it would not wait."""
    return listened.done() and (
        listened.cancelled() or listened.exception() is not None or listened.result().done
    )


def _taken(predictions: deque[tuple[float, Prediction]], time: float) -> Prediction:
    """What a voice says at a time; what it said before goes."""
    voice = Prediction(None, "no sound")
    while predictions and predictions[0][0] <= time + 1e-6:
        moment, prediction = predictions.popleft()
        if time - moment < HOP / 2:
            voice = prediction
    return voice
