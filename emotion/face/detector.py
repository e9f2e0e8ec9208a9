"""Faces in a picture, with their landmarks."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from emotion.face.halving import halved
from emotion.face.yunet import YuNet

LEAST_SIDE, MOST_SIDE = 320, 640
"""Pixels to which the longer side of a picture is reduced before detection."""

_SCORE = 0.7
_OVERLAP = 0.3
_MOST_FACES = 16

NEAR = 160
"""Width and height, after reduction, of the part in which a known face is looked for."""

_NEAR_FACE = 72
"""Pixels of the face in it. Of 183 frames of RAVDESS the face's probabilities differ from those
by landmarks at full size by 0.05 (total variation) at any size of the face from 56 to 200
pixels, and by 0.06 at 40. Portraits of two people are alike (see `emotion.face.tracker`) in 98
of 10,000 pairs of 160 photographs, in 120 by the whole picture, and in 135 at 58 pixels."""

_DARK = 70.0
"""Mean grey level below which a picture without a face is brightened and looked at again."""

_LIT = 110.0
"""Mean grey level that it is brightened to, as far as `_STRONGEST` lets it. In 12 of 29 stills of
SFEW in which no face had been found, nearly all of them dark, one is found then."""

_STRONGEST = 0.4
"""Least power to which grey levels (0 to 1) are raised: beyond it noise grows as the face does."""

_GRID = 8
"""Pixels of the finest grid on which the detector looks for faces."""


@dataclass(frozen=True)
class Face:
    """One face that was found.

    Attributes:
        box: Left, top, width and height in pixels, float32, shape (4,); may reach
            beyond the picture.
        landmarks: x and y of right eye, left eye, tip of the nose, right and left
            corner of the mouth (the person's own right), float32, shape (5, 2).
        score: Confidence of the detector, 0 to 1.
    """

    box: np.ndarray
    landmarks: np.ndarray
    score: float


class Detector:
    """Faces by `emotion.face.yunet`, in pictures of any size, also in the dark."""

    def __init__(self, network: YuNet) -> None:
        """Make one.

        Args:
            network: May be shared.
        """
        self._network = network

    def __call__(self, image: np.ndarray, quarters: int = 0, *, coarse: bool = False) -> list[Face]:
        """Find the faces, the largest first, 16 at most.

        Heads are found up to some 45 degrees from upright; tilted further they are missed,
        or eyes and mouth are found where there are none. In a turned picture they are upright.

        A large picture is reduced to a third, within limits: a face that fills a
        twentieth of the width is still found, and the cost stays bounded.

        Args:
            image: BGR, uint8, shape (height, width, 3).
            quarters: Quarter turns against the clock by which the picture is turned before;
                what is found is placed in the picture as it came.
            coarse: Whether faces of half the least size are enough to miss, at a quarter of
                the cost.
        """
        return self._found(_Tile.whole(image, coarse=coarse), quarters)

    def near(self, image: np.ndarray, face: Face) -> list[Face]:
        """Find the faces in the part of a picture in which a face that was seen should still be.

        The part is twice as wide as the face and is reduced until that is small: a fraction of
        the cost, and landmarks are as exact as in the whole picture.

        Args:
            image: BGR, uint8, shape (height, width, 3).
            face: From an earlier picture of the same size.
        """
        return self._found(_Tile.around(image, face), 0)

    def _found(self, part: "_Tile", quarters: int) -> list[Face]:
        size = part.size
        small, covered = part.reduced()
        turned = np.ascontiguousarray(np.rot90(small, quarters) if quarters else small)
        rows = self._network(turned, _SCORE, _OVERLAP)
        level = _DARK if len(rows) else float(np.mean(cv2.mean(turned)[:3]))
        if level < _DARK:
            rows = self._network(_brightened(turned, level), _SCORE, _OVERLAP)
        back = covered / np.array(size, np.float32)
        corner = np.array(part.corner, np.float32)
        faces = []
        for row in rows:
            if not np.isfinite(row).all():
                continue
            corners = _turned_back(np.stack([row[:2], row[:2] + row[2:4]]), size, quarters)
            first, last = corners.min(axis=0), corners.max(axis=0)
            box = np.concatenate([first * back + corner, (last - first) * back])
            landmarks = _turned_back(row[4:14].reshape(5, 2), size, quarters) * back + corner
            faces.append(Face(box, landmarks, float(row[14])))
        faces.sort(key=lambda face: float(face.box[2] * face.box[3]), reverse=True)
        return faces[:_MOST_FACES]


@dataclass(frozen=True)
class _Tile:
    """What is looked at of a picture.

    Attributes:
        corner: Left and top of it, in pixels of the picture.
        image: The part itself.
        size: Width and height to which it is reduced.
    """

    corner: tuple[int, int]
    image: np.ndarray
    size: tuple[int, int]

    @classmethod
    def whole(cls, image: np.ndarray, *, coarse: bool) -> "_Tile":
        return cls((0, 0), image, reduced(image.shape, coarse=coarse))

    @classmethod
    def around(cls, image: np.ndarray, face: Face) -> "_Tile":
        ratio = max(1.0, float(face.box[2:].max()) / _NEAR_FACE)
        # In steps, so that a face that stays is seen in the same pixels again and again: the
        # detector's points depend a little on where its grid lies.
        ratio = 2 ** (round(4 * math.log2(ratio)) / 4)
        grid = _GRID * ratio
        height, width = image.shape[:2]
        middle = face.box[:2].astype(float) + face.box[2:] / 2
        low = np.round((middle - ratio * NEAR / 2) / grid) * grid
        left, top = (int(place) for place in np.clip(low, 0, [width - 1, height - 1]))
        right, bottom = (
            int(place)
            for place in np.clip(np.ceil(low + ratio * NEAR), [left + 1, top + 1], [width, height])
        )
        size = max(1, round((right - left) / ratio)), max(1, round((bottom - top) / ratio))
        return cls((left, top), image[top:bottom, left:right], size)

    def reduced(self) -> tuple[np.ndarray, np.ndarray]:
        """The picture in its size, and the width and height of what it shows of the part."""
        image, covered = self.image, np.array(self.image.shape[1::-1], np.float32)
        if image.shape[1::-1] == self.size:
            return image, covered
        image, times = halved(image, self.size)
        if times > 1:
            covered = np.array([times * length for length in image.shape[1::-1]], np.float32)
        if image.shape[1::-1] != self.size:
            image = cv2.resize(image, self.size, interpolation=cv2.INTER_LINEAR)
        return image, covered


def reduced(shape: tuple[int, ...], *, coarse: bool = False) -> tuple[int, int]:
    """Width and height at which a whole picture is looked at.

    Args:
        shape: Of the picture, its height and width first.
        coarse: Whether faces of half the least size are enough to miss, at a quarter of the
            cost.
    """
    height, width = shape[:2]
    longest = max(height, width)
    ratio = max(1.0, longest / min(max(longest / 3, LEAST_SIDE), MOST_SIDE))
    if coarse:
        ratio = 2 * ratio
    return max(1, round(width / ratio)), max(1, round(height / ratio))


def _brightened(image: np.ndarray, level: float) -> np.ndarray:
    """A picture of another mean grey level, by the power of its grey levels (0 to 1)."""
    power = max(math.log(_LIT / 255) / math.log(max(level, 1.0) / 255), _STRONGEST)
    table = np.round(255 * (np.arange(256) / 255) ** power).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table))


def _turned_back(points: np.ndarray, size: tuple[int, int], quarters: int) -> np.ndarray:
    """Points of a picture that `numpy.rot90` turned, in the picture before; shape (n, 2)."""
    width, height = size
    x, y = points.T
    places = {0: (x, y), 1: (width - y, x), 2: (width - x, height - y), 3: (y, height - x)}
    return np.stack(places[quarters % 4], axis=1)
