"""A face turned upright, centred and scaled to where FER+ has its faces."""

import cv2
import numpy as np

from emotion.face.halving import halved

EYES = np.array([0.494, 0.380])
"""Midpoint between the eyes in the aligned picture, as a share of its side: the
median over FER2013Valid, measured with YuNet."""

EYE_DISTANCE = 0.391
"""Between the eyes, as a share of the side, its median over FER2013Valid."""

MOUTH_DISTANCE = 0.388
"""From the midpoint of the eyes to that of the mouth's corners, its median over FER2013Valid."""

_REACH = 0.85
"""From the midpoint of the eyes to beyond every corner of the aligned picture, as a share of the
side; a corner is 0.80 away, and interpolation asks for a little more."""


def align(image: np.ndarray, landmarks: np.ndarray, pixels: int) -> np.ndarray:
    """Cut a face out, its eyes level.

    The scale is the mean of what the distance between the eyes and that from eyes
    to mouth call for, as the one shrinks when a head turns and the other when it nods.

    Args:
        image: BGR, uint8, shape (height, width, 3).
        landmarks: As in `emotion.face.detector.Face`, shape (5, 2).
        pixels: Side of the result.

    Returns:
        Grey, uint8, shape (pixels, pixels); beyond the picture its edge goes on.
    """
    right, left, _, mouth_right, mouth_left = landmarks.astype(float)
    middle = (right + left) / 2
    across = left - right
    down = (mouth_right + mouth_left) / 2 - middle
    sides = np.hypot(*across) / EYE_DISTANCE, np.hypot(*down) / MOUTH_DISTANCE
    side = max(float(np.mean(sides)), 1.0)
    # No corner of the result is further away, however the head lies.
    corner = np.floor(middle - _REACH * side).astype(int)
    far = np.ceil(middle + _REACH * side).astype(int)
    height, width = image.shape[:2]
    x0, y0 = np.clip(corner, 0, [width - 1, height - 1])
    x1, y1 = np.clip(far, 1, [width, height])
    part = cv2.cvtColor(image[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)], cv2.COLOR_BGR2GRAY)
    scale = pixels / side
    shrunk, ratio = part, np.ones(2)
    if scale < 0.5:
        # Warping samples single pixels: without this a large face would alias.
        wanted = [max(1, round(2 * scale * length)) for length in part.shape[::-1]]
        shrunk, times = halved(part, (wanted[0], wanted[1]))
        size = [max(1, round(2 * scale * times * length)) for length in shrunk.shape[::-1]]
        ratio = np.array(size) / shrunk.shape[::-1] / times
        shrunk = cv2.resize(shrunk, size, interpolation=cv2.INTER_AREA)
    angle = np.arctan2(across[1], across[0])
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, sine], [-sine, cosine]]) * scale
    matrix = np.empty((2, 3))
    matrix[:, :2] = turn / ratio
    matrix[:, 2] = EYES * pixels - turn @ (middle - [x0, y0])
    return cv2.warpAffine(
        shrunk, matrix, (pixels, pixels), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
