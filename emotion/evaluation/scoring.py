"""Figures of the models that are shipped, on data they have never seen."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from emotion import emotions, fusion, satisfaction
from emotion.analysis import analyze
from emotion.call import FRAME_RATE, Call
from emotion.datasets import completeness
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError, RapportError
from emotion.evaluation import metrics, protocols, report, simulated_calls
from emotion.evaluation.report import FoldAnswer
from emotion.evaluation.simulated_calls import Outputs
from emotion.face.baseline import Baseline
from emotion.face.expression import Expression
from emotion.face.recogniser import FLOOR
from emotion.impairments import degradations
from emotion.jobs import workers
from emotion.media.frames import Frame
from emotion.media.recordings import Recording, read_sound
from emotion.models.manifest import Manifest
from emotion.models.shipped import Models
from emotion.reports.model import Impaired, OverTime, Report
from emotion.timeline import Timeline
from emotion.voice import denoising, windows
from emotion.voice.adaptation import VoiceLogits, memorable

FACE_RESULTS = ("none", "mean of frames", "personal baseline")
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
    *,
    impaired: bool = False,
    advance: Callable[[int], None] | None = None,
) -> Report:
    """Push clips one by one through calls of their own and score what each sense says.

    Args:
        listed: What to read. A clip that cannot be read is named in the result, and it
            counts as wrong: one that is left out would make the shares look better than
            they are. The same holds where a sense says nothing.
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
    names = degradations.NAMES if impaired else degradations.NAMES[:1]
    items = [(clip, name) for name in names for clip in listed]
    done = list(workers.each(_read, items, models, advance))
    failed = {
        str(clip.path): one for clip, one in zip(listed, done, strict=False) if isinstance(one, str)
    }
    if len(failed) == len(listed):
        raise DatasetError(f"None of the {len(listed)} clips can be read: {failed}.")
    labels = np.array([clip.emotion for clip in listed])
    answers = {
        sense: (labels, np.array([_logs(one, sense) for one in done[: len(listed)]]))
        for sense in _RESULTS
    }
    result = document(
        "fused", answers, started, sorted({clip.corpus for clip in listed}), listed, folder
    )
    read = [one for one in done[: len(listed)] if not isinstance(one, str)]
    readings = sum(one.readings for one in read)
    right = sum(one.right for one in read)
    parts: dict[str, Any] = {
        "over_time": OverTime(readings=readings, satisfaction=round(right / max(1, readings), 4))
    }
    if impaired:
        accuracy = {
            sense: {
                name: _share_right(done[first : first + len(listed)], sense, labels)
                for name, first in zip(names, range(0, len(done), len(listed)), strict=True)
            }
            for sense in _RESULTS
        }
        parts["impaired"] = Impaired(clips=len(listed), accuracy=accuracy)
    return result.having(parts | {"failed": failed} | _provenance(models, listed))


_RESULTS = ("fused", "face", "voice", *(f"fused: {rule}" for rule in list(fusion.RULES)[1:]))


@dataclass(frozen=True)
class _ClipAnswer:
    """What a call makes of one clip.

    Attributes:
        said: Mean probabilities by result, shape (8,), or None.
        readings: That hold something.
        right: Those whose fused kind of satisfaction is the clip's.
    """

    said: dict[str, np.ndarray | None]
    readings: int
    right: int


def _read(models: Models, item: tuple[Clip, str]) -> _ClipAnswer | str:
    """A clip under an impairment, or why it cannot be read."""
    clip, name = item
    try:
        timeline = analyze(clip.path, models, change=degradations.of(name, clip.path))
    except (RapportError, OSError) as error:
        return str(error)
    summary = timeline.summary()
    said = {"fused": summary.emotions, "face": summary.face, "voice": summary.voice}
    for rule in list(fusion.RULES)[1:]:
        said[f"fused: {rule}"] = _fused_by(timeline, fusion.RULES[rule]).summary().emotions
    fused = [reading.fused for reading in timeline.readings if reading.fused is not None]
    kinds = [int(satisfaction.groups(one).argmax()) for one in fused]
    return _ClipAnswer(said, len(kinds), kinds.count(int(satisfaction.GROUP_OF[clip.emotion])))


