"""One evaluation at a time, in a process of its own.

It is a run of the command line, so that it goes on when the page, or the server, that
began it is gone, and takes no time from either. What is known of it lies in files of a
folder, so that another server of the same machine sees it as well; whether it still runs, the
processes of the machine say.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from emotion import files
from emotion.errors import OutputError, ReportError

_PATIENCE = 5.0
"""Seconds that a process has to end by itself, and that two who begin wait for each other."""

_ROOT = Path(__file__).resolve().parents[2]

_children: list["subprocess.Popen[bytes]"] = []


@dataclass(frozen=True)
class RunState:
    """What is known of the latest evaluation.

    Attributes:
        status: 'running', 'done', 'failed' or 'cancelled'.
        title: What is evaluated, in a few words.
        step: What it is at, such as 'actor-5fold', or ''.
        unit: Of what is counted, such as 'fold'.
        done: How many of them.
        total: Of how many, in all passes; 0 before the first step.
        passes: How many times the step goes through all of them.
        left: Seconds that the step still takes, or None.
        seconds: Since the beginning, or that it took.
        message: Why it failed, or ''.
        report: File of the report, if it is done.
        run: By which `EvaluationRun.cancel` knows which evaluation is meant.
    """

    status: str
    title: str
    step: str
    unit: str
    done: int
    total: int
    passes: int
    left: float | None
    seconds: float
    message: str
    report: Path | None
    run: int


class EvaluationRun:
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
            # Held only while one is begun: of two who begin at once, the second sees the first.
            with FileLock(self._lock, timeout=_PATIENCE, mode=0o600):
                if self.running:
                    state = self.state()
                    running = state.title if state else "another one"
                    raise ReportError(
                        f"An evaluation is running already: {running}. Wait for it or cancel it."
                    )
                self._begin(arguments, title)
        except Timeout as error:
            raise ReportError(
                f"Somebody else is beginning an evaluation in {self.folder} at this moment. "
                "Try again."
            ) from error
        except (OSError, OutputError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ReportError(
                f"Evaluations are kept in {self.folder}, which cannot be written to: {reason}."
            ) from error

    def _begin(self, arguments: Sequence[str], title: str) -> None:
        now = datetime.now(UTC)
        report = self.folder / f"report-{now:%Y%m%d-%H%M%S-%f}.json"
        for old in (self._about, self._progress, self._log):
            old.unlink(missing_ok=True)
        options = ["--json", str(report), "--progress", str(self._progress)]
        with self._log.open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "emotion", *arguments, *options],
                cwd=_ROOT,
                # An error is then a line and not a frame around one.
                env=os.environ | {"TYPER_USE_RICH": "0"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # What ends the server, such as Ctrl+C, is not for this process.
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
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
        except OutputError:
            # A run that nobody knows of could not be cancelled.
            child.kill()
            raise

    @property
    def running(self) -> bool:
        """Whether an evaluation is running, whoever began it."""
        return self._process(self._known()) is not None

    def state(self) -> RunState | None:
        """What is known of the latest evaluation; None if there has been none."""
        # Asked first: what ends in between is then seen as running once more.
        about = self._known()
        running = self._process(about) is not None
        if not about:
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
        return RunState(
            status,
            about["title"],
            progress.get("title", ""),
            progress.get("unit", ""),
            progress.get("done", 0),
            progress.get("total", 0),
            progress.get("passes", 1),
            progress.get("left"),
            max(0.0, ended - about["began"]),
            self._why() if status == "failed" else "",
            report if status == "done" else None,
            about["pid"],
        )

    def cancel(self, run: int) -> None:
        """End an evaluation, by its `RunState.run`; does nothing if it has ended."""
        about = self._known()
        process = self._process(about)
        if process is None or about["pid"] != run:
            return
        self._write(about | {"cancelled": time.time()})
        _end(process)

    def _known(self) -> dict[str, Any]:
        """What was written of the latest evaluation; empty if there has been none."""
        try:
            about = json.loads(self._about.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return about if isinstance(about, dict) and "pid" in about else {}

    def _process(self, about: dict[str, Any]) -> psutil.Process | None:
        """The process of an evaluation, as long as it lives."""
        # Who has ended is there until its parent has taken note.
        _children[:] = [child for child in _children if child.poll() is None]
        if not about:
            return None
        try:
            process = psutil.Process(about["pid"])
            words = process.cmdline()
            # The number may have gone to another process; the report is named to this one only.
            # One that has only just begun has no words yet.
            ours = not words or any(about["report"] in word for word in words)
        except psutil.Error:
            return None
        return process if ours else None

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


def _end(process: psutil.Process) -> None:
    """End a process and all that it started: asked first, then made to."""
    with suppress(psutil.Error):
        # What stands still starts no process that would be missed.
        process.suspend()
    family = [process]
    with suppress(psutil.Error):
        family += process.children(recursive=True)
    for one in family:
        with suppress(psutil.Error):
            one.terminate()
    with suppress(psutil.Error):
        process.resume()
    _, alive = psutil.wait_procs(family, _PATIENCE)
    for one in alive:
        with suppress(psutil.Error):
            one.kill()
    psutil.wait_procs(alive, _PATIENCE)
