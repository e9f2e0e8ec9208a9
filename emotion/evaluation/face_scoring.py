"""Figures of the face model that is shipped, on clips with people it has never seen."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion.conversation.call import Call
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError, RapportError
from emotion.evaluation import scoring, watched_clips
from emotion.face.baseline import Baseline
from emotion.face.expression import Expression
from emotion.face.face_recogniser import FLOOR
from emotion.jobs import progress, workers
from emotion.models.shipped import Models
from emotion.readings import emotions
from emotion.reports.model import OptionalParts, Report
from emotion.reports.names import Modality, ResultName

RESULTS = (ResultName.PLAIN, ResultName.MEAN_OF_FRAMES, ResultName.PERSONAL_BASELINE)
"""What is reported of faces: as a call reads them; the mean over frames of what the
network says, without regard to time; and as a call reads someone whose neutral face it
has seen before."""

_NEUTRAL_CLIPS = 2
"""Clips that a personal baseline is taken from."""

_LONGEST = 600.0
"""Seconds of a clip, before which every look is kept."""


def clips(
    listed: Sequence[Clip],
    models: Models,
    folder: Path,
) -> Report:
    """Score the shipped face model on clips with picture, their sound left aside, with progress.

    The first two neutral clips of each person serve as personal baseline, and are not
    scored in the result of that name. Calm counts as neutral: a face alone cannot tell.

    Args:
        listed: What to watch. A clip that cannot be read, or in which no face can, is
            named in the result.
        models: The shipped ones.
        folder: Of the data set.

    Returns:
        The report, as of `emotion.evaluation.scoring.document`, with one fold, its results
        `RESULTS`, the last only if someone has neutral clips to spare; and `failed`.

    Raises:
        DatasetError: If no clip can be read.
    """
    started = time.perf_counter()
    scoring.provenance(models, Modality.FACE, listed)  # Refused now rather than after hours.
    watched = _each_watched("face", [(clip, None) for clip in listed], models)
    failed = {
        str(clip.path): one
        for clip, one in zip(listed, watched, strict=True)
        if isinstance(one, str)
    }
    rows = [row for row, one in enumerate(watched) if not isinstance(one, str)]
    if not rows:
        raise DatasetError(f"None of the {len(listed)} clips shows a face to be read: {failed}.")
    known: dict[str, Baseline] = {}
    served: dict[str, list[int]] = {}
    for row in rows:
        clip = listed[row]
        begun = served.setdefault(clip.speaker, [])
        if clip.emotion == emotions.NEUTRAL and len(begun) < _NEUTRAL_CLIPS:
            seen = _watch(models, (clip, known.get(clip.speaker) or models.baseline))
            if not isinstance(seen, str) and seen.baseline:
                known[clip.speaker] = seen.baseline
                begun.append(row)
    left = [row for row in rows if listed[row].speaker in known]
    left = [row for row in left if row not in served[listed[row].speaker]]
    # How many these are is only known now, so they are a step of their own.
    with_baseline = [(listed[row], known[listed[row].speaker]) for row in left]
    again = _each_watched("face, with a baseline", with_baseline, models)
    read: dict[ResultName, tuple[list[int], list[np.ndarray]]]
    read = {name: ([], []) for name in RESULTS}
    for row, one in zip([*rows, *left], [*(watched[row] for row in rows), *again], strict=True):
        if isinstance(one, str):
            failed[str(listed[row].path)] = one
            continue
        logs = {ResultName.PLAIN: one.logs, ResultName.MEAN_OF_FRAMES: one.mean}
        if one.baseline is not None:
            logs = {ResultName.PERSONAL_BASELINE: one.logs}
        for name, said in logs.items():
            read[name][0].append(row)
            read[name][1].append(said)
    labels = np.array([clip.emotion for clip in listed])
    labels = np.where(labels == emotions.CALM, emotions.NEUTRAL, labels)
    predictions: dict[str, tuple[np.ndarray, ...]] = {
        name: (labels[chosen], np.array(logs), np.array(chosen))
        for name, (chosen, logs) in read.items()
        if chosen
    }
    corpora = sorted({clip.corpus for clip in listed})
    result = scoring.document(
        Modality.FACE, predictions, started, corpora, listed, folder, clips=len(rows)
    )
    trained = scoring.provenance(models, Modality.FACE, [listed[row] for row in rows])
    return result.having(trained).having(OptionalParts(failed=failed))


@dataclass(frozen=True)
class _Watched:
    """What a call reads in a clip's face on average, log probabilities of shape (8,).

    Attributes:
        logs: By its readings.
        mean: Over all good observations.
        baseline: What is known of the person after it, if it was asked for.
    """

    logs: np.ndarray
    mean: np.ndarray
    baseline: Baseline | None


def _each_watched(
    title: str, items: Sequence[tuple[Clip, Baseline | None]], models: Models
) -> list[_Watched | str]:
    """Clips in the light of baselines, with progress under a title where there are any."""
    if not items:
        return []
    with progress.bar(title, "clip", len(items)) as advance:
        return list(workers.each(_watch, items, models, advance))


def _watch(models: Models, item: tuple[Clip, Baseline | None]) -> _Watched | str:
    """A clip in the light of a person's baseline, or why no face can be read."""
    clip, baseline = item
    call = Call(models, patience=_LONGEST, baseline=baseline)
    try:
        readings = watched_clips.watch(clip, call)
    except (RapportError, OSError) as error:
        return str(error)
    said = [one.face.probabilities for one in readings if one.face.probabilities is not None]
    person = call.person
    if not said or person is None or all(one.logs is None for one in person.observations):
        reasons = sorted({one.face.reason for one in readings if one.face.reason})
        return f"No face can be read in {clip.path}: {', '.join(reasons)}."
    logs = np.log(np.maximum(np.mean(said, axis=0), FLOOR))
    return _Watched(logs, _mean(person), person.baseline)


def _mean(person: Expression) -> np.ndarray:
    """Log of the mean probabilities over all good observations, one at least."""
    seen_logs = [
        observation.logs for observation in person.observations if observation.logs is not None
    ]
    return np.asarray(np.log(np.mean(np.exp(seen_logs), axis=0)))
