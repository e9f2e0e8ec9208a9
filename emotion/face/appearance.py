"""What someone looks like in one recording: the colours of head and clothes.

It distinguishes people in one picture when their places do not, and recognises one who was
away. It says nothing about who they are: in other clothes, or in another light, the same
person is new to it (as in re-identification by colour histograms, Gray et al. 2008).
"""

import math

import cv2
import numpy as np

from emotion.face.detector import Face

_SHADES = 12
"""Steps of lightness."""

_HUES = 8
"""Steps along each of the two axes of colour."""

_TILTED = 30.0
"""Degrees from upright, or from lying to a side, up to which the chest is below the face."""

_SAMPLES = 48
"""Width and height to which a part is reduced: colours need no more."""


def describe(image: np.ndarray, face: Face) -> np.ndarray | None:
    """The colours around a face, whichever way the head lies.

    Args:
        image: BGR, uint8, shape (height, width, 3).
        face: What was found in it.

    Returns:
        Square roots of histograms of head and chest, each of lightness and of colour,
        float32, of length 1; a part that lies outside the picture is left at 0. None where the
        head is tilted so far that the chest is to no side of it.
    """
    roll = tilt(face)
    quarters = round(roll / 90)
    if abs(roll - 90 * quarters) > _TILTED:
        return None
    left, top, width, height = face.box.astype(float)
    for _ in range(quarters % 4):
        left, top, width, height = top, image.shape[1] - left - width, height, width
        image = np.rot90(image)
    head = left - 0.1 * width, top - 0.3 * height, left + 1.1 * width, top + height
    chest = left - 0.4 * width, top + 1.2 * height, left + 1.4 * width, top + 2.2 * height
    parts = np.concatenate([_colours(image, part) for part in (head, chest)])
    length = float(np.linalg.norm(parts))
    return parts / length if length > 0 else parts


def tilt(face: Face) -> float:
    """Degrees by which the line of the eyes falls to the right, -180 to 180.

    Args:
        face: As it was found, with landmarks in pixels.
    """
    right, left = face.landmarks[:2].astype(float)
    return math.degrees(math.atan2(left[1] - right[1], left[0] - right[0]))


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """How alike two descriptions are: Bhattacharyya's coefficient, 0 to 1.

    Args:
        one: From `describe`, of length 1.
        other: From `describe`, of length 1.
    """
    return float(one @ other)


def _colours(image: np.ndarray, part: tuple[float, float, float, float]) -> np.ndarray:
    height, width = image.shape[:2]
    x0, x1 = (round(min(max(x, 0), width)) for x in part[::2])
    y0, y1 = (round(min(max(y, 0), height)) for y in part[1::2])
    empty = np.zeros(_SHADES + _HUES * _HUES, np.float32)
    # A strip at the edge of the picture is not enough to go by.
    if (x1 - x0) * (y1 - y0) <= 0.25 * (part[2] - part[0]) * (part[3] - part[1]):
        return empty
    cut = image[y0:y1, x0:x1]
    step = max(1, min(cut.shape[:2]) // _SAMPLES)
    lab = cv2.cvtColor(np.ascontiguousarray(cut[::step, ::step]), cv2.COLOR_BGR2LAB)
    # Steps overlap, so that a little more light does not move everything into the next.
    shades = cv2.calcHist([lab], [0], None, [_SHADES], [0, 256]).ravel()
    smooth = np.convolve(shades, [0.25, 0.5, 0.25], "same")
    # Most colours of skin, hair and cloth lie in the middle of the axes.
    colours = cv2.calcHist([lab], [1, 2], None, [_HUES, _HUES], [96, 176, 88, 184])
    both = np.concatenate([smooth, cv2.GaussianBlur(colours, (3, 3), 0.6).ravel()])
    return np.sqrt(both / lab[..., 0].size).astype(np.float32)
