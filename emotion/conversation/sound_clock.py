"""Places the sound that arrives live on the clock of the call."""

import math
from collections import deque
from collections.abc import Sequence

import av

from emotion.media import samples
from emotion.media.samples import Samples

OFFSETS = 30.0
"""Seconds after which a clock of the sound that has jumped back is believed: longer than
any delay on the way."""

_SEAM = 0.5
"""Seconds below which a difference is drift, which no reading shows, but a seam would."""


class SoundClock:
    """The clock of one source of sound beside that of the call."""

    def __init__(self) -> None:
        self.end = 0.0
        self._offset = math.inf
        self._offsets: deque[tuple[float, float]] = deque()

    def again(self) -> None:
        """Forget the clock of before: sound comes from elsewhere from now on."""
        self._offset = math.inf
        self._offsets.clear()

    def place(self, frames: Sequence[av.AudioFrame], now: float) -> list[Samples]:
        """The samples of frames that have just arrived, at their times in the call.

        Args:
            frames: In order, one at least.
            now: Seconds from the start of the call.
        """
        last = frames[-1]
        end = _time(last)
        if end is not None:
            # The quickest frame tells best how the sound's own clock lies to ours; the
            # others were held up on their way.
            self._set_offset(now, now - end - last.samples / last.sample_rate)
        # Without a clock of its own, sound goes on where it ended unless that was so long
        # ago that some was lost.
        begin = now - sum(frame.samples / frame.sample_rate for frame in frames)
        if begin - self.end < _SEAM:
            begin = self.end
        placed = []
        for frame in frames:
            own = _time(frame)
            if own is not None:
                begin = max(own + self._offset, 0.0)
            data = samples.decoded(frame)
            placed.append(Samples(begin, data, frame.sample_rate))
            begin += data.shape[1] / frame.sample_rate
        self.end = begin
        return placed

    def _set_offset(self, now: float, offset: float) -> None:
        self._offset = min(offset, self._offset)
        # Sorted by offset as well: what is later and less makes the others needless.
        while self._offsets and self._offsets[-1][1] >= offset:
            self._offsets.pop()
        self._offsets.append((now, offset))
        while self._offsets[0][0] < now - OFFSETS:
            self._offsets.popleft()
        lately = self._offsets[0][1]
        if lately - self._offset > _SEAM:
            self._offset = lately


def _time(frame: av.AudioFrame) -> float | None:
    """Seconds by the clock of the sound, or None without one."""
    # A frame with a number and no unit has NaN for its time.
    return None if frame.time is None or not math.isfinite(frame.time) else frame.time
