"""Options that several commands have, and what their values may be."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from emotion import files
from emotion.errors import DatasetError, OutputError, RapportError, installed_with
from emotion.media import endings
from emotion.reports.names import ProtocolName

if TYPE_CHECKING:
    from emotion.datasets.clips import Clip


class Recipe(StrEnum):
    """How a voice recogniser is trained."""

    DEFAULT = "default"
    PAPER = "paper"


class Denoise(StrEnum):
    """When noise is reduced in the sound, see `emotion.voice.denoising`."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


class Channels(StrEnum):
    """What of a sound with several channels is heard, see `emotion.media.tracks`."""

    AUTO = "auto"
    MIX = "mix"
    LEFT = "left"
    RIGHT = "right"
    SPLIT = "split"


class ProtocolChoice(StrEnum):
    """Ways to split a data set, see `emotion.evaluation.protocols`."""

    RANDOM_FRAMES = ProtocolName.RANDOM_FRAMES
    RANDOM = ProtocolName.RANDOM
    ACTOR_FOLDS = ProtocolName.ACTOR_FOLDS
    LOSO = ProtocolName.LOSO
    LEAVE_ONE_SPEAKER_OUT = "leave-one-speaker-out"
    LEAVE_ONE_CORPUS_OUT = ProtocolName.LEAVE_ONE_CORPUS_OUT


class CallKind(StrEnum):
    """Kinds of kept calls, see `emotion.store.drafts`."""

    LIVE = "live"
    RECORDING = "recording"


class Split(StrEnum):
    """Parts of FER+ that test."""

    VALID = "valid"
    TEST = "test"


JsonOption = Annotated[
    Path | None, typer.Option("--json", help="Write the report to this file as well.")
]
WorkOption = Annotated[
    Path, typer.Option("--work", help="Folder outside the project for checkpoints and features.")
]
DataOption = Annotated[
    list[str], typer.Option("--data", help="A data set and where it lies: NAME=PATH. Repeatable.")
]
EncoderOption = Annotated[
    Path | None,
    typer.Option(
        "--weights",
        help="npz file of the Whisper base encoder; `train weights whisper` makes it.",
    ),
]
OnlyTestedOption = Annotated[
    list[str] | None,
    typer.Option("--only-tested", help="A corpus to test on, held out of training. Repeatable."),
]
ProgressOption = Annotated[
    Path | None,
    typer.Option("--progress", help="Write to this file, as JSON, how far the run is."),
]

ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="Read clips and fit on the workers of a Dask scheduler, tcp://HOST:8786.",
    ),
]

CACHE = files.cache()
"""Where features and checkpoints are kept unless `--work` names another place."""

TRAINING_PACKAGES = ("tensorflow", "keras", "librosa", "noisereduce", "h5py", "safetensors")
"""What the extra 'train' installs, and an installation that only serves does without."""


class FilesCommand(TyperCommand):
    """A command of files, whose names may begin with a dash as options do."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take what is there as a file, and is no option, for a file.

        Args:
            ctx: Of this call of the command.
            args: The words of the command line.

        Returns:
            The words that are left.
        """
        options = {name for parameter in self.params for name in parameter.opts}
        return super().parse_args(
            ctx,
            [
                f"./{word}" if word[:1] == "-" and word not in options and _is_file(word) else word
                for word in args
            ],
        )


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


@contextmanager
def explained() -> Iterator[None]:
    """Turn an error that a user can mend into one sentence and exit status 2."""
    try:
        yield
    except RapportError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in TRAINING_PACKAGES:
            raise
        # As after `make run SERVE=1`.
        typer.echo(f"{package} is not installed. {installed_with('train')}", err=True)
        raise typer.Exit(2) from error
    except OSError as error:
        # As of a folder that nobody may look into.
        where = f"{error.filename}: " if error.filename else ""
        typer.echo(f"{where}{error.strerror or error}.", err=True)
        raise typer.Exit(2) from error


