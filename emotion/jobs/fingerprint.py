"""By what kept results are recognised: the content of files and the code that made them."""

import hashlib
import inspect
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType


def of_file(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal.

    Files that were read already are not read again while size and time of change stay.

    Args:
        path: The file.

    Returns:
        64 digits; '' for a file that is not there, which whoever reads it will say.
    """
    if not path.exists():
        return ""
    status = path.stat()
    return _of_content(path.resolve(), status.st_size, status.st_mtime_ns)


@cache
def _of_content(path: Path, size: int, changed: int) -> str:
    del size, changed
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_parts(*parts: str | bytes) -> str:
    """SHA-256 of texts and bytes, one after the other, in hexadecimal: 64 digits.

    Args:
        parts: All that a kept result depends on, in an order that does not change.
    """
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
    return digest.hexdigest()


def of_code(modules: Iterable[ModuleType]) -> str:
    """SHA-256 of the source of modules, in hexadecimal: another version is another result.

    Args:
        modules: All that shape the result.
    """
    return of_parts(*(inspect.getsource(module) for module in modules))
