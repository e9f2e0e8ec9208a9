"""Files that are written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
