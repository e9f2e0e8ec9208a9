"""Reports made of what an evaluation found."""

import math
import platform
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from emotion.datasets import traits
from emotion.datasets.clips import Clip
from emotion.evaluation import metrics
from emotion.readings import emotions, satisfaction
from emotion.reports.figures import (
    Bin,
    Figures,
    FoldResult,
    MeanOverFolds,
    Predictions,
    Result,
)
from emotion.reports.model import ClipColumns, OptionalParts, Report
from emotion.reports.names import ProtocolName


@dataclass(frozen=True)
class FoldPredictions:
    """What a recogniser predicted for the clips that a fold tests.

    Attributes:
        name: Of the fold, see `emotion.evaluation.protocols.Fold`.
        labels: True emotions, integers, shape (n,).
        log_probabilities: Shape (n, 8); a row of NaN is no prediction, and wrong.
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
        """The predictions, shape (n,), -1 for none."""
        return predicted_classes(self.log_probabilities)


def predicted_classes(log_probabilities: np.ndarray) -> np.ndarray:
    """The likeliest class of each clip.

    Args:
        log_probabilities: Shape (n, c); a row of NaN for a clip without a prediction.

    Returns:
        Shape (n,), -1 for a row of NaN.
    """
    given = ~np.isnan(log_probabilities).any(axis=1)
    return np.where(given, np.nan_to_num(log_probabilities, nan=-np.inf).argmax(axis=1), -1)


def figures(labels: np.ndarray, log_probabilities: np.ndarray, names: Sequence[str]) -> Figures:
    """Figures of predictions, rounded to four decimals.

    Args:
        labels: True classes, integers, shape (n,).
        log_probabilities: Shape (n, classes); a row of NaN is no prediction.
        names: Of the classes.
    """
    predicted = predicted_classes(log_probabilities)
    matrix = metrics.confusion(labels, predicted, len(names))
    present = matrix.sum(axis=1) > 0
    classes = metrics.by_class(matrix)
    given = predicted >= 0
    confidence = np.exp(log_probabilities[given].max(axis=1)) if given.any() else np.zeros(0)
    bins = metrics.reliability(confidence, (predicted == labels)[given])
    error = sum(one.clips * abs(one.confidence - one.accuracy) for one in bins)
    low, high = metrics.bootstrap_interval(predicted == labels)

    def named(values: np.ndarray) -> dict[str, float | None]:
        return {name: _rounded(values[i]) for i, name in enumerate(names) if present[i]}

    return Figures(
        clips=len(labels),
        accuracy=_rounded(metrics.accuracy(matrix)),
        unweighted_average_recall=_rounded(classes.unweighted_average_recall),
        macro_f1=_rounded(classes.macro_f1),
        accuracy_95=(_rounded(low), _rounded(high)),
        expected_calibration_error=_rounded(error / given.sum()) if given.any() else None,
        confusion=matrix[:, : len(names)].tolist(),
        unanswered=[int(np.sum(labels[~given] == index)) for index in range(len(names))],
        recall=named(classes.recall),
        precision=named(classes.precision),
        f1=named(classes.f1),
        reliability=[
            Bin(
                clips=one.clips,
                confidence=round(one.confidence, 4),
                accuracy=round(one.accuracy, 4),
            )
            for one in bins
        ],
    )


def document(
    *,
    dataset: str | Sequence[str],
    protocol: str,
    recipe: str,
    modality: str,
    seed: int,
    commit: str | None,
    seconds: float,
    clips: int,
    predictions: Mapping[str, Sequence[FoldPredictions]],
    labels: Sequence[str] = emotions.NAMES,
    tested: Sequence[Clip] = (),
    folders: Sequence[Path] = (),
    parts: OptionalParts | None = None,
) -> Report:
    """The report of an evaluation.

    Args:
        dataset: Name of the data set, or those of several.
        protocol: One of `emotion.evaluation.protocols.PROTOCOLS`.
        recipe: How the recogniser was trained.
        modality: What it reads, such as 'voice'.
        seed: Of the splits and the training.
        commit: Of the code, see `commit`.
        seconds: That everything took.
        clips: Number that was tested.
        predictions: The folds by the name of the result, such as 'none' or 'speaker-adapted'; the
            first is the one whose confusion a summary shows. None may be empty.
        labels: Names of the classes.
        tested: The clips that `FoldPredictions.clips` counts.
        folders: Of the data sets, from which the paths in the report start.
        parts: Optional ones of the report; None for none.

    Returns:
        The report. Where a clip is tested in several folds, it counts in the pooled figures
        once for each.

    Raises:
        ValueError: If a part does not fit the others.
    """
    made = Report(
        dataset=[dataset] if isinstance(dataset, str) else list(dataset),
        protocol=str(protocol),
        recipe=recipe,
        modality=str(modality),
        seed=seed,
        commit=commit,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        versions={"python": platform.python_version(), "numpy": np.__version__},
        seconds=round(seconds, 2),
        clips=clips,
        labels=list(labels),
        tested=_table_of(tested, folders),
        results={
            str(name): _result(folds, labels, _kinds(folds, tested, protocol))
            for name, folds in predictions.items()
        },
    )
    return made if parts is None else made.having(parts)


def _kinds(
    folds: Sequence[FoldPredictions], tested: Sequence[Clip], protocol: str
) -> np.ndarray | None:
    """Satisfied, neutral or dissatisfied for each prediction, by what its clip really shows.

    A calm clip is a satisfied one, also where calm counts as neutral because a face cannot
    tell. Where corpora are left out nobody knows which neutral clips were calm.
    """
    if protocol == ProtocolName.LEAVE_ONE_CORPUS_OUT:
        return None
    if not tested or any(fold.clips is None for fold in folds):
        return satisfaction.GROUP_OF[np.concatenate([fold.labels for fold in folds])]
    shown = np.array([clip.emotion for clip in tested])
    rows = np.concatenate([fold.clips for fold in folds if fold.clips is not None])
    return satisfaction.GROUP_OF[shown[rows]]


def _table_of(clips: Sequence[Clip], folders: Sequence[Path]) -> ClipColumns:
    found = [traits.of(clip) for clip in clips]
    return ClipColumns(
        file=[_relative(clip.path, folders) for clip in clips],
        corpus=[clip.corpus for clip in clips],
        speaker=[clip.speaker for clip in clips],
        emotion=[int(clip.emotion) for clip in clips],
        intensity=[one.get("intensity") for one in found],
        sex=[one.get("sex") for one in found],
        sentence=[one.get("sentence") for one in found],
    )


def _relative(path: Path, folders: Sequence[Path]) -> str:
    for folder in folders:
        with suppress(ValueError):
            return path.resolve().relative_to(folder.resolve()).as_posix()
    return f"{path.parent.name}/{path.name}"


def _result(
    folds: Sequence[FoldPredictions], names: Sequence[str], kinds: np.ndarray | None
) -> Result:
    matrices = [metrics.confusion(fold.labels, fold.predicted, len(names)) for fold in folds]
    accuracies = [metrics.accuracy(matrix) for matrix in matrices]
    recalls = [metrics.unweighted_average_recall(matrix) for matrix in matrices]
    labels = np.concatenate([fold.labels for fold in folds])
    logs = np.concatenate([fold.log_probabilities for fold in folds])
    satisfied = None
    if tuple(names) == emotions.NAMES and kinds is not None:
        groups = np.log(satisfaction.groups(np.exp(logs)) + 1e-12)
        satisfied = figures(kinds, groups, satisfaction.LABELS)
    # Student's t knows nothing of shares and may go past 0 or 1.
    low, high = np.clip(metrics.fold_interval(accuracies), 0, 1)
    listed = all(fold.clips is not None for fold in folds)
    return Result(
        **figures(labels, logs, names).__dict__,
        mean_over_folds=MeanOverFolds(
            accuracy=_rounded(float(np.mean(accuracies))),
            unweighted_average_recall=_rounded(float(np.mean(recalls))),
        ),
        accuracy_95_over_folds=(_rounded(low), _rounded(high)),
        folds=[
            FoldResult(
                name=fold.name,
                seconds=round(fold.seconds, 2),
                figures=figures(fold.labels, fold.log_probabilities, names),
            )
            for fold in folds
        ],
        predictions=_predictions(folds) if listed else None,
        satisfaction=satisfied,
    )


def _predictions(folds: Sequence[FoldPredictions]) -> Predictions:
    """Columns of what was predicted for each clip."""
    logs = np.concatenate([fold.log_probabilities for fold in folds])
    confidence = np.exp(np.nan_to_num(logs, nan=-np.inf).max(axis=1))
    return Predictions(
        clip=[int(clip) for fold in folds if fold.clips is not None for clip in fold.clips],
        fold=[index for index, fold in enumerate(folds) for _ in fold.labels],
        emotion=[int(label) for fold in folds for label in fold.labels],
        prediction=[int(answer) for fold in folds for answer in fold.predicted],
        probability=[round(float(min(share, 1)), 3) for share in confidence],
    )


def _rounded(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 4)


def commit() -> str | None:
    """The short name of the commit that is checked out; None outside git, or without git."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() or None
