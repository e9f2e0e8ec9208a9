"""The voice recogniser's two linear heads on the frozen encoder's statistics."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.utils.extmath import randomized_svd

from emotion import emotions
from emotion.adaptation import Hearing
from emotion.evaluation import metrics
from emotion.training.statistics import Statistics

COMPONENTS = 512
PENALTIES = (1e-4, 3e-4, 1e-3)
"""Inverse strengths of the penalty on the weights that are tried."""

BALANCE = 0.75
"""Power of a group's size by which its clips count less: 0 would let the largest corpus
rule, 1 would let the few clips of a rare emotion."""

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

    def __call__(self, statistics: np.ndarray) -> list[Hearing]:
        """Answers to windows.

        Args:
            statistics: Shape (n, 3072).
        """
        scaled = (statistics.astype(np.float32) - self.mean) / self.deviation
        out = scaled @ self.kernel + self.bias
        return [Hearing(row[: emotions.COUNT], row[emotions.COUNT :]) for row in out]


def fit(data: Statistics, emphasis: dict[str, float], penalty: float, seed: int = 0) -> Heads:
    """Multinomial logistic regression on principal components, on all versions.

    The absolute head learns from the statistics as they are, the relative one from
    what they differ by from the mean of the same speaker's clips.

    Args:
        data: To train on.
        emphasis: How much more the clips of a corpus count than those of others.
        penalty: Inverse strength, see `choose`.
        seed: Of the search for principal components.
    """
    speakers = data.speakers
    mean, deviation, scaled = _scaled(data)
    weights = _weights(data, emphasis)
    absolute = _logistic(scaled, data.labels, weights, [penalty], seed)[0]
    for speaker in np.unique(speakers):
        rows = speakers == speaker
        scaled[:, rows] -= scaled[:, rows].mean(axis=1, keepdims=True)
    relative = _logistic(scaled, data.labels, weights, [penalty], seed)[0]
    return Heads(
        mean,
        deviation,
        np.hstack([absolute[0], relative[0]]),
        np.concatenate([absolute[1], relative[1]]),
    )


def choose(data: Statistics, emphasis: dict[str, float], seed: int = 0) -> float:
    """The penalty that does best on speakers left out, in three folds of them.

    Best is the mean recall of the emotions, over the clips of the emphasised corpora
    as they are, or over all if none is.
    """
    most = max(emphasis.values(), default=1.0)
    corpora = data.corpora
    counted = np.array([emphasis.get(corpus, 1.0) == most for corpus in corpora])
    speakers = np.unique(data.speakers[counted])
    matrices = np.zeros((len(PENALTIES), emotions.COUNT, emotions.COUNT), np.int64)
    for first in range(_INNER if len(speakers) >= _INNER else 0):
        tested = np.isin(data.speakers, speakers[first::_INNER])
        left = data.at(np.flatnonzero(~tested))
        mean, deviation, scaled = _scaled(left)
        test = data.at(np.flatnonzero(tested & counted))
        inputs = (test.values[0].astype(np.float32) - mean) / deviation
        fitted = _logistic(scaled, left.labels, _weights(left, emphasis), PENALTIES, seed)
        for index, (kernel, bias) in enumerate(fitted):
            answers = (inputs @ kernel + bias).argmax(axis=1)
            matrices[index] += metrics.confusion(test.labels, answers, emotions.COUNT)
    if not matrices.any():
        return PENALTIES[len(PENALTIES) // 2]
    recalls = [metrics.unweighted_average_recall(matrix) for matrix in matrices]
    return PENALTIES[int(np.argmax(recalls))]


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
    axes = randomized_svd(inputs, count, n_iter=2, random_state=seed)[2]
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
