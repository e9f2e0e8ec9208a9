"""Where faces are looked for: in the whole picture now and then, near known faces in between."""

import math
from functools import partial

import numpy as np

from emotion.face.detector import NEAR, Detector, Face, reduced

WHOLE = 0.3
"""Seconds after which the whole picture is looked at again: every second picture at 5 a second,
every third at 8, so that who comes is seen within 0.4 s."""

FINE = 1.0
"""Seconds after which it is looked at for small faces as well while a large one is known: who
is far away comes nearer, or stays so far that nothing can be read."""

LARGE = 0.1
"""Share of the longer side of a picture from which a face is large."""

_WORTH = 0.6
"""Share of the pixels of the whole reduced picture that all parts together may have."""

SAME = 0.3
"""Overlap from which two boxes are one face (intersection over union)."""


class FaceSearch:
    """Finds the faces in the pictures of one call, at a fraction of a detector's cost.

    Most of a picture holds no face, and those that it holds are near where they just were
    (tracking by detection in a region of interest). Where one is not found there, the whole
    picture is looked at, so that nobody is lost by it. Landmarks are always those that are
    found near a face, where its size does not depend on that of the picture.
    """

    def __init__(self, detector: Detector) -> None:
        """Begin with a call of which nothing was seen.

        Args:
            detector: Of this call alone.
        """
        self._detector = detector
        self._looked = self._fine = -math.inf
        self._shape: tuple[int, ...] = ()
        self._known: list[Face] = []

    def __call__(
        self, time: float, image: np.ndarray, *, quarters: int = 0, cut: bool = False
    ) -> list[Face]:
        """Find the faces of the next picture, the largest first.

        Args:
            time: Seconds; not before that of the last picture.
            image: BGR, uint8, shape (height, width, 3).
            quarters: Quarter turns against the clock by which the picture is turned before; a
                picture that is turned is looked at as a whole.
            cut: Whether another shot begins, so that nobody is where they were.
        """
        if quarters:
            self._known = []
            return self._detector(image, quarters)
        faces = None
        if not cut and image.shape == self._shape:
            faces = self._followed(time, image)
        if faces is None:
            faces = self._detector(image)
            if _worth(len(faces), image):
                faces = [self._near(image, face) or face for face in faces]
            self._looked = self._fine = time
        faces.sort(key=lambda face: float(face.box[2] * face.box[3]), reverse=True)
        self._known, self._shape = faces, image.shape
        return list(faces)

    def _followed(self, time: float, image: np.ndarray) -> list[Face] | None:
        """Known faces where they are now, and who came; None if the whole has to say it."""
        if not self._known or not _worth(len(self._known), image):
            return None
        large = float(self._known[0].box[2:].max()) >= LARGE * max(image.shape[:2])
        if time - self._fine >= (FINE if large else WHOLE):
            return None
        found: list[Face] = []
        for face in self._known:
            now = self._near(image, face)
            if now is None or any(overlap(other, now) >= SAME for other in found):
                return None
            found.append(now)
        if time - self._looked >= WHOLE:
            self._looked = time
            for face in self._detector(image, coarse=True):
                if all(overlap(other, face) < SAME for other in found):
                    found.append(self._near(image, face) or face)
        return found

    def _near(self, image: np.ndarray, face: Face) -> Face | None:
        """What is found near a face, if it can be the same."""
        found = max(self._detector.near(image, face), key=partial(overlap, face), default=None)
        return None if found is None or overlap(face, found) < SAME else found


def overlap(one: Face, other: Face) -> float:
    """Intersection over union of two boxes, 0 to 1.

    Args:
        one: With its box in pixels.
        other: With its box in pixels of the same picture.
    """
    low = np.maximum(one.box[:2], other.box[:2])
    high = np.minimum(one.box[:2] + one.box[2:], other.box[:2] + other.box[2:])
    common = float(np.prod(np.maximum(high - low, 0)))
    both = float(np.prod(one.box[2:]) + np.prod(other.box[2:])) - common
    return common / both if both > 0 else 0.0


def _worth(faces: int, image: np.ndarray) -> bool:
    """Whether to look near so many faces costs clearly less than to look at the whole."""
    width, height = reduced(image.shape)
    return faces * NEAR * NEAR <= _WORTH * width * height
