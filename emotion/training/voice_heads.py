"""The voice recogniser's two linear heads on the frozen encoder's statistics."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.utils.extmath import randomized_svd

from emotion import emotions
from emotion.evaluation import calibration, metrics
from emotion.probability import log_softmax
from emotion.training.voice_features import Statistics
from emotion.voice.adaptation import VoiceLogits

COMPONENTS = 512
PENALTIES = (1e-4, 3e-4, 1e-3, 3e-3)
"""Inverse strengths of the penalty on the weights that are tried."""

BALANCE = 0.75
"""Power of a group's size by which its clips count less: 0 would let the largest corpus
rule, 1 would let the few clips of a rare emotion."""

_SAMPLE = 6_000
"""Windows that principal components are found by; more of them turn up the same ones."""

_ITERATIONS = 60
_INNER = 3
_ABSENT = -10.0


@dataclass(frozen=True)
class Heads:
    """Two linear layers on statistics of one scale.

    Attributes:
        mean: Of the statistics in training, shape (3072,).
        deviation: Likewise.
        kernel: Absolute answer, then relative one, float32, shape (3072, 16).
        bias: float32, shape (16,). The relative part is centred on training speakers.
    """

    mean: np.ndarray
    deviation: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray

    def __call__(self, statistics: np.ndarray) -> list[VoiceLogits]:
        """Answers to windows.

        Args:
            statistics: Shape (n, 3072).
        """
        scaled = (statistics.astype(np.float32) - self.mean) / self.deviation
        out = scaled @ self.kernel + self.bias
        return [VoiceLogits(row[: emotions.COUNT], row[emotions.COUNT :]) for row in out]


@dataclass(frozen=True)
class Penalties:
    """Inverse strengths of the penalty on the weights of the two heads."""

    absolute: float
    relative: float


def fit(data: Statistics, emphasis: dict[str, float], penalties: Penalties, seed: int = 0) -> Heads:
    """Multinomial logistic regression on principal components, on all versions.

    The absolute head learns from the statistics as they are, the relative one from
    what they differ by from the mean of the same speaker's clips.

    Args:
        data: To train on.
        emphasis: How much more the clips of a corpus count than those of others.
        penalties: See `choose`.
        seed: Of the search for principal components.
    """
    mean, deviation, scaled = _scaled(data)
    weights = _weights(data, emphasis)
    ((kernel, bias),) = _logistic(scaled, data.labels, weights, [penalties.absolute], seed)
    _centre(scaled, data.speakers)
    ((relative, offset),) = _logistic(scaled, data.labels, weights, [penalties.relative], seed)
    return Heads(mean, deviation, np.hstack([kernel, relative]), np.concatenate([bias, offset]))


def choose(data: Statistics, emphasis: dict[str, float], seed: int = 0) -> Penalties:
    """The penalties that do best on speakers left out, in three folds of them.

    Best is the likelihood of the right emotion at the best temperature, over the clips of
    the emphasised corpora, or over all if none is; for the relative head, of the clips
    without the mean of their speaker.
    """
    most = max(emphasis.values(), default=1.0)
    counted = np.array([emphasis.get(corpus, 1.0) == most for corpus in data.corpora])
    speakers = np.unique(data.speakers[counted])
    if len(speakers) < _INNER:
        middle = PENALTIES[len(PENALTIES) // 2]
        return Penalties(middle, middle)
    labels = []
    # Of each head, the logits under each penalty, fold by fold.
    logits: list[list[list[np.ndarray]]] = [[[] for _ in PENALTIES] for _ in range(2)]
    for first in range(_INNER):
        tested = np.isin(data.speakers, speakers[first::_INNER])
        test = data.at(np.flatnonzero(tested & counted))
        left = data.at(np.flatnonzero(~tested)).without_voices_of(test.clips)
        labels.append(test.labels)
        mean, deviation, scaled = _scaled(left)
        inputs = (test.values[:1].astype(np.float32) - mean) / deviation
        weights = _weights(left, emphasis)
        for of_head in logits:
            fitted = _logistic(scaled, left.labels, weights, PENALTIES, seed)
            for found, (kernel, bias) in zip(of_head, fitted, strict=True):
                found.append(inputs[0] @ kernel + bias)
            # For the relative head, which comes second.
            _centre(scaled, left.speakers)
            _centre(inputs, test.speakers)
    absolute, relative = (
        PENALTIES[int(np.argmin([_loss(found, labels) for found in of_head]))] for of_head in logits
    )
    return Penalties(absolute, relative)


def _loss(logits: Sequence[np.ndarray], labels: Sequence[np.ndarray]) -> float:
    """Negative log likelihood at the best temperature."""
    every, true = np.concatenate(logits), np.concatenate(labels)
    scaled = every / calibration.temperature(every, true)
    return metrics.negative_log_likelihood(log_softmax(scaled), true)


def _centre(scaled: np.ndarray, speakers: np.ndarray) -> None:
    """Take each speaker's mean out of statistics (versions, n, 3072), version by version."""
    for speaker in np.unique(speakers):
        rows = speakers == speaker
        scaled[:, rows] -= scaled[:, rows].mean(axis=1, keepdims=True)


def _scaled(data: Statistics) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and deviation of all versions, and all versions on one scale."""
    values = data.values.astype(np.float32)
    mean = values.mean(axis=(0, 1))
    deviation = values.std(axis=(0, 1)) + 1e-6
    values -= mean
    values /= deviation
    return mean, deviation, values


def _weights(data: Statistics, emphasis: dict[str, float]) -> np.ndarray:
    """How much each clip counts, 1 on average."""
    corpora = data.corpora
    groups = np.char.add(corpora, data.labels.astype(str))
    _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    weights = sizes[group] ** -BALANCE * [emphasis.get(corpus, 1.0) for corpus in corpora]
    return np.asarray(weights / weights.mean())


def _logistic(
    scaled: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
    penalties: Sequence[float],
    seed: int,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Kernel (3072, 8) and bias (8,) for each penalty; the components are shared."""
    versions, _, width = scaled.shape
    inputs = scaled.reshape(-1, width)
    labels, weights = np.tile(labels, versions), np.tile(weights, versions)
    count = min(COMPONENTS, *inputs.shape)
    sample = np.random.default_rng(seed).permutation(len(inputs))[:_SAMPLE]
    axes = randomized_svd(inputs[sample], count, n_iter=2, random_state=seed)[2]
    projected = inputs @ axes.T
    result = []
    for penalty in penalties:
        model = LogisticRegression(C=penalty, max_iter=_ITERATIONS, tol=1e-3)
        with warnings.catch_warnings():
            # Close to the optimum is as good on strangers, and several times as quick.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(projected, labels, sample_weight=weights)
        kernel = np.zeros((width, emotions.COUNT), np.float32)
        bias = np.full(emotions.COUNT, _ABSENT, np.float32)
        coefficients, intercepts = model.coef_, model.intercept_
        if len(model.classes_) == 2:
            # scikit-learn gives two classes one row.
            coefficients = np.vstack([-coefficients, coefficients]) / 2
            intercepts = np.concatenate([-intercepts, intercepts]) / 2
        kernel[:, model.classes_] = (coefficients @ axes).T
        bias[model.classes_] = intercepts
        result.append((kernel, bias))
    return result
