"""Decoded pictures as they are meant to be seen: upright, of square pixels, in BGR."""

from functools import cache
from typing import Any

import av
import cv2
import numpy as np
from av.sidedata.sidedata import SideDataContainer

from emotion.errors import MediaError

MAX_PIXELS = 8192 * 8192
"""Largest picture that is decoded."""

_PQ, _HLG = 16, 18
"""Transfer characteristics of high dynamic range (ITU-T H.273)."""

_WHITE = 203.0
"""Candela per square metre of white paper in HDR pictures (ITU-R BT.2408)."""

_SIDE_DATA: Any = SideDataContainer
"""PyAV's stubs do not say that it is made of a frame."""

_ASPECTS = (0.2, 5.0)
"""Width of a pixel by its height that is believed."""


def seen(frame: av.VideoFrame, aspect: float = 1.0) -> np.ndarray:
    """A decoded picture as it is shown.

    Args:
        frame: As it was decoded.
        aspect: Width of a pixel by its height.

    Returns:
        BGR, uint8, shape (height, width, 3).

    Raises:
        MediaError: If it is larger than `MAX_PIXELS`.
    """
    if frame.width * frame.height > MAX_PIXELS:
        raise MediaError(
            f"Pictures of {frame.width}x{frame.height} are too large; up to 8192x8192 are read."
        )
    image: np.ndarray = frame.to_ndarray(format="bgr24")
    if frame.interlaced_frame and frame.height > 2:
        image = _woven(image)
    if frame.color_trc in (_PQ, _HLG):
        image = cv2.LUT(image, _dimmed(frame.color_trc))
    return _upright(_square(image, aspect), frame)


def aspect_of(*ratios: Any) -> float:
    """The first stated width of a pixel by its height that can be true, else 1.

    Args:
        ratios: Fractions or numbers in the order in which they count; None where a file is silent.
    """
    for ratio in ratios:
        value = float(ratio) if ratio else 0.0
        if _ASPECTS[0] <= value <= _ASPECTS[1]:
            return value
    return 1.0


def _square(image: np.ndarray, aspect: float) -> np.ndarray:
    """Stretch whichever side is too short, so that no detail is lost."""
    if abs(aspect - 1) < 0.01:
        return image
    height, width = image.shape[:2]
    size = (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))
    if size[0] * size[1] > MAX_PIXELS:
        return image
    return cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)


def _woven(image: np.ndarray) -> np.ndarray:
    """Two half pictures of different moments without the comb between them."""
    return cv2.sepFilter2D(image, -1, np.ones(1), np.array([0.25, 0.5, 0.25]))


@cache
def _dimmed(transfer: int) -> np.ndarray:
    """What each value of a picture of high dynamic range is on an ordinary screen, (256,)."""
    value = np.linspace(0, 1, 256)
    if transfer == _PQ:
        # SMPTE ST 2084.
        root = value ** (1 / 78.84375)
        ratio = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
        light = 10_000 * ratio ** (1 / 0.1593017578125) / _WHITE
    else:
        # ITU-R BT.2100, hybrid log-gamma; white paper is at three quarters of the range.
        low, high = value**2 / 3, (np.exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
        light = np.where(value <= 0.5, low, high) / 0.265
    # Highlights beyond white are drawn in, and the rest stays nearly as it is.
    shown = light * (1 + light / 16) / (1 + light**2 / 4) ** 0.5
    return np.round(255 * np.clip(shown, 0, 1) ** (1 / 2.2)).astype(np.uint8)


def _upright(image: np.ndarray, frame: av.VideoFrame) -> np.ndarray:
    # A telephone held upright stores lying pictures and the angle to turn them by.
    # `frame.side_data` would keep what it makes, which keeps the frame in turn: a cycle of the
    # size of a picture, until the next garbage collection.
    stored = _SIDE_DATA(frame).get("DISPLAYMATRIX")
    if stored is None:
        return image
    a, b, _, c, d, *_ = np.frombuffer(bytes(stored), np.int32).tolist()
    if abs(b) > abs(a):
        image, a, d = image.transpose(1, 0, 2), c, b
    return np.ascontiguousarray(image[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1])
