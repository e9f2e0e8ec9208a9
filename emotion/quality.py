"""Whether a face is good enough to be read, and if not, why."""

import cv2
import numpy as np

from emotion.detector import Face

MIN_EYE_DISTANCE = 12.0
"""Pixels between the eyes below which an expression can no longer be made out: at
the alignment's scale a face of some 30 pixels, well under FER+'s 48."""

MAX_YAW = 0.75
"""Sideways distance of the nose from the middle of the eyes, in eye distances. A
head turned by some 45 degrees reaches it."""

MIN_SHARPNESS = 0.003
"""Energy of fine detail in that of the picture, below which only a smear is left: a
face of 64 pixels blurred by a Gaussian of 3."""


def reason(face: Face, aligned: np.ndarray) -> str | None:
    """Why a face cannot be read, or None if it can.

    Args:
        face: What was found.
        aligned: The face after `emotion.alignment.align`, grey, uint8.

    Returns:
        'face too small', 'face turned away', 'face blurred' or None.
    """
    right, left = face.landmarks[:2].astype(float)
    distance = float(np.hypot(*(left - right)))
    mouth = face.landmarks[3:].astype(float).mean(axis=0)
    height = float(np.hypot(*(mouth - (left + right) / 2)))
    if max(distance, height) < MIN_EYE_DISTANCE:
        return "face too small"
    if yaw(face.landmarks) > MAX_YAW or distance < 0.4 * height:
        return "face turned away"
    return "face blurred" if sharpness(aligned) < MIN_SHARPNESS else None


def yaw(landmarks: np.ndarray) -> float:
    """How far the nose is from the middle of the eyes along the line of the eyes.

    Returns:
        In eye distances: 0 for a face seen from the front, above 1 in profile.
    """
    right, left, nose = landmarks[:3].astype(float)
    across = left - right
    square = float(across @ across)
    if square == 0:
        return float("inf")
    return abs(float((nose - (right + left) / 2) @ across)) / square


def sharpness(aligned: np.ndarray) -> float:
    """Variance of the Laplacian over that of the picture, from 0; free of contrast.

    The picture is smoothed a little first: without it the more a face is blurred, the
    more of the Laplacian is the rounding of its grey levels.
    """
    grey = aligned.astype(np.float32)
    variance = float(grey.var())
    detail = cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 1.0), cv2.CV_32F)
    return float(detail.var()) / variance if variance > 1 else 0.0
