"""`rapport evaluate` scores the shipped models; `rapport cross-validate` trains and tests."""

import itertools
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion.commands.options import (
    CACHE,
    ClusterOption,
    EncoderOption,
    JsonOption,
    OnlyTestedOption,
    ProgressOption,
    ProtocolChoice,
    Recipe,
    Split,
    WorkOption,
    check_outputs,
    check_weights,
    datasets,
    explained,
    models_folder,
    named,
    shared_with,
)
from emotion.datasets import corpora, own_data
from emotion.errors import DatasetError, RapportError
from emotion.media import endings, file_names
from emotion.reports.names import Modality

if TYPE_CHECKING:
    from emotion.reports.model import Report

_LISTS = (".csv", ".tsv", ".txt", ".zip")
_PICTURES = (".png", ".jpg", ".jpeg")
_PHOTOGRAPHS = ("sfew", "faces")

_CLIPS = (
    f"{', '.join(corpora.KNOWN)}; another name for data of your own: a folder with clips.csv "
    f"(columns path, emotion, speaker and, if you like, corpus), or {own_data.LAYOUT}."
)
DataSetArgument = Annotated[str, typer.Argument(help=_CLIPS)]
FolderArgument = Annotated[Path, typer.Argument(help="Its folder.")]


def evaluate(
    dataset: Annotated[
        str,
        typer.Argument(
            help="'ferplus'; 'sfew' or 'faces', a folder of photographs with faces.csv (columns "
            f"path, emotion); or, of clips, {_CLIPS}"
        ),
    ],
    path: FolderArgument,
    modality: Annotated[
        Modality, typer.Option(help="'fused' is face, voice and both, on clips with picture.")
    ] = Modality.FUSED,
    conditions: Annotated[
        bool,
        typer.Option(
            "--conditions", help="Read clips with a face hidden, noise and the like as well."
        ),
    ] = False,
    split: Annotated[Split, typer.Option(help="Part of ferplus.")] = Split.VALID,
    seed: int = 0,
    json_path: JsonOption = None,
    progress_path: ProgressOption = None,
) -> None:
    """Score the shipped models."""
    with explained():
        check_outputs([json_path, progress_path], _read_in(path))
        _report_to(progress_path)
        both = modality == Modality.FUSED and dataset not in ("ferplus", *_PHOTOGRAPHS)
        _applies("--conditions", conditions, both, "clips with picture and sound")
        if dataset == "ferplus":
            result = _evaluate_ferplus(path, split)
        elif dataset in _PHOTOGRAPHS:
            result = _evaluate_photographs(dataset, path)
        else:
            result = _evaluate_clips(dataset, path, modality, seed, conditions=conditions)
        _say(result, json_path)


def _evaluate_clips(
    dataset: str, path: Path, modality: Modality, seed: int, *, conditions: bool
) -> "Report":
    listed = corpora.read(dataset, path, video=modality != Modality.VOICE)
    from emotion.evaluation import face_scoring, scoring, voice_scoring
    from emotion.jobs import progress
    from emotion.models.shipped import Models

    models = Models.load(models_folder())
    if modality == Modality.FACE:
        return face_scoring.clips(listed, models, path)
    # Every reading of a clip counts: a call is read under each condition.
    times = len(scoring.CONDITIONS) if conditions else 1
    with progress.bar(modality, "clip", times * len(listed), times) as advance:
        if modality == Modality.VOICE:
            return voice_scoring.clips(listed, models, path, seed, advance)
        return scoring.clips(listed, models, path, impaired=conditions, advance=advance)


def _evaluate_ferplus(path: Path, split: str) -> "Report":
    from emotion.datasets import ferplus
    from emotion.evaluation import ferplus_scoring, scoring
    from emotion.models import shipped
    from emotion.models.manifest import Manifest

    data = ferplus.read(path, split)
    manifest = Manifest(models_folder())
    made = ferplus_scoring.document(shipped.face(manifest.entry("face")), data, split)
    # What is scored is never the part that trains.
    return made.having(scoring.picture_provenance(manifest, dataset="ferplus", pictures=0))


def _evaluate_photographs(dataset: str, path: Path) -> "Report":
    from emotion.evaluation import photograph_scoring, scoring
    from emotion.models import shipped
    from emotion.models.manifest import Manifest

    manifest = Manifest(models_folder())
    detector = shipped.detector(manifest.entry("face-detection"))
    face = shipped.face(manifest.entry("face"))
    made = photograph_scoring.document(face, path, detector, dataset)
    return made.having(scoring.picture_provenance(manifest, dataset, made.clips))


