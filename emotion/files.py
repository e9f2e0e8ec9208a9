"""Files: written whole or not at all, and found below a folder."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from glob import glob
from pathlib import Path
from tempfile import mkstemp

import platformdirs

from emotion.errors import OutputError


def cache() -> Path:
    """The folder of this user for what can be made again, whether it is there or not."""
    return Path(platformdirs.user_cache_dir("rapport", appauthor=False))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a file beside another one, which takes its place when all went well.

    What was there before stays until then, and for good if anything fails. A link stays a
    link: what it leads to is replaced.

    Args:
        path: The file that is to be written.

    Yields:
        Where to write, with the same ending.

    Raises:
        OutputError: If nothing can be written there.
    """
    final = path.resolve()
    try:
        handle, name = mkstemp(suffix=final.suffix, prefix=f".{final.stem}-", dir=final.parent)
        os.close(handle)
    except OSError as error:
        raise unwritable(path, error) from error
    fresh = Path(name)
    try:
        yield fresh
        # As a file that is written directly: a temporary one is for its owner alone.
        mode = final.stat().st_mode if final.exists() else 0o666 & ~_umask()
        fresh.chmod(mode & 0o777)
        fresh.replace(final)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with suppress(OSError):
            fresh.unlink()


def write(path: Path, content: str | bytes) -> None:
    """Put a text, in UTF-8, or bytes into a file, whole or not at all.

    A terminal or a pipe cannot be replaced and is written to.

    Args:
        path: The file.
        content: All that it is to hold.

    Raises:
        OutputError: If it cannot be written; what was there before is there still.
    """
    data = content.encode() if isinstance(content, str) else content
    if path.exists() and not path.is_file():
        try:
            with path.open("wb") as special:
                special.write(data)
        except OSError as error:
            raise unwritable(path, error) from error
        return
    with replacing(path) as fresh:
        fresh.write_bytes(data)


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


def unwritable(path: Path, error: OSError) -> OutputError:
    """The error for a file that cannot be written, in one sentence.

    Args:
        path: The file.
        error: Why.
    """
    return OutputError(f"{path} cannot be written: {error.strerror or error}.")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


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
