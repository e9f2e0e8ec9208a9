"""Faces in a picture, with their landmarks."""

from dataclasses import dataclass

import cv2
import numpy as np

from emotion.errors import ModelError

LEAST_SIDE, MOST_SIDE = 320, 640
"""Pixels to which the longer side of a picture is reduced before detection."""

_SCORE = 0.7
_OVERLAP = 0.3
_MOST_FACES = 16


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
    """YuNet (Wu et al. 2023, 'YuNet: A Tiny Millisecond-level Face Detector').

    One detector belongs to one call: it keeps the size of the last picture.
    """

    def __init__(self, content: bytes) -> None:
        """Load the detector.

        Args:
            content: Of the file of YuNet's network, in ONNX.

        Raises:
            ModelError: If it is no network for OpenCV.
        """
        try:
            self._detector = cv2.FaceDetectorYN.create(
                "onnx",
                np.frombuffer(content, np.uint8),
                np.zeros(0, np.uint8),
                (LEAST_SIDE, LEAST_SIDE),
                _SCORE,
                _OVERLAP,
                100,
            )
        except cv2.error as error:
            raise ModelError(
                f"The face detector ({len(content):,} bytes) is not a model for OpenCV: {error.err}"
            ) from error

    def __call__(self, image: np.ndarray, quarters: int = 0) -> list[Face]:
        """Find the faces, the largest first, 16 at most.

        Heads are found up to some 45 degrees from upright; tilted further they are missed,
        or eyes and mouth are found where there are none. In a turned picture they are upright.

        A large picture is reduced to a third, within limits: a face that fills a
        twentieth of the width is still found, and the cost stays bounded.

        Args:
            image: BGR, uint8, shape (height, width, 3).
            quarters: Quarter turns against the clock by which the picture is turned before;
                what is found is told in the picture as it came.
        """
        height, width = image.shape[:2]
        longest = max(height, width)
        scale = min(1.0, min(max(longest / 3, LEAST_SIDE), MOST_SIDE) / longest)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        reduced = image
        if scale < 1:
            # Averaging whole areas is slow on large pictures; nearest pixels
            # first, down to twice the size, changes nothing that YuNet sees.
            step = max(1, longest // (2 * max(size)))
            reduced = cv2.resize(image[::step, ::step], size, interpolation=cv2.INTER_AREA)
        turned = np.ascontiguousarray(np.rot90(reduced, quarters) if quarters else reduced)
        self._detector.setInputSize(turned.shape[1::-1])
        rows: np.ndarray | None = self._detector.detect(turned)[1]
        if rows is None:
            return []
        back = np.array([width / size[0], height / size[1]], np.float32)
        faces = []
        for row in rows:
            if not np.isfinite(row).all():
                continue
            corners = _turned_back(np.stack([row[:2], row[:2] + row[2:4]]), size, quarters) * back
            first, last = corners.min(axis=0), corners.max(axis=0)
            landmarks = _turned_back(row[4:14].reshape(5, 2), size, quarters) * back
            faces.append(Face(np.concatenate([first, last - first]), landmarks, float(row[14])))
        faces.sort(key=lambda face: float(face.box[2] * face.box[3]), reverse=True)
        return faces[:_MOST_FACES]


def _turned_back(points: np.ndarray, size: tuple[int, int], quarters: int) -> np.ndarray:
    """Points of a picture that `numpy.rot90` turned, in the picture before; shape (n, 2)."""
    width, height = size
    x, y = points.T
    places = {0: (x, y), 1: (width - y, x), 2: (width - x, height - y), 3: (y, height - x)}
    return np.stack(places[quarters % 4], axis=1)