def cross_validate(
    dataset: DataSetArgument,
    path: FolderArgument,
    protocol: Annotated[
        ProtocolChoice,
        typer.Option(
            help="How clips are split: random-frames for faces alone, leave-one-corpus-out for "
            "voices alone; loso is short for leave-one-speaker-out."
        ),
    ] = ProtocolChoice.ACTOR_FOLDS,
    recipe: Annotated[
        Recipe, typer.Option(help="'default' is ours, 'paper' a small network on MFCCs.")
    ] = Recipe.DEFAULT,
    modality: Annotated[
        Modality, typer.Option(help="'fused' is all three, on clips with picture.")
    ] = Modality.VOICE,
    data: Annotated[
        list[str] | None,
        typer.Option("--data", help="Another data set to train on as well: NAME=PATH. Repeatable."),
    ] = None,
    weights: EncoderOption = None,
    only_tested: OnlyTestedOption = None,
    conditions: Annotated[
        bool,
        typer.Option("--conditions", help="Hear every fifth clip under noise and over lines too."),
    ] = False,
    cluster: ClusterOption = None,
    work: WorkOption = CACHE,
    seed: int = 0,
    json_path: JsonOption = None,
    progress_path: ProgressOption = None,
) -> None:
    """Train and test a recogniser fold by fold; resumable."""
    with explained():
        inputs = [path, *(folder for _, folder in named(data or []))]
        read = itertools.chain([weights] if weights else [], *map(_read_in, inputs))
        check_outputs([json_path, progress_path], read)
        _report_to(progress_path)
        of_voice = modality == Modality.VOICE
        _applies("--data", bool(data), of_voice, "the voice")
        _applies("--only-tested", bool(only_tested), of_voice, "the voice")
        heard = of_voice and recipe == Recipe.DEFAULT
        _applies("--conditions", conditions, heard, "the voice and the recipe 'default'")
        _applies("--cluster", bool(cluster), recipe == Recipe.DEFAULT, "the recipe 'default'")
        check_weights(weights, "the encoder of Whisper base")
        if of_voice:
            given = [f"{dataset}={path}", *(data or [])]
            with shared_with(cluster):
                result = _voice_folds(
                    given,
                    protocol,
                    recipe,
                    weights,
                    work,
                    seed,
                    impaired=conditions,
                    only_tested=only_tested or (),
                )
        else:
            if recipe != Recipe.DEFAULT:
                raise RapportError(
                    f"The recipe {recipe.value!r} is for the voice. Received: {modality.value}."
                )
            with shared_with(cluster):
                result = _picture_folds(dataset, path, modality, protocol, weights, work, seed)
        _say(result, json_path)


def _voice_folds(
    given: list[str],
    protocol: str,
    recipe: str,
    weights: Path | None,
    work: Path,
    seed: int,
    *,
    impaired: bool,
    only_tested: Sequence[str],
) -> "Report":
    clips, *others = datasets(given)
    from emotion.experiments import voice_folds

    return voice_folds.cross_validate(
        clips,
        others,
        protocol,
        recipe,
        work,
        encoder=weights,
        folders=[folder for _, folder in named(given)],
        seed=seed,
        impaired=impaired,
        only_tested=only_tested,
    )


def _picture_folds(
    dataset: str,
    path: Path,
    modality: Modality,
    protocol: str,
    weights: Path | None,
    work: Path,
    seed: int,
) -> "Report":
    from emotion.models.shipped import Models

    clips = corpora.read(dataset, path, video=True)
    if modality == Modality.FACE:
        from emotion.experiments import face_folds

        models = Models.load(models_folder())
        return face_folds.cross_validate(clips, models, protocol, work, path, seed)
    if weights is None:
        raise DatasetError("The voice needs --weights, the Whisper encoder's npz file.")
    from emotion.experiments import fused_folds

    models = Models.load(models_folder())
    return fused_folds.cross_validate(clips, models, protocol, work, weights, path, seed)


def _read_in(folder: Path) -> Iterator[Path]:
    """What a result must not be written over: a data set's lists, archives, pictures, clips."""
    if folder.is_dir():
        read = {*endings.ALL, *_LISTS, *_PICTURES}
        yield from file_names.below(folder, read, on_error=lambda error: None)
    else:
        yield folder


def _applies(option: str, given: bool, wanted: bool, what: str) -> None:
    if given and not wanted:
        raise RapportError(f"{option} is for {what} only.")


def _report_to(path: Path | None) -> None:
    from emotion.jobs import progress

    progress.write_to(path)


def _say(report: "Report", json_path: Path | None) -> None:
    """A report as a short text, and whole into a file."""
    from emotion.reports import report_files, text
    from emotion.reports.model import OptionalParts

    command = shlex.join(["rapport", *_without_paths(sys.argv[1:])])
    made = report.having(OptionalParts(command=command))
    if json_path:
        # First: a terminal that is gone must not cost the result of hours.
        report_files.write(json_path, made)
    typer.echo(text.summary(made))


def _without_paths(arguments: list[str]) -> list[str]:
    """The arguments but for those that say where results go and who works."""
    kept = iter(arguments)
    return [
        one
        for one in kept
        if not (one in ("--json", "--progress", "--cluster") and next(kept, None) is not None)
    ]
