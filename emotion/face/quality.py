"""Whether a face is good enough to be read, and if not, why."""

import cv2
import numpy as np

from emotion.face.alignment import EYE_DISTANCE, EYES, MOUTH_DISTANCE
from emotion.face.detector import Face

TOO_SMALL, TURNED_AWAY = "face too small", "face turned away"
BLURRED, FACE_COVERED = "face blurred", "face covered"

MIN_EYE_DISTANCE = 12.0
"""Pixels between the eyes below which an expression can no longer be made out: at
the alignment's scale a face of some 30 pixels, well under FER+'s 48."""

MAX_YAW = 0.75
"""Sideways distance of the nose from the middle of the eyes, in eye distances. A
head turned by some 45 degrees reaches it."""

MIN_SHARPNESS = 0.003
"""Energy of fine detail in that of the picture, below which only a smear is left: a
face of 64 pixels blurred by a Gaussian of 3."""


MIN_RELIEF = 0.08
"""Least change of brightness from the lid to the cheek and from lip to lip, against the
deviation over the face. 1 in 100 of 3,028 photographs has less; of the same faces with
skin-like patches over mouth, eyes or one half, 74 to 87 in 100."""

_PLACES = (
    (EYES[0] - EYE_DISTANCE / 2, EYES[1], 0.11, 0.08),
    (EYES[0] + EYE_DISTANCE / 2, EYES[1], 0.11, 0.08),
    (EYES[0], EYES[1] + MOUTH_DISTANCE, 0.17, 0.09),
)
"""Eyes and mouth in an aligned face: centre, half the width and half the height."""


def reason(face: Face, aligned: np.ndarray) -> str | None:
    """Why a face cannot be read, or None if it can.

    Args:
        face: What was found.
        aligned: The face after `emotion.face.alignment.align`, grey, uint8.

    Returns:
        'face too small', 'face turned away', 'face blurred', 'face covered' or None.
    """
    return judge(face, aligned)[0]


def judge(face: Face, aligned: np.ndarray) -> tuple[str | None, float]:
    """Why a face cannot be read, and how good it is if it can.

    The poorest of size, turn, sharpness and relief decides how good it is: 0 at the limits from
    which on it cannot be read, 1 well within them. Each counts in full from twice its least value
    (for the turn: up to half its largest), and fades in between.

    Args:
        face: What was found.
        aligned: The face after `emotion.face.alignment.align`, grey, uint8, square.

    Returns:
        'face too small', 'face turned away', 'face blurred', 'face covered' or None; and how
        good the face is, 0 to 1, 0 where there is a reason.
    """
    right, left = face.landmarks[:2].astype(float)
    distance = float(np.hypot(*(left - right)))
    mouth = face.landmarks[3:].astype(float).mean(axis=0)
    height = float(np.hypot(*(mouth - (left + right) / 2)))
    size, turn = max(distance, height), yaw(face.landmarks)
    if size < MIN_EYE_DISTANCE:
        return TOO_SMALL, 0.0
    if turn > MAX_YAW or distance < 0.4 * height:
        return TURNED_AWAY, 0.0
    detail = sharpness(aligned)
    if detail < MIN_SHARPNESS:
        return BLURRED, 0.0
    lines = relief(aligned)
    if lines < MIN_RELIEF:
        return FACE_COVERED, 0.0
    within = (
        size / MIN_EYE_DISTANCE - 1,
        2 - 2 * turn / MAX_YAW,
        detail / MIN_SHARPNESS - 1,
        lines / MIN_RELIEF - 1,
    )
    return None, float(np.clip(min(within), 0, 1))


def outside(face: Face, shape: tuple[int, ...]) -> bool:
    """Whether an eye, the mouth or the chin lies beyond the edge of the picture.

    Args:
        face: What was found.
        shape: Of the picture, its height and width first.
    """
    height, width = shape[:2]
    eyes = face.landmarks[:2].astype(float).mean(axis=0)
    mouth = face.landmarks[3:].astype(float).mean(axis=0)
    # From the mouth to the lower lip when it speaks, a fifth of the way from the eyes.
    places = np.concatenate([face.landmarks, [mouth + 0.2 * (mouth - eyes)]])
    return bool(((places < 0) | (places > [width, height])).any())


def yaw(landmarks: np.ndarray) -> float:
    """How far the nose is from the middle of the eyes along the line of the eyes.

    Args:
        landmarks: x and y in pixels of right eye, left eye and tip of the nose first, shape (5, 2).

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

    Args:
        aligned: The face after `emotion.face.alignment.align`, grey, uint8, square.
    """
    grey = aligned.astype(np.float32)
    variance = float(grey.var())
    detail = cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 1.0), cv2.CV_32F)
    return float(detail.var()) / variance if variance > 1 else 0.0


def relief(aligned: np.ndarray) -> float:
    """The flattest of both eyes and the mouth, from 0.

    Lids and lips lie across the face, so that an eye or a mouth is dark and light from
    row to row; a hand, a cup or a mask before it is not.

    Args:
        aligned: The face after `emotion.face.alignment.align`, grey, uint8, square.
    """
    grey = cv2.GaussianBlur(aligned.astype(np.float32), (0, 0), len(aligned) / 64)
    side = len(grey)
    middle = grey[side // 8 : side * 15 // 16, side // 6 : side * 5 // 6]
    deviation = float(middle.std())
    if deviation < 1:
        return 0.0
    rows = [
        grey[
            int((y - half_height) * side) : int((y + half_height) * side) + 1,
            int((x - half_width) * side) : int((x + half_width) * side) + 1,
        ].mean(axis=1)
        for x, y, half_width, half_height in _PLACES
    ]
    return min(float(row.std()) for row in rows) / deviation
