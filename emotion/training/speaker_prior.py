"""What is to be known of speakers beforehand, learned from speakers left out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from emotion.evaluation import calibration
from emotion.evaluation.simulated_calls import CALLS, Outputs, calls
from emotion.readings import emotions
from emotion.readings.probability import log_softmax
from emotion.voice.adaptation import CUES, MEMORY, Prior

_DECAY = 1e-3
_NEVER = -50.0
_COUNTED = {"varied": 1.0, "one emotion": 12.0, "uneven": 1.0}
"""How much each kind of call counts for the gate. A call of one emotion looks like a voice that
is always so, and taking the two for each other costs more than adaptation gives: with 12, of
corpora that were left out none loses more than two points in such calls."""

_FACTORS = (0.2, 5.0)
"""Range of what the relative prediction is multiplied by."""


def fit(
    groups: Sequence[Outputs], seed: int = 0, calibrate_on: Sequence[Outputs] | None = None
) -> Prior:
    """Learn a prior.

    Args:
        groups: Answers to clips, a corpus or a fold each; all groups count alike.
        seed: Of the simulated calls.
        calibrate_on: Those by which the absolute prediction is made to mean what it says,
            all of them by default.
    """
    known = np.zeros(emotions.COUNT, bool)
    for group in groups:
        known[np.unique(group.labels)] = True
    means = _means(groups, known)
    residuals = np.concatenate([_residuals(group, means) for group in groups])
    spread = np.cov(residuals.T) + 1e-3 * np.eye(emotions.COUNT)
    calibrated = calibrate_on or groups
    temperature = calibration.temperature(
        np.concatenate([group.absolute for group in calibrated]),
        np.concatenate([group.labels for group in calibrated]),
    )
    precision, none = np.linalg.inv(spread), np.zeros(emotions.COUNT)
    prior = Prior(known, means, precision, np.zeros(CUES), temperature, 1.0, none)
    examples = [_Example.of(prior, group, kind, seed) for group in groups for kind in CALLS]
    varied = [example for example in examples if example.kind == CALLS[0]]
    relative, bias = _fit_scale(varied)
    gate = _fit_gate(examples, relative, bias)
    return Prior(known, means, precision, gate, temperature, relative, bias)


@dataclass(frozen=True)
class _Example:
    """Windows of simulated calls with both predictions and the cues to choose by."""

    kind: str
    absolute: np.ndarray
    relative: np.ndarray
    cues: np.ndarray
    labels: np.ndarray

    @classmethod
    def of(cls, prior: Prior, outputs: Outputs, kind: str, seed: int) -> "_Example":
        # Every earlier clip is heard here, also those too short for a call to remember: of some
        # corpora nothing would be left to learn by.
        absolute, relative = outputs.absolute, outputs.relative
        rows_of = []
        offsets, cues = [], []
        for rows in calls(outputs, kind, seed):
            for place in range(1, len(rows)):
                heard = rows[max(0, place - MEMORY) : place]
                offsets.append(prior.offset(relative[heard], absolute[heard]))
                cues.append(prior.cues(relative[heard], absolute[heard]))
                rows_of.append(rows[place])
        chosen = np.array(rows_of, int)
        moved = relative[chosen] - np.reshape(offsets, (-1, emotions.COUNT))
        # An emotion that the group has no clip of is not asked for: that it is never right
        # there says nothing of calls in which it occurs.
        asked = np.isin(np.arange(emotions.COUNT), outputs.labels)
        return cls(
            kind,
            log_softmax(np.where(asked, absolute[chosen] / prior.temperature, _NEVER)),
            np.where(asked, moved, _NEVER),
            np.reshape(cues, (-1, CUES)),
            outputs.labels[chosen],
        )


def _means(groups: Sequence[Outputs], known: np.ndarray) -> np.ndarray:
    """Mean relative prediction for each emotion without speakers' offsets, groups alike."""
    means = np.zeros((emotions.COUNT, emotions.COUNT))
    for emotion in np.flatnonzero(known):
        of_groups = []
        for group in groups:
            if not (group.labels == emotion).any():
                continue
            centred = _centred(group)
            of_groups.append(centred[group.labels == emotion].mean(axis=0))
        means[emotion] = np.mean(of_groups, axis=0)
    return means


