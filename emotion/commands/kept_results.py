"""Results of many recordings, kept as each is done.

A result is in its file as soon as its recording has been read, whole or not at all; a run
that is broken off leaves what it did, and another one goes on from there. What an earlier
run left stays until this one has a first result of its own.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from io import BufferedWriter
from pathlib import Path
from typing import Any

from emotion import files
from emotion.jobs import fingerprint
from emotion.timeline import Timeline


class ResultFile:
    """A file that grows by whole results."""

    def __init__(self, path: Path, head: bytes = b"") -> None:
        """Name a file; nothing is touched before the first result.

        Args:
            path: Where results go; a pipe or a terminal is written to as well.
            head: First line, if the file has one.
        """
        self.path = path
        self._head = head
        self._file: BufferedWriter | None = None

    def begin(self, kept: bytes = b"") -> None:
        """Put what is kept of an earlier run in place of what is there.

        Raises:
            OutputError: If it cannot be written; what was there is there still.
        """
        special = self.path.exists() and not self.path.is_file()
        if special:
            self._append_to("wb")
            self._put(self._head + kept)
            return
        files.write(self.path, self._head + kept)
        self._append_to("ab")

    def append(self, result: bytes) -> None:
        """Add a result, whole or not at all.

        Raises:
            OutputError: If it cannot be written, as on a full disk; the ones before stay.
        """
        if self._file is None:
            self.begin()
        self._put(result)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _append_to(self, mode: str) -> None:
        try:
            # Unbuffered, so that what is written is there for others at once.
            self._file = self.path.open(mode, buffering=0)  # type: ignore[assignment]
        except OSError as error:
            raise files.unwritable(self.path, error) from error

    def _put(self, content: bytes) -> None:
        assert self._file is not None
        end = self._file.tell() if self._file.seekable() else None
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            if end is not None:
                # What is no file of its own has nothing to be cut off.
                with suppress(OSError):
                    os.truncate(self._file.fileno(), end)
            raise files.unwritable(self.path, error) from error


class JsonLines:
    """Results as JSON Lines, from which a later run goes on."""

    def __init__(self, path: Path) -> None:
        """Name the file."""
        self._file = ResultFile(path)

    def resume(
        self, recordings: Iterable[Path], settings: Mapping[str, Any]
    ) -> dict[tuple[str, str], tuple[Timeline, ...]]:
        """Keep what an earlier run with the same settings did.

        Args:
            recordings: Of this run; what stands there of one that is another file by now goes.
            settings: That shape the readings.

        Returns:
            The timelines of everyone in a recording, by its fingerprint and name.

        Raises:
            OutputError: If the file cannot be written.
        """
        now = {}
        for path in recordings:
            # What cannot be read is said of it when its turn comes.
            with suppress(OSError):
                now[str(path)] = fingerprint.of_file(path)
        kept: dict[tuple[str, str], tuple[Timeline, ...]] = {}
        parts: dict[tuple[str, str], dict[int, tuple[Timeline, bytes]]] = {}
        lines = []
        try:
            given = self._file.path.read_bytes().splitlines()
        except OSError:
            given = []
        for line in given:
            try:
                document = json.loads(line)
                known = document["input"]
                timeline = Timeline.from_document(document)
            except (ValueError, KeyError, TypeError):
                # Torn when a run was ended, or another's: it is made again.
                continue
            digest = known["sha256"]
            stale = now.get(timeline.source, digest) != digest
            key = digest, timeline.source
            if known.get("settings") != dict(settings) or key in kept or stale:
                continue
            part = parts.setdefault(key, {})
            part[int(known.get("participant", 0))] = timeline, line + b"\n"
            # What was written for some of the people only is made again.
            if len(part) == int(known.get("participants", 1)):
                kept[key] = tuple(part[number][0] for number in sorted(part))
                lines += [part[number][1] for number in sorted(part)]
        if kept:
            self._file.begin(b"".join(lines))
        return kept

    def append(
        self, timelines: Sequence[Timeline], path: Path, settings: Mapping[str, Any]
    ) -> None:
        """Add the timelines of everyone in a recording, a line each.

        Raises:
            OutputError: If they cannot be written.
        """
        digest = fingerprint.of_file(path)
        lines = []
        for number, timeline in enumerate(timelines):
            known = {
                "sha256": digest,
                "settings": dict(settings),
                "participant": number,
                "participants": len(timelines),
            }
            lines.append(json.dumps(timeline.document() | {"input": known}).encode() + b"\n")
        self._file.append(b"".join(lines))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class CsvTable:
    """Results as one table, the recording in its first column."""

    def __init__(self, path: Path) -> None:
        """Name the file."""
        self._file = ResultFile(path)
        self._begun = False

    def append(self, timelines: Sequence[Timeline]) -> None:
        """Add the readings of everyone in a recording.

        Raises:
            OutputError: If they cannot be written.
        """
        tables = []
        for timeline in timelines:
            table = timeline.table().round(5)
            table.insert(0, "source", timeline.source)
            table.insert(1, "participant", timeline.participant)
            table.insert(2, "role", timeline.role)
            tables.append(table)
        text = "".join(
            str(table.to_csv(index=False, header=not self._begun and number == 0))
            for number, table in enumerate(tables)
        )
        self._file.append(text.encode("utf-8", "replace"))
        self._begun = True

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
