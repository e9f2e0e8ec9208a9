"""What an evaluation found, as a document for files and as text for a terminal."""

import math
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from emotion import emotions
from emotion.evaluation import metrics

VERSION = 1
"""Of the form of the document; it grows when a key changes its meaning."""


@dataclass(frozen=True)
class FoldAnswer:
    """What a recogniser answered to the clips that a fold tests.

    Attributes:
        name: Of the fold, see `emotion.evaluation.protocols.Fold`.
        labels: True emotions, integers, shape (n,).
        log_probabilities: Shape (n, 8).
        seconds: That training and testing took.
    """

    name: str
    labels: np.ndarray
    log_probabilities: np.ndarray
    seconds: float


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
        list for each true class) and `recall` by the names of the classes that occur.
    """
    predicted = log_probabilities.argmax(axis=1)
    matrix = metrics.confusion(labels, predicted, len(names))
    counts = matrix.sum(axis=1)
    return {
        "clips": len(labels),
        "accuracy": _rounded(metrics.accuracy(matrix)),
        "unweighted_average_recall": _rounded(metrics.unweighted_average_recall(matrix)),
        "macro_f1": _rounded(metrics.macro_f1(matrix)),
        "accuracy_95": [_rounded(end) for end in metrics.bootstrap_interval(predicted == labels)],
        "expected_calibration_error": (
            _rounded(metrics.expected_calibration_error(np.exp(log_probabilities), labels))
            if len(labels)
            else None
        ),
        "confusion": matrix.tolist(),
        "recall": {
            name: _rounded(matrix[index, index] / counts[index])
            for index, name in enumerate(names)
            if counts[index]
        },
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

    Returns:
        The arguments but for `answers`, with `version`, `date` (ISO 8601, UTC) and
        `results`. That has for each adaptation the `figures` of all clips pooled, the
        `mean_over_folds` of accuracy and recall, `accuracy_95_over_folds` (of that mean,
        None for a single fold) and `folds`, each with `name`, `seconds` and `figures`.
        Where a clip is tested in several folds, it counts in the pool once for each.
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
        "seconds": round(seconds, 2),
        "clips": clips,
        "labels": list(labels),
        "results": {name: _result(folds, labels) for name, folds in answers.items()},
    }


def _result(folds: Sequence[FoldAnswer], names: Sequence[str]) -> dict[str, Any]:
    matrices = [
        metrics.confusion(fold.labels, fold.log_probabilities.argmax(axis=1), len(names))
        for fold in folds
    ]
    accuracies = [metrics.accuracy(matrix) for matrix in matrices]
    recalls = [metrics.unweighted_average_recall(matrix) for matrix in matrices]
    pooled = figures(
        np.concatenate([fold.labels for fold in folds]),
        np.concatenate([fold.log_probabilities for fold in folds]),
        names,
    )
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


def text(document: Mapping[str, Any]) -> str:
    """A short summary of a document for a terminal, figures in percent.

    Args:
        document: As `document` makes it, or as read back from JSON.

    Returns:
        A table of the results, each followed by its folds, the confusion of the first
        result with the share of each true emotion's clips, and the accuracies under
        conditions if there are any; without a last newline.
    """
    of_clips = ["clips", "accuracy", "95 % (clips)", "UAR", "macro F1", "ECE"]
    rows = [["in %", *of_clips, "mean over folds", "95 % (folds)", "mean UAR"]]
    for name, result in document["results"].items():
        mean = result["mean_over_folds"]
        rows.append(
            [
                f"adaptation: {name}",
                *_cells(result),
                _percent(mean["accuracy"]),
                _interval(result["accuracy_95_over_folds"]),
                _percent(mean["unweighted_average_recall"]),
            ]
        )
        rows += [[f"  {fold['name']}", *_cells(fold["figures"])] for fold in result["folds"]]
    head = (
        f"{', '.join(document['dataset'])}: {document['protocol']}, {document['modality']}, "
        f"recipe {document['recipe']}, seed {document['seed']}, {document['clips']} clips, "
        f"{document['seconds']:.0f} s, commit {document['commit']}"
    )
    lines = [head, "", *_table(rows)]
    name, result = next(iter(document["results"].items()))
    lines += ["", f"Answers in % of the clips of each true emotion, adaptation: {name}"]
    lines += _table(_confusion(result["confusion"], document["labels"]))
    if impaired := document.get("impaired"):
        ways = [way for way in impaired if way != "clips"]
        lines += ["", f"Accuracy in % under conditions, {impaired['clips']} clips, not adapted"]
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
