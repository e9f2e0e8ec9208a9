"""What an evaluation found, as a document for files and as text for a terminal."""

import hashlib
import json
import math
import platform
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from emotion import emotions, satisfaction
from emotion.datasets import traits
from emotion.datasets.clips import Clip
from emotion.errors import ReportError
from emotion.evaluation import metrics

VERSION = 2
"""Of the form of the document; it grows when a key changes its meaning."""

_KEYS = (
    *("dataset", "protocol", "recipe", "modality", "seed", "commit", "date", "seconds"),
    *("clips", "labels", "tested"),
)
"""What every document has besides `version`, `results` and `digest`."""

_FIGURES = (
    *("clips", "accuracy", "unweighted_average_recall", "macro_f1", "accuracy_95"),
    *("expected_calibration_error", "confusion", "unanswered", "recall", "precision", "f1"),
    *("reliability", "folds", "accuracy_95_over_folds"),
)
"""What every result of a document has."""


@dataclass(frozen=True)
class FoldAnswer:
    """What a recogniser answered to the clips that a fold tests.

    Attributes:
        name: Of the fold, see `emotion.evaluation.protocols.Fold`.
        labels: True emotions, integers, shape (n,).
        log_probabilities: Shape (n, 8); a row of NaN is no answer, and wrong.
        seconds: That training and testing took.
        clips: Which of the tested clips each row is of, integers, shape (n,); None if the
            document is to list no clips.
    """

    name: str
    labels: np.ndarray
    log_probabilities: np.ndarray
    seconds: float
    clips: np.ndarray | None = None

    @property
    def predicted(self) -> np.ndarray:
        """The answers, shape (n,), -1 for none."""
        return answered(self.log_probabilities)


def answered(log_probabilities: np.ndarray) -> np.ndarray:
    """The likeliest class of each row, shape (n,), -1 for one of NaN."""
    given = ~np.isnan(log_probabilities).any(axis=1)
    return np.where(given, np.nan_to_num(log_probabilities, nan=-np.inf).argmax(axis=1), -1)


def figures(
    labels: np.ndarray, log_probabilities: np.ndarray, names: Sequence[str]
) -> dict[str, Any]:
    """Figures of answers, fit for JSON: shares from 0 to 1, rounded, None where there is none.

    Args:
        labels: True classes, integers, shape (n,).
        log_probabilities: Shape (n, classes).
        names: Of the classes.

    Returns:
        `clips`, `accuracy`, `unweighted_average_recall`, `macro_f1`, `accuracy_95` (low
        and high end over clips), `expected_calibration_error`, `confusion` (counts, a
        list for each true class), `unanswered` (clips without an answer, by true class),
        `recall`, `precision` and `f1` by the names of the classes that occur, and
        `reliability`: bins of confidence with `clips`, `confidence` and `accuracy`.
    """
    predicted = answered(log_probabilities)
    matrix = metrics.confusion(labels, predicted, len(names))
    present = matrix.sum(axis=1) > 0
    given = predicted >= 0
    confidence = np.exp(log_probabilities[given].max(axis=1)) if given.any() else np.zeros(0)
    bins = metrics.reliability(confidence, (predicted == labels)[given])
    error = sum(one.clips * abs(one.confidence - one.accuracy) for one in bins)

    def by_class(values: np.ndarray) -> dict[str, float | None]:
        return {name: _rounded(values[i]) for i, name in enumerate(names) if present[i]}

    return {
        "clips": len(labels),
        "accuracy": _rounded(metrics.accuracy(matrix)),
        "unweighted_average_recall": _rounded(metrics.unweighted_average_recall(matrix)),
        "macro_f1": _rounded(metrics.macro_f1(matrix)),
        "accuracy_95": [_rounded(end) for end in metrics.bootstrap_interval(predicted == labels)],
        "expected_calibration_error": _rounded(error / given.sum()) if given.any() else None,
        "confusion": matrix[:, : len(names)].tolist(),
        "unanswered": [int(np.sum(labels[~given] == index)) for index in range(len(names))],
        "recall": by_class(metrics.recall(matrix)),
        "precision": by_class(metrics.precision(matrix)),
        "f1": by_class(metrics.f1(matrix)),
        "reliability": [
            {
                "clips": one.clips,
                "confidence": _rounded(one.confidence),
                "accuracy": _rounded(one.accuracy),
            }
            for one in bins
        ],
    }


