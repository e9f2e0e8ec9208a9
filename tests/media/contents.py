"""What a recording gives, and how it compares."""

from pathlib import Path

import numpy as np

from emotion.media.frames import Frame
from emotion.media.recordings import Recording
from emotion.media.samples import Samples


def frames_of(path: Path, frame_rate: float | None = None) -> list[Frame]:
    """All its pictures, at most so many a second."""
    with Recording(path, frame_rate=frame_rate) as recording:
        return [item for item in recording if isinstance(item, Frame)]


def sound_of(path: Path) -> list[Samples]:
    """All its sound."""
    with Recording(path) as recording:
        return [item for item in recording if isinstance(item, Samples)]


def joined(pieces: list[Samples]) -> np.ndarray:
    """Pieces of sound one after the other, shape (channels, n)."""
    return np.concatenate([piece.data for piece in pieces], axis=1)


def brightness(frames: list[Frame]) -> list[float]:
    """Mean of each picture, by which those of `tests.media_makers.shades` tell their places."""
    return [float(frame.image.mean()) for frame in frames]


def likeness(image: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two pictures of one size."""
    return float(np.corrcoef(image.ravel(), other.ravel())[0, 1])
