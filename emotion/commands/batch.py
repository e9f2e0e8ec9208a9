"""`rapport analyze --out`: many recordings into a folder of results, on one machine or many."""

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from tqdm import tqdm

from emotion.batch import sources, status, task
from emotion.batch.output_folder import FAILURES, OutputFolder
from emotion.batch.sources import Source
from emotion.batch.status import Count, Failure, Worker
from emotion.batch.task import Outcome
from emotion.commands.options import explained
from emotion.errors import OutputError, RapportError, installed_with
from emotion.models.shipped import Models

FEW = 8
"""Recordings for which no processes are started unless somebody asks for them: that takes some 3 s
of a core, as reading seven clips of 4 s does."""

SHARE = "auto"
"""An equal share of the machine's memory for each process."""

_SECOND = 1.0
"""Between two writings of the status."""

_PATIENCE = 5.0
"""Seconds that whoever writes the status has to end."""

Reader = Callable[[Sequence[Source], Mapping[str, Any]], Iterator[Outcome]]


@dataclass(frozen=True)
class RecordingReaders:
    """What reads, once it is there.

    Attributes:
        where: In words.
        read: Gives what comes of recordings.
        workers: Tells which workers there are.
    """

    where: str
    read: Reader
    workers: Callable[[], list[Worker]]


@dataclass(frozen=True)
class Engine:
    """What reads: this process, processes of this machine, or the workers of a scheduler.

    Attributes:
        models: That this process reads with where nothing else does.
        address: Of a Dask scheduler, or None.
        workers: Processes of this machine; None for as many as pay.
        memory: Most that each process may use, such as '2GB'; 'auto' for an equal share.
    """

    models: Models
    address: str | None = None
    workers: int | None = None
    memory: str = SHARE

    @contextmanager
    def started(self, recordings: int) -> Iterator[RecordingReaders]:
        """What reads recordings.

        Args:
            recordings: How many there are to read.

        Raises:
            OutputError: If both an address and workers are given, or Dask is not installed.
            ClusterError: If a cluster is not there, or cannot be started.
        """
        if self.address is not None and self.workers is not None:
            raise OutputError("--cluster has workers of its own. Leave --workers out.")
        if not recordings:
            yield RecordingReaders("in this process", self._here, list)
        elif self.address is not None:
            with _dask("--cluster").connected(self.address) as pool:
                yield RecordingReaders(f"on the workers of {self.address}", pool.read, pool.workers)
        elif (number := self._processes(recordings)) == 1 and self.memory == SHARE:
            yield RecordingReaders("in this process", self._here, list)
        else:
            option = "--memory" if self.workers is None else "--workers"
            with _dask(option).local(number, self.memory) as pool:
                where = f"in {number} processes" if number > 1 else "in a process of its own"
                yield RecordingReaders(where, pool.read, pool.workers)

    def _processes(self, recordings: int) -> int:
        if self.workers is not None:
            return self.workers
        if recordings <= FEW:
            return 1
        try:
            from emotion.batch import cluster
        except ImportError:
            # Nobody asked for processes, and this one reads the same.
            return 1
        return cluster.processes(recordings)

    def _here(self, missing: Sequence[Source], settings: Mapping[str, Any]) -> Iterator[Outcome]:
        return (_read(self.models, source, settings) for source in missing)


def _dask(option: str) -> Any:
    """The module `emotion.batch.cluster`.

    Args:
        option: That needs it.

    Raises:
        OutputError: If Dask is not installed.
    """
    try:
        from emotion.batch import cluster
    except ImportError as error:
        raise OutputError(f"{option} needs Dask ({error}). {installed_with('scale')}") from None
    return cluster


