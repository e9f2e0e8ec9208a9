"""By what kept results are recognised: the content of files and the code that made them."""

import ast
import hashlib
import importlib.util
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType

ASIDE = ("emotion.errors", "emotion.files", "emotion.jobs")
"""Modules and packages whose code shapes no result."""


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
    """SHA-256 of the code that a result comes from: another version is another result.

    That of the modules, and of all that they import of the package they are in, however far away.
    What only moves work and files about (`ASIDE`) changes no result, nor do comments, docstrings
    and the way that lines are broken. Files that were read already are not read again while size
    and time of change stay.

    Args:
        modules: Those that make the result.

    Returns:
        64 digits, in hexadecimal.
    """
    waiting = [module.__name__ for module in modules]
    found: dict[str, str] = {}
    while waiting:
        name = waiting.pop()
        if name in found or any(name == one or name.startswith(f"{one}.") for one in ASIDE):
            continue
        path = _path(name)
        status = path.stat()
        found[name], imported = _of_source(path, name, status.st_size, status.st_mtime_ns)
        waiting += imported
    text = "\n".join(f"{name}:{found[name]}" for name in sorted(found))
    return of_parts(text)


def _path(name: str) -> Path:
    """The file of a module, which need not be loaded."""
    module = sys.modules.get(name)
    if module is not None and module.__file__:
        return Path(module.__file__)
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.origin:
        raise ModuleNotFoundError(f"{name} has no file to be read.", name=name)
    return Path(spec.origin)


@cache
def _of_source(path: Path, name: str, size: int, changed: int) -> tuple[str, tuple[str, ...]]:
    """SHA-256 of what a file does, and the modules of its own package that it imports."""
    del size, changed
    tree = ast.parse(path.read_bytes())
    own = name.partition(".")[0]
    imported: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported.add(node.module)
            # What is taken out of a package may be a module of it.
            if node.module.partition(".")[0] == own:
                taken = (f"{node.module}.{alias.name}" for alias in node.names)
                imported |= {one for one in taken if _is_module(one)}
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [part for part in body if not _is_docstring(part)]  # type: ignore[attr-defined]
    own_only = sorted(one for one in imported if one.partition(".")[0] == own)
    return of_parts(ast.dump(tree)), tuple(own_only)


def _is_docstring(node: ast.AST) -> bool:
    """Whether a statement says what a module, a function, a class or a constant is."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


@cache
def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
