"""Times of a recording's tracks from timestamps that may be wrong.

Timestamps start anywhere, begin again where two recordings were joined or a counter ran
over (33 bits in MPEG-TS), jump by a day in damaged packets, repeat or are missing. What is
wanted are seconds from the start of the recording that never go back.
"""

import math
from dataclasses import dataclass, field

MAX_STEP = 600.0
"""Seconds; a longer jump is taken for a broken timestamp, unless the container says that it
lasts as long or another track is there already."""

LONGEST = 86_400.0
"""Seconds that a recording lasts at most, as far as its timestamps are believed."""

_AGAIN = 1.0
"""Seconds by which a timestamp must fall back for the clock to have begun again; by less,
tracks overlap where a stream was picked up after a break."""

_REPEATS = 5
"""Frames at one and the same time after which timestamps are taken for broken."""

_GAP = 0.03
"""Seconds from which on time that is passed over is a gap, not a timestamp that is rounded."""

_EARLY = 0.5
"""Seconds before the start at which a track may begin; encoders need a run-up."""


@dataclass
class Progress:
    """What the clocks of one recording know of each other.

    Attributes:
        start: Timestamp of the start of the recording, seconds.
        duration: Seconds as the container says, 0 where it does not.
        latest: The furthest time that any track has reached, seconds from the start.
        offsets: Seconds to add to timestamps after each new beginning, the newest last.
    """

    start: float
    duration: float
    latest: float = 0.0
    offsets: list[float] = field(default_factory=list)


class Clock:
    """Times of one track: from its timestamps while they make sense, else counted.

    Attributes:
        broken: Whether timestamps were given that did not make sense.
        skipped: Seconds of all gaps between one frame and the next.
        step: Seconds from one frame to the next where nothing else says so.
    """

    def __init__(self, progress: Progress, step: float) -> None:
        """Make the clock of one track.

        Args:
            progress: Shared by the tracks of a recording.
            step: Seconds from one frame to the next where nothing else says so.
        """
        self._progress = progress
        self.step = step
        self._next: float | None = None
        self._last: float | None = None
        self._repeated = 0
        self._moved = False
        self._offset = 0.0
        self._pending: float | None = None
        self.broken = False
        self.skipped = 0.0

    def time(self, stamp: float | None, length: float | None = None) -> float:
        """Seconds from the start of the recording of the next frame.

        Args:
            stamp: Its timestamp in seconds, or None without one.
            length: Seconds that it lasts; by default the clock's step.
        """
        step = self.step if length is None else length
        if stamp is not None and not math.isfinite(stamp):
            # A number without a unit.
            stamp = None
        time = (
            self._first(stamp)
            if self._next is None
            else self._following(stamp, step, length is not None)
        )
        self._next = time + step
        self._progress.latest = max(self._progress.latest, self._next)
        return time

    def peek(self, stamp: float) -> float:
        """Seconds from the start of a timestamp that belongs to no frame.

        Args:
            stamp: Seconds as the file has them.
        """
        return stamp - self._progress.start + self._offset

    def _first(self, stamp: float | None) -> float:
        if stamp is None:
            return 0.0
        self._last = stamp
        time = stamp - self._progress.start
        # It may be later than anything so far: a camera that is switched on late.
        if time >= max(LONGEST, self._progress.duration):
            self._offset, self.broken = -time, True
            return 0.0
        if time < -_EARLY:
            self._offset = -time
        return max(time, 0.0)

    def _following(self, stamp: float | None, step: float, measured: bool) -> float:
        assert self._next is not None
        due = self._next
        if stamp is None:
            return due
        repeated = stamp == self._last
        self._moved |= not repeated
        self._repeated = self._repeated + 1 if repeated else 0
        self._last = stamp
        if self._repeated >= _REPEATS:
            # Sound that was never given a clock (RealAudio 14.4) counts itself.
            self.broken |= self._moved or not measured
            return due
        plain = stamp - self._progress.start
        time = plain + self._offset
        if due - 1.5 * step <= time < self._limit(due, step):
            self._pending = None
            if time > due + _GAP:
                self.skipped += time - due
            # A timestamp may fall a little short of the last one's end.
            return max(time, due - step)
        if repeated or 0 <= due - time < _AGAIN:
            return due
        # One timestamp alone may be wrong; a second one that goes on from it says that the
        # clock began again, and with the clock of another track it is sure at once.
        for offset in (self._pending, *reversed(self._progress.offsets)):
            if offset is not None and -_AGAIN < plain + offset - due < _AGAIN:
                self._offset, self._pending = offset, None
                if offset not in self._progress.offsets:
                    self._progress.offsets.append(offset)
                return max(due, plain + offset)
        self.broken |= time > due
        self._pending = due - plain
        return due

    def _limit(self, due: float, step: float) -> float:
        """Seconds from which on a time is not believed."""
        furthest = max(due - step, self._progress.latest) + MAX_STEP
        return max(furthest, self._progress.duration)
