"""Recordings on the workers of a Dask cluster: one that is there, or processes of this machine.

Dask distributed gives each recording to a worker, again where one is lost, and keeps what is
read until it is asked for. See https://distributed.dask.org.
"""

import logging
import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import dask
from dask.system import CPU_COUNT
from distributed import Client, KilledWorker, LocalCluster, as_completed
from distributed.system import MEMORY_LIMIT
from distributed.utils import get_mp_context

from emotion.batch import plugins, task
from emotion.batch.sources import Source
from emotion.batch.status import Worker
from emotion.batch.task import Outcome
from emotion.errors import MediaError, ModelError, RapportError
from emotion.jobs import workers as local_workers

RETRIES = 2
"""Attempts after the first at a recording that cannot be brought to the worker."""

_PATIENCE = 60.0
"""Seconds that a scheduler and the first worker have to be there."""

_AHEAD = 4
"""Recordings given to the scheduler for each thread of a worker, so that none waits for work
and 30,000 recordings do not lie in its memory at once."""

_EVERY = 2.0
"""Seconds between two questions for the number of threads."""

ROOM = 2 * 2**30
"""Bytes of the machine's memory for each process that is started unasked: four times what one
takes for a recording at 720p."""

_LOCAL = {
    # A recording waits with the scheduler and not behind another one that ends its worker.
    "distributed.scheduler.worker-saturation": 1.0,
    # Where a worker's time goes, and whether it still has a pulse, a hundred times a second:
    # nobody asks for it here, and it takes a twentieth of what reading does.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "500ms",
}

_GONE = "The scheduler went away."

_LOG = logging.getLogger(__name__)


class ClusterError(RapportError):
    """A cluster that is not there, goes away, or is not as it must be."""


def _run() -> str:
    return f"rapport-{uuid.uuid4().hex[:12]}"


