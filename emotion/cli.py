"""The command line: analyze recordings, train, benchmark and evaluate models."""

import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from tqdm import tqdm

from emotion import emotions
from emotion.errors import DatasetError, RapportError
from emotion.timeline import Timeline

if TYPE_CHECKING:
    from emotion.datasets.clips import Clip

app = typer.Typer(
    help="Emotions from face and voice.", no_args_is_help=True, pretty_exceptions_enable=False
)
train = typer.Typer(help="Train what is shipped; resumable, and in the background if you like.")
app.add_typer(train, name="train", no_args_is_help=True)

Json = Annotated[Path | None, typer.Option("--json", help="Write the result to this file as well.")]
Work = Annotated[
    Path,
    typer.Option(help="Folder outside the project for checkpoints and features."),
]
Data = Annotated[
    list[str], typer.Option("--data", help="A data set and where it lies: NAME=PATH. Repeatable.")
]
Encoder = Annotated[Path, typer.Option("--weights", help="npz file of the Whisper base encoder.")]
Progress = Annotated[
    Path | None,
    typer.Option("--progress", help="Write to this file, as JSON, how far the run is."),
]
_CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "rapport"


@app.command()
def analyze(
    files: Annotated[list[Path], typer.Argument(help="Files of picture, sound or both.")],
    json_path: Annotated[
        Path | None, typer.Option("--json", help="Write JSON Lines: one document a file.")
    ] = None,
    csv_path: Annotated[
        Path | None, typer.Option("--csv", help="Write all readings as one table.")
    ] = None,
    baseline: Annotated[
        bool,
        typer.Option(help="Read a face relative to the person's ordinary one, once that is known."),
    ] = False,
) -> None:
    """Read the emotions in recordings.

    A file that cannot be read is named on stderr, the others are done all the same,
    and the exit status is then 1.
    """
    # What OpenCV tells of its back ends would tear the progress bar apart.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    # Only now: --help should not wait for OpenCV, FFmpeg and the models.
    from emotion import analysis
    from emotion.models.shipped import Models

    with _explained():
        _check_folders(json_path, csv_path)
        models = Models.load(_models_folder())
    done: list[Timeline] = []
    failed = 0
    for path in files:
        with tqdm(total=100, desc=path.name, unit="%", leave=False, file=sys.stderr) as bar:
            try:
                timeline = analysis.analyze(path, models, progress=_filler(bar), baseline=baseline)
            except (RapportError, OSError) as error:
                failed += 1
                bar.close()
                typer.echo(f"{path}: {error}", err=True)
                continue
        done.append(timeline)
        typer.echo(_summary(timeline))
        if timeline.warning:
            typer.echo(timeline.warning, err=True)
    with _explained():
        if json_path:
            lines = (json.dumps(timeline.document()) + "\n" for timeline in done)
            _write(json_path, "".join(lines))
        if csv_path:
            _write(csv_path, _tables(done))
    if failed:
        typer.echo(f"{failed} of {len(files)} files could not be read.", err=True)
        raise typer.Exit(1)


@train.command("face")
def train_face(
    data: Data,
    weights: Annotated[
        str, typer.Option(help="'imagenet', downloaded by Keras, or an npz file of VGG16.")
    ] = "imagenet",
    work: Work = _CACHE,
    seed: int = 0,
) -> None:
    """Tune VGG16 on ferplus=PATH and other faces; resumable.

    faces=PATH is a folder with a faces.csv of path and emotion; one in five of its people
    trains nothing and is tested. ravdess=PATH, or another data set of clips with picture, adds
    two faces a second of each clip; RAVDESS's actors 01 and 05 are left out.
    """
    with _explained():
        from emotion.datasets import corpora

        given = _named(data)
        still = {name: path for name, path in given if name in ("ferplus", "faces")}
        if "ferplus" not in still:
            raise DatasetError("--data ferplus=PATH is needed.")
        clips = [
            clip
            for name, path in given
            if name not in still
            for clip in corpora.read(name, path, video=True)
        ]
        from emotion.training import face_training

        fields = face_training.ship(
            still["ferplus"], weights, work, faces=still.get("faces"), clips=clips, seed=seed
        )
    typer.echo(json.dumps(fields, indent=2))


