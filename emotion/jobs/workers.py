"""The same work on many clips, on every core."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

import cv2

from emotion.models.runtime import one_thread_a_product
from emotion.models.shipped import Models

_FEW = 8
"""Clips for which it does not pay to start processes and load the models in each."""

_MOST = 16
"""Processes at most: each holds the models, some 300 MB."""

Given = TypeVar("Given")
Result = TypeVar("Result")

_models: Models | None = None


def processes(items: int) -> int:
    """How many processes to share work among.

    As many as this process may use cores, which a container or `taskset` may have limited,
    but no more than there are items, nor than 16.

    Args:
        items: How many things there are to do.

    Returns:
        1 or more.
    """
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # Only Linux has it.
        cores = os.cpu_count() or 1
    return max(1, min(cores, items, _MOST))


def each(
    work: Callable[[Models, Given], Result],
    items: Sequence[Given],
    models: Models,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Result]:
    """What some work gives for each item, in order.

    Args:
        work: A function of a module, which returns errors and does not raise them.
        items: What it is done on; can be pickled.
        models: Their folder's models are loaded in each process.
        progress: Called after each item with the number that is done.
    """
    workers = processes(len(items))
    if len(items) < _FEW or workers < 2:
        for done, item in enumerate(items, start=1):
            yield work(models, item)
            if progress:
                progress(done)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start, (models.folder,)) as pool:
        waiting: list[Future[Result]] = [pool.submit(_work, work, item) for item in items]
        try:
            for done, future in enumerate(waiting, start=1):
                yield future.result()
                if progress:
                    progress(done)
        finally:
            # Whoever stops listening does not wait for what is left.
            pool.shutdown(wait=False, cancel_futures=True)


def _start(folder: Path) -> None:
    global _models
    # As many processes as cores: one core each, and sums as `rapport analyze` makes them.
    cv2.setNumThreads(1)
    one_thread_a_product()
    _models = Models.load(folder, threads=1)


def _work(work: Callable[[Models, Given], Result], item: Given) -> Result:
    assert _models is not None
    return work(_models, item)
