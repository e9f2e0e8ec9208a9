"""How satisfied the customer is, 0 to 100, from the fused emotions.

Naas & Sigg 2020 read satisfaction from emotions in real sales conversations. Here
it is the expected valence of the fused probabilities (Russell 1980), moved from
-1..1 to 0..100 and smoothed, because satisfaction does not jump with each face made. A reading
counts by how much it says: one that is spread over all emotions says nothing of satisfaction.
"""

import math
from dataclasses import dataclass

import numpy as np

from emotion.readings.emotions import EMOTIONS, INDEX
from emotion.readings.probability import information

SMOOTHING = 3.0
"""Seconds after which a change counts for 63 %."""

UNKNOWN = 50.0
"""Satisfaction of which nothing is known: the middle of the scale."""

PRIOR = 0.1
"""How much the expectation of the middle is worth, where certain readings all the time are
worth 1: it is outweighed by a certain reading of a third of a second."""

_FIRST = 0.5
"""Seconds that the first reading stands for."""

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
    """'satisfied' from 60 up, 'dissatisfied' from 40 down, 'neutral' between.

    Args:
        satisfaction: 0 to 100; judged as it is shown, in whole numbers.
    """
    shown = float(f"{satisfaction:.0f}")
    if shown >= SATISFIED:
        return "satisfied"
    return "dissatisfied" if shown <= DISSATISFIED else "neutral"


@dataclass(frozen=True)
class Estimate:
    """Satisfaction at one moment.

    Attributes:
        value: 0 to 100; `UNKNOWN` where nothing speaks for either side.
        certainty: How much it rests on, 0 for nothing to 1.
    """

    value: float
    certainty: float

    @property
    def interval(self) -> tuple[float, float]:
        """Where it may lie, 0 to 100: as wide as the scale where nothing is known."""
        away = 50 * (1 - self.certainty)
        return max(0.0, self.value - away), min(100.0, self.value + away)


def estimate(score: np.ndarray | float, weight: np.ndarray | float) -> np.ndarray | float:
    """Satisfaction by what was read, and by what is expected before anything is known.

    The mean of the two by how much each says, as the mean of a conjugate prior is:
    `UNKNOWN` is worth `PRIOR`.

    Args:
        score: Mean of `score` over what was read, by how much each reading says.
        weight: How much the readings say on average, 0 to 1.

    Returns:
        0 to 100, of the arguments' shape.
    """
    return (UNKNOWN * PRIOR + score * weight) / (PRIOR + weight)


class Satisfaction:
    """The smoothed satisfaction of one person in one call.

    What was read counts less and less (by `SMOOTHING`), and nothing takes its place while
    nothing is read: satisfaction then goes back to the middle as it becomes unknown.
    """

    def __init__(self) -> None:
        self._total = self._told = 0.0
        self._time: float | None = None

    def update(
        self, time: float, probabilities: np.ndarray | None, weight: float = 1.0
    ) -> Estimate | None:
        """Take the next reading and give the satisfaction at its time.

        Args:
            time: Seconds; later than the last one.
            probabilities: What is read, shape (8,); None for nothing.
            weight: How much it counts, 0 to 1, besides how much it says.

        Returns:
            The estimate; None before the first reading.
        """
        if self._time is None and probabilities is None:
            return None
        passed = _FIRST if self._time is None else time - self._time
        self._time = time
        faded = math.exp(-passed / SMOOTHING)
        self._total *= faded
        self._told *= faded
        if probabilities is not None:
            said = (1 - faded) * weight * information(probabilities)
            self._total += said * score(probabilities)
            self._told += said
        value = (UNKNOWN * PRIOR + self._total) / (PRIOR + self._told)
        return Estimate(value, self._told / (PRIOR + self._told))
