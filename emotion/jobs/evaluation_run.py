"""One evaluation at a time, in a process of its own.

It is a run of the command line, so that it goes on when the page, or the server, that
began it is gone, and takes no time from either. A lock that the process holds as long as it
lives says whether there is one, also to another server; all else that is known of it lies
in files beside the lock.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emotion import files
from emotion.errors import ReportError

_PATIENCE = 5.0
"""Seconds that a process has to end by itself."""

_ROOT = Path(__file__).resolve().parents[2]

_children: list["subprocess.Popen[bytes]"] = []


@dataclass(frozen=True)
class State:
    """What is known of the latest evaluation.

    Attributes:
        status: 'running', 'done', 'failed' or 'cancelled'.
        title: What is evaluated, in a few words.
        step: What it is at, such as 'actor-5fold', or ''.
        unit: Of what is counted, such as 'fold'.
        done: How many of them.
        total: Of how many; 0 before the first step.
        left: Seconds that the step still takes, or None.
        seconds: Since the beginning, or that it took.
        message: Why it failed, or ''.
        report: File of the report, if it is done.
        run: By which `Job.cancel` knows which evaluation is meant.
    """

    status: str
    title: str
    step: str
    unit: str
    done: int
    total: int
    left: float | None
    seconds: float
    message: str
    report: Path | None
    run: int


class Job:
    """The evaluation of a folder, if there is one.

    Attributes:
        folder: Where reports and what is known of the latest evaluation are kept.
    """

    def __init__(self, folder: Path) -> None:
        """Look after a folder; nothing is made before `start`."""
        self.folder = folder
        self._lock = folder / "lock"
        self._about = folder / "job.json"
        self._progress = folder / "progress.json"
        self._log = folder / "log.txt"

    @property
    def reports(self) -> list[Path]:
        """The reports of evaluations that were done here, the latest first."""
        found = self.folder.glob("report-*.json")
        return sorted(found, key=lambda path: path.name, reverse=True)

    def start(self, arguments: Sequence[str], title: str) -> None:
        """Begin an evaluation.

        Args:
            arguments: Of `python -m emotion`, such as 'evaluate', 'ravdess' and a folder.
            title: What it is, in a few words.

        Raises:
            ReportError: If another one is running, or the folder cannot be written to.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise ReportError(
                f"Evaluations are kept in {self.folder}, which cannot be written to: "
                f"{error.strerror}."
            ) from error
        try:
            while not self._taken(lock):
                # Someone who only looks has it for a moment.
                if self.running:
                    state = self.state()
                    running = state.title if state else "another one"
                    raise ReportError(
                        f"An evaluation is running already: {running}. Wait for it or cancel it."
                    )
            now = datetime.now(UTC)
            report = self.folder / f"report-{now:%Y%m%d-%H%M%S-%f}.json"
            for old in (self._about, self._progress, self._log):
                old.unlink(missing_ok=True)
            options = ["--json", str(report), "--progress", str(self._progress)]
            with self._log.open("wb") as log:
                # The process inherits the lock and holds it until it ends, however it does.
                child = subprocess.Popen(
                    [sys.executable, "-m", "emotion", *arguments, *options],
                    cwd=_ROOT,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=(lock,),
                )
            _children.append(child)
            about = {
                "title": title,
                "pid": child.pid,
                "began": now.timestamp(),
                "report": report.name,
            }
            try:
                self._write(about)
            except OSError:
                # A run that nobody knows of could not be cancelled.
                child.kill()
                raise
        except OSError as error:
            raise ReportError(
                f"The evaluation cannot begin: {error.strerror or error} ({self.folder})."
            ) from error
        finally:
            os.close(lock)

    @staticmethod
    def _taken(lock: int) -> bool:
        """Take the lock for a run, if nobody has it."""
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(0.02)
            return False
        return True

    @property
    def running(self) -> bool:
        """Whether an evaluation is running, whoever began it."""
        return not self._free()

    def state(self) -> State | None:
        """What is known of the latest evaluation; None if there has been none."""
        # Asked first: what ends in between is then seen as running once more.
        running = self.running
        try:
            about = json.loads(self._about.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        progress: dict[str, Any] = {}
        with suppress(OSError, ValueError):
            progress = json.loads(self._progress.read_text(encoding="utf-8"))
        report = self.folder / about["report"]
        if running:
            status, ended = "running", time.time()
        elif report.is_file():
            status, ended = "done", report.stat().st_mtime
        else:
            status = "cancelled" if about.get("cancelled") else "failed"
            ended = about.get("cancelled") or self._ended(about["began"])
        return State(
            status,
            about["title"],
            progress.get("title", ""),
            progress.get("unit", ""),
            progress.get("done", 0),
            progress.get("total", 0),
            progress.get("left"),
            max(0.0, ended - about["began"]),
            self._why() if status == "failed" else "",
            report if status == "done" else None,
            about["pid"],
        )

    def cancel(self, run: int) -> None:
        """End an evaluation, by its `State.run`; does nothing if it has ended."""
        try:
            about = json.loads(self._about.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        if self._free() or about["pid"] != run:
            return
        self._write(about | {"cancelled": time.time()})
        # The processes that it started are of its session and end with it.
        for sign in (signal.SIGTERM, signal.SIGKILL):
            end = time.monotonic() + _PATIENCE
            try:
                os.killpg(about["pid"], sign)
                while time.monotonic() < end:
                    # Who has ended is there until its parent has taken note.
                    self._free()
                    os.killpg(about["pid"], 0)
                    time.sleep(0.05)
            except ProcessLookupError:
                return

    def _free(self) -> bool:
        """Whether nobody holds the lock."""
        # Who has ended is forgotten.
        _children[:] = [child for child in _children if child.poll() is None]
        try:
            lock = os.open(self._lock, os.O_RDWR)
        except OSError:
            return True
        try:
            # Shared, so that two who look do not take each other for a run.
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return False
        finally:
            os.close(lock)
        return True

    def _write(self, about: dict[str, Any]) -> None:
        files.write(self._about, json.dumps(about))

    def _ended(self, began: float) -> float:
        with suppress(OSError):
            return self._log.stat().st_mtime
        return began

    def _why(self) -> str:
        """The last line that was printed: errors a user can mend are one sentence."""
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = []
        said = [line for line in lines if line.strip() and "%|" not in line]
        return said[-1] if said else "It ended without a word."
