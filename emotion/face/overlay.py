"""Boxes and labels on a picture."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from emotion.face.face_stream import SeenFace
from emotion.readings.emotions import EMOTIONS

_GREY = (150, 150, 150)
_DARK = (45, 38, 30)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw(
    image: np.ndarray,
    seen: Sequence[SeenFace],
    names: Mapping[int, str] | None = None,
    line: str = "",
) -> np.ndarray:
    """A copy of a picture with each face's box, likeliest emotion or reason.

    Args:
        image: BGR, uint8, shape (height, width, 3).
        seen: Faces in its pixels.
        names: Of the people, by the number of their face; they stand before the emotion.
        line: A line for the lower edge of the picture; '' for none.
    """
    canvas = image.copy()
    height, width = canvas.shape[:2]
    unit = max(min(height, width) / 480, 0.5)
    for face in seen:
        left, top, right, bottom = _corners(face.box, width, height)
        if face.prediction.probabilities is None:
            text, colour = face.prediction.reason or "", _GREY
        else:
            best = int(face.prediction.probabilities.argmax())
            share = round(100 * float(face.prediction.probabilities[best]))
            text, colour = f"{EMOTIONS[best].name} {share}%", _bgr(EMOTIONS[best].colour)
        if names and face.person in names:
            text = f"{names[face.person]}: {text}"
        thickness = max(1, round((3 if face.followed else 1) * unit))
        cv2.rectangle(canvas, (left, top), (right, bottom), colour, thickness)
        _label(canvas, text, left, top, colour, unit)
    if line:
        _label(canvas, line, 0, height - 1, _DARK, unit)
    return canvas


def _label(
    canvas: np.ndarray, text: str, left: int, top: int, colour: tuple[int, int, int], unit: float
) -> None:
    height, width = canvas.shape[:2]
    scale, weight = 0.6 * unit, max(1, round(1.5 * unit))
    (wide, high), below = cv2.getTextSize(text, _FONT, scale, weight)
    pad = round(4 * unit)
    # Above the box where there is room, else just inside; never beyond the edge.
    bottom = top if top >= high + below + 2 * pad else min(top + high + below + 2 * pad, height - 1)
    left = max(0, min(left, width - wide - 2 * pad))
    cv2.rectangle(
        canvas,
        (left, bottom - high - below - 2 * pad),
        (left + wide + 2 * pad, bottom),
        colour,
        cv2.FILLED,
    )
    ink = _ink(colour)
    place = left + pad, bottom - below - pad
    cv2.putText(canvas, text, place, _FONT, scale, ink, weight, cv2.LINE_AA)


def _ink(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Black or white, whichever has more contrast to a colour by WCAG 2.2."""
    blue, green, red = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (value / 255 for value in colour)
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    with_white, with_black = 1.05 / (luminance + 0.05), (luminance + 0.05) / 0.05
    return (255, 255, 255) if with_white > with_black else (0, 0, 0)


def _corners(box: np.ndarray, width: int, height: int) -> tuple[int, int, int, int]:
    left, top, wide, high = box
    return (
        int(np.clip(left, 0, width - 1)),
        int(np.clip(top, 0, height - 1)),
        int(np.clip(left + wide, 0, width - 1)),
        int(np.clip(top + high, 0, height - 1)),
    )


def _bgr(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return blue, green, red
