"""Pictures of a track that need not be decoded, because none of them is given."""

from bisect import insort

import numpy as np

_WAITING = 32
"""Pictures whose order is remembered; no codec reorders more than 16."""

_LEAP = 2.0
"""Seconds by which the timestamps of one packet and the latest before differ at most in a track
whose clock can be relied on."""


class Skipping:
    """Tells from the timestamps of packets which pictures will be passed over.

    Of 30 pictures a second five are looked at. Those that other ones are predicted from have to
    be decoded all the same; the rest (B-frames, about a half) only if they are given. Packets
    come in the order of decoding, in which a picture that no other one is predicted from comes
    after those around it, so that it is known by then whether one of these is given in its place.
    """

    def __init__(self, spacing: float) -> None:
        """Begin with a track of which no packet was read.

        Args:
            spacing: Seconds from one picture that is given to the next, at least; 0 if all are.
        """
        self._spacing = spacing
        self._times: list[float] = []
        self._due = -np.inf
        self._reliable = spacing > 0

    def needless(self, time: float | None) -> bool:
        """Whether the picture of the next packet is passed over, unless others depend on it.

        After a timestamp that is missing, repeated or leaps no picture is: which ones are given
        is then decided by a clock that has seen all of them, see `emotion.media.media_clock`.

        Args:
            time: Seconds at which the picture is shown, or None if the packet does not say so.
        """
        times = self._times
        if not self._reliable:
            return False
        if time is None or time in times or (times and abs(time - times[-1]) > _LEAP):
            self._reliable = False
            return False
        latest = not times or time > times[-1]
        insort(times, time)
        if len(times) > _WAITING:
            first = times.pop(0)
            if first >= self._due:
                self._due = first + self._spacing
        # Others may follow from the latest one, and the recording lasts until the last.
        return not latest and not self._given(time)

    def _given(self, time: float) -> bool:
        """Whether a picture is given, as far as is known by now."""
        due = self._due
        for earlier in self._times:
            if earlier >= time:
                break
            if earlier >= due:
                due = earlier + self._spacing
        return time >= due
