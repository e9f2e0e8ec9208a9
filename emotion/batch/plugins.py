"""What a worker of a Dask cluster gets once, before any recording."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from distributed import WorkerPlugin

from emotion.errors import RapportError
from emotion.jobs import worker_models

_LOG = logging.getLogger(__name__)


class LoadedModels(WorkerPlugin):
    """Loads the models when a worker starts, and not with its first recording."""

    name = "rapport-models"

    def __init__(self, digests: Mapping[str, str]) -> None:
        """Name the models by the SHA-256 of their files."""
        self._digests = dict(digests)

    def setup(self, worker: Any) -> None:
        """Load them; a worker that has none says so with its first recording."""
        try:
            worker_models.models(self._digests)
        except RapportError as error:
            _LOG.warning("%s: %s", worker.address, error)


class Common(WorkerPlugin):
    """Brings to a worker, once, what all parts of a run need; one that starts later as well."""

    def __init__(self, run: str, value: Any) -> None:
        """Name the run, and give what it needs."""
        self.name, self._value = run, value

    def setup(self, worker: Any) -> None:
        """Keep the value on a worker.

        Args:
            worker: That begins.
        """
        del worker
        _common[self.name] = self._value

    def teardown(self, worker: Any) -> None:
        """Let go of the value on a worker.

        Args:
            worker: That ends.
        """
        del worker
        _common.pop(self.name, None)


_common: dict[str, Any] = {}
_one_at_a_time = threading.Lock()


def with_common(work: Callable[[Any, Any], Any], run: str, item: Any) -> Any:
    """What some work gives for an item and what its run has in common, on a worker.

    Args:
        work: From both to the result.
        run: Whose `Common` the worker has.
        item: What it is done on.
    """
    # What is common need not be made for several threads.
    with _one_at_a_time:
        return work(_common[run], item)
