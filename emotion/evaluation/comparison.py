"""What the predictions in reports show: by kind of clip, cell by cell, and against each other."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from emotion.errors import ReportError
from emotion.evaluation import metrics
from emotion.reports.model import Report

GROUPS = ("speaker", "corpus", "intensity", "sex", "sentence")
"""What clips are grouped by, as far as a report knows."""

CHANCE = 0.05
"""Largest p value that counts as more than chance."""


@dataclass(frozen=True)
class Difference:
    """How one recogniser does against another on the clips that both were tested on.

    Attributes:
        clips: How many.
        first: Accuracy of the one, 0 to 1.
        second: Of the other.
        interval: 95 % interval of their difference, by a paired bootstrap.
        p: Chance of such a difference between equals, by McNemar's exact test.
    """

    clips: int
    first: float
    second: float
    interval: tuple[float, float]
    p: float

    @property
    def sentence(self) -> str:
        """What it means, in words."""
        points = 100 * (self.first - self.second)
        low, high = (100 * end for end in self.interval)
        # First the interval: the difference alone sounds surer than it is.
        interval = f"{low:+.1f} to {high:+.1f} points (95 %):"
        test = f"(McNemar p = {self.p:.2g})"
        common = f"on the {self.clips:,} clips that both were tested on"
        if points == 0:
            return f"{interval} both are right equally often {common} {test}."
        better = "more" if points > 0 else "less"
        verdict = (
            "That is more than chance."
            if self.p <= CHANCE
            else "That may be chance: such a difference is found between equals as well."
        )
        return (
            f"{interval} the first is right {abs(points):.1f} points {better} often {common} "
            f"{test}. {verdict}"
        )


def predictions(report: Report, result: str) -> pd.DataFrame:
    """One row for each prediction of a result, with what is known of its clip.

    Columns: file, corpus, speaker, the traits, fold (its name), emotion and prediction
    (indices into the report's labels, -1 for none), probability and right.

    Args:
        report: The report.
        result: Name of one of its results.

    Raises:
        ReportError: If the report lists no clips, or has no such result.
    """
    if result not in report.results:
        raise ReportError(
            f"The report has no result {result!r}; it has {', '.join(report.results)}."
        )
    found = report.results[result].predictions
    if found is None or not found.clip:
        raise ReportError("The report lists no clips, only figures of all of them.")
    table = pd.DataFrame(found.model_dump())
    # What was tested may count under another emotion, such as calm as neutral.
    tested = pd.DataFrame(report.tested.columns).drop(columns="emotion")
    table = tested.iloc[table["clip"]].reset_index(drop=True).join(table)
    names = [fold.name for fold in report.results[result].folds]
    table["fold"] = [names[index] for index in table["fold"]]
    table["right"] = table["emotion"] == table["prediction"]
    return table.drop(columns="clip")


def by_group(table: pd.DataFrame, group: str) -> pd.DataFrame:
    """Accuracy of each kind of clip.

    Args:
        table: From `predictions`.
        group: One of `GROUPS`.

    Returns:
        Columns: the group, clips, accuracy, low and high (95 %, Wilson), all 0 to 1; no
        row if nothing is known of the group.
    """
    rows = []
    for name, part in table.dropna(subset=[group]).groupby(group, sort=True):
        right = int(part["right"].sum())
        low, high = metrics.wilson_interval(right, len(part))
        rows.append(
            {
                group: str(name),
                "clips": len(part),
                "accuracy": right / len(part),
                "low": low,
                "high": high,
            }
        )
    return pd.DataFrame(rows, columns=[group, "clips", "accuracy", "low", "high"])


def cell(table: pd.DataFrame, emotion: int, prediction: int) -> pd.DataFrame:
    """The predictions in a cell of the confusion matrix, the surest first.

    Args:
        table: From `predictions`.
        emotion: True class.
        prediction: Predicted one, -1 for none.
    """
    chosen = table[(table["emotion"] == emotion) & (table["prediction"] == prediction)]
    return chosen.sort_values("probability", ascending=False)


def share_clips(one: Report, other: Report) -> bool:
    """Whether two reports tested a clip in common, as far as they list their clips.

    Args:
        one: A report.
        other: Another one.

    Returns:
        False where one of them lists none.
    """
    if not (len(one.tested) and len(other.tested)):
        return False
    if set(one.tested.corpus).isdisjoint(other.tested.corpus):
        return False
    keys = ["corpus", "file", "speaker"]
    # Of objects: a page asks this of each report, and pandas's own type of text is slow to make.
    tables = (
        pd.DataFrame({key: report.tested.columns[key] for key in keys}, dtype=object)
        for report in (one, other)
    )
    first, second = (
        set(zip(table["corpus"], table["file"], strict=True)) for table in _named_alike(*tables)
    )
    return bool(first & second)


def compare(one: pd.DataFrame, other: pd.DataFrame) -> Difference:
    """Two recognisers on the clips that both were tested on.

    A clip that was tested several times counts once, by its first prediction: predictions for one
    clip are not independent. Clips for which the true emotion is not the same are left out.

    Args:
        one: Predictions of the first, from `predictions`.
        other: Predictions of the other, from `predictions`.

    Raises:
        ReportError: If there is no clip that both tested, or none with the same true emotion.
    """
    keys = ["corpus", "file"]
    one, other = _named_alike(one, other)
    once = [table.drop_duplicates(keys)[[*keys, "emotion", "right"]] for table in (one, other)]
    both = once[0].merge(once[1], on=keys, suffixes=("", " of the other"))
    if both.empty:
        raise ReportError("The two reports tested no clip in common, so they cannot be compared.")
    both = both[both["emotion"] == both["emotion of the other"]]
    if both.empty:
        raise ReportError(
            "The two reports count other emotions as right, so they cannot be compared."
        )
    first = both["right"].to_numpy(bool)
    second = both["right of the other"].to_numpy(bool)
    return Difference(
        len(both),
        float(np.mean(first)),
        float(np.mean(second)),
        metrics.paired_interval(first, second),
        metrics.mcnemar(first, second),
    )


def _named_alike(one: pd.DataFrame, other: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables with clips that are named from the same folder on, as far as that can be.

    A report names them from the folder that was tested: 'Actor_01/a.mp4' of a whole data set is
    'a.mp4' of that actor's folder. Columns: corpus, file, speaker and any more.
    """
    depths = [
        int(table["file"].str.count("/").min()) if len(table) else 0 for table in (one, other)
    ]
    if depths[0] == depths[1]:
        return one, other
    parts = min(depths) + 1
    keys = ["corpus", "file"]
    short = []
    for table in (one, other):
        names = table["file"].str.split("/").str[-parts:].str.join("/")
        # Two people's clips may be called the same, each in a folder of their own.
        renamed = table.assign(file=table["speaker"].astype(str) + "/" + names)
        if len(renamed[keys].drop_duplicates()) < len(table[keys].drop_duplicates()):
            return one, other
        short.append(renamed)
    return short[0], short[1]
