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
        try:
            # OpenCV itself opens no names but those of the code page on Windows.
            content = np.frombuffer(self.path.read_bytes(), np.uint8)
        except OSError as error:
            raise DatasetError(f"{self.path} may not be read: {error.strerror}.") from error
        image = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
        if image is None:
            raise DatasetError(f"{self.path} is not a picture that can be read.")
        return image


def read(path: Path) -> list[Picture]:
    """The pictures of a folder with a `faces.csv` of path and emotion, each once.

    Raises:
        DatasetError: If the list is missing, a row lacks a value or names an emotion that is
            none of the eight, its file is missing, or two rows contradict each other.
    """
    table = path / "faces.csv"
    found: dict[Path, tuple[int, Picture]] = {}
    for row in tables.read(table, ("path", "emotion")):
        picture = Picture(row.file(), row.emotion())
        line, earlier = found.setdefault(picture.path.resolve(), (row.line, picture))
        if earlier.emotion != picture.emotion:
            raise DatasetError(
                f"{table}, line {row.line}: {row.values['path']} stands in line {line} already, "
                "with another emotion. Keep the right one."
            )
    return [picture for _, picture in found.values()]
