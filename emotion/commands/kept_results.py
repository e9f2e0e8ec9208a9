"""Results of many recordings, kept as each is done.

A result is in its file as soon as its recording has been read, whole or not at all; a run
that is broken off leaves what it did, and another one goes on from there. What an earlier
run left stays until this one has a first result of its own.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from emotion.batch import result_format
from emotion.errors import OutputError
from emotion.jobs import fingerprint
from emotion.jobs.result_file import ResultFile
from emotion.media import file_names
from emotion.timeline.timeline import Timeline


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
            OutputError: If the file cannot be written, holds no results, or holds some that would
                be lost: with other settings, and of recordings that are not among these.
        """
        now = {}
        for path in recordings:
            now[file_names.text_of(path)] = ""
            # What cannot be read is said of it when its turn comes.
            with suppress(OSError):
                now[file_names.text_of(path)] = fingerprint.of_file(path)
        kept: dict[tuple[str, str], tuple[Timeline, ...]] = {}
        parts: dict[tuple[str, str], dict[int, tuple[Timeline, bytes]]] = {}
        lines = []
        lost: set[str] = set()
        try:
            given = self._file.path.read_bytes().splitlines()
        except OSError:
            given = []
        if any(line.strip() for line in given) and not any(line[:1] == b"{" for line in given):
            raise OutputError(
                f"{self._file.path} holds no results of --json to go on from, and would be "
                "written over. Give another file."
            )
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
            other = known.get("settings") != dict(settings)
            if other and timeline.source not in now:
                lost.add(timeline.source)
            if other or key in kept or stale:
                continue
            part = parts.setdefault(key, {})
            part[int(known.get("participant", 0))] = timeline, line + b"\n"
            # What was written for some of the people only is made again.
            if len(part) == int(known.get("participants", 1)):
                kept[key] = tuple(part[number][0] for number in sorted(part))
                lines += [part[number][1] for number in sorted(part)]
        if lost:
            raise OutputError(
                f"{self._file.path} holds results of {min(lost)}"
                f"{f' and {len(lost) - 1} more' if len(lost) > 1 else ''}, which were read with "
                "other settings or models and are not read now, so that they would be lost. Give "
                "another file, or those recordings as well."
            )
        if kept:
            self._file.begin(b"".join(lines))
        return kept

    def append(
        self, timelines: Sequence[Timeline], path: Path, settings: Mapping[str, Any]
    ) -> None:
        """Add the timelines of everyone in a recording, a line each.

        Args:
            timelines: Of everyone.
            path: The recording, whose SHA-256 stands in the lines.
            settings: With which it was read.

        Raises:
            OutputError: If they cannot be written.
        """
        digest = fingerprint.of_file(path)
        self._file.append(result_format.json_lines(timelines, digest, settings))

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

        Args:
            timelines: Of everyone.

        Raises:
            OutputError: If they cannot be written.
        """
        table = result_format.table(timelines).round(5)
        text = str(table.to_csv(index=False, header=not self._begun))
        self._file.append(text.encode("utf-8", "replace"))
        self._begun = True

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
