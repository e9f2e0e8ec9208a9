"""Pictures with their times."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Frame:
    """One picture.

    Attributes:
        time: Seconds from the start of the call.
        image: BGR, uint8, shape (height, width, 3), upright.
    """

    time: float
    image: np.ndarray
