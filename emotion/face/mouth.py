"""How much a mouth moves, to know who speaks when several are in the picture.

Mouth movement that goes with the sound is the plainest sign of an active speaker
(Everingham, Sivic & Zisserman 2006, 'Hello! My name is... Buffy'). A mouth that opens shows
its dark inside: what is compared from one observation to the next is how dark the darkest
line of it is, after the two faces were laid on each other by eyes and nose.
"""

from collections import deque

import cv2
import numpy as np

_PIXELS = 64
"""Width and height of the aligned picture that is compared."""

_INSIDE = slice(44, 58), slice(22, 42)
_REST = slice(8, 38), slice(8, 56)
"""Rows and columns between the lips, and of eyes, nose and cheeks, in such a picture."""

_FARTHEST = 4.0
"""Pixels by which two aligned faces lie apart at most: landmarks are no worse than that."""

_LEAST_CONTRAST = 8.0
_FLOOR = 0.05
"""Grey levels that are added to the contrast of a face, and the change, in contrasts, that
noise and coding make in a mouth that does not move."""

_LONGEST = 0.45
"""Seconds between two observations that can be compared."""

_KEPT = 128
"""Observations that are kept: a recording may be asked for what was 10 s before."""

_SPAN = 0.8
"""Seconds of which a movement is the mean: two syllables or more."""

_WINDOW = cv2.createHanningWindow((48, 30), cv2.CV_32F)


class MouthMotion:
    """The movement of one person's mouth over time."""

    def __init__(self) -> None:
        self._last: tuple[float, np.ndarray] | None = None
        self._moved: deque[tuple[float, float]] = deque(maxlen=_KEPT)

    def observe(self, time: float, aligned: np.ndarray) -> None:
        """Take the next observation.

        Args:
            time: Seconds; later than the last one.
            aligned: The face after `emotion.face.alignment.align`, grey, uint8, square.
        """
        small = cv2.resize(aligned, (_PIXELS, _PIXELS), interpolation=cv2.INTER_AREA)
        grey = cv2.GaussianBlur(small, (3, 3), 0).astype(np.float32)
        if self._last is not None and time - self._last[0] <= _LONGEST:
            before = self._last[1]
            away = abs(_inside(before) - _inside(_laid_on(before, grey)))
            contrast = float(before[_REST].std()) + _LEAST_CONTRAST
            self._moved.append((time, float(np.log(away / contrast + _FLOOR))))
        self._last = time, grey

    def at(self, time: float) -> float | None:
        """The movement around a time not long before the last observation.

        Returns:
            The logarithm of how much the mouth opens or closes, in contrasts of the face: -3
            for one that does not at all, 0.6 to 1 more while someone speaks than while they are
            silent; None where it was not observed.
        """
        moved = [value for moment, value in self._moved if time - _SPAN < moment <= time + 1e-6]
        return float(np.mean(moved)) if moved else None


def _inside(face: np.ndarray) -> float:
    """How dark it is between the lips: of each column the darkest pixel, on average."""
    return float(face[_INSIDE].min(axis=0).mean())


def _laid_on(before: np.ndarray, face: np.ndarray) -> np.ndarray:
    """A face moved to where its eyes and nose were before (phase correlation)."""
    (x, y), _ = cv2.phaseCorrelate(before[_REST], np.ascontiguousarray(face[_REST]), _WINDOW)
    if max(abs(x), abs(y)) > _FARTHEST:
        return face
    return cv2.warpAffine(
        face,
        np.array([[1, 0, x], [0, 1, y]], float),
        (_PIXELS, _PIXELS),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
