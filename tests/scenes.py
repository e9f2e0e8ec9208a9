"""Pictures of people at chosen places, and frames and sound of them for calls."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from emotion.media.frames import Frame
from emotion.media.samples import Samples
from emotion.readings.reading import Prediction, Reading

WIDTH, HEIGHT = 640, 360

Place = tuple[float, float, float]
"""Left and top of a pasted head-and-shoulders picture, and its scale."""


def scene(
    person: np.ndarray, places: Iterable[Place], width: int = WIDTH, height: int = HEIGHT
) -> np.ndarray:
    """A grey room with a person at each of the places, BGR; later ones stand in front."""
    canvas = np.full((height, width, 3), 120, np.uint8)
    for left, top, scale in places:
        shift = np.array([[scale, 0, left], [0, scale, top]], float)
        # Averaging, as a camera would: warping alone samples single pixels.
        smooth = cv2.GaussianBlur(person, (0, 0), 0.4 / scale) if scale < 0.7 else person
        cv2.warpAffine(
            smooth, shift, (width, height), dst=canvas, borderMode=cv2.BORDER_TRANSPARENT
        )
    return canvas


def recoloured(image: np.ndarray) -> np.ndarray:
    """Someone in skin and clothes of other colours."""
    colours = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
    colours[..., 0] = (colours[..., 0].astype(int) + 60) % 180
    return cv2.cvtColor(colours, cv2.COLOR_HSV2BGR)


def someone_else(image: np.ndarray) -> np.ndarray:
    """Another face in the same place: longer, narrower below, with other brows and colours."""
    height, width = image.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    middle = 0.47 * width
    squeeze = 1 + 0.25 * np.sin(y / height * 9)
    across = (middle + (x - middle) * squeeze).astype(np.float32)
    down = (y + 12 * np.sin(x / width * 14) * np.cos(y / height * 7)).astype(np.float32)
    bent = cv2.remap(image, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return recoloured(bent)


def frames(
    images: Sequence[np.ndarray] | np.ndarray, seconds: float, rate: float = 10, start: float = 0.0
) -> list[Frame]:
    """The images in turn at a steady rate."""
    count = round(seconds * rate)
    return [Frame(start + index / rate, images[index % len(images)]) for index in range(count)]


def pieces(samples: np.ndarray, size: int, rate: int = 16_000, start: float = 0.0) -> list[Samples]:
    """Mono sound cut into pieces of a size with their times."""
    return [
        Samples(start + first / rate, samples[None, first : first + size], rate)
        for first in range(0, len(samples), size)
    ]


def in_order(*streams: Sequence[Frame | Samples]) -> list[Frame | Samples]:
    """Frames and sound merged by time, as a file interleaves them."""
    return sorted((item for stream in streams for item in stream), key=lambda item: item.time)


def assert_same_opinion(one: Prediction, other: Prediction) -> None:
    assert one.reason == other.reason
    assert (one.probabilities is None) == (other.probabilities is None)
    if one.probabilities is not None and other.probabilities is not None:
        np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-6)


def assert_same_readings(one: Sequence[Reading], other: Sequence[Reading]) -> None:
    """Times, people, reasons and every probability agree."""
    assert [reading.time for reading in one] == [reading.time for reading in other]
    for first, second in zip(one, other, strict=True):
        assert (first.person, first.people) == (second.person, second.people)
        assert_same_opinion(first.face, second.face)
        assert_same_opinion(first.voice, second.voice)
        assert_same_opinion(Prediction(first.fused), Prediction(second.fused))
        assert (first.satisfaction is None) == (second.satisfaction is None)
        if first.satisfaction is not None:
            assert first.satisfaction == second.satisfaction


def assert_probabilities(values: np.ndarray | None) -> None:
    """Eight numbers from 0 to 1 that add up to 1."""
    assert values is not None
    assert values.shape == (8,)
    assert np.isfinite(values).all()
    assert (values >= 0).all()
    assert abs(float(values.sum()) - 1) < 1e-5


def open_mouth(image: np.ndarray, corners: np.ndarray, amount: float) -> np.ndarray:
    """A face whose mouth is open, dark inside.

    Args:
        image: BGR.
        corners: Of the mouth, in its pixels, shape (2, 2).
        amount: Height of the opening by the width of the mouth; 0 leaves it closed.
    """
    opened = image.copy()
    middle = corners.mean(axis=0)
    width = float(np.linalg.norm(corners[1] - corners[0]))
    if amount > 0:
        axes = round(0.32 * width), round(0.5 * amount * width)
        cv2.ellipse(opened, tuple(map(int, middle)), axes, 0, 0, 360, (25, 15, 20), -1)
    return opened
