"""Figures of a classifier, from labels and probabilities alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emotion.reports.figures import Bin

# scikit-learn and SciPy's statistics are imported where a figure is made with them: they take
# longer to load than all else, and the processes that only read clips make no figures.

_CONFIDENCE = 0.95


def among(logs: np.ndarray, labels: np.ndarray, pair: tuple[int, int] = (0, 1)) -> np.ndarray:
    """Log probabilities over those classes alone that a data set has.

    Args:
        logs: Log probabilities, shape (n, c).
        labels: Of all clips of the data set, shape (m,).
        pair: Two classes that count as one where only one of them occurs: neutral and calm.

    Returns:
        Shape (n, c), normalised; -inf for classes that do not occur.
    """
    asked = np.isin(np.arange(logs.shape[1]), labels)
    found = logs.astype(float)
    one, other = pair
    if asked[one] != asked[other]:
        kept = one if asked[one] else other
        found[:, kept] = np.logaddexp(found[:, one], found[:, other])
    found[:, ~asked] = -np.inf
    return np.asarray(found - np.logaddexp.reduce(found, axis=1, keepdims=True))


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Counts of each predicted class (column) for each true one (row), int64.

    Args:
        labels: Shape (n,).
        predicted: Shape (n,), -1 for no prediction.
        classes: Number of them, c.

    Returns:
        Shape (c, c), or (c, c + 1) with the clips without a prediction in the last column if
        there are any. The figures below take either, and count such clips as wrong.
    """
    if not len(labels):
        return np.zeros((classes, classes), np.int64)
    from sklearn.metrics import confusion_matrix

    matrix = confusion_matrix(labels, predicted, labels=[*range(classes), -1])[:classes]
    return matrix if matrix[:, -1].any() else matrix[:, :-1]


def accuracy(matrix: np.ndarray) -> float:
    """Share of clips on the diagonal of a confusion matrix, 0 to 1; NaN for no clip."""
    total = matrix.sum()
    return float(np.trace(matrix) / total) if total else float("nan")


@dataclass(frozen=True)
class ByClass:
    """Figures of each class, 0 to 1, shape (c,) each.

    Attributes:
        precision: Share of each prediction that is right, NaN for one that is never given.
        recall: Share of each class's clips that is found, NaN for one without clips.
        f1: Harmonic mean of both, NaN for a class without clips. A class that is never found
            has 0, also where it is never predicted and so has no precision.
    """

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray

    @property
    def unweighted_average_recall(self) -> float:
        """Mean over the classes that occur (Schuller et al. 2009), 0 to 1; NaN for no clip."""
        return _mean(self.recall)

    @property
    def macro_f1(self) -> float:
        """Mean over the classes that occur, 0 to 1; NaN for no clip."""
        return _mean(self.f1)


def by_class(matrix: np.ndarray) -> ByClass:
    """Figures of each class.

    Args:
        matrix: Counts from `confusion`, shape (c, c) or (c, c + 1).
    """
    if not matrix.any():
        none = np.full(len(matrix), np.nan)
        return ByClass(none, none, none)
    from sklearn.metrics import precision_recall_fscore_support

    true, predicted = np.indices(matrix.shape).reshape(2, -1)
    precision, recall, f1, _ = precision_recall_fscore_support(
        true,
        predicted,
        labels=np.arange(len(matrix)),
        sample_weight=matrix.ravel(),
        zero_division=np.nan,
    )
    return ByClass(precision, recall, np.where(matrix.sum(axis=1) > 0, f1, np.nan))


def unweighted_average_recall(matrix: np.ndarray) -> float:
    """Mean recall over the classes that occur (Schuller et al. 2009), 0 to 1; NaN for no clip.

    Args:
        matrix: Counts from `confusion`, shape (c, c) or (c, c + 1).
    """
    return by_class(matrix).unweighted_average_recall


def _mean(values: np.ndarray) -> float:
    """Of the values that there are; NaN for none."""
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else float("nan")


def wilson_interval(right: int, clips: int) -> tuple[float, float]:
    """95 % interval of a share of few clips (Wilson 1927), 0 to 1; NaN for no clip.

    Args:
        right: How many of the clips were predicted rightly.
        clips: How many there are.

    Returns:
        Lower and upper end.
    """
    if not clips:
        return float("nan"), float("nan")
    from scipy import stats

    low, high = stats.binomtest(right, clips).proportion_ci(_CONFIDENCE, method="wilson")
    return float(low), float(high)


