"""Which files are meant: those below a folder, those of a pattern, and how they are called."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from glob import glob
from pathlib import Path


def below(
    folder: Path, endings: Collection[str], *, on_error: Callable[[OSError], None]
) -> Iterator[Path]:
    """The files in a folder and the folders in it, in order of name, links followed.

    What is hidden is passed over, and so is a link to a folder that it lies in.

    Args:
        folder: Where to begin.
        endings: Of the files, in lower case, with their dots.
        on_error: Told of a folder that may not be read, which is then passed over.
    """
    yield from _below(folder, endings, on_error, frozenset(folder.resolve().parents))


def expanded(names: Iterable[str]) -> list[str]:
    """The names, and in place of a pattern such as `*.mp4` the files that are called so.

    Windows hands patterns on as they are, and so does whoever writes them in quotes. What is the
    name of a file is no pattern, and neither is what no file is called.

    Args:
        names: As they were given.
    """
    found: list[str] = []
    for name in names:
        alike: list[str] = []
        if not os.path.lexists(name) and "://" not in name:
            # A pattern may begin at the root, which that of a `Path` may not.
            alike = sorted(glob(name, recursive=True))  # noqa: PTH207
        found += alike or [name]
    return found


def hidden(name: str) -> bool:
    """Whether a file or folder of this name is meant for nobody's eyes."""
    # macOS packs a `._` file for each file, with its ending but with nothing of it inside,
    # next to it or in a folder of their own.
    return name.startswith(".") or name == "__MACOSX"


def text_of(name: Path | str) -> str:
    """A name as text: bytes in it that are none would break every table they stand in."""
    return str(name).encode("utf-8", "replace").decode("utf-8")


def _below(
    folder: Path,
    endings: Collection[str],
    on_error: Callable[[OSError], None],
    above: frozenset[Path],
) -> Iterator[Path]:
    real = folder.resolve()
    if real in above:
        return
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        on_error(error)
        return
    for entry in entries:
        if hidden(entry.name):
            continue
        if entry.is_dir():
            yield from _below(entry, endings, on_error, above | {real})
        elif entry.suffix.lower() in endings and entry.is_file():
            yield entry
