"""Tables as people have them: from Excel in any language, editors, scripts and other systems.

Encodings (UTF-8 with or without a mark, UTF-16, Latin-1), separators (comma, semicolon,
tab), capitals, blank rows and paths of Windows are read as they are meant; what cannot be
is named with file, line, what was found and what to do.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from emotion import emotions
from emotion.errors import DatasetError

NOUNS = {
    "anger": "angry",
    "disgust": "disgusted",
    "fear": "fearful",
    "happiness": "happy",
    "sadness": "sad",
    "surprise": "surprised",
}
"""Nouns of the emotions that have one of their own, and the emotion each stands for."""

_WORDS = {name: name for name in emotions.NAMES} | NOUNS
_ALIASES = {"file": "path", "filename": "path", "file name": "path", "label": "emotion"}
_SEPARATORS = ",;\t"


@dataclass(frozen=True)
class Row:
    """One row of a table with names of columns.

    Attributes:
        table: The file it stands in.
        line: Its line there, from 1.
        values: By name of the column, in lower case; without spaces around them.
    """

    table: Path
    line: int
    values: Mapping[str, str]

    def emotion(self) -> int:
        """The emotion in the column of that name, as an index.

        Raises:
            DatasetError: If it is none of the eight.
        """
        word = self.values["emotion"]
        found = emotion_of(word)
        if found is None:
            raise DatasetError(
                f"{self.table}, line {self.line}: {word!r} is no emotion. Write one of "
                f"{', '.join(emotions.NAMES)}."
            )
        return found

    def file(self) -> Path:
        """The file in the column 'path', below the table's folder unless it is absolute.

        Slashes may be those of Windows; of a path from another machine, what lies below the
        table's folder counts.
        """
        text = self.values["path"]
        folder = self.table.parent
        given = PurePosixPath(text)
        if "\\" in text and not (folder / given).exists():
            windows = PureWindowsPath(text)
            given = PurePosixPath(*windows.parts[1 if windows.anchor else 0 :])
            if windows.anchor:
                # Moved here from another machine: the longest end of it that is there.
                ends = (PurePosixPath(*given.parts[start:]) for start in range(len(given.parts)))
                given = next((end for end in ends if (folder / end).exists()), given)
        return folder / given


def emotion_of(word: str) -> int | None:
    """The emotion that a word stands for, in any capitals, adjective or noun; None for none."""
    name = _WORDS.get(word.strip().lower())
    return None if name is None else emotions.INDEX[name]


def read(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> Iterator[Row]:
    """The rows of a table whose first row names its columns, blank ones left out.

    Args:
        path: The file.
        columns: That it must have, in lower case, each with a value in every row.
        optional: That it may have; '' where a row has no value.

    Raises:
        DatasetError: If the file is missing or no table, or a column or value is missing.
    """
    wanted = f"It should have a first row {', '.join(columns)}."
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DatasetError(f"No list at {path}. {wanted}") from None
    except OSError as error:
        raise DatasetError(f"{path} may not be read: {error.strerror}.") from error
    rows = rows_of(content, path)
    first = next(rows, None)
    if first is None:
        raise DatasetError(f"{path} is empty. {wanted}")
    names = [_column(cell) for cell in first[1]]
    missing = [column for column in columns if column not in names]
    if missing:
        raise DatasetError(
            f"{path}, line {first[0]}: the column {missing[0]!r} is missing. Found: "
            f"{', '.join(names)}. {wanted}"
        )
    for line, cells in rows:
        values = dict(zip(names, (cell.strip() for cell in cells), strict=False))
        for column in columns:
            if not values.get(column):
                raise DatasetError(
                    f"{path}, line {line}: {column} is missing. Found: {', '.join(cells)}."
                )
        for column in optional:
            values.setdefault(column, "")
        yield Row(path, line, values)


def rows_of(content: bytes, path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table with the lines they begin in, from 1, blank ones left out.

    Args:
        content: Of the file.
        path: Its name, for errors.

    Raises:
        DatasetError: If it is no text.
    """
    text = _decoded(content, path)
    first, _, rest = text.partition("\n")
    skipped = 0
    separator = max(_SEPARATORS, key=first.count)
    # Excel's own word for which separator follows.
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        separator, text, skipped = first.strip()[-1], rest, 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = skipped + 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = skipped + reader.line_num + 1
    except csv.Error as error:
        raise DatasetError(f"{path}, line {line}: this is no row of a table ({error}).") from error


def _decoded(content: bytes, path: Path) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError as error:
                raise DatasetError(f"{path} is not the text it says it is: {error}.") from error
    if b"\0" in content[:4096]:
        # UTF-16 without a mark has zeros at every second place of plain letters.
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
        even = content[1::2] if encoding == "utf-16-le" else content[::2]
        if len(content) % 2 or even[:2000].count(0) < 0.6 * len(even[:2000]):
            raise DatasetError(f"{path} is no table of text. Save it as CSV.")
        return content.decode(encoding, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        # Excel in western Europe; every byte is a sign there.
        return content.decode("latin-1")


def _column(cell: str) -> str:
    name = cell.strip().strip('"').strip().lower()
    return _ALIASES.get(name, name)
