"""Cuts: where one shot of a recording ends and the next begins."""

import cv2
import numpy as np

_SIZE = 24, 16
"""Width and height to which a picture is reduced for comparison."""

CHANGE = 18.0
"""Grey levels by which a picture differs from the one before at a cut. Frames of one shot a
fifth of a second apart differ by 11 in 1 of 100, of someone who fills half of the picture."""

_JUMP = 3.0
"""How many times the usual difference it has to be: a moving camera changes every picture."""

_FRESH = 0.2
"""Weight of the newest difference in the usual one."""


def miniature(image: np.ndarray) -> np.ndarray:
    """A picture as small as shots are compared, float32, shape (16, 24, 3).

    Args:
        image: BGR, uint8, shape (height, width, 3).
    """
    step = max(1, min(image.shape[0] // (4 * _SIZE[1]), image.shape[1] // (4 * _SIZE[0])))
    part = np.ascontiguousarray(image[::step, ::step])
    return cv2.resize(part, _SIZE, interpolation=cv2.INTER_AREA).astype(np.float32)


class Shots:
    """Notices cuts in the pictures of one call.

    A cut changes most of a picture from one frame to the next (pair-wise comparison; Zhang,
    Kankanhalli & Smoliar 1993, 'Automatic Partitioning of Full-motion Video'). A fade does
    not, see `emotion.face.fades`.
    """

    def __init__(self) -> None:
        self._last: np.ndarray | None = None
        self._usual = 0.0

    def cut(self, small: np.ndarray) -> bool:
        """Whether a picture belongs to another shot than the one before it.

        Args:
            small: The picture in small, from `miniature`.
        """
        last, self._last = self._last, small
        if last is None:
            return False
        change = float(np.abs(small - last).mean())
        found = change > max(CHANGE, _JUMP * self._usual)
        if not found:
            self._usual += _FRESH * (change - self._usual)
        return found
