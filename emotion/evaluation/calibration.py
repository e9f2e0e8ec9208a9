"""Probabilities that mean what they say."""

import numpy as np
from scipy.optimize import minimize

from emotion.evaluation import metrics
from emotion.readings.probability import log_softmax

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


def temperature_and_shift(
    logs: np.ndarray, labels: np.ndarray, penalty: float
) -> tuple[float, np.ndarray]:
    """A divisor of log probabilities and an offset of each class that make the labels likeliest.

    All classes count alike, however many examples each has (bias-corrected temperature scaling,
    Alexandari, Kundaje & Shrikumar 2020).

    Args:
        logs: Log probabilities or logits, shape (n, classes).
        labels: Shape (n,); a class without any is left where it is.
        penalty: How much the squared offsets weigh, in examples.

    Returns:
        The divisor, above 0, and the offsets, shape (classes,), to be added after it.
    """
    count = logs.shape[1]
    weights = 1 / np.bincount(labels, minlength=count)[labels]
    weights = weights / weights.mean()
    truth = np.eye(count)[labels]

    def surprise(numbers: np.ndarray) -> tuple[float, np.ndarray]:
        scaled = logs * np.exp(-numbers[0])
        said = log_softmax(scaled + numbers[1:])
        offsets = numbers[1:]
        value = -float(weights @ (said * truth).sum(axis=1)) + penalty * float(offsets @ offsets)
        slope = (np.exp(said) - truth) * weights[:, None]
        return value, np.append(-(slope * scaled).sum(), slope.sum(axis=0) + 2 * penalty * offsets)

    found = minimize(surprise, np.zeros(count + 1), jac=True, method="L-BFGS-B").x
    return float(np.exp(found[0])), np.asarray(found[1:])
