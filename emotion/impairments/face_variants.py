"""Changes to a training picture that faces in calls go through as well."""

import cv2
import numpy as np


def face(image: np.ndarray, pixels: int, rng: np.random.Generator) -> np.ndarray:
    """One random variant of a face.

    A flip, a small rotation, shift and scaling, another light and contrast, and
    now and then a blur, a loss of resolution or a covered part.

    Args:
        image: Grey picture, uint8, shape (height, width).
        pixels: Width and height of the result.
        rng: Source of all randomness.

    Returns:
        Grey levels 0 to 255, float32, shape (pixels, pixels).
    """
    height, width = image.shape
    out: np.ndarray
    scale = pixels / width * rng.uniform(0.92, 1.12)
    centre = width / 2, height / 2
    matrix = np.array(cv2.getRotationMatrix2D(centre, rng.uniform(-10, 10), scale), float)
    shift = rng.uniform(-0.06, 0.06, 2) * pixels
    matrix[:, 2] = matrix[:, 2] + (pixels - np.array([width, height])) / 2 + shift
    if rng.random() < 0.5:
        matrix = matrix @ np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]], float)
    out = cv2.warpAffine(
        image, matrix, (pixels, pixels), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    if rng.random() < 0.2:
        small = int(pixels * rng.uniform(0.45, 0.8))
        shrunk = cv2.resize(out, (small, small), interpolation=cv2.INTER_AREA)
        out = cv2.resize(shrunk, (pixels, pixels), interpolation=cv2.INTER_LINEAR)
    elif rng.random() < 0.15:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 1.2))
    elif rng.random() < 0.15:
        blurred = cv2.GaussianBlur(out, (0, 0), 1.0)
        out = out + rng.uniform(0.5, 1.5) * (out - blurred)
    mean = out.mean()
    out = (out - mean) * rng.uniform(0.7, 1.3) + mean + rng.uniform(-30, 30)
    if rng.random() < 0.15:
        side = int(pixels * rng.uniform(0.15, 0.35))
        top, left = rng.integers(0, pixels - side, 2)
        out[top : top + side, left : left + side] = rng.uniform(0, 255)
    return np.clip(out, 0, 255)
