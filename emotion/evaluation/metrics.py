"""Figures of a classifier, from labels and probabilities alone."""

from collections.abc import Sequence

import numpy as np

_CONFIDENCE = 0.95


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Counts of each predicted class (column) for each true one (row), int64, (c, c)."""
    matrix = np.zeros((classes, classes), np.int64)
    np.add.at(matrix, (labels, predicted), 1)
    return matrix


def accuracy(matrix: np.ndarray) -> float:
    """Share of clips on the diagonal of a confusion matrix, 0 to 1; NaN for no clip."""
    total = matrix.sum()
    return float(np.trace(matrix) / total) if total else float("nan")


def unweighted_average_recall(matrix: np.ndarray) -> float:
    """Mean over the classes that occur of the share found (Schuller et al. 2009), 0 to 1."""
    counts = matrix.sum(axis=1)
    present = counts > 0
    return (
        float(np.mean(np.diag(matrix)[present] / counts[present]))
        if present.any()
        else float("nan")
    )


def macro_f1(matrix: np.ndarray) -> float:
    """Mean over the classes that occur of the harmonic mean of precision and recall, 0 to 1.

    A class that is never found counts 0, also where it is never answered and so has
    no precision. NaN for no clip.

    Args:
        matrix: As `confusion` gives it, shape (c, c).
    """
    counts = matrix.sum(axis=1)
    present = counts > 0
    if not present.any():
        return float("nan")
    either = counts + matrix.sum(axis=0)
    return float(np.mean(2 * np.diag(matrix)[present] / either[present]))


def bootstrap_interval(
    correct: np.ndarray, seed: int = 0, rounds: int = 2000
) -> tuple[float, float]:
    """95 % percentile interval of accuracy over clips (Efron 1979, 'Bootstrap Methods').

    It tells how much the draw of the clips matters, as if each were independent. Clips
    of one speaker are not, so over speakers it is wider: see `fold_interval`.

    Args:
        correct: Whether each clip was answered rightly, bool, shape (n,).
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
    half = _student_quantile(folds - 1) * float(np.std(values, ddof=1)) / np.sqrt(folds)
    mean = float(np.mean(values))
    return float(mean - half), float(mean + half)


def _student_quantile(freedom: int) -> float:
    """The t that 95 % of Student's distribution lie within, to five digits.

    Args:
        freedom: Degrees of freedom, from 1.
    """
    # With t = sqrt(freedom) tan(angle) the density becomes a power of the cosine, and
    # the endless range of t a finite one that can be summed.
    angle = np.linspace(0, np.pi / 2, 20_001)
    density = np.cos(angle) ** (freedom - 1)
    share = np.concatenate([[0], np.cumsum(density[1:] + density[:-1])])
    within = np.interp(_CONFIDENCE, share / share[-1], angle)
    return float(np.sqrt(freedom) * np.tan(within))


def negative_log_likelihood(log_probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean surprise at the true class in nats.

    Args:
        log_probabilities: Shape (n, classes).
        labels: Shape (n,).
    """
    return float(-log_probabilities[np.arange(len(labels)), labels].mean())


def expected_calibration_error(
    probabilities: np.ndarray, labels: np.ndarray, bins: int = 15
) -> float:
    """Mean distance of confidence from accuracy over bins of confidence, 0 to 1.

    Guo et al. 2017, 'On Calibration of Modern Neural Networks'.

    Args:
        probabilities: Shape (n, classes), rows adding up to 1.
        labels: Shape (n,).
        bins: Bins of equal width.
    """
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    error = 0.0
    for index in np.unique(bin_of):
        chosen = bin_of == index
        error += chosen.mean() * abs(confidence[chosen].mean() - correct[chosen].mean())
    return float(error)
