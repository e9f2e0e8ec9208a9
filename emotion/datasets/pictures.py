"""Photographs of faces with one label each, listed in a CSV file."""

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from emotion import emotions
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
    """The pictures of a folder with a `faces.csv` of path and emotion.

    Raises:
        DatasetError: If the list is missing or names an unknown emotion.
    """
    table = path / "faces.csv"
    if not table.is_file():
        raise DatasetError(f"No list of faces at {table}; it should name path and emotion.")
    pictures = []
    with table.open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            if not row.get("path") or row.get("emotion") not in emotions.INDEX:
                raise DatasetError(
                    f"{table}, line {number}: expected a path and one of "
                    f"{', '.join(emotions.NAMES)}. Received: {dict(row)}."
                )
            pictures.append(Picture(path / row["path"], emotions.INDEX[row["emotion"]]))
    return pictures