class Cluster:
    """The workers of a scheduler."""

    def __init__(self, client: Client) -> None:
        """Use a client that is connected; whoever made it closes it."""
        self._client = client
        self._threads, self._ask_again = 0, 0.0

    @property
    def address(self) -> str:
        """Of its scheduler, as tcp://HOST:8786."""
        return str(self._client.scheduler_info()["address"])

    def workers(self) -> list[Worker]:
        """Those that are there now, as the scheduler last heard of them."""
        try:
            known = self._client.scheduler_info(n_workers=-1)["workers"]
        except Exception:
            # Between two schedulers there is nobody to ask.
            return []
        return [
            Worker(
                address,
                str(info.get("status", "")),
                int(_metrics(info).get("task_counts", {}).get("executing", 0)),
                int(_metrics(info).get("memory", 0)),
                int(info.get("memory_limit") or 0),
            )
            for address, info in known.items()
        ]

    def read(
        self,
        sources: Sequence[Source],
        settings: Mapping[str, Any],
        work: Callable[[Source, Mapping[str, Any]], Outcome] = task.read,
    ) -> Iterator[Outcome]:
        """Read recordings, the largest first; one that cannot be read stops no other.

        Args:
            sources: Which.
            settings: That shape the readings, those of `emotion.batch.task.read`.
            work: What a worker does with each; benchmarks let them wait instead.

        Raises:
            ClusterError: If the scheduler goes away, or the workers have other models.
        """
        try:
            yield from self._read(sources, settings, work)
        except OSError as error:
            # Whatever was asked of the scheduler, it was not there to answer.
            raise ClusterError(_GONE) from error

    def _read(
        self,
        sources: Sequence[Source],
        settings: Mapping[str, Any],
        work: Callable[[Source, Mapping[str, Any]], Outcome],
    ) -> Iterator[Outcome]:
        self._client.register_plugin(plugins.LoadedModels(settings["models"]))
        # So that no long one is read alone at the end.
        ordered = sorted(sources, key=lambda source: source.size, reverse=True)
        given = ((work, source, settings) for source in ordered)
        for place, future in self._done(_run(), given):
            yield _outcome(future, ordered[place])

    def share(
        self, work: Callable[[Any, Any], Any], items: Sequence[Any], common: Any
    ) -> Iterator[tuple[int, Any]]:
        """What some work gives for each item, each as it is done, in no order.

        Args:
            work: A function of a module.
            items: What it is done on; can be pickled, as its results can.
            common: What it needs for all items, brought to each worker once.

        Raises:
            ClusterError: If the scheduler goes away, or an item ends every worker.
        """
        run = _run()
        try:
            self._client.register_plugin(plugins.Common(run, common))
            for place, future in self._done(
                run, ((plugins.with_common, work, run, item) for item in items)
            ):
                yield place, _result(future)
        except OSError as error:
            raise ClusterError(_GONE if not self._connected else str(error)) from error
        finally:
            # A scheduler that is gone keeps nothing.
            with suppress(Exception):
                if self._connected:
                    self._client.unregister_worker_plugin(run)

    def _done(self, run: str, given: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        """Functions with their arguments: the place of each and its future, as it is done."""
        waiting = iter(enumerate(given))
        places: dict[Any, int] = {}
        futures = as_completed(raise_errors=False)

        def give(most: int) -> None:
            while len(places) < most:
                number, call = next(waiting, (0, None))
                if call is None:
                    return
                key = f"{run}-{number}"
                future = self._client.submit(*call, key=key, pure=False, retries=RETRIES)
                places[future.key] = number
                futures.add(future)

        give(self._wanted())
        try:
            for future in futures:
                place = places.pop(future.key)
                yield place, future
                future.release()
                give(self._wanted())
        finally:
            # Nobody waits any more for what was given.
            futures.clear()

    def _wanted(self) -> int:
        now = time.monotonic()
        # Workers come and go, but not with every recording, and the scheduler has to be asked.
        if now >= self._ask_again and self._connected:
            self._ask_again = now + _EVERY
            self._threads = sum(self._client.nthreads().values())
        return _AHEAD * max(self._threads, 4)

    @property
    def _connected(self) -> bool:
        return self._client.status == "running"


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """The workers of a scheduler that runs somewhere.

    Args:
        address: As tcp://HOST:8786.

    Raises:
        ClusterError: If nobody answers there, or there is no worker.
    """
    # What becomes of a connection is said by this module, in sentences.
    for name in ("distributed", "distributed.client", "tornado.application", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        try:
            client = stack.enter_context(_quiet(Client(address, timeout=_PATIENCE / 2)))
        except (OSError, ValueError, TypeError) as error:
            raise ClusterError(
                f"No scheduler answers at {address} ({str(error) or type(error).__name__}). "
                "Start one with `dask scheduler`, and give its address as tcp://HOST:8786."
            ) from None
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError:
            raise ClusterError(
                f"The scheduler at {address} has no worker. Start some with `dask worker "
                f"{address} --nthreads 1`, where Rapport is installed as here."
            ) from None
        yield Cluster(client)


def processes(most: int) -> int:
    """How many processes this machine has cores and memory for.

    Args:
        most: That there is something to do for.

    Returns:
        1 or more.
    """
    return max(1, min(local_workers.processes(most), CPU_COUNT, int(MEMORY_LIMIT // ROOM)))


@contextmanager
def local(workers: int, memory: str = "auto") -> Iterator[Cluster]:
    """Processes of this machine, ended afterwards.

    Args:
        workers: How many.
        memory: Most that each may use, such as '2GB', before it is ended and its recording
            given to another; 'auto' for an equal share of the machine's.

    Raises:
        ClusterError: If the processes cannot be started.
    """
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(_LOCAL | _forking()))
        try:
            cluster = stack.enter_context(
                LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    memory_limit=MEMORY_LIMIT // workers if memory == "auto" else memory,
                    host="127.0.0.1",
                    dashboard_address=None,
                    # Dask answers on a port of its own all the same: on any that is free.
                    scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                    silence_logs=logging.CRITICAL,
                )
            )
            client = stack.enter_context(Client(cluster))
            client.wait_for_workers(workers, timeout=_PATIENCE)
        except (OSError, ValueError, RuntimeError, TimeoutError) as error:
            raise ClusterError(
                f"{workers} workers with {memory} of memory each could not be started "
                f"({str(error) or type(error).__name__}). --workers 1 reads without them."
            ) from None
        yield Cluster(client)


def _forking() -> dict[str, str]:
    """Settings by which workers come of a process that has imported once what all of them need.

    So that each is there at once, as is one that takes the place of another which was ended, and
    they share what lies in memory. Elsewhere than on Linux libraries do not stand being forked.
    """
    if sys.platform != "linux":
        return {}
    from multiprocessing import forkserver

    method = {"distributed.worker.multiprocessing-method": "forkserver"}
    with dask.config.set(method):
        # Dask names what it wants to be imported when it is asked first.
        get_mp_context()
    forkserver.set_forkserver_preload([__name__])
    # What Dask sets before it starts the first worker, which is too late here.
    for name, value in dask.config.get("distributed.nanny.pre-spawn-environ").items():
        os.environ.setdefault(name, str(value))
    with _deaf():
        forkserver.ensure_running()
    return method


@contextmanager
def _deaf() -> Iterator[None]:
    """Let processes that are started within ignore Ctrl-C: this one hears it, and ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _quiet(client: Client) -> Iterator[Client]:
    try:
        yield client
    finally:
        # A scheduler that is gone need not be waited for.
        with suppress(Exception):
            client.close(timeout=5)


def _metrics(info: Mapping[str, Any]) -> Mapping[str, Any]:
    return info.get("metrics") or {}


def _result(future: Any) -> Any:
    if future.status == "finished":
        return future.result()
    if future.status in ("cancelled", "lost"):
        raise ClusterError(_GONE)
    error = future.exception()
    if isinstance(error, KilledWorker):
        raise ClusterError(
            f"{_attempts(error)} workers ended while they had the same part, for want of memory "
            "perhaps: give them more. The same command does the rest."
        )
    raise error


def _attempts(error: KilledWorker) -> int:
    return int(getattr(error, "allowed_failures", 3)) + 1


def _outcome(future: Any, source: Source) -> Outcome:
    if future.status == "finished":
        return future.result()
    if future.status in ("cancelled", "lost"):
        raise ClusterError(_GONE)
    error = future.exception()
    if isinstance(error, ModelError):
        raise ClusterError(str(error))
    if isinstance(error, KilledWorker):
        what = (
            f"{_attempts(error)} workers ended while they had it, for want of memory perhaps: give "
            "them more, or look at this recording."
        )
        return Outcome(source, error=what)
    if isinstance(error, MediaError):
        return Outcome(source, error=str(error))
    if isinstance(error, OSError):
        return Outcome(source, error=f"{error.strerror or str(error)}.")
    return Outcome(source, error=f"{type(error).__name__}: {error}", mistake=True)