def document(
    *,
    dataset: str | Sequence[str],
    protocol: str,
    recipe: str,
    modality: str,
    seed: int,
    commit: str,
    seconds: float,
    clips: int,
    answers: Mapping[str, Sequence[FoldAnswer]],
    labels: Sequence[str] = emotions.NAMES,
    tested: Sequence[Clip] = (),
    folders: Sequence[Path] = (),
) -> dict[str, Any]:
    """All that an evaluation found, fit for JSON.

    Args:
        dataset: Name of the data set, or those of several.
        protocol: One of `emotion.evaluation.protocols.PROTOCOLS`.
        recipe: How the recogniser was trained.
        modality: What it reads, such as 'speech'.
        seed: Of the splits and the training.
        commit: Of the code, see `commit`.
        seconds: That everything took.
        clips: Number that was tested.
        answers: The folds by the name of the adaptation, such as 'none' or 'speaker';
            the first is the one whose confusion `text` shows. None may be empty.
        labels: Names of the classes.
        tested: The clips that `FoldAnswer.clips` counts.
        folders: Of the data sets, from which the paths in the document start.

    Returns:
        The arguments up to `labels` but for `answers`, with `version`, `date` (ISO 8601,
        UTC), `versions` of Python and numpy, `tested` (columns: file, corpus, speaker,
        emotion and the traits of `emotion.datasets.traits`) and `results`. That has for
        each adaptation the `figures` of all clips pooled, the `mean_over_folds` of
        accuracy and recall, `accuracy_95_over_folds` (of that mean, None for a single
        fold), `folds`, each with `name`, `seconds` and `figures`, and, where clips are
        listed, `answers` (columns: clip, fold, emotion, answer, -1 for none, and
        probability); over our eight emotions also `satisfaction`, the figures of
        satisfied, neutral and dissatisfied. Where a clip is tested in several folds, it
        counts in the pool once for each.
    """
    return {
        "version": VERSION,
        "dataset": [dataset] if isinstance(dataset, str) else list(dataset),
        "protocol": protocol,
        "recipe": recipe,
        "modality": modality,
        "seed": seed,
        "commit": commit,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
        "seconds": round(seconds, 2),
        "clips": clips,
        "labels": list(labels),
        "tested": _table_of(tested, folders),
        "results": {
            name: _result(folds, labels, _kinds(folds, tested, protocol))
            for name, folds in answers.items()
        },
    }


def _kinds(folds: Sequence[FoldAnswer], tested: Sequence[Clip], protocol: str) -> np.ndarray | None:
    """Satisfied, neutral or dissatisfied for each answer, by what its clip really shows.

    A calm clip is a satisfied one, also where calm counts as neutral because a face cannot
    tell. Where corpora are left out nobody knows which neutral clips were calm.
    """
    if protocol == "leave-one-corpus-out":
        return None
    if not tested or any(fold.clips is None for fold in folds):
        return satisfaction.GROUP_OF[np.concatenate([fold.labels for fold in folds])]
    shown = np.array([clip.emotion for clip in tested])
    rows = np.concatenate([fold.clips for fold in folds if fold.clips is not None])
    return satisfaction.GROUP_OF[shown[rows]]


def _table_of(clips: Sequence[Clip], folders: Sequence[Path]) -> dict[str, list[Any]]:
    """Columns of what is known of clips."""
    if not clips:
        return {}
    told = [traits.of(clip) for clip in clips]
    table: dict[str, list[Any]] = {
        "file": [_relative(clip.path, folders) for clip in clips],
        "corpus": [clip.corpus for clip in clips],
        "speaker": [clip.speaker for clip in clips],
        "emotion": [int(clip.emotion) for clip in clips],
    }
    return table | {name: [one.get(name) for one in told] for name in traits.NAMES}


def _relative(path: Path, folders: Sequence[Path]) -> str:
    for folder in folders:
        with suppress(ValueError):
            return path.resolve().relative_to(folder.resolve()).as_posix()
    return f"{path.parent.name}/{path.name}"


