"""The shape of a face in its aligned picture, to notice that another face took its place.

It is compared within one recording, from one observation to the next, and is good for nothing
else: over days, poses and cameras it tells nobody from anybody.
"""

import cv2
import numpy as np

PIXELS = 64
"""Width and height of the aligned picture that is described."""

LENGTH = 512
"""Numbers of a description: 8 directions in 8 by 8 cells."""

_CELLS, _BINS = 8, 8

_STEPS = np.arange(PIXELS) * _CELLS // PIXELS
_FIRST = ((_STEPS[:, None] * _CELLS + _STEPS) * _BINS).ravel()
"""Where the directions of each pixel's cell begin."""


def gradients(aligned: np.ndarray) -> np.ndarray:
    """Histograms of oriented gradients (Dalal & Triggs 2005), free of light and contrast.

    Each cell is divided by the gradients of the cells around it, so that a shadow over half a
    face does not hide that half.

    Args:
        aligned: The face after `emotion.face.alignment.align`, grey, uint8, square.

    Returns:
        Square roots of the shares, float32, shape (512,), from 0.
    """
    if len(aligned) != PIXELS:
        aligned = cv2.resize(aligned, (PIXELS, PIXELS), interpolation=cv2.INTER_AREA)
    grey = aligned.astype(np.float32)
    length, angle = cv2.cartToPolar(
        cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=1), cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=1)
    )
    # Opposite directions are one: dark hair before a light wall is as light hair before a dark one.
    place = (angle * (_BINS / np.pi)).ravel()
    below = np.floor(place)
    share = place - below
    lower = below.astype(int) % _BINS
    strength = length.ravel()
    size = _CELLS * _CELLS * _BINS
    cells = np.bincount(_FIRST + lower, strength * (1 - share), size)
    cells += np.bincount(_FIRST + (lower + 1) % _BINS, strength * share, size)
    cells = cells.reshape(_CELLS, _CELLS, _BINS).astype(np.float32)
    energy = np.square(cells).sum(axis=-1)
    around = cv2.boxFilter(energy, -1, (3, 3), normalize=False, borderType=cv2.BORDER_REPLICATE)
    # A quarter of a grey level in each pixel: an even picture has no directions.
    return np.asarray(np.sqrt(cells / (np.sqrt(around) + 0.255)[..., None]).ravel())
