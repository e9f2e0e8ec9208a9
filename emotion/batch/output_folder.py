"""A folder with the results of many recordings, whole ones only, that later runs go on with.

    readings/day=2026-11-25/KEY.parquet    a Parquet data set, partitioned by day
    documents/day=2026-11-25/KEY.jsonl     the same as JSON Lines
    done.jsonl                             a line for each recording whose results are there
    failures.jsonl                         a line for each of which the latest run read nothing
    status.json                            how far the latest run is

KEY is of the recording's path or URL, so that it has one result, however often it is read. Its
line in `done.jsonl` is written last: what is not there is made again.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from filelock import FileLock, Timeout

from emotion import files
from emotion.batch.sources import Source
from emotion.batch.status import Failure
from emotion.batch.task import Outcome
from emotion.errors import OutputError
from emotion.jobs.result_file import ResultFile

READINGS, DOCUMENTS = "readings", "documents"
DONE, FAILURES = "done.jsonl", "failures.jsonl"

_PARTS = {READINGS: ".parquet", DOCUMENTS: ".jsonl"}


class OutputFolder:
    """The folder, while one run has it; a context manager."""

    def __init__(self, path: Path, settings: Mapping[str, Any]) -> None:
        """Take the folder, and make it if it is not there.

        Args:
            path: Its parent must be there.
            settings: That shape the readings: results of others are made again.

        Raises:
            OutputError: If it cannot be written to, or another run does.
        """
        self.path = path
        self._settings = hashlib.sha256(
            json.dumps(dict(settings), sort_keys=True).encode()
        ).hexdigest()
        if not path.parent.is_dir():
            raise OutputError(f"There is no folder {path.parent} to make {path.name} in.")
        if path.exists() and not path.is_dir():
            raise OutputError(f"{path} is a file. Give a folder for the results.")
        self._lock = FileLock(path / ".lock", timeout=0)
        try:
            path.mkdir(exist_ok=True)
            self._lock.acquire()
        except Timeout:
            raise OutputError(
                f"Another run writes to {path}. Wait for its end, or give another folder."
            ) from None
        except OSError as error:
            raise files.unwritable(path, error) from error
        self._done = ResultFile(path / DONE)
        self._failures = ResultFile(path / FAILURES)
        self._known: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> "OutputFolder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.close()
        self._failures.close()
        self._lock.release()

    def missing(self, sources: Sequence[Source]) -> list[Source]:
        """Those of which no results with these settings are there; to be called first.

        A recording whose size, time of change or version in its storage is another one than
        when it was read is made again, as is one of which nothing could be read.

        Args:
            sources: All that are asked for.

        Raises:
            OutputError: If the list of what is done cannot be written.
        """
        lines = _lines(self.path / DONE)
        for line in lines:
            # A later line about a recording counts, and so does one whose results are there.
            self._known[line["source"]] = line
        self._known = {name: line for name, line in self._known.items() if self._there(line)}
        content = b"".join(json.dumps(line).encode() + b"\n" for line in self._known.values())
        self._done.begin(content)
        self._failures.begin()
        return [source for source in sources if not self._is_done(source)]

    def add(self, outcome: Outcome) -> None:
        """Keep the results of a recording, instead of those that it had.

        Args:
            outcome: What was read in it.

        Raises:
            OutputError: If they cannot be written; the ones before stay.
        """
        source = outcome.source
        line = {
            "source": source.name,
            "version": source.version,
            "sha256": outcome.digest,
            "settings": self._settings,
            "day": source.day,
            "duration": round(outcome.duration, 3),
            "warning": outcome.warning,
            "seconds": round(outcome.seconds, 3),
            "worker": outcome.worker,
        }
        contents = {READINGS: outcome.table, DOCUMENTS: outcome.documents}
        for part, path in self._paths(source.name, source.day).items():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise files.unwritable(path, error) from error
            files.write(path, contents[part])
        before = self._known.get(source.name)
        if before is not None and before["day"] != source.day:
            self._remove(before)
        self._done.append(json.dumps(line).encode() + b"\n")
        self._known[source.name] = line

    def fail(self, failure: Failure) -> None:
        """List a recording of which nothing could be read; what was read of it before stays.

        Args:
            failure: Which, and why.

        Raises:
            OutputError: If that cannot be written.
        """
        line = {"source": failure.source, "error": failure.error}
        self._failures.append(json.dumps(line).encode() + b"\n")

    def _is_done(self, source: Source) -> bool:
        line = self._known.get(source.name)
        return (
            line is not None
            and line["settings"] == self._settings
            and source.version != ""
            and line["version"] == source.version
        )

    def _there(self, line: Mapping[str, Any]) -> bool:
        return all(path.is_file() for path in self._paths(line["source"], line["day"]).values())

    def _paths(self, name: str, day: str) -> dict[str, Path]:
        key = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        return {
            part: self.path / part / f"day={day}" / f"{key}{ending}"
            for part, ending in _PARTS.items()
        }

    def _remove(self, line: Mapping[str, Any]) -> None:
        for path in self._paths(line["source"], line["day"]).values():
            with suppress(OSError):
                path.unlink()


def done(folder: Path) -> list[dict[str, Any]]:
    """What is known of each recording whose results are in a folder."""
    return list({line["source"]: line for line in _lines(folder / DONE)}.values())


def failures(folder: Path) -> list[Failure]:
    """The recordings of which the latest run into a folder could read nothing."""
    return [Failure(line["source"], line["error"]) for line in _lines(folder / FAILURES)]


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        content = path.read_bytes().splitlines()
    except OSError:
        return []
    found = []
    for line in content:
        try:
            given = json.loads(line)
        except ValueError:
            # Torn when a run was killed: its recording is made again.
            continue
        if isinstance(given, dict) and isinstance(given.get("source"), str):
            found.append(given)
    return found