@train.command("speech")
def train_speech(
    data: Data,
    weights: Encoder,
    emphasis: Annotated[
        list[str] | None,
        typer.Option(help="How much more a corpus counts in training: CORPUS=TIMES. Repeatable."),
    ] = None,
    work: Work = _CACHE,
    seed: int = 0,
) -> None:
    """Fit the voice recogniser on data sets, RAVDESS's actors 01 and 05 left out, and ship it.

    NAME is ravdess, savee, cremad, tess or emodb; another name is data of your own, a
    folder with clips.csv (path, emotion, speaker, corpus) or with a folder an emotion.
    """
    with _explained():
        datasets = _datasets(data)
        corpora = sorted({clip.corpus for clips in datasets for clip in clips})
        times = _emphasis(emphasis or [], corpora)
        from emotion.training import voice_training

        fields = voice_training.ship(datasets, weights, work, times, seed)
    typer.echo(json.dumps(fields, indent=2))


@app.command()
def benchmark(
    dataset: Annotated[str, typer.Argument(help="Name of the data set, as for train speech.")],
    path: Annotated[Path, typer.Argument(help="Its folder.")],
    protocol: Annotated[
        str,
        typer.Option(
            help="random, actor-5fold, loso or leave-one-corpus-out; for faces random-frames, "
            "random, actor-5fold or loso."
        ),
    ] = "actor-5fold",
    recipe: Annotated[
        str, typer.Option(help="'default' is ours, 'paper' a small network on MFCCs.")
    ] = "default",
    modality: Annotated[
        str,
        typer.Option(help="'speech', or, on clips with picture, 'face' or 'fused' for all three."),
    ] = "speech",
    adapt: Annotated[
        str, typer.Option(help="Which result comes first, 'none' or 'speaker'; both are made.")
    ] = "none",
    data: Annotated[
        list[str] | None,
        typer.Option("--data", help="Another data set to train on as well: NAME=PATH. Repeatable."),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="npz file of the Whisper base encoder, for 'default'.")
    ] = None,
    conditions: Annotated[
        bool, typer.Option(help="Hear every fifth clip under noise and over lines as well.")
    ] = False,
    work: Work = _CACHE,
    seed: int = 0,
    json_path: Json = None,
    progress_path: Progress = None,
) -> None:
    """Train and test a recogniser fold by fold; resumable."""
    with _explained():
        _only("modality", modality, "speech", "face", "fused")
        _only("adaptation", adapt, "none", "speaker")
        _only("recipe", recipe, "default", "paper")
        _check_folders(json_path, progress_path)
        _report_to(progress_path)
        _applies("--data", bool(data), modality == "speech", "the voice")
        heard = modality == "speech" and recipe == "default"
        _applies("--conditions", conditions, heard, "the voice and the recipe 'default'")
        if weights and not weights.is_file():
            raise DatasetError(f"There is no file {weights} to take the encoder's weights from.")
        if modality == "speech":
            given = [f"{dataset}={path}", *(data or [])]
            result = _benchmark_speech(
                given, protocol, recipe, weights, work, seed, impaired=conditions
            )
            order = sorted(result["results"], key=lambda name: name != adapt)
            result["results"] = {name: result["results"][name] for name in order}
        else:
            _only(f"recipe for {modality}", recipe, "default")
            result = _benchmark_pictures(dataset, path, modality, protocol, weights, work, seed)
        _tell(result, json_path)


def _benchmark_speech(
    given: list[str],
    protocol: str,
    recipe: str,
    weights: Path | None,
    work: Path,
    seed: int,
    *,
    impaired: bool,
) -> dict[str, Any]:
    clips, *others = _datasets(given)
    from emotion.training import voice_training

    return voice_training.benchmark(
        clips,
        others,
        protocol,
        recipe,
        work,
        encoder=weights,
        folders=[Path(item.partition("=")[2]) for item in given],
        seed=seed,
        impaired=impaired,
    )


def _benchmark_pictures(
    dataset: str,
    path: Path,
    modality: str,
    protocol: str,
    weights: Path | None,
    work: Path,
    seed: int,
) -> dict[str, Any]:
    from emotion.datasets import corpora
    from emotion.models.shipped import Models

    clips = corpora.read(dataset, path, video=True)
    if modality == "face":
        from emotion.experiments import face_folds

        return face_folds.benchmark(
            clips, Models.load(_models_folder()), protocol, work, path, seed
        )
    if weights is None:
        raise DatasetError("The voice needs --weights, the Whisper encoder's npz file.")
    from emotion.experiments import fused_folds

    models = Models.load(_models_folder())
    return fused_folds.benchmark(clips, models, protocol, work, weights, path, seed)


