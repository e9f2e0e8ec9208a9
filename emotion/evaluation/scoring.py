"""Figures of what calls say of clips they have never seen, by modality and rule of fusion."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion.conversation.analysis import analyze
from emotion.datasets import completeness
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError, RapportError
from emotion.evaluation import protocols, report
from emotion.evaluation.report import FoldPredictions
from emotion.face.face_recogniser import FLOOR
from emotion.impairments import degradations
from emotion.jobs import workers
from emotion.models.manifest import Manifest
from emotion.models.shipped import Models
from emotion.readings import emotions, fusion, satisfaction
from emotion.reports.model import Impaired, OptionalParts, OverTime, Report
from emotion.reports.names import Modality, ProtocolName, ResultName, fused_by

CONDITIONS = degradations.NAMES
"""Under which clips are read: as they are first, then impaired."""


def clips(
    listed: Sequence[Clip],
    models: Models,
    folder: Path,
    *,
    impaired: bool = False,
    advance: Callable[[int], None] | None = None,
) -> Report:
    """Push clips one by one through calls of their own and score what each modality says.

    Args:
        listed: What to read. A clip that cannot be read is named in the result, and it
            counts as wrong: one that is left out would make the shares look better than
            they are. The same holds where a modality says nothing.
        models: The shipped ones.
        folder: Of the data set.
        impaired: Whether every clip is also read under each of `clips.NAMES`.
        advance: Called after each clip with the number of readings of a clip that are done.

    Returns:
        The report, as of `report.document`, with one fold and the results 'fused', 'face',
        'voice' and, for every other rule of fusion, 'fused: RULE'; with `failed`;
        `over_time`, the share of the readings that say something whose fused satisfied,
        neutral or dissatisfied is right; and, if asked for, `impaired`.

    Raises:
        DatasetError: If no clip can be read.
    """
    started = time.perf_counter()
    known = provenance(models, Modality.FUSED, listed)
    names = CONDITIONS if impaired else CONDITIONS[:1]
    items = [(clip, name) for name in names for clip in listed]
    done = list(workers.each(_read, items, models, advance))
    failed = {
        str(clip.path): one for clip, one in zip(listed, done, strict=False) if isinstance(one, str)
    }
    if len(failed) == len(listed):
        raise DatasetError(f"None of the {len(listed)} clips can be read: {failed}.")
    labels = np.array([clip.emotion for clip in listed])
    predictions = {
        sense: (labels, np.array([_logs(one, sense) for one in done[: len(listed)]]))
        for sense in _RESULTS
    }
    result = document(
        Modality.FUSED,
        predictions,
        started,
        sorted({clip.corpus for clip in listed}),
        listed,
        folder,
    )
    read = [one for one in done[: len(listed)] if not isinstance(one, str)]
    readings = sum(one.readings for one in read)
    right = sum(one.right for one in read)
    over_time = OverTime(readings=readings, satisfaction=round(right / max(1, readings), 4))
    result = result.having(OptionalParts(over_time=over_time, failed=failed))
    if impaired:
        accuracy = {
            sense: {
                name: _share_right(done[first : first + len(listed)], sense, labels)
                for name, first in zip(names, range(0, len(done), len(listed)), strict=True)
            }
            for sense in _RESULTS
        }
        of_all = Impaired(clips=len(listed), accuracy=accuracy)
        result = result.having(OptionalParts(impaired=of_all))
    return result.having(known)


_RESULTS: tuple[str, ...] = (
    str(ResultName.FUSED),
    str(ResultName.FACE),
    str(ResultName.VOICE),
    *(fused_by(rule) for rule in list(fusion.RULES)[1:]),
)


@dataclass(frozen=True)
class _ClipPredictions:
    """What a call makes of one clip.

    Attributes:
        said: Mean probabilities by result, shape (8,), or None.
        readings: That hold something.
        right: Those whose fused kind of satisfaction is the clip's.
    """

    said: dict[str, np.ndarray | None]
    readings: int
    right: int


def _read(models: Models, item: tuple[Clip, str]) -> _ClipPredictions | str:
    """A clip under an impairment, or why it cannot be read."""
    clip, name = item
    try:
        timeline = analyze(clip.path, models, change=degradations.of(name, clip.path))
    except (RapportError, OSError) as error:
        return str(error)
    summary = timeline.summary()
    said: dict[str, np.ndarray | None] = {
        ResultName.FUSED: summary.emotions,
        ResultName.FACE: summary.face,
        ResultName.VOICE: summary.voice,
    }
    for rule in list(fusion.RULES)[1:]:
        said[fused_by(rule)] = timeline.fused_by(fusion.RULES[rule]).summary().emotions
    fused = [reading.fused for reading in timeline.readings if reading.fused is not None]
    kinds = [int(satisfaction.groups(one).argmax()) for one in fused]
    return _ClipPredictions(said, len(kinds), kinds.count(int(satisfaction.GROUP_OF[clip.emotion])))


def _logs(clip: _ClipPredictions | str, sense: str) -> np.ndarray:
    """Log probabilities, or NaN without a prediction."""
    said = None if isinstance(clip, str) else clip.said[sense]
    return np.full(emotions.COUNT, np.nan) if said is None else np.log(np.maximum(said, FLOOR))


def _share_right(clips: Sequence[_ClipPredictions | str], sense: str, labels: np.ndarray) -> float:
    logs = np.array([_logs(one, sense) for one in clips])
    return round(float(np.mean(report.predicted_classes(logs) == labels)), 4)


_MODELS = {
    Modality.FACE: ("face",),
    Modality.VOICE: ("voice",),
    Modality.FUSED: ("face", "voice"),
}
"""The models whose training a modality rests on, as the manifest calls them."""


def provenance(models: Models, modality: Modality, scored: Sequence[Clip]) -> OptionalParts:
    """The model files by their digests, and how many clips are of people in their training.

    Args:
        models: That were scored.
        modality: By which.
        scored: The clips.

    Raises:
        ModelError: If the manifest does not say what a model was trained on.
    """
    manifest = Manifest(models.folder)
    seen: dict[str, list[bool]] = {}
    for name in _MODELS[modality]:
        corpora = {one.corpus for one in manifest.entry(name).training_data}
        seen[name] = [clip.corpus in corpora and not protocols.held_out(clip) for clip in scored]
    return OptionalParts(
        models=digests(manifest),
        seen_in_training=sum(any(of_clip) for of_clip in zip(*seen.values(), strict=True)),
        seen_by_model={name: sum(clips) for name, clips in seen.items() if any(clips)},
    )


def picture_provenance(manifest: Manifest, dataset: str, pictures: int) -> OptionalParts:
    """The model files by their digests, and whether the face was trained on pictures.

    Args:
        manifest: Of the models, of which the face was scored.
        dataset: Name of the data set.
        pictures: How many of it may have trained the face.

    Raises:
        ModelError: If the manifest does not say what the face was trained on.
    """
    corpora = {one.corpus for one in manifest.entry("face").training_data}
    seen = pictures if dataset in corpora else 0
    return OptionalParts(
        models=digests(manifest),
        seen_in_training=seen,
        seen_by_model={"face": seen} if seen else {},
    )


def digests(manifest: Manifest) -> dict[str, str]:
    """SHA-256 of every model file by the name of the model.

    Args:
        manifest: Of the models.
    """
    return {name: entry.sha256 for name, entry in manifest.entries.items()}


def document(
    modality: str,
    predictions: Mapping[str, tuple[np.ndarray, ...]],
    started: float,
    dataset: Sequence[str],
    listed: Sequence[Clip],
    folder: Path | None = None,
    *,
    clips: int | None = None,
    protocol: str = ProtocolName.SHIPPED,
    seed: int = 0,
    labels: Sequence[str] = emotions.NAMES,
) -> Report:
    """The report of what a shipped model says of one data set, as one fold.

    Args:
        modality: 'face', 'voice' or 'fused'.
        predictions: By the name of the result: true labels, log probabilities and, unless they are
            of all listed clips in turn, the rows of those that they are of.
        started: When the scoring began, on the clock of `time.perf_counter`.
        dataset: Names.
        listed: The clips; none where pictures are scored.
        folder: In which they lie.
        clips: How many there are, where that is not the number of those listed.
        protocol: By which they were chosen.
        seed: Of anything drawn.
        labels: Names of the classes.
    """
    seconds = time.perf_counter() - started
    folds = {}
    for name, (true, logs, *rows) in predictions.items():
        chosen = rows[0] if rows else np.arange(len(true)) if listed else None
        folds[name] = [FoldPredictions("all", true, logs, seconds, chosen)]
    return report.document(
        dataset=dataset,
        protocol=protocol,
        recipe="default",
        modality=modality,
        seed=seed,
        commit=report.commit(),
        seconds=seconds,
        clips=len(listed) if clips is None else clips,
        predictions=folds,
        labels=labels,
        tested=listed,
        folders=[folder] if folder else [],
        parts=OptionalParts(notes=completeness.notes(listed)),
    )
