"""FER+: FER2013's pictures of faces with ten crowd votes for each.

Barsoum, Zhang, Canton Ferrer & Zhang 2016, 'Training Deep Networks for Facial
Expression Recognition with Crowd-Sourced Label Distribution' (ICMI).
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

import cv2
import numpy as np

from emotion.datasets import clip_tables
from emotion.errors import DatasetError

LABELS: tuple[str, ...] = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
)
"""The eight classes, in the order of `label.csv` (unknown and not-a-face follow)."""

PIXELS = 48
"""Width and height of every picture."""

_CELLS = 2 + len(LABELS) + 2
"""Name, box, votes for each class, for unknown and for not-a-face."""

_FOLDERS = {"train": "FER2013Train", "valid": "FER2013Valid", "test": "FER2013Test"}


@dataclass(frozen=True)
class FerPlus:
    """One part of FER+ in memory, without pictures that show no known emotion.

    Attributes:
        images: Grey pictures, uint8, shape (n, 48, 48).
        votes: Share of the crowd for each of `LABELS`, float32, shape (n, 8),
            each row adding up to 1.
        agreed: Whether more than half of the ten kept votes are for one class,
            bool, shape (n,). The FER+ paper's 'majority' figures use only these.
    """

    images: np.ndarray
    votes: np.ndarray
    agreed: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        """Index of the class with most votes, int64, shape (n,)."""
        return self.votes.argmax(axis=1)


def read(path: Path, split: str) -> FerPlus:
    """Read one part of FER+.

    As in the paper's own code, a class with a single vote counts as an outlier
    and is dropped, and pictures whose most frequent vote is 'unknown' or 'not a
    face' are left out. Those two votes do not count towards the shares.

    Args:
        path: Folder that holds `FER2013Train` and so on, as folders or as zip files.
        split: 'train', 'valid' (FER2013's PublicTest) or 'test' (its PrivateTest).

    Raises:
        DatasetError: If the part is not there, or a row or picture cannot be read.
    """
    if split not in _FOLDERS:
        raise DatasetError(f"FER+ has the parts {', '.join(_FOLDERS)}. Received: {split!r}.")
    files = _files(path, _FOLDERS[split])
    images, shares, agreed = [], [], []
    table = path / _FOLDERS[split] / "label.csv"
    known_rows: dict[str, tuple[int, list[str]]] = {}
    for line, cells in clip_tables.rows_of(files["label.csv"], table):
        # Spreadsheets fill rows up with empty cells.
        row = [*cells[:_CELLS], *(cell for cell in cells[_CELLS:] if cell.strip())]
        name, counts = PureWindowsPath(row[0].strip()).name, row[2:]
        if not known_rows and name not in files and counts and not any(map(_is_number, counts)):
            # Names of columns, which FER+'s own script leaves out.
            continue
        before, same = known_rows.setdefault(name, (line, counts))
        if before != line:
            if same == counts:
                continue
            raise DatasetError(
                f"{table}, line {line}: {name} stands in line {before} already, with other votes. "
                "Keep the right one."
            )
        if len(counts) != len(LABELS) + 2:
            raise DatasetError(
                f"{table}, line {line}: expected a name, a box and 10 votes. Received: {row}."
            )
        try:
            votes = np.array(counts, dtype=np.float32)
        except ValueError:
            raise DatasetError(
                f"{table}, line {line}: votes should be numbers. Received: {row}."
            ) from None
        votes[votes <= 1] = 0
        if not votes.any() or votes.argmax() >= len(LABELS):
            continue
        content = np.frombuffer(files.get(name, b""), np.uint8)
        image = cv2.imdecode(content, cv2.IMREAD_GRAYSCALE) if len(content) else None
        if image is None or image.shape != (PIXELS, PIXELS):
            raise DatasetError(
                f"{name} in {_FOLDERS[split]} should be a picture of {PIXELS}x{PIXELS}; it is "
                f"{'missing' if name not in files else 'another file'}."
            )
        images.append(image)
        agreed.append(votes.max() > 0.5 * votes.sum())
        known = votes[: len(LABELS)]
        shares.append(known / known.sum())
    if not images:
        raise DatasetError(f"{_FOLDERS[split]} in {path} has no picture with a known emotion.")
    return FerPlus(np.stack(images), np.stack(shares), np.array(agreed))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _files(path: Path, folder: str) -> dict[str, bytes]:
    """Contents of a part's files by name, from its folder or its zip file."""
    directory, archive = path / folder, path / f"{folder}.zip"
    if directory.is_dir():
        files = {file.name: file.read_bytes() for file in directory.iterdir() if file.is_file()}
    elif archive.is_file():
        try:
            with zipfile.ZipFile(archive) as zipped:
                files = {Path(name).name: zipped.read(name) for name in zipped.namelist()}
        except (zipfile.BadZipFile, OSError) as error:
            raise DatasetError(f"{archive} is not a zip file that can be read: {error}.") from error
    else:
        raise DatasetError(
            f"No FER+ in {path}: looked for the folder {folder} and the file {folder}.zip there."
        )
    if "label.csv" not in files:
        raise DatasetError(f"{folder} in {path} has no label.csv; make it with FER+'s own script.")
    return files