def _result(
    folds: Sequence[FoldAnswer], names: Sequence[str], kinds: np.ndarray | None
) -> dict[str, Any]:
    matrices = [metrics.confusion(fold.labels, fold.predicted, len(names)) for fold in folds]
    accuracies = [metrics.accuracy(matrix) for matrix in matrices]
    recalls = [metrics.unweighted_average_recall(matrix) for matrix in matrices]
    labels = np.concatenate([fold.labels for fold in folds])
    logs = np.concatenate([fold.log_probabilities for fold in folds])
    pooled = figures(labels, logs, names)
    if tuple(names) == emotions.NAMES and kinds is not None:
        groups = np.log(satisfaction.groups(np.exp(logs)) + 1e-12)
        pooled["satisfaction"] = figures(kinds, groups, satisfaction.LABELS)
    if all(fold.clips is not None for fold in folds):
        pooled["answers"] = _answers(folds)
    # Student's t knows nothing of shares and may go past 0 or 1.
    interval = np.clip(metrics.fold_interval(accuracies), 0, 1)
    return pooled | {
        "mean_over_folds": {
            "accuracy": _rounded(float(np.mean(accuracies))),
            "unweighted_average_recall": _rounded(float(np.mean(recalls))),
        },
        "accuracy_95_over_folds": [_rounded(end) for end in interval],
        "folds": [
            {
                "name": fold.name,
                "seconds": round(fold.seconds, 2),
                "figures": figures(fold.labels, fold.log_probabilities, names),
            }
            for fold in folds
        ],
    }


def _answers(folds: Sequence[FoldAnswer]) -> dict[str, list[Any]]:
    """Columns of what was answered to each clip."""
    columns: dict[str, list[Any]] = {
        name: [] for name in ("clip", "fold", "emotion", "answer", "probability")
    }
    for index, fold in enumerate(folds):
        assert fold.clips is not None
        confidence = np.exp(np.nan_to_num(fold.log_probabilities, nan=-np.inf).max(axis=1))
        columns["clip"] += [int(clip) for clip in fold.clips]
        columns["fold"] += [index] * len(fold.labels)
        columns["emotion"] += [int(label) for label in fold.labels]
        columns["answer"] += [int(answer) for answer in fold.predicted]
        columns["probability"] += [round(float(share), 3) for share in confidence]
    return columns


def written(document: Mapping[str, Any]) -> str:
    """A document as the text of a file, with a digest by which changes are noticed.

    One line for each long column, so that a file of a thousand clips can be looked through.
    """
    content = {key: value for key, value in document.items() if key != "digest"}
    return _pretty(content | {"digest": _digest(content)}) + "\n"