def _fused_by(timeline: Timeline, rule: fusion.Rule) -> Timeline:
    readings = (
        replace(one, fused=fusion.fuse(one.face, one.voice, timeline.reliability, rule))
        for one in timeline.readings
    )
    return replace(timeline, readings=tuple(readings))


def _logs(answer: _ClipAnswer | str, sense: str) -> np.ndarray:
    """Log probabilities, or NaN without an answer."""
    said = None if isinstance(answer, str) else answer.said[sense]
    return np.full(emotions.COUNT, np.nan) if said is None else np.log(np.maximum(said, FLOOR))


def _share_right(answers: Sequence[_ClipAnswer | str], sense: str, labels: np.ndarray) -> float:
    logs = np.array([_logs(one, sense) for one in answers])
    return round(float(np.mean(report.answered(logs) == labels)), 4)


def _provenance(models: Models, heard: Sequence[Clip] = ()) -> dict[str, Any]:
    """The model files by their digests, and how many clips are of speakers in the training."""
    entries = Manifest(models.folder).entries
    lines = entries["voice"].fields.get("training_data", [])
    trained = {str(line).partition(",")[0] for line in lines}
    left_out = {protocols.speaker(actor) for actor in protocols.HELD_OUT_ACTORS}
    met = sum(clip.corpus in trained and clip.speaker not in left_out for clip in heard)
    return {
        "models": {name: entry.sha256 for name, entry in entries.items()},
        "seen_in_training": met,
    }


def speech(
    listed: Sequence[Clip],
    models: Models,
    folder: Path,
    seed: int = 0,
    advance: Callable[[int], None] | None = None,
) -> Report:
    """Score the shipped voice model on clips of speech, with and without adaptation.

    A clip is judged by its fullest window, with noise reduced as in a call. The emotions are
    those the clips have: in a data set without 'calm' it counts as neutral.

    Args:
        listed: What to hear. A clip that cannot be read is named in the result.
        models: The shipped ones.
        folder: Of the data set.
        seed: Of the order in which a speaker's clips are heard.
        advance: Called after each clip with the number that is done.

    Returns:
        The report, as of `report.document`, with one fold, and `failed`.

    Raises:
        DatasetError: If no clip can be read.
    """
    started = time.perf_counter()
    read, outputs, failed = heard(listed, models, advance)
    labels = outputs.labels
    answers = {}
    for name, kind in simulated_calls.ADAPTATIONS.items():
        logs = simulated_calls.answer(models.voice.prior, outputs, kind, seed)
        answers[name] = labels, metrics.among(logs, labels)
    corpora = sorted({clip.corpus for clip in read})
    result = document("voice", answers, started, corpora, read, folder, seed=seed)
    return result.having({"failed": failed} | _provenance(models, read))


def heard(
    listed: Sequence[Clip], models: Models, advance: Callable[[int], None] | None = None
) -> tuple[list[Clip], Outputs, dict[str, str]]:
    """What the shipped voice model says of clips of speech, before any adaptation.

    Args:
        listed: What to hear.
        models: The shipped ones.
        advance: Called after each clip with the number that is done.

    Returns:
        The clips that can be read, what is said of each, and why others cannot, by path.

    Raises:
        DatasetError: If no clip can be read.
    """
    done = list(workers.each(_hear, listed, models, advance))
    both = list(zip(listed, done, strict=True))
    failed = {str(clip.path): one for clip, one in both if isinstance(one, str)}
    read = [clip for clip, one in both if not isinstance(one, str)]
    if not read:
        raise DatasetError(f"None of the {len(listed)} clips can be read: {failed}.")
    found = [one for one in done if not isinstance(one, str)]
    outputs = Outputs(
        [logits for logits, _ in found],
        np.array([clip.emotion for clip in read]),
        np.array([clip.speaker for clip in read]),
        np.array([remembered for _, remembered in found]),
    )
    return read, outputs, failed


