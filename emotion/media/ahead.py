"""Reading ahead: a file is decoded while what came before is looked at."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

_Item = TypeVar("_Item")

ITEMS = 32
"""Frames and pieces of sound that are held at most: with the files at hand under a second."""

_PATIENCE = 0.1
"""Seconds after which a full queue asks whether anybody still takes from it."""


@dataclass(frozen=True)
class _Ended:
    error: BaseException | None


def ahead(items: Iterable[_Item], most: int = ITEMS) -> Generator[_Item, None, None]:
    """The same items in the same order, made in a thread of their own.

    FFmpeg and the recognisers compute outside Python's lock, so that both cores of a machine
    are busy. Close the generator where it may be left before its end (`contextlib.closing`):
    the thread has ended when that returns.

    Args:
        items: Are iterated over in the other thread.
        most: Items that wait at most.

    Raises:
        Exception: What iterating over `items` raises, after the items before it.
    """
    queue: Queue[_Item | _Ended] = Queue(most)
    stopped = Event()

    def put(item: _Item | _Ended) -> None:
        while not stopped.is_set():
            try:
                queue.put(item, timeout=_PATIENCE)
                return
            except Full:
                pass

    def work() -> None:
        try:
            for item in items:
                put(item)
                if stopped.is_set():
                    return
        except BaseException as error:
            # Whatever it was is raised where the items are taken.
            put(_Ended(error))
        else:
            put(_Ended(None))

    thread = Thread(target=work, name="rapport-decode", daemon=True)
    thread.start()
    try:
        while not isinstance(item := queue.get(), _Ended):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stopped.set()
        thread.join()
