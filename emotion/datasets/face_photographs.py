"""Photographs of faces with one label each, listed in a CSV file."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from emotion.datasets import clip_tables
from emotion.errors import DatasetError

ENLARGED = 144
"""Pixels of a face with its margin, from which on the detector finds nearly every one."""


@dataclass(frozen=True)
class Picture:
    """One labelled photograph.

    Attributes:
        path: The file.
        emotion: Index into `emotion.readings.emotions.EMOTIONS`.
        film: From which it was taken, where the list says so, else ''.
    """

    path: Path
    emotion: int
    film: str = ""

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


def with_margin(image: np.ndarray) -> np.ndarray:
    """A tightly cropped face as the detector finds it.

    The edge goes on for a quarter of the side all round, and what is small is enlarged:
    the detector was trained on whole scenes, in which a face has surroundings.

    Args:
        image: uint8, shape (height, width) or (height, width, 3).

    Returns:
        uint8, of `ENLARGED` pixels at least on its longer side, as many channels as before.
    """
    height, width = image.shape[:2]
    top, left = round(height / 4), round(width / 4)
    wide = cv2.copyMakeBorder(image, top, top, left, left, cv2.BORDER_REPLICATE)
    scale = ENLARGED / max(wide.shape[:2])
    if scale <= 1:
        return wide
    size = round(wide.shape[1] * scale), round(wide.shape[0] * scale)
    return cv2.resize(wide, size, interpolation=cv2.INTER_LINEAR)


def read(path: Path) -> list[Picture]:
    """The pictures of a folder with a `faces.csv` of path, emotion and perhaps movie, each once.

    Raises:
        DatasetError: If the list is missing, a row lacks a value or names an emotion that is
            none of the eight, its file is missing, or two rows contradict each other.
    """
    table = path / "faces.csv"
    found: dict[Path, tuple[int, Picture]] = {}
    for row in clip_tables.read(table, ("path", "emotion"), ("movie",)):
        picture = Picture(row.file(), row.emotion(), row.values["movie"])
        line, earlier = found.setdefault(picture.path.resolve(), (row.line, picture))
        if earlier.emotion != picture.emotion:
            raise DatasetError(
                f"{table}, line {row.line}: {row.values['path']} stands in line {line} already, "
                "with another emotion. Keep the right one."
            )
    return [picture for _, picture in found.values()]
