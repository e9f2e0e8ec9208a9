"""How satisfied the customer is, 0 to 100, from the merged emotions.

Naas & Sigg 2020 read satisfaction from emotions in real sales conversations. Here
it is the expected valence of the merged probabilities (Russell 1980), moved from
-1..1 to 0..100 and smoothed, because satisfaction does not jump with each face made.
"""

import math

import numpy as np

from emotion.emotions import EMOTIONS, INDEX

SMOOTHING = 3.0
"""Seconds after which a change counts for 63 %."""

SATISFIED = 60.0
DISSATISFIED = 40.0

LABELS = ("satisfied", "neutral", "dissatisfied")

_KINDS = {"happy": 0, "calm": 0, "neutral": 1, "surprised": 1}
GROUP_OF = np.array([_KINDS.get(name, 2) for name in INDEX])
"""Index into `LABELS` of each emotion (Naas & Sigg 2020): happy and calm are satisfied,
neutral and surprised neutral, the other four dissatisfied."""

_VALENCES = np.array([emotion.valence for emotion in EMOTIONS])


def score(probabilities: np.ndarray) -> float:
    """Expected valence of shape (8,) probabilities on a scale from 0 to 100."""
    return float(50 * (1 + probabilities @ _VALENCES))


def groups(probabilities: np.ndarray) -> np.ndarray:
    """How likely satisfied, neutral and dissatisfied are.

    The likeliest of them is what a single moment or clip comes to; `label` is for the
    score of a call, which also says how much.

    Args:
        probabilities: Of the eight emotions, shape (..., 8).

    Returns:
        Shape (..., 3), in the order of `LABELS`.
    """
    return np.asarray(probabilities @ np.eye(len(LABELS))[GROUP_OF])


def label(satisfaction: float) -> str:
    """'satisfied' from 60 up, 'dissatisfied' from 40 down, 'neutral' between."""
    if satisfaction >= SATISFIED:
        return "satisfied"
    return "dissatisfied" if satisfaction <= DISSATISFIED else "neutral"


class Satisfaction:
    """The smoothed satisfaction of one call."""

    def __init__(self) -> None:
        self._value: float | None = None
        self._time = 0.0

    def update(self, time: float, probabilities: np.ndarray | None) -> float | None:
        """Take the next merged reading and give the satisfaction at its time.

        Without a reading the last value stands; before the first there is none.
        """
        if probabilities is not None:
            now = score(probabilities)
            if self._value is None:
                self._value = now
            else:
                part = 1 - math.exp(-(time - self._time) / SMOOTHING)
                self._value += part * (now - self._value)
            self._time = time
        return self._value
