"""Kept calls go when their time is over, whether or not anybody opens a page.

A server looks at its start, and as each day begins. It does so in a process of its own that ends
again: the store and its tables would otherwise stay in the memory of a server that only has calls.
Servers that share a database may all look: `emotion.store.retention.run` lets one at a time.
"""

import logging
import os
import random
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from emotion.store import location

SETTING = "RAPPORT_RETENTION_JOB"
"""Environment variable; with 0 the server leaves it to whoever runs `rapport retention run`."""

_ROOT = Path(__file__).resolve().parents[1]
_LOG = logging.getLogger(__name__)

_AGAIN = 600.0
"""Seconds after which it is tried again where it failed."""

_LIMIT = 1800.0
"""Seconds that a run may take."""

_LOOK = 60.0
"""Seconds after which the clock is looked at: a laptop that slept has missed some of them."""

_SPREAD = 900.0
"""Seconds over which servers spread their runs."""


def next_run(now: datetime) -> datetime:
    """When to look next: some minutes into the next day (UTC), with which calls go.

    Args:
        now: With a zone.
    """
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    # Which minute is nothing that anybody must not guess.
    return day + timedelta(days=1, seconds=1 + random.random() * _SPREAD)


class Expiry:
    """Looks for calls that are due as long as the server runs, beside it."""

    def __init__(
        self, when: Callable[[datetime], datetime] = next_run, again: float = _AGAIN
    ) -> None:
        """Begin with nothing done.

        Args:
            when: From a moment to the next run after it.
            again: Seconds until a run that failed is tried again.
        """
        self._when, self._again = when, again
        self._ending = threading.Event()
        self._guard = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._look, name="rapport-expiry", daemon=True)

    def start(self) -> None:
        """Look now, and from then on."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; a run that is not done yet is ended, and has deleted nothing."""
        with self._guard:
            self._ending.set()
            if self._child is not None:
                self._child.kill()
        self._thread.join()

    def run(self) -> str | None:
        """Delete what is due, if there is a database.

        Returns:
            What went wrong, as a sentence; None where nothing did.
        """
        if os.environ.get(SETTING) == "0" or not location.in_use():
            return None
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        try:
            with self._guard:
                if self._ending.is_set():
                    return None
                self._child = subprocess.Popen(
                    [sys.executable, "-m", "emotion", "retention", "run"],
                    env=os.environ | {"PYTHONPATH": path, "TYPER_USE_RICH": "0"},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                )
            try:
                _, said = self._child.communicate(timeout=_LIMIT)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.communicate()
                return f"After {_LIMIT / 60:.0f} minutes it was not done."
        except OSError as error:
            return f"No process could be started ({error.strerror})."
        if self._child.returncode == 0 or self._ending.is_set():
            return None
        lines = said.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"It ended with status {self._child.returncode}."

    def _look(self) -> None:
        while not self._ending.is_set():
            wrong, now = self.run(), datetime.now(UTC)
            if wrong is None:
                due = self._when(now)
            else:
                due = now + timedelta(seconds=self._again)
                _LOG.warning(
                    "Kept calls whose time is over could not be deleted: %s It is tried again in "
                    "%.0f minutes.",
                    wrong,
                    self._again / 60,
                )
            while (left := (due - datetime.now(UTC)).total_seconds()) > 0:
                if self._ending.wait(min(left, _LOOK)):
                    return


@asynccontextmanager
async def running(app: object) -> AsyncIterator[None]:
    """Look as long as a server runs.

    Args:
        app: Of the server.
    """
    del app
    one = Expiry()
    one.start()
    try:
        yield
    finally:
        one.stop()