@app.command()
def evaluate(
    dataset: Annotated[
        str,
        typer.Argument(help="'ferplus', or as for train speech."),
    ],
    path: Annotated[Path, typer.Argument(help="Its folder.")],
    modality: Annotated[
        str,
        typer.Option(
            help="'fused' for face, voice and both on clips with picture; 'speech'; 'face'."
        ),
    ] = "fused",
    adapt: Annotated[
        str, typer.Option(help="Which result comes first, 'none' or 'speaker'; both are made.")
    ] = "none",
    conditions: Annotated[
        bool, typer.Option(help="Read clips with a face hidden, noise and the like as well.")
    ] = False,
    split: Annotated[str, typer.Option(help="Part of ferplus: valid or test.")] = "valid",
    seed: int = 0,
    json_path: Json = None,
    progress_path: Progress = None,
) -> None:
    """Score the shipped models."""
    with _explained():
        _only("modality", modality, "fused", "speech", "face")
        _only("adaptation", adapt, "none", "speaker")
        _check_folders(json_path, progress_path)
        _report_to(progress_path)
        both = modality == "fused" and dataset != "ferplus"
        _applies("--conditions", conditions, both, "clips with picture and sound")
        if dataset == "ferplus":
            result = _evaluate_ferplus(path, split)
        else:
            result = _evaluate_clips(dataset, path, modality, seed, conditions=conditions)
        if modality == "speech":
            order = sorted(result["results"], key=lambda name: name != adapt)
            result["results"] = {name: result["results"][name] for name in order}
        _tell(result, json_path)


def _evaluate_clips(
    dataset: str, path: Path, modality: str, seed: int, *, conditions: bool
) -> dict[str, Any]:
    from emotion.datasets import corpora

    listed = corpora.read(dataset, path, video=modality != "speech")
    from emotion.evaluation import scoring
    from emotion.impairments import degradations
    from emotion.jobs import progress
    from emotion.models.shipped import Models

    models = Models.load(_models_folder())
    # Every reading of a clip counts: most faces are read with and without a baseline, and a
    # call under each condition.
    times = 2 if modality == "face" else len(degradations.NAMES) if conditions else 1
    with progress.bar(modality, "clip", times * len(listed)) as advance:
        if modality == "speech":
            return scoring.speech(listed, models, path, seed, advance)
        if modality == "face":
            return scoring.face(listed, models, path, advance)
        return scoring.clips(listed, models, path, impaired=conditions, told=advance)


def _evaluate_ferplus(path: Path, split: str) -> dict[str, Any]:
    from emotion.datasets import ferplus
    from emotion.evaluation import scoring
    from emotion.models import shipped
    from emotion.models.manifest import Manifest

    data = ferplus.read(path, split)
    face = shipped.face(Manifest(_models_folder()).entry("face"))
    return scoring.ferplus_document(face, data, split)


@app.command()
def tables(
    files: Annotated[list[Path], typer.Argument(help="Markdown files with figures of reports.")],
    reports: Annotated[
        Path | None, typer.Option(help="Folder of the reports; the shipped ones by default.")
    ] = None,
    check: Annotated[
        bool, typer.Option(help="Change nothing; fail if a figure is another.")
    ] = False,
) -> None:
    """Put the figures of the reports into README and cards."""
    from emotion.evaluation import tables as figures

    with _explained():
        changed = False
        for path in files:
            try:
                before = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise RapportError(f"{path} cannot be read: {error}.") from error
            after = figures.rebuilt(before, reports or figures.FOLDER)
            if after == before:
                continue
            changed = True
            typer.echo(f"{path}: {figures.differences(before, after)}")
            if not check:
                _write(path, after)
    if check and changed:
        raise typer.Exit(1)


def _applies(option: str, given: bool, wanted: bool, what: str) -> None:
    if given and not wanted:
        raise RapportError(f"{option} is for {what} only.")


def _models_folder() -> Path:
    """What `RAPPORT_MODELS` names, as for the dashboard, else what the repository ships."""
    from emotion.models import manifest

    return Path(os.environ.get("RAPPORT_MODELS") or manifest.FOLDER)


def _report_to(path: Path | None) -> None:
    from emotion.jobs import progress

    progress.tell(path)


def _filler(bar: Any) -> Callable[[float], None]:
    """A callback that fills a bar of 100 to a share."""
    return lambda share: bar.update(round(100 * share) - bar.n)