def paired_interval(
    one: np.ndarray, other: np.ndarray, seed: int = 0, rounds: int = 2000
) -> tuple[float, float]:
    """95 % interval of how much oftener the first is right, by a paired bootstrap.

    Args:
        one: Whether the first recogniser is right on each clip, bool, shape (n,), n > 0.
        other: Whether the other one is right on each of these clips, bool, shape (n,).
        seed: Of the resampling.
        rounds: Resamplings.

    Returns:
        Lower and upper end, -1 to 1.
    """
    # Only how many clips differ in either way counts, so they are drawn as a multinomial.
    kinds = np.array([np.mean(one & ~other), np.mean(other & ~one)])
    drawn = np.random.default_rng(seed).multinomial(len(one), [*kinds, 1 - kinds.sum()], rounds)
    tail = (1 - _CONFIDENCE) / 2
    low, high = np.quantile((drawn[:, 0] - drawn[:, 1]) / len(one), (tail, 1 - tail))
    return float(low), float(high)


def mcnemar(one: np.ndarray, other: np.ndarray) -> float:
    """Chance of so unlike numbers of clips that only one of two recognisers gets right.

    The exact test of McNemar 1947: were both as good, each clip on which they differ would
    fall to either with the chance of a coin.

    Args:
        one: Whether the first recogniser is right on each clip, bool, shape (n,).
        other: Whether the other one is right on each of these clips, bool, shape (n,).

    Returns:
        The two-sided p value, 0 to 1.
    """
    from scipy import stats

    first, second = int(np.sum(one & ~other)), int(np.sum(other & ~one))
    both = first + second
    return float(stats.binomtest(first, both).pvalue) if both else 1.0


def bootstrap_interval(
    correct: np.ndarray, seed: int = 0, rounds: int = 2000
) -> tuple[float, float]:
    """95 % percentile interval of accuracy over clips (Efron 1979, 'Bootstrap Methods').

    It tells how much the draw of the clips matters, as if each were independent. Clips
    of one speaker are not, so over speakers it is wider: see `fold_interval`.

    Args:
        correct: Whether each clip was predicted rightly, bool, shape (n,).
        seed: Of the resampling.
        rounds: Resamplings.

    Returns:
        Lower and upper end, 0 to 1; NaN for no clip.
    """
    clips = len(correct)
    if not clips:
        return float("nan"), float("nan")
    # The rights among clips drawn with replacement are binomial: no need to draw each.
    right = np.random.default_rng(seed).binomial(clips, np.mean(correct), rounds)
    tail = (1 - _CONFIDENCE) / 2
    low, high = np.quantile(right / clips, (tail, 1 - tail))
    return float(low), float(high)


def fold_interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the mean over folds by Student's t (Student 1908).

    Args:
        values: A figure of each fold, all of them in the same unit.

    Returns:
        Lower and upper end in that unit, not cut to its range; NaN for fewer than two
        folds, which say nothing of how folds differ.
    """
    folds = len(values)
    if folds < 2:
        return float("nan"), float("nan")
    from scipy import stats

    half = stats.t.ppf((1 + _CONFIDENCE) / 2, folds - 1) * stats.sem(values)
    mean = np.mean(values)
    return float(mean - half), float(mean + half)


def negative_log_likelihood(log_probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean surprise at the true class in nats.

    Args:
        log_probabilities: Shape (n, classes).
        labels: Shape (n,).
    """
    return float(-log_probabilities[np.arange(len(labels)), labels].mean())


def reliability(confidence: np.ndarray, correct: np.ndarray, bins: int = 15) -> list[Bin]:
    """The bins of a reliability diagram that hold clips (Guo et al. 2017).

    Args:
        confidence: Probability of each prediction, shape (n,), 0 to 1.
        correct: Whether it is right, bool, shape (n,).
        bins: Bins of equal width.
    """
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        Bin(
            clips=int(chosen.sum()),
            # A mean of ones may be a little more than one.
            confidence=min(float(confidence[chosen].mean()), 1.0),
            accuracy=float(correct[chosen].mean()),
        )
        for chosen in (bin_of == index for index in np.unique(bin_of))
    ]


def expected_calibration_error(
    probabilities: np.ndarray, labels: np.ndarray, bins: int = 15
) -> float:
    """Mean distance of confidence from accuracy over bins of confidence, 0 to 1.

    Guo et al. 2017, 'On Calibration of Modern Neural Networks'.

    Args:
        probabilities: Shape (n, classes), n > 0, rows adding up to 1.
        labels: Shape (n,).
        bins: Bins of equal width.
    """
    correct = probabilities.argmax(axis=1) == labels
    found = reliability(probabilities.max(axis=1), correct, bins)
    error = sum(one.clips * abs(one.confidence - one.accuracy) for one in found)
    return error / len(labels)
