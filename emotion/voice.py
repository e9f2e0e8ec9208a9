"""The voice of one call: resampled, checked for speech, denoised and read."""

from collections.abc import Iterator

from emotion import denoiser
from emotion.audio import RATE, Resampler, Samples
from emotion.reading import Opinion
from emotion.recogniser import VoiceRecogniser
from emotion.voice_window import VoiceWindow, VoiceWindows

MAX_GAP = 0.25
"""Seconds that timestamps may run ahead of the samples before the gap between them
is taken for lost sound; live timestamps tremble by less."""


class VoiceStream:
    """Samples in, an opinion every half second out."""

    def __init__(self, recogniser: VoiceRecogniser) -> None:
        """Make the stream of one call.

        Args:
            recogniser: May be shared.
        """
        self._recogniser = recogniser
        self._resampler = Resampler()
        self._windows = VoiceWindows()

    @property
    def time(self) -> float:
        """Seconds of the call whose sound has been heard."""
        return self._windows.time

    def push(self, samples: Samples) -> Iterator[tuple[float, Opinion]]:
        """Take the next samples and give the opinions that fall within them.

        Raises:
            MediaError: If the samples are of no kind that sound comes in.
        """
        gap = samples.time - self._windows.time
        heard = self._resampler.push(samples.data, samples.rate)
        if gap > MAX_GAP:
            yield from map(self._read, self._windows.skip(gap))
        yield from map(self._read, self._windows.push(heard))

    def finish(self, time: float) -> Iterator[tuple[float, Opinion]]:
        """Hear what the resampler still holds, and silence up to a time of the call."""
        yield from map(self._read, self._windows.push(self._resampler.flush()))
        missing = time - self._windows.time
        if missing > 0.5 / RATE:
            yield from map(self._read, self._windows.skip(missing))

    def _read(self, window: VoiceWindow) -> tuple[float, Opinion]:
        if window.reason is not None:
            return window.time, Opinion(None, window.reason)
        return window.time, Opinion(self._recogniser(denoiser.reduce(window)))