def run(
    names: Sequence[str],
    endings: frozenset[str],
    out: Path,
    settings: Mapping[str, Any],
    engine: "Engine",
    *,
    progress: bool | None = None,
) -> None:
    """Read recordings into a folder, what is missing there only.

    Args:
        names: Files, folders and URLs.
        endings: Of recordings in folders.
        out: The folder of results.
        settings: That shape the readings, those of `emotion.batch.task.read`.
        engine: What reads.
        progress: Whether to draw a bar; None for on a terminal alone.

    Raises:
        typer.Exit: With 1 if a recording could not be read, with 2 if the run could not go on,
            and with 130 if it was ended from the keyboard.
    """
    with explained():
        if engine.address is not None:
            # Workers stand in folders of their own, and links may lead elsewhere there.
            names = [one if sources.is_url(one) else os.path.abspath(one) for one in names]  # noqa: PTH100
        found = sources.find(names, endings, on_error=_unreadable)
        if not found:
            raise OutputError(f"There is no recording in {', '.join(names)}.")
        with OutputFolder(out, settings) as folder:
            missing = folder.missing(found)
            count = Count(len(found), kept=len(found) - len(missing))
            # Processes are started, and a scheduler is asked, for something to do only.
            with engine.started(len(missing)) as readers:
                if missing:
                    what = f"{len(missing)} of {len(found)} recordings to read"
                    typer.echo(f"{what}, {readers.where}.", err=True)
                _fill(folder, readers.read(missing, settings), count, readers.workers, progress)
    typer.echo(
        f"{out}: {count.done} of {count.total} recordings read, "
        f"{count.kept} were there already, {count.failed} could not be read."
    )
    if count.failed:
        typer.echo(f"Which could not, and why: {out / FAILURES}", err=True)
        raise typer.Exit(1)


def _fill(
    folder: OutputFolder,
    outcomes: Iterator[Outcome],
    count: Count,
    workers: Callable[[], list[Worker]],
    progress: bool | None,
) -> None:
    state = status.ENDED
    try:
        with (
            _bar(count, progress) as advance,
            _written(folder.path, count, workers),
        ):
            for outcome in outcomes:
                if outcome.error is None:
                    folder.add(outcome)
                    count.add()
                else:
                    failure = Failure(outcome.source.name, _sentence(outcome))
                    folder.fail(failure)
                    count.add(failure)
                advance(outcome)
        state = status.DONE
    except KeyboardInterrupt:
        typer.echo(f"Ended. {_so_far(count)}", err=True)
        raise typer.Exit(130) from None
    except RapportError as error:
        typer.echo(f"{error} {_so_far(count)}", err=True)
        raise typer.Exit(2) from error
    finally:
        with suppress(OutputError):
            count.status((), state).write(folder.path)


def _read(models: Models, source: Source, settings: Mapping[str, Any]) -> Outcome:
    try:
        return task.read_with(models, source, settings)
    except OSError as error:
        return Outcome(source, error=f"{error.strerror or str(error)}.")
    except Exception as error:
        # The others are not to be lost over a mistake of ours.
        return Outcome(source, error=f"{type(error).__name__}: {error}", mistake=True)


def _sentence(outcome: Outcome) -> str:
    if outcome.mistake:
        return f"this is a mistake in Rapport; please report it ({outcome.error})."
    return outcome.error or ""


@contextmanager
def _bar(count: Count, progress: bool | None) -> Iterator[Callable[[Outcome], None]]:
    # None leaves it to tqdm: it draws on a terminal alone.
    with tqdm(
        total=count.total,
        initial=count.kept,
        unit="file",
        file=sys.stderr,
        disable=None if progress is None else not progress,
    ) as bar:

        def advance(outcome: Outcome) -> None:
            bar.set_postfix(failed=count.failed, refresh=False)
            bar.update()
            if outcome.error is not None:
                bar.write(f"{outcome.source.name}: {_sentence(outcome)}", file=sys.stderr)
            elif outcome.warning:
                bar.write(outcome.warning, file=sys.stderr)

        yield advance


@contextmanager
def _written(folder: Path, count: Count, workers: Callable[[], list[Worker]]) -> Iterator[None]:
    """Write how far the run is every second, however long one recording takes."""
    ended = threading.Event()

    def write() -> None:
        while True:
            known = workers()
            if ended.is_set():
                return
            # Hours of work are not given up because nobody can watch them.
            with suppress(OutputError):
                count.status(known).write(folder)
            ended.wait(_SECOND)

    thread = threading.Thread(target=write, name="rapport-status", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        # It may be asking a scheduler that is gone.
        thread.join(_PATIENCE)


def _so_far(count: Count) -> str:
    tried = count.kept + count.done + count.failed
    return f"{tried} of {count.total} recordings were tried; the same command does the rest."


def _unreadable(error: OSError) -> None:
    typer.echo(f"{error.filename}: may not be read: {error.strerror}.", err=True)
