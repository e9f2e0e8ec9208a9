"""The voice of one call: resampled, checked for speech, read, and adapted to."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from emotion.media.samples import RATE, Resampler, Samples
from emotion.readings.probability import agreement
from emotion.readings.reading import HOP, Prediction
from emotion.voice import denoising
from emotion.voice.adaptation import Speaker, VoiceLogits, memorable
from emotion.voice.speaker_embedding import LENGTH as EMBEDDED
from emotion.voice.speaker_embedding import SpeakerEmbedder
from emotion.voice.voice_recogniser import VoiceRecogniser
from emotion.voice.windows import LENGTH, VoiceWindow, VoiceWindows

MAX_GAP = 0.25
"""Seconds that timestamps may run ahead of the samples before the gap between them
is taken for lost sound; live timestamps tremble by less."""

_LATE = 0.02
"""Seconds that the first sound may be late without a gap before it, as a decoder of Opus
makes it."""


LEAST_SPOKEN = 0.75
"""Seconds of speech in those that tell whose voice it is."""

EMBEDDED_EVERY = 2
"""Half seconds from one vector of the speaker to the next: each takes as long as half of a
reading, and twice as many added nothing."""


@dataclass(frozen=True)
class HeardWindow:
    """A window, and what the recogniser says of it.

    Attributes:
        window: What was heard.
        output: The recogniser's logits, and how good the window is, see `VoiceWindow.quality`;
            None where it cannot be read.
        speaker: The vector of the speaker of its newest 1.5 s, see
            `emotion.voice.speaker_embedding`; None where nobody asks or hardly anyone speaks.
    """

    window: VoiceWindow
    output: Future[tuple[VoiceLogits, float]] | None
    speaker: Future[np.ndarray] | None = None

    @property
    def done(self) -> bool:
        """Whether nothing is left to wait for."""
        return all(one is None or one.done() for one in (self.output, self.speaker))


class VoiceStream:
    """Samples in, a prediction every half second out.

    What is heard is read in the light of the speaker's own voice, as far as it is known
    from the call already. What a recogniser says of one window does not depend on any other, so
    it may be asked in other threads: `hear` begins that, and `predict` takes the predictions in
    the order of the windows. `listen` does both at once.

    Attributes:
        speech: Share of each half second that is speech, 0 to 1, from the start.
        speakers: The vector of the speaker of half seconds, by their number from 0, if it is
            kept.
    """

    def __init__(
        self,
        recogniser: VoiceRecogniser,
        *,
        denoise: str = "auto",
        embedder: SpeakerEmbedder | None = None,
    ) -> None:
        """Make the stream of one call.

        Args:
            recogniser: May be shared.
            denoise: When noise is reduced, one of `emotion.voice.denoising.MODES`.
            embedder: What makes the vectors of speakers; None to keep none.

        Raises:
            ValueError: If the mode is another one.
        """
        self._recogniser = recogniser
        self._denoise = denoising.checked(denoise)
        self._speaker = Speaker(recogniser.prior)
        self._speakers: dict[int, Speaker] = {}
        self._remembered = -np.inf
        self._answers: deque[tuple[float, np.ndarray]] = deque()
        self._resampler = Resampler()
        self._windows = VoiceWindows()
        self._begun = False
        self.speech: list[float] = []
        self._embedder = embedder
        self.speakers: dict[int, np.ndarray] = {}

    @property
    def time(self) -> float:
        """Seconds of the call whose sound has been heard."""
        return self._windows.time

    def follow(self, person: int, since: float | None = None) -> None:
        """Take what is predicted next as the voice of a person, with an adaptation of their own.

        What was heard before anybody was seen counts as the first one's.

        Args:
            person: Number of the face that is followed.
            since: Seconds of the call from which on it is followed; None for all that has been
                heard.
        """
        if not self._speakers:
            self._speakers[person] = self._speaker
        elif person not in self._speakers:
            self._speakers[person] = Speaker(self._recogniser.prior)
        if self._speakers[person] is not self._speaker:
            self._speaker = self._speakers[person]
            # A window that reaches back to before is not of this person alone.
            self._remembered = self.time if since is None else since

    def listen(self, samples: Samples) -> Iterator[tuple[float, Prediction]]:
        """Take the next samples and give the predictions that fall within them.

        Raises:
            MediaError: If the samples are of no kind that sound comes in.
        """
        return map(self.predict, self.hear(samples, AT_ONCE))

    def hear(self, samples: Samples, workers: Executor) -> Iterator[HeardWindow]:
        """Take the next samples and give the windows that end within them, for `predict`.

        Args:
            samples: After those before.
            workers: In which windows are read.

        Raises:
            MediaError: If the samples are of no kind that sound comes in.
        """
        gap = samples.time - self._windows.time
        heard = self._resampler.resample(samples.data, samples.rate)
        begun, self._begun = self._begun, True
        if gap > (MAX_GAP if begun else _LATE):
            yield from map(partial(self._heard, workers), self._windows.skip(gap))
        yield from map(partial(self._heard, workers), self._windows.take(heard))

    def finish(self, time: float) -> Iterator[tuple[float, Prediction]]:
        """Hear what the resampler still holds, and silence up to a time of the call."""
        yield from map(self._read, self._windows.take(self._resampler.flush()))
        missing = time - self._windows.time
        if missing > 0.5 / RATE:
            yield from map(self._read, self._windows.skip(missing))

    def predict(self, heard: HeardWindow) -> tuple[float, Prediction]:
        """The prediction of the next window, and its time in seconds; waits for the recogniser.

        Args:
            heard: The window, in the order in which `listen` gave them.
        """
        window = heard.window
        if heard.speaker is not None:
            # What is looked at lies half a second to both sides.
            self.speakers[round(window.time / HOP) - 2] = heard.speaker.result()
        if heard.output is None:
            return window.time, Prediction(None, window.reason)
        logits, quality = heard.output.result()
        probabilities = np.exp(self._speaker.log_probabilities(logits))
        if memorable(window.speech_seconds, window.time - self._remembered):
            self._speaker.remember(logits)
            self._remembered = window.time
        quality *= self._agreement(window.time, probabilities)
        return window.time, Prediction(probabilities, quality=quality)

    def _read(self, window: VoiceWindow) -> tuple[float, Prediction]:
        return self.predict(self._heard(AT_ONCE, window))

    def _heard(self, workers: Executor, window: VoiceWindow) -> HeardWindow:
        # A long gap moves the clock without windows: nobody spoke in it.
        self.speech += [0.0] * (round(window.time / HOP) - 1 - len(self.speech))
        self.speech.append(window.newest_speech)
        speaker = None
        if (
            self._embedder is not None
            and round(window.time / HOP) % EMBEDDED_EVERY == 0
            and window.newest_speech_seconds(EMBEDDED) >= LEAST_SPOKEN
        ):
            newest = window.samples[-round(EMBEDDED * RATE) :]
            speaker = workers.submit(self._embedder, newest)
        if window.reason is not None:
            return HeardWindow(window, None, speaker)
        return HeardWindow(window, workers.submit(self._answer, window), speaker)

    def _answer(self, window: VoiceWindow) -> tuple[VoiceLogits, float]:
        samples = denoising.reduce(window.samples, window.heard, self._denoise)
        return self._recogniser(samples), window.quality

    def _agreement(self, time: float, probabilities: np.ndarray) -> float:
        """How far a window agrees with those that overlap with it, 0 to 1."""
        self._answers.append((time, probabilities))
        while self._answers[0][0] <= time - LENGTH:
            self._answers.popleft()
        answers = np.array([answer for _, answer in self._answers])
        return agreement(answers, np.ones(len(answers)))


class _AtOnce(Executor):
    """Does everything where it is asked to."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


AT_ONCE: Executor = _AtOnce()
"""No thread of its own: what is submitted is done when that returns."""
