"""From logits to probabilities."""

import numpy as np


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logits less the logarithm of the sum of their exponentials over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Exponentials of logits, made to add up to 1 over the last axis."""
    return np.asarray(np.exp(log_softmax(logits)))