def _centred(group: Outputs) -> np.ndarray:
    """Relative predictions less the group's mean, all emotions counting alike."""
    relative = group.relative
    centre = np.mean(
        [relative[group.labels == label].mean(axis=0) for label in np.unique(group.labels)], axis=0
    )
    return np.asarray(relative - centre)


def _residuals(group: Outputs, means: np.ndarray) -> np.ndarray:
    """What is left of relative predictions without the emotion's mean and the speaker's."""
    left = group.relative - means[group.labels]
    for speaker in np.unique(group.speakers):
        rows = group.speakers == speaker
        left[rows] -= left[rows].mean(axis=0)
    return np.asarray(left)


def _fit_scale(examples: Sequence[_Example]) -> tuple[float, np.ndarray]:
    """Temperature and bias under which the relative predictions are right, emotions counting alike.

    The offset takes out where a speaker's predictions lie on the whole, and with it what the
    head had learned of how far from there each emotion begins.
    """
    logits = np.concatenate([example.relative for example in examples])
    labels = np.concatenate([example.labels for example in examples])
    weights = np.concatenate([_evenly(example.labels) for example in examples])
    rows = np.arange(len(labels))

    def loss(scale: np.ndarray) -> tuple[float, np.ndarray]:
        factor, bias = scale[0], scale[1:]
        logs = log_softmax(factor * logits + bias)
        slope = np.exp(logs)
        slope[rows, labels] -= 1
        slope *= weights[:, None]
        gradient = np.array([np.sum(slope * logits), *slope.sum(axis=0)])
        gradient[1:] += 2 * _DECAY * bias
        return float(-(weights * logs[rows, labels]).sum() + _DECAY * bias @ bias), gradient

    start = np.array([1.0, *np.zeros(emotions.COUNT)])
    bounds = [_FACTORS, *[(None, None)] * emotions.COUNT]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return float(1 / found[0]), np.asarray(found[1:])


def _evenly(labels: np.ndarray) -> np.ndarray:
    """Weights by which the emotions that occur count alike, adding up to 1."""
    kinds, rows, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return np.asarray(1 / (counts[rows] * len(kinds)))


def _fit_gate(examples: Sequence[_Example], temperature: float, bias: np.ndarray) -> np.ndarray:
    """Weights of the cues under which the right emotion is likeliest in simulated calls."""
    examples = [example for example in examples if len(example.labels)]
    absolute = np.concatenate([example.absolute for example in examples])
    relative = np.concatenate([example.relative for example in examples])
    relative = log_softmax(relative / temperature + bias)
    cues = np.concatenate([example.cues for example in examples])
    labels = np.concatenate([example.labels for example in examples])
    # Corpora count alike, however long they are.
    weights = np.concatenate(
        [np.full(len(e.labels), _COUNTED[e.kind] / len(e.labels)) for e in examples]
    )
    rows = np.arange(len(labels))
    difference = relative - absolute

    def loss(gate: np.ndarray) -> tuple[float, np.ndarray]:
        share = 1 / (1 + np.exp(-cues @ gate))
        mixed = log_softmax(absolute + share[:, None] * difference)
        slope = (np.exp(mixed) * difference).sum(axis=1) - difference[rows, labels]
        gradient = cues.T @ (weights * slope * share * (1 - share))
        value = -(weights * mixed[rows, labels]).sum() + _DECAY * gate @ gate
        return float(value), gradient + 2 * _DECAY * gate

    return np.asarray(minimize(loss, np.zeros(CUES), jac=True, method="L-BFGS-B").x)