def _hear(models: Models, clip: Clip) -> tuple[VoiceLogits, bool] | str:
    """What the voice model says of a clip and whether a call would remember it, or why not."""
    try:
        window = windows.fullest(windows.cut(read_sound(clip.path)))
        samples = denoising.reduce(window.samples, window.heard)
        return models.voice(samples), memorable(window.speech_seconds)
    except (RapportError, OSError) as error:
        return str(error)


def face(
    listed: Sequence[Clip],
    models: Models,
    folder: Path,
    advance: Callable[[int], None] | None = None,
) -> Report:
    """Score the shipped face model on clips with picture, their sound left aside.

    The first two neutral clips of each person serve as personal baseline, and are not
    scored in the result of that name. Calm counts as neutral: a face alone cannot tell.

    Args:
        listed: What to watch. A clip that cannot be read, or in which no face can, is
            named in the result.
        models: The shipped ones.
        folder: Of the data set.
        advance: Called after each clip that is watched with the number that is done; those of
            people with a baseline are watched twice.

    Returns:
        The report, as of `report.document`, with one fold, its results `FACE_RESULTS`, the
        last only if someone has neutral clips to spare; and `failed`.

    Raises:
        DatasetError: If no clip can be read.
    """
    started = time.perf_counter()
    watched = list(workers.each(_watch, [(clip, None) for clip in listed], models, advance))
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

    def further(done: int) -> None:
        if advance:
            advance(len(listed) + done)

    again = list(
        workers.each(
            _watch, [(listed[row], known[listed[row].speaker]) for row in left], models, further
        )
    )
    read: dict[str, tuple[list[int], list[np.ndarray]]] = {name: ([], []) for name in FACE_RESULTS}
    for row, one in zip([*rows, *left], [*(watched[row] for row in rows), *again], strict=True):
        if isinstance(one, str):
            failed[str(listed[row].path)] = one
            continue
        logs = {"none": one.logs, "mean of frames": one.mean}
        if one.baseline is not None:
            logs = {"personal baseline": one.logs}
        for name, said in logs.items():
            read[name][0].append(row)
            read[name][1].append(said)
    labels = np.array([clip.emotion for clip in listed])
    labels = np.where(labels == emotions.CALM, emotions.NEUTRAL, labels)
    answers = {
        name: (labels[chosen], np.array(logs), np.array(chosen))
        for name, (chosen, logs) in read.items()
        if chosen
    }
    corpora = sorted({clip.corpus for clip in listed})
    result = document("face", answers, started, corpora, listed, folder)
    return result.having({"clips": len(rows), "failed": failed} | _provenance(models))


def document(
    modality: str,
    answers: Mapping[str, tuple[np.ndarray, ...]],
    started: float,
    dataset: Sequence[str],
    listed: Sequence[Clip],
    folder: Path | None = None,
    *,
    clips: int | None = None,
    protocol: str = "shipped model",
    seed: int = 0,
    labels: Sequence[str] = emotions.NAMES,
) -> Report:
    """The report of what a shipped model says of one data set, as one fold.

    Args:
        modality: 'face', 'voice' or 'fused'.
        answers: By the name of the result: true labels, log probabilities and, unless they are
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
    for name, (true, logs, *rows) in answers.items():
        chosen = rows[0] if rows else np.arange(len(true)) if listed else None
        folds[name] = [FoldAnswer("all", true, logs, seconds, chosen)]
    return report.document(
        dataset=dataset,
        protocol=protocol,
        recipe="default",
        modality=modality,
        seed=seed,
        commit=report.commit(),
        seconds=seconds,
        clips=len(listed) if clips is None else clips,
        answers=folds,
        labels=labels,
        tested=listed,
        folders=[folder] if folder else [],
        notes=completeness.notes(listed),
    )


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


def _watch(models: Models, item: tuple[Clip, Baseline | None]) -> _Watched | str:
    """A clip in the light of a person's baseline, or why no face can be read."""
    clip, baseline = item
    call = Call(models, patience=_LONGEST, baseline=baseline)
    try:
        with Recording(clip.path, frame_rate=FRAME_RATE / 0.9) as recording:
            for frame in recording:
                if isinstance(frame, Frame):
                    call.push_frame(frame)
    except (RapportError, OSError) as error:
        return str(error)
    readings = call.finish()
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
