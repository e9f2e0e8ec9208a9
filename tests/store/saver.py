"""What a process of its own does in tests: it keeps calls until it is killed."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import pyarrow.parquet  # noqa: F401 - what saving brings in

from emotion.store.calls import Calls
from emotion.store.database import Store
from emotion.store.encryption import Vault
from tests.store.conftest import MANAGER, draft


def _save(url: str, count: int, confirmed: Connection) -> None:
    store = Store(url, Vault())
    store.upgrade()
    calls = Calls(store, MANAGER)
    for number in range(count):
        confirmed.send(calls.save(draft(days=number)))


@contextmanager
def saving(url: str, count: int) -> Iterator[tuple[BaseProcess, Connection]]:
    """A process that brings a database up to date and keeps calls in it.

    Args:
        url: Of the database.
        count: Of calls.

    Yields:
        The process, and where the identifiers of calls come once they are kept.
    """
    # Forked from one that has loaded all of this, because loading takes longer than saving.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    confirmed, end = context.Pipe(duplex=False)
    process = context.Process(target=_save, args=(url, count, end))
    process.start()
    end.close()
    try:
        yield process, confirmed
    finally:
        process.kill()
        process.join()
        confirmed.close()