def _digest(content: Mapping[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _pretty(value: Any, indent: int = 0) -> str:
    """JSON with an object's members on lines of their own and lists on one line."""
    inner = " " * (indent + 2)
    if isinstance(value, Mapping) and value:
        members = (
            f"{inner}{json.dumps(key)}: {_pretty(one, indent + 2)}" for key, one in value.items()
        )
        return "{\n" + ",\n".join(members) + f"\n{' ' * indent}}}"
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        members = (inner + _pretty(one, indent + 2) for one in value)
        return "[\n" + ",\n".join(members) + f"\n{' ' * indent}]"
    return json.dumps(value)


def read(path: Path) -> dict[str, Any]:
    """The document in a file.

    Raises:
        ReportError: If the file is missing, or as for `parse`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ReportError(f"The report {path} cannot be read: {reason}.") from error
    return parse(text, path.name)


def parse(text: str, name: str) -> dict[str, Any]:
    """The document in the text of a file.

    Args:
        text: As `written` gives it.
        name: Of the file, for errors.

    Raises:
        ReportError: If it is no report, one of another version, lacks something, or was
            changed since.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReportError(
            f"{name} is no report: it should be JSON as `python -m emotion evaluate --json` "
            f"writes it ({error})."
        ) from error
    if not isinstance(document, dict) or not {"version", "results"} <= set(document):
        found = ", ".join(map(str, list(document)[:5])) if isinstance(document, dict) else "none"
        raise ReportError(
            f"{name} is no report: it should have the keys version and results. Found: {found}."
        )
    if document["version"] != VERSION:
        raise ReportError(
            f"{name} is a report of version {document['version']}; this Rapport reads version "
            f"{VERSION}. Run the evaluation again."
        )
    missing = [key for key in (*_KEYS, "digest") if key not in document]
    results = document["results"]
    if isinstance(results, dict) and results:
        for result in results.values():
            missing += [key for key in _FIGURES if key not in result]
    else:
        missing.append("a result")
    if missing:
        raise ReportError(f"{name} is not a whole report: {', '.join(missing)} is missing.")
    content = {key: value for key, value in document.items() if key != "digest"}
    if _digest(content) != document["digest"]:
        raise ReportError(
            f"{name} was changed after it had been written: its digest says "
            f"{str(document['digest'])[:10]}…, and its content has {_digest(content)[:10]}…. "
            "Take the original, or run the evaluation again."
        )
    return document


def text(document: Mapping[str, Any]) -> str:
    """A short summary of a document for a terminal, figures in percent.

    Args:
        document: As `document` makes it, or as read back from JSON.

    Returns:
        A table of the results, each followed by its folds if there are several, the
        confusion of the first result with the share of each true class's clips, and the
        accuracies under conditions if there are any; without a last newline.
    """
    of_clips = ["clips", "accuracy", "95 % (clips)", "UAR", "macro F1", "ECE"]
    rows = [["in %", *of_clips, "mean over folds", "95 % (folds)", "mean UAR"]]
    for name, result in document["results"].items():
        mean = result["mean_over_folds"]
        rows.append(
            [
                name,
                *_cells(result),
                _percent(mean["accuracy"]),
                _interval(result["accuracy_95_over_folds"]),
                _percent(mean["unweighted_average_recall"]),
            ]
        )
        folds = result["folds"] if len(result["folds"]) > 1 else []
        rows += [[f"  {fold['name']}", *_cells(fold["figures"])] for fold in folds]
    head = (
        f"{', '.join(document['dataset'])}: {document['protocol']}, {document['modality']}, "
        f"recipe {document['recipe']}, seed {document['seed']}, {document['clips']} clips, "
        f"{document['seconds']:.0f} s, commit {document['commit']}"
    )
    notes = list(document.get("notes", []))
    if met := document.get("acquainted"):
        notes.append(
            f"{met} of {document['clips']} clips are of people that the shipped voice was trained "
            "on: these figures are not of strangers."
        )
    if failed := document.get("failed"):
        notes.append(f"{len(failed)} clips could not be read:")
        notes += [f"  {path}: {reason}" for path, reason in failed.items()]
    lines = [head, *notes, "", *_table(rows)]
    name, result = next(iter(document["results"].items()))
    lines += ["", f"Answers in % of the clips of each true class, {name}"]
    lines += _table(_confusion(result["confusion"], document["labels"]))
    if impaired := document.get("impaired"):
        ways = [way for way in impaired if way != "clips"]
        lines += ["", f"Accuracy in % under conditions, {impaired['clips']} clips"]
        names = impaired[ways[0]]
        rows = [[name, *(_percent(impaired[way][name]) for way in ways)] for name in names]
        lines += _table([["", *ways], *rows])
    return "\n".join(lines)


def _confusion(matrix: Sequence[Sequence[int]], names: Sequence[str]) -> list[list[str]]:
    """Rows of a table in percent, for the true classes that occur."""
    return [["", *names]] + [
        [name, *(f"{100 * count / sum(counts):.0f}" for count in counts)]
        for name, counts in zip(names, matrix, strict=True)
        if sum(counts)
    ]


def _cells(figures: Mapping[str, Any]) -> list[str]:
    return [
        str(figures["clips"]),
        _percent(figures["accuracy"]),
        _interval(figures["accuracy_95"]),
        _percent(figures["unweighted_average_recall"]),
        _percent(figures["macro_f1"]),
        _percent(figures["expected_calibration_error"]),
    ]


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with aligned columns, the first to the left; rows may end early."""
    widths = [
        max(len(row[column]) for row in rows if column < len(row)) for column in range(len(rows[0]))
    ]
    return [
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=False))
        ).rstrip()
        for row in rows
    ]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def _interval(ends: Sequence[float | None]) -> str:
    return "-" if None in ends else " to ".join(map(_percent, ends))


def _rounded(value: float) -> float | None:
    # JSON has no NaN.
    return None if math.isnan(value) else round(float(value), 4)


def commit() -> str:
    """The short name of the commit that is checked out, or 'unknown' outside git."""
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"
