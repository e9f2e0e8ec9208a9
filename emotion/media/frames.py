"""Pictures with their times."""

import math
from dataclasses import dataclass

import numpy as np

from emotion.errors import MediaError


@dataclass(frozen=True)
class Frame:
    """One picture.

    Attributes:
        time: Seconds from the start of the call.
        image: BGR, uint8, shape (height, width, 3), upright.
    """

    time: float
    image: np.ndarray


def check_frame(frame: Frame) -> None:
    """Refuse what cannot be a picture of a call.

    Args:
        frame: What was given.

    Raises:
        MediaError: If it is no `Frame`, its time no finite number or its image of another kind.
    """
    if not isinstance(frame, Frame):
        raise MediaError(
            "A picture should be an emotion.media.frames.Frame(time, image). "
            f"Received: {type(frame).__name__}."
        )
    image: object = frame.image
    if (
        not isinstance(image, np.ndarray)
        or image.dtype != np.uint8
        or image.ndim != 3
        or image.shape[2] != 3
        or image.size == 0
    ):
        received = (
            f"{image.dtype} of shape {image.shape}"
            if isinstance(image, np.ndarray)
            else type(image).__name__
        )
        raise MediaError(
            "A picture should be uint8 of the shape (height, width, 3), in the order blue, green, "
            f"red. Received: {received}."
        )
    if not math.isfinite(frame.time):
        raise MediaError(
            "The time of a picture should be seconds from the start of the call. "
            f"Received: {frame.time}."
        )
