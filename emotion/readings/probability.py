"""From logits and counts to probabilities."""

import numpy as np


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logits less the logarithm of the sum of their exponentials over the last axis.

    Args:
        logits: Shape (..., n), finite or minus infinity.

    Returns:
        Log probabilities of the same shape, 0 at most.
    """
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Exponentials of logits, made to add up to 1 over the last axis."""
    return np.asarray(np.exp(log_softmax(logits)))


def row_shares(matrix: np.ndarray) -> np.ndarray:
    """Share of the predictions (columns) for each class (rows); zeros for a class without any.

    Args:
        matrix: Counts, shape (n, m).
    """
    return np.asarray(matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1))


def agreement(probabilities: np.ndarray, weights: np.ndarray) -> float:
    """How far several predictions are one, from 0 (each sure of another one) to 1 (all alike).

    1 less their Jensen-Shannon divergence (Lin 1991), the entropy of the mean prediction less the
    mean entropy of the predictions, as a share of its largest value.

    Args:
        probabilities: Shape (n, classes), n > 0, rows adding up to 1.
        weights: Of each prediction, shape (n,), of a sum above 0.
    """
    shares = weights / weights.sum()
    entropies = _entropy(probabilities)
    divergence = float(_entropy(shares @ probabilities) - shares @ entropies)
    return 1 - min(max(divergence / np.log(probabilities.shape[1]), 0.0), 1.0)


def _entropy(probabilities: np.ndarray) -> np.ndarray:
    """In nats, over the last axis."""
    return np.asarray(-np.sum(probabilities * np.log(probabilities + 1e-12), axis=-1))


def information(probabilities: np.ndarray) -> float:
    """How much probabilities say, 0 for all alike to 1 for a certain prediction.

    One less the entropy against its largest value (Shannon 1948).

    Args:
        probabilities: Shape (n,), n > 1, adding up to 1.
    """
    positive = probabilities[probabilities > 0]
    entropy = -float(positive @ np.log(positive))
    return min(max(1 - entropy / float(np.log(len(probabilities))), 0.0), 1.0)
