"""What processes of their own do in tests: they keep calls until they are killed."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from multiprocessing.connection import Connection

import pyarrow.parquet  # noqa: F401 - what saving brings in

from emotion.store.database import Store
from emotion.store.encryption import Vault
from emotion.store.kept_calls import KeptCalls
from tests.store.conftest import MANAGER, draft


class Saver:
    """A process that brings a database up to date and keeps calls in it."""

    def __init__(self, url: str, count: int, confirmed: Connection) -> None:
        self._parent = _parent()
        self._parent.send((url, count, confirmed))
        self._pid: int = self._parent.recv()
        self._status: int | None = None

    def kill(self) -> None:
        if self._status is None:
            os.kill(self._pid, signal.SIGKILL)

    def join(self) -> int:
        """Wait for its end; its exit status, which is below 0 for a signal."""
        if self._status is None:
            self._parent.send(self._pid)
            self._status = self._parent.recv()
        return self._status


@contextmanager
def saving(url: str, count: int) -> Iterator[tuple[Saver, Connection]]:
    """Keep calls in a process of its own.

    Args:
        url: Of the database.
        count: Of calls.

    Yields:
        The process, and where the identifiers of calls come once they are kept.
    """
    confirmed, end = multiprocessing.Pipe(duplex=False)
    saver = Saver(url, count, end)
    end.close()
    try:
        yield saver, confirmed
    finally:
        saver.kill()
        saver.join()
        confirmed.close()


@cache
def _parent() -> Connection:
    """The process that all others come of: loading all of this takes longer than saving.

    One of these tests alone: Python's own has loaded what whoever came first in this process
    asked for.
    """
    ours, theirs = multiprocessing.Pipe()
    multiprocessing.get_context("spawn").Process(target=_fork, args=(theirs,), daemon=True).start()
    theirs.close()
    return ours


def _fork(asked: Connection) -> None:
    while True:
        try:
            said = asked.recv()
        except EOFError:
            return
        if isinstance(said, int):
            asked.send(os.waitstatus_to_exitcode(os.waitpid(said, 0)[1]))
            continue
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                _save(*said)
                status = 0
            finally:
                os._exit(status)
        said[-1].close()
        asked.send(pid)


def _save(url: str, count: int, confirmed: Connection) -> None:
    store = Store(url, Vault())
    store.upgrade()
    calls = KeptCalls(store, MANAGER)
    for number in range(count):
        confirmed.send(calls.save(draft(days=number)))