@contextmanager
def shared_with(address: str | None) -> Iterator[None]:
    """Share work with the workers of a Dask scheduler, or with nobody.

    Args:
        address: Of the scheduler, as tcp://HOST:8786, or None.

    Raises:
        OutputError: If Dask is not installed.
        ClusterError: If the cluster is not there.
    """
    if address is None:
        yield
        return
    from emotion.jobs import sharing

    try:
        from emotion.batch import cluster
    except ImportError as error:
        raise OutputError(f"--cluster needs Dask ({error}). {installed_with('scale')}") from None
    with cluster.connected(address) as workers, sharing.to(workers):
        yield


def models_folder() -> Path:
    """What `RAPPORT_MODELS` names, as for the dashboard, else what is shipped."""
    from emotion.models import manifest

    return manifest.folder()


def named(given: Iterable[str]) -> list[tuple[str, Path]]:
    """Names and folders of data sets from NAME=PATH.

    Raises:
        DatasetError: If one is given otherwise.
    """
    pairs = [item.partition("=") for item in given]
    for item, (name, _, path) in zip(given, pairs, strict=True):
        if not name or not path:
            raise DatasetError(f"A data set is given as NAME=PATH. Received: {item!r}.")
    return [(name, Path(path)) for name, _, path in pairs]


def datasets(given: Iterable[str]) -> list[list["Clip"]]:
    """The clips of each data set that is given as NAME=PATH.

    Raises:
        DatasetError: If one is given otherwise, or is not where or what it is said to be.
    """
    from emotion.datasets import corpora

    # Reading a large data set takes a while: what is mistyped is said before.
    return [corpora.read(name, path) for name, path in named(given)]


def check_weights(path: Path | None, what: str) -> None:
    """Say before any work that a file of weights is not there or is none.

    Args:
        path: That was given; None is let through.
        what: Whose weights, for the message.

    Raises:
        DatasetError: If it is no npz file.
    """
    if path is None:
        return
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except FileNotFoundError:
        raise DatasetError(
            f"There is no file {path} to take {what} from. `train weights` makes one."
        ) from None
    except OSError as error:
        raise DatasetError(f"{path} may not be read: {error.strerror}.") from None
    if head != b"PK\x03\x04":
        raise DatasetError(
            f"{path} is no npz file with {what}. `train weights` makes one from the published file."
        )


def check_outputs(
    outputs: Iterable[Path | None], inputs: Iterable[Path], *, video: Path | None = None
) -> None:
    """Refuse, before any work, results that could not be written or would destroy something.

    Args:
        outputs: Files to write; None for those that are not wanted.
        inputs: Files and folders to read.
        video: Which of the outputs is a recording itself, if one is.

    Raises:
        OutputError: If an output is an input, another output, a folder, in no folder, or would
            be written over a recording without being one.
    """
    wanted = [path for path in outputs if path is not None]
    # What is not there yet is none of what is to be read.
    given = list(inputs) if any(path.exists() for path in wanted) else []
    for place, path in enumerate(wanted):
        if not path.parent.is_dir():
            raise OutputError(f"There is no folder {path.parent} to write {path.name} to.")
        if str(path) == "-":
            raise OutputError("- is no name of a file to write. Give one, such as result.csv.")
        if path.is_dir():
            raise OutputError(f"{path} is a folder. Give the name of a file in it.")
        if any(_same(path, other) for other in wanted[:place]):
            raise OutputError(f"{path} cannot hold two results. Give two files.")
        if any(_same(path, source) for source in given):
            raise OutputError(
                f"{path} is what is to be read, and would be destroyed by what is written. "
                "Give another file for the result."
            )
        if path != video and path.suffix.lower() in endings.ALL and path.is_file():
            raise OutputError(
                f"{path} is a recording, and would be destroyed by what is written. Give another "
                "file for the result."
            )


def _same(one: Path, other: Path) -> bool:
    """Whether two paths are one file, by whatever links or, where case counts for nothing, case."""
    try:
        if one.samefile(other):
            return True
    except OSError:
        pass
    first, second = one.resolve(), other.resolve()
    # On file systems that know no case two names that differ in it are one file.
    return first == second or (
        str(first).casefold() == str(second).casefold() and not (first.exists() and second.exists())
    )
