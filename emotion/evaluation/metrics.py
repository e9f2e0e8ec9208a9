"""Figures of a classifier, from labels and probabilities alone."""

import numpy as np


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