def _summary(timeline: Timeline) -> str:
    """A few lines to read on a terminal."""
    summary = timeline.summary()
    lines = [f"{timeline.source}  {timeline.duration:.1f} s"]
    if summary.emotions is None or summary.satisfaction is None:
        reasons = {
            reason
            for reading in timeline.readings
            for reason in (reading.face.reason, reading.voice.reason)
            if reason
        }
        lines.append(f"  nothing could be read: {', '.join(sorted(reasons))}")
        return "\n".join(lines)
    order = sorted(range(emotions.COUNT), key=lambda i: -float(summary.emotions[i]))  # type: ignore[index]
    shares = ", ".join(f"{emotions.NAMES[i]} {summary.emotions[i]:.0%}" for i in order[:4])
    lines.append(f"  {summary.dominant}: {shares}")
    lines.append(
        f"  satisfaction {summary.satisfaction:.0f} of 100, face read in "
        f"{summary.face_coverage:.0%} and voice in {summary.voice_coverage:.0%} of the time"
    )
    return "\n".join(lines)


def _tables(timelines: list[Timeline]) -> str:
    """All readings as one CSV table, the source in its first column."""
    import pandas as pd

    tables = []
    for timeline in timelines:
        table = timeline.table().round(5)
        table.insert(0, "source", timeline.source)
        tables.append(table)
    return str(pd.concat(tables).to_csv(index=False)) if tables else ""


def _named(given: list[str]) -> list[tuple[str, Path]]:
    """Names and folders of data sets from NAME=PATH."""
    named = [item.partition("=") for item in given]
    for item, (name, _, path) in zip(given, named, strict=True):
        if not name or not path:
            raise DatasetError(f"A data set is given as NAME=PATH. Received: {item!r}.")
    return [(name, Path(path)) for name, _, path in named]


def _datasets(given: list[str]) -> list[list["Clip"]]:
    """The clips of each data set that is given as NAME=PATH."""
    from emotion.datasets import corpora

    # Reading a large data set takes a while: what is mistyped is told before.
    return [corpora.read(name, path) for name, path in _named(given)]


def _emphasis(given: list[str], corpora: list[str]) -> dict[str, float]:
    """How much each corpus counts from CORPUS=TIMES."""
    found = {}
    for item in given:
        name, _, times = item.partition("=")
        try:
            value = float(times)
        except ValueError:
            value = 0.0
        if name not in corpora or not 0 < value < float("inf"):
            raise DatasetError(
                f"--emphasis takes CORPUS=TIMES, a number above 0, with a corpus of "
                f"{', '.join(corpora)}. Received: {item!r}."
            )
        found[name] = value
    return found


def _only(what: str, name: str, *known: str) -> None:
    if name not in known:
        raise RapportError(f"The {what} should be {' or '.join(known)}. Received: {name!r}.")


def _tell(result: dict[str, Any], json_path: Path | None) -> None:
    """A document as a short text, and whole into a file."""
    from emotion.evaluation import report

    result["command"] = shlex.join(["python", "-m", "emotion", *_without_paths(sys.argv[1:])])
    typer.echo(report.text(result))
    if json_path:
        _write(json_path, report.written(result))


def _without_paths(arguments: list[str]) -> list[str]:
    """The arguments but for those that say where results go."""
    kept = iter(arguments)
    return [
        one
        for one in kept
        if not (one in ("--json", "--progress") and next(kept, None) is not None)
    ]


def _check_folders(*paths: Path | None) -> None:
    """Better before an hour of work than after it."""
    given = [path.resolve() for path in paths if path]
    if len(set(given)) < len(given):
        raise RapportError(f"{given[0]} cannot hold both results. Give two files.")
    for path in paths:
        if path and not path.parent.is_dir():
            raise RapportError(f"There is no folder {path.parent} to write {path.name} to.")
        if path and path.is_dir():
            raise RapportError(f"{path} is a folder. Give the name of a file in it.")


def _write(path: Path, text: str) -> None:
    """Put a text into a file, whole or not at all; a link stays one."""
    # A terminal or a pipe cannot be replaced, only written to.
    special = path.exists() and not path.is_file()
    final = path.resolve()
    fresh = path if special else final.with_name(final.name + ".part")
    try:
        fresh.write_text(text, encoding="utf-8")
        if not special:
            fresh.replace(final)
    except OSError as error:
        if not special:
            with suppress(OSError):
                fresh.unlink()
        raise RapportError(f"{path} cannot be written: {error.strerror}.") from error


@contextmanager
def _explained() -> Iterator[None]:
    """Turn an error that a user can mend into one sentence and exit status 2."""
    try:
        yield
    except RapportError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
