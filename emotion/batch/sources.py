"""Recordings by path or URL: found, identified, and brought to where they are read."""

import re
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from emotion.errors import MediaError, installed_with
from emotion.media import file_names

UNKNOWN = "unknown"
"""The day of a recording of which the storage does not say when it was made."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_VERSIONS = ("ETag", "etag", "md5Hash", "contentHash")
_TIMES = ("mtime", "LastModified", "last_modified", "updated", "created")


@dataclass(frozen=True)
class Source:
    """A recording that is to be read.

    Attributes:
        name: Its path, or its URL.
        version: Size and time of change, or what the storage says for them, by which another
            content is noticed without reading it; '' where nothing is known.
        day: On which it was last changed, in UTC, as YYYY-MM-DD, or 'unknown'.
    """

    name: str
    version: str
    day: str

    @property
    def size(self) -> int:
        """Bytes; 0 where nothing is known."""
        first = self.version.partition(" ")[0]
        return int(first) if first.isdecimal() else 0


def is_url(name: str) -> bool:
    """Whether a name is a URL, such as s3://bucket/calls, and no path."""
    return _URL.match(name) is not None


def find(
    names: Sequence[str], endings: Collection[str], *, on_error: Callable[[OSError], None]
) -> list[Source]:
    """The recordings that are named, and those in folders that are named, each once.

    Args:
        names: Paths and URLs of files and folders.
        endings: Of recordings in folders, in lower case, with their dots.
        on_error: Called with each folder that may not be read, which is then passed over.

    Raises:
        MediaError: If a URL's storage cannot be asked, or is of a kind that is not installed.
    """
    found: dict[str, Source] = {}
    seen: set[Path] = set()
    for name in names:
        if is_url(name):
            for source in _remote(name, endings):
                found.setdefault(source.name, source)
            continue
        path = Path(name)
        inside = file_names.below(path, endings, on_error=on_error) if path.is_dir() else (path,)
        for one in inside:
            real = one.resolve()
            if real not in seen:
                seen.add(real)
                found.setdefault(str(one), _local(one))
    return list(found.values())


@contextmanager
def brought(name: str) -> Iterator[Path]:
    """The file of a recording on this machine, for as long as it is read.

    What has a URL is copied to the folder for temporary files.

    Args:
        name: A path or URL.

    Raises:
        MediaError: If the storage is of a kind that is not installed.
        OSError: If it cannot be brought.
    """
    if not is_url(name):
        yield Path(name)
        return
    system, path = _storage(name)
    with tempfile.TemporaryDirectory(prefix="rapport-") as folder:
        # The ending is what FFmpeg goes by where the content says too little.
        target = Path(folder) / f"recording{_ending(name)}"
        system.get_file(path, str(target))
        yield target


def _local(path: Path) -> Source:
    try:
        status = path.stat()
    except OSError:
        # What cannot be read is said of it when its turn comes.
        return Source(str(path), "", UNKNOWN)
    day = datetime.fromtimestamp(status.st_mtime, UTC).strftime("%Y-%m-%d")
    return Source(str(path), f"{status.st_size} {status.st_mtime_ns}", day)


def _remote(url: str, endings: Collection[str]) -> Iterator[Source]:
    system, path = _storage(url)
    try:
        # Asking a web server whether a file is a folder would load all of it.
        if _ending(url) in endings:
            yield _described(url, system.info(path))
            return
        for name, info in sorted(system.find(path, detail=True).items()):
            if _ending(name) in endings and not file_names.hidden(PurePosixPath(name).name):
                yield _described(system.unstrip_protocol(name), info)
    except FileNotFoundError:
        # Like a path that is not there, it is said when its turn comes.
        yield Source(url, "", UNKNOWN)
    except Exception as error:
        # Each kind of storage has errors of its own.
        raise MediaError(
            f"{url} cannot be looked into: {str(error) or type(error).__name__}."
        ) from None


def _storage(url: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs

        system, path = url_to_fs(url)
    except ImportError as error:
        raise MediaError(
            f"{url} is on a storage that needs a package which is not installed ({error}). "
            f"{installed_with('scale,s3' if url.startswith('s3') else 'scale')}"
        ) from None
    except ValueError as error:
        raise MediaError(f"{url} is on no storage that is known: {error}.") from None
    return system, path


def _described(url: str, info: Mapping[str, Any]) -> Source:
    when = next((info[name] for name in _TIMES if info.get(name)), None)
    if isinstance(when, int | float):
        when = datetime.fromtimestamp(when, UTC)
    day = when.astimezone(UTC).strftime("%Y-%m-%d") if isinstance(when, datetime) else UNKNOWN
    content = next((str(info[name]) for name in _VERSIONS if info.get(name)), "")
    if not content and isinstance(when, datetime):
        content = when.isoformat()
    # A size alone does not tell one recording from another.
    return Source(url, f"{info.get('size')} {content}" if content else "", day)


def _ending(name: str) -> str:
    path = urlsplit(name).path if is_url(name) else name
    return PurePosixPath(path).suffix.lower()
