"""Work that is shared out: to this process, to processes of this machine, or to a cluster."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

Common = TypeVar("Common")
Item = TypeVar("Item")
Result = TypeVar("Result")

_SETTINGS = {
    # As many processes as cores: one core each.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    # glibc gives large arrays back to the kernel and asks for them again, page by page,
    # which otherwise takes half of the time.
    "MALLOC_MMAP_THRESHOLD_": str(2**25),
    "MALLOC_TRIM_THRESHOLD_": str(2**32),
}


class Workers(Protocol):
    """Others that work, such as `emotion.batch.cluster.Cluster`."""

    def share(
        self, work: Callable[[Common, Item], Result], items: Sequence[Item], common: Common
    ) -> Iterator[tuple[int, Result]]:
        """What some work gives for each item, each as it is done, in no order.

        Args:
            work: A function of a module; what it raises ends everything.
            items: What it is done on; can be pickled, as its results can.
            common: What it needs for all items, brought to each worker once.

        Returns:
            The place of an item, and what came of it.
        """


_workers: Workers | None = None


@contextmanager
def to(others: Workers | None) -> Iterator[None]:
    """Give what is shared out within to others; None leaves it on this machine."""
    global _workers
    before, _workers = _workers, others
    try:
        yield
    finally:
        _workers = before


def share(
    work: Callable[[Common, Item], Result],
    items: Sequence[Item],
    common: Common,
    *,
    processes: int = 0,
) -> Iterator[tuple[int, Result]]:
    """What some work gives for each item, each as it is done, in no order.

    Args:
        work: A function of a module; what it raises ends everything.
        items: What it is done on; can be pickled, as its results can.
        common: What it needs for all items, brought to each process once.
        processes: Of this machine, unless others work; 0 for this one.

    Returns:
        The place of an item, and what came of it.
    """
    if _workers is not None:
        yield from _workers.share(work, items, common)
    elif processes == 0:
        for place, item in enumerate(items):
            yield place, work(common, item)
    else:
        yield from _in_processes(work, items, common, processes)


def _in_processes(
    work: Callable[[Common, Item], Result], items: Sequence[Item], common: Common, count: int
) -> Iterator[tuple[int, Result]]:
    context = multiprocessing.get_context("spawn")
    with (
        _settings_of_processes(),
        ProcessPoolExecutor(count, context, _start, (common,)) as pool,
    ):
        waiting = {pool.submit(_work, work, item): place for place, item in enumerate(items)}
        try:
            for future in as_completed(waiting):
                yield waiting.pop(future), future.result()
        finally:
            # Whoever stops listening does not wait for what is left.
            pool.shutdown(wait=False, cancel_futures=True)


_common: Any = None


def _start(common: Any) -> None:
    global _common
    _common = common


def _work(work: Callable[[Any, Item], Result], item: Item) -> Result:
    return work(_common, item)


@contextmanager
def _settings_of_processes() -> Iterator[None]:
    """What processes that are started within find in their environment."""
    before = {name: os.environ.get(name) for name in _SETTINGS}
    os.environ.update(_SETTINGS)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
