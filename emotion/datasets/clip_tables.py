"""Tables as people have them: from Excel in any language, editors, scripts and other systems.

Encodings (UTF-8 with or without a mark, UTF-16, code pages), separators (comma, semicolon,
tab, bar), capitals, blank rows and paths of Windows are read as they are meant; what cannot
be is named with file, line, what was found and what to do.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

from emotion.errors import DatasetError
from emotion.readings import emotions

NOUNS = {
    "anger": "angry",
    "calmness": "calm",
    "disgust": "disgusted",
    "fear": "fearful",
    "happiness": "happy",
    "joy": "happy",
    "neutrality": "neutral",
    "sadness": "sad",
    "surprise": "surprised",
}
"""Nouns of the emotions, and the emotion each stands for."""

_WORDS = {name: name for name in emotions.NAMES} | NOUNS
_ALIASES = {
    **dict.fromkeys(("file", "filename", "file name", "filepath", "file path"), "path"),
    **dict.fromkeys(("clip", "recording", "audio", "video"), "path"),
    **dict.fromkeys(("label", "feeling", "emotion label"), "emotion"),
    **dict.fromkeys(("person", "actor", "speaker id", "speaker name"), "speaker"),
    **dict.fromkeys(("dataset", "data set"), "corpus"),
}
_SEPARATORS = ",;\t|"
_CODE_PAGES = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp932", "gb18030", "cp949"),
    *("mac_roman", "cp850"),
)
"""Of Excel in western, central and eastern Europe, Greece, Turkey, Japan, China and Korea, and of
Macintosh and DOS."""

_BLANK = " \t\r\n\u00a0\u200b\u200e\u200f\u2060\ufeff"
"""Signs around a value that nobody sees."""

_FILLING = b"\0\x1a"
"""Bytes after the end of a text, of old programs and of files longer than their content."""

_TRIED = 20
"""Names by which a code page is recognised."""

_Entries = dict[str, list[str]]
"""Names in a folder by what is left of them without capitals and ways of writing accents."""


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
    _folders: dict[Path, _Entries] = field(default_factory=dict, repr=False, compare=False)

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

        Slashes may be those of Windows, and capitals and accents those of a system that tells
        them apart in another way. Of a path from another machine, what lies below the table's
        folder counts.

        Raises:
            DatasetError: If there is no such file.
        """
        text = self.values["path"]
        folder = self.table.parent
        try:
            if (folder / text).is_file():
                return folder / text
            given = PureWindowsPath(text) if "\\" in text else PurePosixPath(text)
            parts = given.parts[1 if given.anchor else 0 :]
            # Moved here from another machine: the longest end of it that is there.
            for start in range(len(parts) if given.anchor else 1):
                found = self._found(folder, parts[start:])
                if found is not None:
                    return found
        except OSError as error:
            raise DatasetError(
                f"{self.table}, line {self.line}: {text} may not be read: {error.strerror}."
            ) from error
        raise DatasetError(
            f"{self.table}, line {self.line}: there is no file {text!r} in {folder}. Correct the "
            "path, or take the row out."
        )

    def _found(self, folder: Path, parts: Sequence[str]) -> Path | None:
        """A file below a folder, whatever its capitals and accents, or None."""
        here = folder
        for part in parts:
            if part == ".." or (here / part).exists():
                here /= part
                continue
            if here not in self._folders:
                names: _Entries = defaultdict(list)
                if here.is_dir():
                    for entry in here.iterdir():
                        names[_plain(entry.name)].append(entry.name)
                self._folders[here] = names
            alike = self._folders[here].get(_plain(part), [])
            if len(alike) != 1:
                return None
            here /= alike[0]
        return here if here.is_file() else None


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
    names = _columns(first[1])
    missing = [column for column in columns if column not in names]
    if missing:
        raise DatasetError(
            f"{path}, line {first[0]}: the column {missing[0]!r} is missing. Found: "
            f"{', '.join(names)}. {wanted}"
        )
    for column in (*columns, *optional):
        if names.count(column) > 1:
            raise DatasetError(
                f"{path}, line {first[0]}: the column {column!r} is there {names.count(column)} "
                "times. Keep the right one."
            )
    folders: dict[Path, _Entries] = {}
    for line, cells in rows:
        values = dict(zip(names, (cell.strip(_BLANK) for cell in cells), strict=False))
        for column in columns:
            if not values.get(column):
                quoted = any("\n" in cell for cell in cells)
                raise DatasetError(
                    f"{path}, line {line}: {column} is missing. Found: "
                    f"{', '.join(cells).splitlines()[0]}. "
                    + (
                        "A quotation mark that begins there is not closed in its line."
                        if quoted
                        else "Write it there, or take the row out."
                    )
                )
        for column in optional:
            values.setdefault(column, "")
        yield Row(path, line, values, folders)


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
    first = first.strip().strip('"')
    skipped = 0
    filled = (line for line in text.splitlines() if line.strip(_SEPARATORS + " "))
    separator = max(_SEPARATORS, key=next(filled, "").count)
    # Excel's own word for which separator follows.
    if first.lower().startswith("sep=") and len(first) == 5:
        separator, text, skipped = first[-1], rest, 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = skipped + 1
    try:
        for cells in reader:
            if any(cell.strip(_SEPARATORS + _BLANK) for cell in cells):
                yield line, cells
            line = skipped + reader.line_num + 1
    except csv.Error as error:
        raise DatasetError(f"{path}, line {line}: this is no row of a table ({error}).") from error


def _decoded(content: bytes, path: Path) -> str:
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DatasetError(f"{path} is a workbook of Excel or an archive. Save it as CSV.")
    for mark, encoding in (
        # Before UTF-16, whose mark is its beginning.
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError as error:
                raise DatasetError(f"{path} is not the text it says it is: {error}.") from error
    if b"\0" not in content.rstrip(_FILLING):
        content = content.rstrip(_FILLING)
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
        return _of_code_page(content, path.parent)


def _of_code_page(content: bytes, folder: Path) -> str:
    """Text in the code page in which most of the files that it names are there."""

    def there(text: str) -> int:
        names = re.findall(r"[^,;|\t\r\n\"]*[^\0-\x7f][^,;|\t\r\n\"]*", text)[:_TRIED]
        return sum((folder / name.strip().replace("\\", "/")).is_file() for name in names)

    texts = []
    for page in _CODE_PAGES:
        try:
            texts.append(content.decode(page))
        except UnicodeDecodeError:
            continue
    # In Latin-1 every byte is a sign. Of equals the first, which is the most frequent.
    return max([*texts, content.decode("latin-1")], key=there)


def _columns(cells: Sequence[str]) -> list[str]:
    """Names of columns, each known one under its own name."""
    names = [cell.strip(_BLANK).strip('"').strip().lower().replace("_", " ") for cell in cells]
    for place, name in enumerate(names):
        alias = _ALIASES.get(name)
        if alias is not None and alias not in names:
            names[place] = alias
    return names


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
