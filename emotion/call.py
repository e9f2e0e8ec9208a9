"""One call: frames and samples with timestamps go in, readings come out.

A live call pushes what WebRTC delivers, a recording what its file holds, a data set
its clips one by one; there is no other way from media to readings. A `Call` holds all
state of one call; the models behind it are shared and read-only, so that many calls
run side by side.
"""

import math
from collections import OrderedDict, deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from emotion import fusion
from emotion.face.baseline import Baseline
from emotion.face.detector import Detector
from emotion.face.expression import Expression
from emotion.face.stream import FaceStream, SeenFace
from emotion.face.tracker import REMEMBERED
from emotion.media.frames import Frame
from emotion.media.samples import Samples, check
from emotion.models.shipped import Models
from emotion.readings import Prediction, Reading
from emotion.satisfaction import Satisfaction
from emotion.voice.stream import VoiceStream
from emotion.voice.windows import HOP, LENGTH

FRAME_RATE = 5.0
"""Frames a second that are looked at; others are passed over. An expression takes half a
second and more, so five see each one several times."""

PATIENCE = 1.0
"""Seconds for which a sense that lags behind is waited for."""

_BACKLOG = 1.0
"""Seconds by which the voice's thread may be behind before it is waited for, so that
neither memory nor the delay of readings grows."""


_Heard = tuple[float, list[tuple[float, Prediction]]]


class Call:
    """The state of one call.

    Not safe for several threads at once; different calls are independent. The voice is
    heard in a thread of the call's own, beside the face; readings do not depend on which
    of the two is quicker.
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
    ) -> None:
        """Begin a call.

        Args:
            models: May be shared.
            patience: Seconds for which readings wait for the sense that lags behind.
            frame_rate: Frames a second in which faces are looked for.
            baseline: As for `emotion.face.stream.FaceStream`.
            beside: Whether the voice is heard in a thread of the call's own. A server with
                many calls has threads enough, and lets each call be read by one.
            denoise: When noise is reduced in the sound, one of
                `emotion.voice.denoising.MODES`: 'auto' where there is some, 'on', 'off'.

        Raises:
            ValueError: If `denoise` is none of them.
        """
        self._reliability = models.reliability
        # A reading may be asked for as late as that, and a little more while it is made.
        detector = Detector(models.detector)
        self._faces = FaceStream(
            detector, models.face, models.view, lag=patience + 1.0, baseline=baseline
        )
        self._voices = VoiceStream(models.voice, denoise=denoise)
        self._voice_worker: Executor = (
            ThreadPoolExecutor(1, thread_name_prefix="rapport-voice") if beside else _AtOnce()
        )
        self._heard: deque[Future[_Heard]] = deque()
        self._predictions: deque[tuple[float, Prediction]] = deque()
        self._newest: tuple[float, Prediction] = (-math.inf, Prediction(None, "no sound"))
        self._estimate: tuple[float | None, float] = (None, 0.0)
        self._customers: OrderedDict[int | None, Satisfaction] = OrderedDict()
        self._customer: int | None = None
        self._since = -math.inf
        self._patience = patience
        self._spacing = 0.9 / frame_rate
        self._picture_time = self._sound_time = -math.inf
        self._pushed = self._looked = -math.inf
        self._count = 0

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
        return self._voices.speech

    def choose(self, person: int | None) -> None:
        """Follow the face with this number and read no other; None for the largest."""
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
        fused = fusion.fuse(face, voice, self._reliability)
        value, certainty = self._estimate
        conflict = fusion.disagreement(face, voice)
        return Reading(self.time, face, voice, fused, value, person, people, certainty, conflict)

    def push_frame(self, frame: Frame) -> list[Reading]:
        """Take the next frame; give the readings that are due.

        Frames closer than the frame rate allows, or before the last one, are passed over.
        """
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

        Raises:
            MediaError: If the samples are of no kind that sound comes in.
        """
        check(samples.data, samples.rate)
        length = samples.data.shape[-1]
        if length == 0:
            return []
        heard = self._voice_worker.submit(_listen, self._voices, samples, self._faces.followed)
        self._heard.append(heard)
        self._pushed = max(self._pushed, samples.time) + length / samples.rate
        return list(self._due())

    def finish(self) -> list[Reading]:
        """End the call; give the readings that are left.

        They reach to the nearest half second, and there is one at least.
        """
        while self._heard:
            self._collect()
        end = max(self._picture_time, self._sound_time)
        if end == -math.inf:
            return []
        last = max(1, math.floor(end / HOP + 0.5)) * HOP
        if self._sound_time > -math.inf:
            self._predictions.extend(self._voices.finish(last))
        self._picture_time = self._sound_time = max(last, end)
        self._voice_worker.shutdown()
        return list(self._due(until=last))

    def _collect(self) -> None:
        """Wait for the oldest sound that is still being heard."""
        self._sound_time, predictions = self._heard.popleft().result()
        if predictions:
            self._newest = predictions[-1]
        self._predictions.extend(predictions)

    def _due(self, until: float = math.inf) -> Iterator[Reading]:
        while True:
            while self._heard and (
                self._heard[0].done() or self.time - self._sound_time > _BACKLOG
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
        voice = Prediction(None, "no sound")
        while self._predictions and self._predictions[0][0] <= time + 1e-6:
            moment, prediction = self._predictions.popleft()
            if time - moment < HOP / 2:
                voice = prediction
        satisfaction = self._meet(time, person)
        # A window of sound that reaches back to before is partly of whoever was followed then.
        share = min(1.0, (time - self._since) / LENGTH)
        if voice.probabilities is not None and share < 1:
            voice = replace(voice, quality=voice.quality * share)
        fused = fusion.fuse(face, voice, self._reliability)
        told, weight = fusion.telling(face, voice, fused, self._reliability)
        known = satisfaction.update(time, told, weight)
        conflict = fusion.disagreement(face, voice)
        value, certainty = (None, 0.0) if known is None else (known.value, known.certainty)
        self._estimate = value, certainty
        return Reading(time, face, voice, fused, value, person, people, certainty, conflict)

    def _meet(self, time: float, person: int | None) -> Satisfaction:
        """The satisfaction of who is followed: each has their own, and nobody else's."""
        if person is not None and person != self._customer:
            if self._customer is not None:
                self._since = time - HOP
            elif None in self._customers:
                # What was heard before anybody was seen counts as the first one's.
                self._customers[person] = self._customers.pop(None)
            self._customer = person
        satisfaction = self._customers.setdefault(self._customer, Satisfaction())
        self._customers.move_to_end(self._customer)
        if len(self._customers) > REMEMBERED + 1:
            self._customers.popitem(last=False)
        return satisfaction


class _AtOnce(Executor):
    """Does everything where it is asked to."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


def _listen(voice: VoiceStream, samples: Samples, person: int | None) -> _Heard:
    if person is not None:
        voice.follow(person)
    predictions = list(voice.listen(samples))
    return voice.time, predictions
