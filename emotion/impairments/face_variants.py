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


def in_the_wild(image: np.ndarray, pixels: int, rng: np.random.Generator) -> np.ndarray:
    """One random variant of a face, so that it could be from any camera.

    Wider than `face`: pictures of several collections come out alike in resolution,
    sharpness, contrast, framing and compression, so that none of these tells which
    collection a picture is from.

    Args:
        image: Grey picture, uint8, shape (height, width).
        pixels: Width and height of the result.
        rng: Source of all randomness.

    Returns:
        Grey levels 0 to 255, float32, shape (pixels, pixels).
    """
    out: np.ndarray = _framed(image, pixels, rng).astype(np.float32)
    if rng.random() < 0.5:
        small = int(pixels * rng.uniform(0.375, 0.844))
        shrunk = cv2.resize(out, (small, small), interpolation=cv2.INTER_AREA)
        way = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
        out = cv2.resize(shrunk, (pixels, pixels), interpolation=way)
    if rng.random() < 0.2:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 1.3))
    elif rng.random() < 0.2:
        blurred = cv2.GaussianBlur(out, (0, 0), 1.0)
        out = out + rng.uniform(0.4, 1.5) * (out - blurred)
    out = _lit(out, rng)
    if rng.random() < 0.15:
        out = out + rng.normal(0, rng.uniform(2, 9), out.shape)
    if rng.random() < 0.35:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(25, 90))]
        _, coded = cv2.imencode(".jpg", np.clip(out, 0, 255).astype(np.uint8), quality)
        out = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.float32)
    if rng.random() < 0.12:
        side = int(pixels * rng.uniform(0.15, 0.35))
        top, left = rng.integers(0, pixels - side, 2)
        out[top : top + side, left : left + side] = rng.uniform(0, 255)
    return np.clip(out, 0, 255).astype(np.float32)


def _framed(image: np.ndarray, pixels: int, rng: np.random.Generator) -> np.ndarray:
    """Turned, scaled, stretched, shifted and perhaps flipped."""
    height, width = image.shape
    scale = pixels / width * rng.uniform(0.88, 1.16)
    centre = width / 2, height / 2
    matrix = np.array(cv2.getRotationMatrix2D(centre, rng.uniform(-12, 12), scale), float)
    if rng.random() < 0.5:
        matrix[0] *= rng.uniform(0.9, 1.1)
    middle = matrix[:, :2] @ np.array(centre)
    matrix[:, 2] = pixels / 2 - middle + rng.uniform(-0.07, 0.07, 2) * pixels
    if rng.random() < 0.5:
        matrix = matrix @ np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]], float)
    return cv2.warpAffine(
        image, matrix, (pixels, pixels), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _lit(out: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Light from a side, another gamma, another brightness and contrast."""
    if rng.random() < 0.25:
        across, down = rng.uniform(-0.3, 0.3, 2)
        slope = np.linspace(-1, 1, len(out), dtype=np.float32)
        out = out * (1 + across * slope[None] + down * slope[:, None])
    if rng.random() < 0.3:
        out = 255 * (np.clip(out, 0, 255) / 255) ** rng.uniform(0.65, 1.5)
    mean, deviation = out.mean(), out.std()
    if rng.random() < 0.5:
        contrast = rng.uniform(28, 72) / max(deviation, 12)
        return (out - mean) * contrast + rng.uniform(85, 175)
    return (out - mean) * rng.uniform(0.7, 1.3) + mean + rng.uniform(-30, 30)
