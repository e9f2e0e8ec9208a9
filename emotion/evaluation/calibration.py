"""Probabilities that mean what they say."""

import numpy as np

from emotion.evaluation import metrics
from emotion.probability import log_softmax

_TEMPERATURES = np.geomspace(0.4, 5, 61)


def temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The divisor of logits that makes the labels likeliest (Guo et al. 2017).

    Args:
        logits: Or log probabilities, shape (n, classes).
        labels: Shape (n,).
    """
    return float(
        min(
            _TEMPERATURES,
            key=lambda t: metrics.negative_log_likelihood(log_softmax(logits / t), labels),
        )
    )
