"""How far a batch is, as whoever runs it writes it and a page or a colleague reads it."""

import json
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from emotion import files
from emotion.errors import ReportError

NAME = "status.json"
"""Of the file in the folder of results."""

RUNNING, DONE, ENDED = "running", "done", "ended"
"""States of a batch: at work; all recordings were tried; ended before that."""

SILENT = 30.0
"""Seconds without a word from a batch after which it is taken for dead."""

_WINDOW = 300.0
"""Seconds over which the rate is measured: recordings differ in length."""

_SHOWN = 50


@dataclass(frozen=True)
class Worker:
    """A process that reads.

    Attributes:
        name: Its address.
        state: 'running', 'paused' and so on, as Dask has it.
        reading: How many recordings it has in hand.
        memory: Bytes that it uses.
        limit: Bytes that it may use; 0 for no limit.
    """

    name: str
    state: str
    reading: int
    memory: int
    limit: int


@dataclass(frozen=True)
class Failure:
    """A recording of which nothing could be read.

    Attributes:
        source: Its path or URL.
        error: Why, as a sentence.
    """

    source: str
    error: str


@dataclass(frozen=True)
class Status:
    """How far a batch is.

    Attributes:
        state: 'running', 'done' or 'ended'.
        began: Seconds since 1970.
        updated: When this was so, in seconds since 1970.
        total: Recordings that were named.
        kept: Of which an earlier run had the results.
        done: That this run has read.
        failed: Of which nothing could be read.
        rate: Recordings a minute, of late.
        left: Seconds that the rest takes at that rate, or None.
        workers: That read now.
        failures: The latest, at most 50.
    """

    state: str
    began: float
    updated: float
    total: int
    kept: int = 0
    done: int = 0
    failed: int = 0
    rate: float = 0.0
    left: float | None = None
    workers: tuple[Worker, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def share(self) -> float:
        """Share of the recordings that were tried, 0 to 1."""
        return (self.kept + self.done + self.failed) / self.total if self.total else 1.0

    @property
    def silent(self) -> bool:
        """Whether it says that it runs, and has not been heard of for half a minute."""
        return self.state == RUNNING and time.time() - self.updated > SILENT

    def write(self, folder: Path) -> None:
        """Write it into the folder of results.

        Raises:
            OutputError: If it cannot be written.
        """
        files.write(folder / NAME, json.dumps(asdict(self)))

    @classmethod
    def read(cls, folder: Path) -> "Status | None":
        """What a folder of results says; None where no batch has begun there.

        Raises:
            ReportError: If it cannot be read, or is nothing of the kind.
        """
        path = folder / NAME
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
            workers = tuple(Worker(**one) for one in given.pop("workers"))
            failures = tuple(Failure(**one) for one in given.pop("failures"))
            return cls(**given, workers=workers, failures=failures)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ReportError(f"{path} may not be read: {error.strerror}.") from None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ReportError(f"{path} does not say how far a batch is ({error}).") from None


@dataclass
class Count:
    """Counts what a batch does; may be asked from another thread.

    Attributes:
        total: Recordings that were named.
        kept: Of which an earlier run had the results.
        done: That were read.
        failed: Of which nothing could be read.
        began: Seconds since 1970.
    """

    total: int
    kept: int = 0
    done: int = 0
    failed: int = 0
    began: float = field(default_factory=time.time)
    _failures: deque[Failure] = field(default_factory=lambda: deque(maxlen=_SHOWN))
    _moments: deque[float] = field(default_factory=lambda: deque([time.monotonic()]))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, failure: Failure | None = None) -> None:
        """Count a recording.

        Args:
            failure: Why nothing of it could be read; None where it was.
        """
        with self._lock:
            self._moments.append(time.monotonic())
            if failure is None:
                self.done += 1
            else:
                self.failed += 1
                self._failures.append(failure)

    def status(self, workers: Sequence[Worker], state: str = RUNNING) -> Status:
        """How far it is now.

        Args:
            workers: That read.
            state: 'running', 'done' or 'ended'.
        """
        with self._lock:
            now = time.monotonic()
            while len(self._moments) > 2 and now - self._moments[0] > _WINDOW:
                self._moments.popleft()
            passed = now - self._moments[0]
            rate = (len(self._moments) - 1) / passed if passed > 0 else 0.0
            rest = self.total - self.kept - self.done - self.failed
            return Status(
                state,
                self.began,
                time.time(),
                self.total,
                self.kept,
                self.done,
                self.failed,
                60 * rate,
                rest / rate if rate > 0 and state == RUNNING else None,
                tuple(workers),
                tuple(self._failures),
            )
