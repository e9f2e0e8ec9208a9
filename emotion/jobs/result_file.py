"""A file of results that grows as each is done, and is put in place of an earlier run's."""

import os
from contextlib import suppress
from io import BufferedWriter
from pathlib import Path

from emotion import files


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
            # Together with the head, so that on a full disk what an earlier run left stays.
            self.begin(result)
        else:
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
