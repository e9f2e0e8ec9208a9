"""Halving: the quick part of making a picture smaller."""

import cv2
import numpy as np


def halved(image: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, int]:
    """A picture of half the width and height, again and again while twice a size or larger.

    The mean of four pixels takes a tenth of the time of that of any other number.

    Args:
        image: uint8, shape (height, width) or (height, width, channels).
        size: Width and height to which it is to be reduced in the end.

    Returns:
        The picture, still as large as `size` at least, and how many of its pixels before lie
        side by side in one now: a power of two. An odd row or column at the end is left out.
    """
    times = 1
    while min(image.shape[:2]) > 1 and max(image.shape[:2]) >= 2 * max(size):
        height, width = image.shape[0] // 2, image.shape[1] // 2
        image = cv2.resize(
            image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA
        )
        times *= 2
    return image, times
