"""A report as text for a terminal."""

import io
from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from emotion.readings.probability import row_shares
from emotion.reports.figures import Figures, Result
from emotion.reports.model import Report
from emotion.reports.names import ProtocolName, ResultName

_WIDTH = 160
"""Columns of text; a report is often read in a file."""

_SCORED = (ProtocolName.SHIPPED, ProtocolName.VALID, ProtocolName.TEST)

_MEANING = (
    "UAR is the unweighted average recall: the mean over emotions of the share of their clips that "
    "is found.\nECE is the expected calibration error: how far, on average, confidence is from "
    "accuracy; lower is better."
)


def summary(report: Report) -> str:
    """A short summary of a report, figures in percent.

    Args:
        report: The report.

    Returns:
        A table of the results, each followed by its folds if there are several, what its
        columns are, the confusion of the first result with the share of each true class's
        clips, and the accuracies under conditions if there are any; without a last newline.
    """
    # A shipped model is scored as it is, by no recipe.
    recipe = "" if report.protocol in _SCORED else f"recipe {report.recipe}, "
    head = (
        f"{', '.join(report.dataset)}: {report.protocol}, {report.modality}, "
        f"{recipe}seed {report.seed}, {report.clips} clips, "
        f"{report.seconds:.0f} s, commit {report.commit or 'unknown'}"
    )
    parts = ["\n".join([head, *_notes(report)]), f"{_figures(report)}\n{_MEANING}"]
    name, result = next(iter(report.results.items()))
    parts.append(f"Predictions in % of the clips of each true class, {_called(name)}\n")
    parts[-1] += _confusion(result, report.labels)
    if report.impaired:
        parts.append(f"Accuracy in % under conditions, {report.impaired.clips} clips\n")
        ways = report.impaired.accuracy
        names = list(next(iter(ways.values())))
        rows = [[one, *(percent(ways[way][one]) for way in ways)] for one in names]
        parts[-1] += _text(["", *ways], rows)
    return "\n\n".join(parts)


def percent(share: float | None) -> str:
    """A share in percent with one decimal, '–' where there is none."""
    return "–" if share is None else f"{100 * share:.1f}"


def interval(ends: Sequence[float | None]) -> str:
    """An interval of shares in percent, '–' where it has no ends."""
    return "–" if None in ends else " to ".join(map(percent, ends))


def seen_in_training(report: Report) -> str:
    """A sentence on people whom a shipped model was trained on; '' where there are none.

    Args:
        report: The report.
    """
    if not report.seen_in_training:
        return ""
    by = f" ({' and '.join(report.seen_by_model)})" if report.seen_by_model else ""
    return (
        f"{report.seen_in_training:,} of {report.clips:,} clips are of people that a shipped "
        f"model{by} was trained on: these figures are optimistically biased."
    )


def _notes(report: Report) -> list[str]:
    notes = list(report.notes)
    if seen := seen_in_training(report):
        notes.append(seen)
    if report.failed:
        notes.append(f"{len(report.failed)} clips could not be read:")
        notes += [f"  {path}: {reason}" for path, reason in report.failed.items()]
    return notes


def _figures(report: Report) -> str:
    names = ["in %", "clips", "accuracy", "95 % (clips)", "UAR", "macro F1", "ECE"]
    several = any(len(result.folds) > 1 for result in report.results.values())
    if several:
        names += ["mean over folds", "95 % (folds)", "mean UAR"]
    rows = []
    for name, result in report.results.items():
        mean = result.mean_over_folds
        over_folds = [
            percent(mean.accuracy),
            interval(result.accuracy_95_over_folds),
            percent(mean.unweighted_average_recall),
        ]
        rows.append([_called(name), *_cells(result), *(over_folds if several else ())])
        folds = result.folds if len(result.folds) > 1 else []
        rows += [[f"  {fold.name}", *_cells(fold.figures), "", "", ""] for fold in folds]
    return _text(names, rows)


def _called(result: str) -> str:
    """A way of predicting as people would say it."""
    return "not adapted" if result == ResultName.PLAIN else result


def _cells(figures: Figures) -> list[str]:
    return [
        str(figures.clips),
        percent(figures.accuracy),
        interval(figures.accuracy_95),
        percent(figures.unweighted_average_recall),
        percent(figures.macro_f1),
        percent(figures.expected_calibration_error),
    ]


def _confusion(result: Result, names: Sequence[str]) -> str:
    """In percent, for the true classes that occur."""
    shares = row_shares(np.array(result.confusion))
    rows = [
        [name, *(f"{100 * share:.0f}" for share in of_class)]
        for name, counts, of_class in zip(names, result.confusion, shares, strict=True)
        if sum(counts)
    ]
    return _text(["", *names], rows)


def _text(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An aligned table without lines around it, the first column to the left."""
    table = Table(box=None, pad_edge=False)
    for place, name in enumerate(names):
        table.add_column(name, justify="right" if place else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    drawn = Console(file=io.StringIO(), width=_WIDTH, color_system=None)
    drawn.print(table)
    assert isinstance(drawn.file, io.StringIO)
    return "\n".join(line.rstrip() for line in drawn.file.getvalue().rstrip().splitlines())
