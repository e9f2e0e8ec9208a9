"""Threads that read for all live calls of a server, each call's pieces in their order."""

import functools
import os
import queue
import threading
from typing import Protocol


class Work(Protocol):
    """Something that is read piece by piece, by one thread at a time."""

    def step(self) -> bool:
        """Read what waits; whether there is more to read at once."""


class Readers:
    """A pool of threads that take turns at whatever has something to read.

    Every call gets one step and goes to the end of the queue, so that a busy call takes
    nothing from the others; a call that waits longer finds a newer frame to read.
    """

    def __init__(self, count: int | None = None) -> None:
        """Start the threads.

        Args:
            count: Of threads; None for one a core that this process may use.
        """
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self.count = count or _cores()
        self._threads = [
            threading.Thread(target=self._work, name=f"rapport-reader-{number}", daemon=True)
            for number in range(self.count)
        ]
        for thread in self._threads:
            thread.start()

    def add(self, work: Work) -> None:
        """Let `work.step` be called soon. It must not be in the queue already."""
        self._queue.put(work)

    def close(self) -> None:
        """End the threads once they have done what waits."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (work := self._queue.get()) is not None:
            if work.step():
                self._queue.put(work)
            # Waiting must not keep a call alive that has ended.
            del work


@functools.cache
def shared() -> Readers:
    """The readers of this process."""
    return Readers()


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # Only Linux has it.
        return os.cpu_count() or 1
