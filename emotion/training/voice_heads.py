"""The voice recogniser's two linear heads on the frozen encoder's statistics."""

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.utils.extmath import randomized_svd

from emotion.readings import emotions
from emotion.training.voice_statistics import Statistics
from emotion.voice.adaptation import VoiceLogits

COMPONENTS = 512
COUNTED = (1.0, 0.1, 0.1, 1.0, 0.1)
"""How much each version of a clip counts, see `emotion.training.voice_statistics.VERSIONS`. Noise
that counts in full makes heads for clean recordings from elsewhere six points worse."""

BALANCE = 0.75
"""Power of a group's size by which its clips count less: 0 would let the largest corpus
rule, 1 would let the few clips of a rare emotion."""

_SAMPLE = 6_000
"""Windows that principal components are found by; more of them turn up the same ones."""

_ITERATIONS = 60
_ABSENT = -10.0


@dataclass(frozen=True)
class Heads:
    """Two linear layers on statistics of one scale.

    Attributes:
        mean: Of the statistics in training, shape (3072,).
        deviation: Of the statistics in training, above 0, shape (3072,).
        kernel: Absolute prediction, then relative one, float32, shape (3072, 16).
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
    """Strengths of the penalty on the weights of the two heads, against the mean loss.

    Chosen by leaving out one corpus at a time: what is best for other speakers of known
    recordings is three to ten times weaker.
    """

    absolute: float = 0.03
    relative: float = 0.1


DEFAULT = Penalties()


def fit(
    data: Statistics,
    emphasis: dict[str, float],
    penalties: Penalties = DEFAULT,
    seed: int = 0,
) -> Heads:
    """Multinomial logistic regression on principal components, on all versions.

    The absolute head learns from the statistics as they are, the relative one from
    what they differ by from the mean of the same speaker's clips.

    Args:
        data: To train on.
        emphasis: How much more the clips of a corpus count than those of others.
        penalties: Of the two heads.
        seed: Of the search for principal components.
    """
    mean, deviation, scaled = _scaled(data)
    axes = _components(scaled, seed)
    projected = scaled @ axes.T
    del scaled
    weights = _weights(data, emphasis)
    kernel, bias = _logistic(projected, data.labels, weights, penalties.absolute)
    _centre(projected, data.speakers)
    relative, offset = _logistic(projected, data.labels, weights, penalties.relative)
    kernels = (axes.T @ np.hstack([kernel, relative])).astype(np.float32)
    return Heads(mean, deviation, kernels, np.concatenate([bias, offset]))


def _components(scaled: np.ndarray, seed: int) -> np.ndarray:
    """The first principal components of all versions, float32, shape (count, 3072)."""
    inputs = scaled.reshape(-1, scaled.shape[-1])
    sample = np.random.default_rng(seed).permutation(len(inputs))[:_SAMPLE]
    count = min(COMPONENTS, *inputs.shape)
    return np.asarray(randomized_svd(inputs[sample], count, n_iter=2, random_state=seed)[2])


def _centre(scaled: np.ndarray, speakers: np.ndarray) -> None:
    """Take each speaker's mean out of components (versions, n, c), version by version."""
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
    projected: np.ndarray, labels: np.ndarray, weights: np.ndarray, penalty: float
) -> tuple[np.ndarray, np.ndarray]:
    """Kernel (c, 8) and bias (8,) on components (versions, n, c)."""
    versions, _, width = projected.shape
    labels = np.tile(labels, versions)
    counted = COUNTED if versions == len(COUNTED) else (1.0,) * versions
    weights = np.concatenate([times * weights for times in counted])
    # scikit-learn's C multiplies the sum of the losses.
    strength = 1 / (2 * penalty * weights.sum())
    model = LogisticRegression(C=strength, max_iter=_ITERATIONS, tol=1e-3)
    with warnings.catch_warnings():
        # Close to the optimum is as good on held-out speakers, and several times as quick.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(projected.reshape(-1, width), labels, sample_weight=weights)
    kernel = np.zeros((width, emotions.COUNT), np.float32)
    bias = np.full(emotions.COUNT, _ABSENT, np.float32)
    coefficients, intercepts = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        # scikit-learn gives two classes one row.
        coefficients = np.vstack([-coefficients, coefficients]) / 2
        intercepts = np.concatenate([-intercepts, intercepts]) / 2
    kernel[:, model.classes_] = coefficients.T
    bias[model.classes_] = intercepts
    return kernel, bias
