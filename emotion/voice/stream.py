"""The voice of one call: resampled, checked for speech, read, and adapted to."""

from collections import deque
from collections.abc import Iterator

import numpy as np

from emotion.media.samples import RATE, Resampler, Samples
from emotion.probability import agreement
from emotion.readings import Prediction
from emotion.voice import denoising
from emotion.voice.adaptation import Speaker, memorable
from emotion.voice.recogniser import VoiceRecogniser
from emotion.voice.windows import HOP, LENGTH, VoiceWindow, VoiceWindows

MAX_GAP = 0.25
"""Seconds that timestamps may run ahead of the samples before the gap between them
is taken for lost sound; live timestamps tremble by less."""

_LATE = 0.02
"""Seconds that the first sound may be late without a gap before it, as a decoder of Opus
makes it."""


class VoiceStream:
    """Samples in, a prediction every half second out.

    What is heard is read in the light of the speaker's own voice, as far as the call
    has told it already.

    Attributes:
        speech: Share of each half second that is speech, 0 to 1, from the start.
    """

    def __init__(self, recogniser: VoiceRecogniser, *, denoise: str = "auto") -> None:
        """Make the stream of one call.

        Args:
            recogniser: May be shared.
            denoise: When noise is reduced, one of `emotion.voice.denoising.MODES`.

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

    @property
    def time(self) -> float:
        """Seconds of the call whose sound has been heard."""
        return self._windows.time

    def follow(self, person: int) -> None:
        """Take what comes as the voice of a person, who has an adaptation of their own.

        What was heard before anybody was seen counts as the first one's.

        Args:
            person: Number of the face that is followed.
        """
        if not self._speakers:
            self._speakers[person] = self._speaker
        elif person not in self._speakers:
            self._speakers[person] = Speaker(self._recogniser.prior)
        if self._speakers[person] is not self._speaker:
            self._speaker = self._speakers[person]
            # A window that reaches back to before is not of this person alone.
            self._remembered = self.time

    def listen(self, samples: Samples) -> Iterator[tuple[float, Prediction]]:
        """Take the next samples and give the predictions that fall within them.

        Raises:
            MediaError: If the samples are of no kind that sound comes in.
        """
        gap = samples.time - self._windows.time
        heard = self._resampler.resample(samples.data, samples.rate)
        begun, self._begun = self._begun, True
        if gap > (MAX_GAP if begun else _LATE):
            yield from map(self._read, self._windows.skip(gap))
        yield from map(self._read, self._windows.take(heard))

    def finish(self, time: float) -> Iterator[tuple[float, Prediction]]:
        """Hear what the resampler still holds, and silence up to a time of the call."""
        yield from map(self._read, self._windows.take(self._resampler.flush()))
        missing = time - self._windows.time
        if missing > 0.5 / RATE:
            yield from map(self._read, self._windows.skip(missing))

    def _read(self, window: VoiceWindow) -> tuple[float, Prediction]:
        # A long gap moves the clock without windows: nobody spoke in it.
        self.speech += [0.0] * (round(window.time / HOP) - 1 - len(self.speech))
        self.speech.append(window.newest_speech)
        if window.reason is not None:
            return window.time, Prediction(None, window.reason)
        samples = denoising.reduce(window.samples, window.heard, self._denoise)
        logits = self._recogniser(samples)
        probabilities = np.exp(self._speaker.log_probabilities(logits))
        if memorable(window.speech_seconds, window.time - self._remembered):
            self._speaker.remember(logits)
            self._remembered = window.time
        return window.time, Prediction(probabilities, quality=self._quality(window, probabilities))

    def _quality(self, window: VoiceWindow, probabilities: np.ndarray) -> float:
        """Of the window, and of how far the windows that overlap with it agree."""
        self._answers.append((window.time, probabilities))
        while self._answers[0][0] <= window.time - LENGTH:
            self._answers.popleft()
        answers = np.array([answer for _, answer in self._answers])
        return window.quality * agreement(answers, np.ones(len(answers)))
