"""Fades: where one shot of a recording dissolves into the next."""

from collections import deque

import numpy as np

LONGEST = 3.0
"""Seconds of a fade at most, with a little of what stands before and after it."""

_CHANGE = 8.0
"""Grey levels by which the pictures before and after differ at least."""

_ALIKE = 0.95
"""Correlation of both from which it is the light that changed."""

_BETWEEN = 1
"""Pictures in the middle of a fade at least: at five pictures a second one of half a second has no
more. That it is a mixture of both tells it from anything else."""

_BEGUN, _OVER = 0.1, 0.95
"""Share of the later picture at which a fade has begun and is over."""

_STEADY = 0.18
"""Seconds for which it has been over: a picture in the middle of a fade is like the one before."""

_UNLIKE = 0.2
"""Difference of a picture between from a mixture of both, by that of both: people move while
they fade, but where somebody or a camera moves alone it is no mixture. Of 1,029 pictures of one
who acts before a plain wall, 5.5 a second, a fade is seen in 1."""

_BACK = 0.05
"""Share by which the later picture may seem to give way again."""


class Fades:
    """Notices the end of fades in the pictures of one call.

    In a fade each picture is a mixture of the one before it began and the one after it is over,
    with ever more of the later one (Lienhart 2001, 'Reliable Transition Detection in Videos').
    """

    def __init__(self) -> None:
        self._pictures: deque[tuple[float, np.ndarray]] = deque()

    def ended(self, time: float, small: np.ndarray) -> float | None:
        """Seconds at which the shot before was last seen alone, if a fade ends here.

        Args:
            time: Seconds; after that of the last picture.
            small: The picture in small, from `emotion.face.shots.miniature`.
        """
        while self._pictures and self._pictures[0][0] < time - LONGEST:
            self._pictures.popleft()
        newest = small.ravel()
        begin = self._begin(time, newest)
        if begin is not None:
            self._pictures.clear()
        self._pictures.append((time, newest))
        return begin

    def _begin(self, now: float, newest: np.ndarray) -> float | None:
        times = [time for time, _ in self._pictures]
        steady = sum(time <= now - _STEADY for time in times) - 1
        if steady < _BETWEEN:
            return None
        pictures = np.stack([picture for _, picture in self._pictures])
        # The longest first: a part of a fade is a fade, too.
        sizes = np.abs(newest - pictures[: steady - _BETWEEN + 1]).mean(axis=1)
        for first in np.flatnonzero(sizes >= _CHANGE):
            change, size = newest - pictures[first], sizes[first]
            passed = pictures[first + 1 :] - pictures[first]
            shares = passed @ change / float(change @ change)
            between = (shares > _BEGUN) & (shares < _OVER)
            if shares[steady - first - 1] < _OVER or between.sum() < _BETWEEN:
                continue
            steps = np.diff(shares, prepend=0.0, append=1.0)
            rest = np.abs(passed - shares[:, None] * change).mean(axis=1)
            if steps.min() < -_BACK or rest.max() > _UNLIKE * size:
                continue
            if _likeness(pictures[first], newest) > _ALIKE:
                continue
            begun = int((shares > _BEGUN).argmax())
            return times[first + begun]
        return None


def _likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two pictures; 1 where one is of one colour, which says nothing."""
    one, other = one - one.mean(), other - other.mean()
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / lengths if lengths > 1e-6 else 1.0
