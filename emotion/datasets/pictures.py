"""Photographs of faces with one label each, listed in a CSV file."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from emotion.datasets import tables
from emotion.errors import DatasetError


@dataclass(frozen=True)
class Picture:
    """One labelled photograph.

    Attributes:
        path: The file.
        emotion: Index into `emotion.emotions.EMOTIONS`.
    """

    path: Path
    emotion: int

    def read(self) -> np.ndarray:
        """The picture, BGR, uint8, shape (height, width, 3).

        Raises:
            DatasetError: If it cannot be read.
        """
        image = cv2.imread(str(self.path), cv2.IMREAD_COLOR)
        if image is None:
            raise DatasetError(f"{self.path} is not a picture that can be read.")
        return image


def read(path: Path) -> list[Picture]:
    """The pictures of a folder with a `faces.csv` of path and emotion, each once.

    Raises:
        DatasetError: If the list is missing or names an unknown emotion.
    """
    rows = tables.read(path / "faces.csv", ("path", "emotion"))
    pictures = {row.file().absolute(): Picture(row.file(), row.emotion()) for row in rows}
    return list(pictures.values())
