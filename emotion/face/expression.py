"""The expression of one person over time: observations at the face in, predictions out."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from emotion.face.baseline import Baseline
from emotion.face.face_recogniser import FLOOR
from emotion.readings import emotions
from emotion.readings.probability import agreement
from emotion.readings.reading import Prediction

SMOOTHING = 0.7
"""Seconds after which a observation counts for 37 % in the reading of a face: longer than
a blink or a syllable, shorter than an expression (0.5 to 4 s; Ekman 2003)."""

MEMORY = 4 * SMOOTHING
"""Seconds before a reading beyond which observations no longer count."""

STALE = 1.0
"""Seconds after the last good observation at a face for which its reading stands."""

NEUTRAL_WORTH = 0.2
"""How much an observation of a surely neutral face counts beside one of an expression."""


@dataclass(frozen=True)
class Observation:
    """What one frame gave of one person.

    Attributes:
        time: Seconds.
        logs: Log probabilities of the emotions, shape (8,), or None.
        reason: Why there are none, or None.
        weight: How good the observation was, 0 to 1.
    """

    time: float
    logs: np.ndarray | None
    reason: str | None
    weight: float = 0.0


class Expression:
    """The observations at one person's face that still count.

    Attributes:
        observations: The oldest first.
        baseline: The person's ordinary face, or None.
    """

    def __init__(self, kept: float, baseline: Baseline | None = None) -> None:
        """Begin with a person who has not been seen.

        Args:
            kept: Seconds for which observations are kept, `MEMORY` at least.
            baseline: Of this person alone, or None to read the face as anyone's.
        """
        self._kept = kept
        self.baseline = baseline
        self.observations: deque[Observation] = deque()

    def observe(self, time: float, probabilities: np.ndarray, weight: float = 1.0) -> None:
        """Take what a observation gave.

        Args:
            time: Seconds.
            probabilities: Shape (8,).
            weight: How good the observation was, 0 to 1, see `emotion.face.quality.judge`.
        """
        logs = np.log(np.maximum(probabilities, FLOOR))
        if self.baseline is not None:
            logs = self.baseline.relative(logs)
            # An emotion that the face model leaves out has to stay left out.
            logs = np.where(probabilities > 0, np.maximum(logs, math.log(FLOOR)), math.log(FLOOR))
        self._add(Observation(time, logs, None, weight))

    def miss(self, time: float, reason: str) -> None:
        """Note that there was no observation good enough, and why.

        Args:
            time: Seconds; after that of the last observation.
            reason: Such as 'face blurred'.
        """
        self._add(Observation(time, None, reason))

    def prediction(self, time: float) -> Prediction:
        """What the face shows at a time not long before the last one.

        Its quality is the share of the observations that were good, the latest counting most,
        times their agreement: a face that is lost, or that shows something else at each
        observation, fades.
        """
        start = time - MEMORY
        observations = [one for one in self.observations if start <= one.time <= time]
        good = [one for one in observations if one.logs is not None]
        if not good or time - good[-1].time > STALE:
            reasons = [one.reason for one in observations if one.reason]
            return Prediction(None, reasons[-1] if reasons else "no face")
        recent = np.exp((np.array([one.time for one in observations]) - time) / SMOOTHING)
        worth = recent * [one.weight for one in observations]
        # Observations at the limit of what can be read still say which emotion it is.
        weights = np.maximum(worth[[one.logs is not None for one in observations]], 1e-6)
        logs = np.array([one.logs for one in good])
        shares = np.exp(logs) / np.exp(logs).sum(axis=1, keepdims=True)
        share = float(worth.sum() / recent.sum())
        return Prediction(pool(logs, weights), quality=share * agreement(shares, weights))

    def _add(self, observation: Observation) -> None:
        self.observations.append(observation)
        while self.observations[0].time < observation.time - self._kept:
            self.observations.popleft()


def pool(logs: np.ndarray, weights: np.ndarray, neutral_worth: float = NEUTRAL_WORTH) -> np.ndarray:
    """What observations of one face say together.

    A person who feels something does not show it all the time: between two syllables,
    and before and after an expression, the face is neutral. So this is the mean of the
    probabilities in which observations count by how much expression they show (attention over
    frames, as in Meng et al. 2019, 'Frame Attention Networks', but with a fixed rule):

        p(e) = sum of w_i p_i(e) / sum of w_i
        w_i = weight_i (1 - (1 - neutral_worth) p_i(neutral))

    A face that stays as it is is read as any one look at it. Chosen on simulated clips of film
    stills, see `docs/experiments.md`.

    Args:
        logs: Log probabilities of each observation, all emotions being equally frequent
            beforehand, shape (n, 8), n > 0; emotions at the floor of 1e-4 in all of
            them are left out.
        weights: Of each observation, above 0, shape (n,).
        neutral_worth: What an observation that is all neutral counts beside one that is not
            neutral at all, above 0, to 1; with 1 all count alike.

    Returns:
        Shape (8,), adding up to 1.
    """
    probabilities = np.exp(logs - logs.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    counted = weights * (1 - (1 - neutral_worth) * probabilities[:, emotions.NEUTRAL])
    mean = np.average(probabilities, 0, counted)
    mean[(logs <= math.log(FLOOR) + 1e-9).all(axis=0)] = 0
    return np.asarray(mean / mean.sum())
