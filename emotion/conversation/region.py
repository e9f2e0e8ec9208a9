"""The part of the pictures of a call that is read, where others are to be left out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emotion.errors import RapportError

LEAST = 0.05
"""Least width and height, as a share of the picture's."""


class RegionError(RapportError):
    """What was drawn is no part of a picture."""


@dataclass(frozen=True)
class Region:
    """A rectangle, in shares of the width and height of whatever picture comes.

    Attributes:
        left: 0 to 1, as are the others.
        top: From above.
        width: From `left` to the right.
        height: From `top` downwards.
    """

    left: float
    top: float
    width: float
    height: float

    @classmethod
    def drawn(cls, box: Any) -> "Region":
        """From what a page sent; what reaches beyond the picture is cut off.

        Args:
            box: Left, top, width and height, shares of the picture's.

        Raises:
            RegionError: If it is no such list, or narrower or lower than `LEAST`.
        """
        numbers = isinstance(box, Sequence) and all(
            isinstance(value, int | float) and math.isfinite(value) for value in box
        )
        if not numbers or len(box) != 4:
            raise RegionError(
                f"A region is left, top, width and height, from 0 to 1. Received: {box!r}."
            )
        left, top = (min(max(float(value), 0.0), 1.0) for value in box[:2])
        right, bottom = (
            min(float(start) + float(size), 1.0)
            for start, size in zip(box[:2], box[2:], strict=True)
        )
        if right - left < LEAST or bottom - top < LEAST:
            raise RegionError(
                f"A region has at least {LEAST:.0%} of the picture's width and height. "
                f"Received: {box!r}."
            )
        return cls(left, top, right - left, bottom - top)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width and height."""
        return self.left, self.top, self.width, self.height

    def cut(self, image: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
        """The part of a picture, and its left and top in pixels.

        Args:
            image: Shape (height, width, 3).
        """
        height, width = image.shape[:2]
        left = min(int(self.left * width), width - 1)
        top = min(int(self.top * height), height - 1)
        right = max(left + 1, round((self.left + self.width) * width))
        bottom = max(top + 1, round((self.top + self.height) * height))
        return np.ascontiguousarray(image[top:bottom, left:right]), (left, top)
