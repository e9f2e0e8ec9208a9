"""The analysis of one upload, in a thread of its own.

A page that is left, or runs again because something was clicked, neither breaks off the
analysis nor starts it anew; only a job that nobody keeps any longer ends early.
"""

import logging
import tempfile
import threading
import weakref
from functools import cached_property
from pathlib import Path

from emotion.analysis import analyze
from emotion.errors import RapportError
from emotion.models.shipped import Models
from emotion.timeline import Timeline

_LOGGER = logging.getLogger(__name__)


class Job:
    """One upload and what comes of it.

    Attributes:
        upload: By which the page knows the upload again.
        baseline: As for `emotion.analysis.analyze`.
        name: Of the file, as the user knows it.
        content: Its bytes, for the player, in memory as long as the job is.
        share: How much of it is read, 0 to 1.
        timeline: What was read, once it is done.
        error: Why nothing could be read, as a sentence, or None.
    """

    def __init__(
        self, upload: str, name: str, content: bytes, models: Models, *, baseline: bool = False
    ) -> None:
        """Begin; the thread starts with it."""
        self.upload, self.name, self.content = upload, Path(name).name, content
        self.baseline = baseline
        self.share = 0.0
        self.timeline: Timeline | None = None
        self.error: str | None = None
        # The thread must not keep alive what it works for.
        self._thread = threading.Thread(
            target=_work,
            args=(weakref.ref(self), self.name, content, models, baseline),
            name="rapport-review",
            daemon=True,
        )
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether there is a timeline or an error."""
        return self.timeline is not None or self.error is not None

    def wait(self, seconds: float) -> None:
        """Wait until it is done, but no longer than this."""
        self._thread.join(seconds)

    @cached_property
    def parquet(self) -> bytes:
        """The timeline as a Parquet file, once it is done."""
        assert self.timeline is not None
        return self.timeline.parquet()


class _AbandonedError(Exception):
    """Nobody keeps the job any longer."""


def _work(
    job: "weakref.ref[Job]", name: str, content: bytes, models: Models, baseline: bool
) -> None:
    def progress(share: float) -> None:
        kept = job()
        if kept is None:
            raise _AbandonedError
        kept.share = share

    timeline, error = None, None
    try:
        with tempfile.TemporaryDirectory(prefix="rapport-") as folder:
            # Under its own name, so that sentences about the file call it that.
            path = Path(folder) / name
            path.write_bytes(content)
            timeline = analyze(path, models, source=name, progress=progress, baseline=baseline)
    except _AbandonedError:
        return
    except RapportError as caught:
        error = str(caught)
    except Exception:
        # Whatever it was, the page has to say that nothing more will come.
        _LOGGER.exception("%s could not be analysed", name)
        error = f"{name} could not be read; the log of the server says why."
    kept = job()
    if kept is not None:
        kept.timeline, kept.error = timeline, error
