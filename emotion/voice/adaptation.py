"""The speaker's own voice: what is heard in a call tells how to take what follows.

A voice that is always tense is not always angry. The recogniser gives two predictions to a
window: one for any speaker, and one that is right up to an offset of the speaker. The
offset is inferred from the windows heard so far, whose emotions are not known either:
a Gaussian for each emotion, moved by an offset that all of a speaker's windows share
(as in probabilistic linear discriminant analysis, Ioffe 2006), fitted by expectation
and maximisation. A customer who has only been angry so far looks the same as one whose
ordinary voice is sharp; so a gate, learned on calls of many and of one emotion, lets the
second prediction count by how much and how varied speech there has been.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from emotion.errors import ModelError
from emotion.readings import emotions
from emotion.readings.probability import log_softmax, softmax
from emotion.voice.windows import LENGTH

MEMORY = 60
"""Windows of a speaker that are remembered at most, three minutes of speech."""

MIN_REMEMBERED = 1.0
"""Seconds of speech in a window that tells something of the speaker's own voice."""

STRENGTH = 2.0
"""Windows that the expectation of no offset is worth."""

CUES = 4
"""Numbers that the gate goes by."""

_ROUNDS = 3


def memorable(speech_seconds: float, since: float = np.inf) -> bool:
    """Whether a window is remembered of its speaker, in a call as in the scoring of clips.

    Windows that overlap say the same again; one of little speech says little.

    Args:
        speech_seconds: Seconds of speech in the window.
        since: Seconds from the end of the window that was remembered last to its own.
    """
    return speech_seconds >= MIN_REMEMBERED and since >= LENGTH


@dataclass(frozen=True)
class VoiceLogits:
    """What the recogniser says of one window, logits of the eight emotions.

    Attributes:
        absolute: For any speaker, shape (8,).
        relative: Right up to an offset of the speaker, shape (8,).
    """

    absolute: np.ndarray
    relative: np.ndarray


@dataclass(frozen=True)
class Prior:
    """What is known of speakers before one is heard, from training speakers left out.

    Attributes:
        known: Whether each emotion was heard in training, bool, shape (8,).
        means: Relative prediction for each emotion, offsets taken out, shape (8, 8).
        precision: Inverse of the covariance around them, shape (8, 8).
        gate: Weights of the cues, shape (4,).
        temperature: Divides the absolute prediction.
        relative_temperature: Divides the relative one.
        relative_bias: Is added to it then, shape (8,).
    """

    known: np.ndarray
    means: np.ndarray
    precision: np.ndarray
    gate: np.ndarray
    temperature: float
    relative_temperature: float
    relative_bias: np.ndarray

    def offset(self, history: np.ndarray, absolute: np.ndarray) -> np.ndarray:
        """The speaker's offset, shrunk towards none.

        Args:
            history: Relative predictions heard so far, shape (n, 8), n > 0.
            absolute: Absolute predictions for the same windows, shape (n, 8).

        Returns:
            Shape (8,).
        """
        means = self.means[self.known]
        shares = softmax(absolute[:, self.known] / self.temperature)
        for _ in range(_ROUNDS):
            offset = (history - shares @ means).sum(axis=0) / (len(history) + STRENGTH)
            away = history[:, None] - means - offset
            shares = softmax(-0.5 * np.einsum("ncd,de,nce->nc", away, self.precision, away))
        return np.asarray(offset)

    def cues(self, history: np.ndarray, absolute: np.ndarray) -> np.ndarray:
        """How much, and how varied, the speech heard so far is.

        Args:
            history: Relative predictions heard so far, shape (n, 8), n > 0.
            absolute: Absolute predictions for the same windows, shape (n, 8).

        Returns:
            Shape (4,): 1; the amount, 0 to 1; the logarithm of the spread against
            that of one emotion; the entropy of the mean absolute prediction in nats. The
            last two count in full after some windows only.
        """
        count = len(history)
        centred = history - history.mean(axis=0)
        # With few windows the spread is taken to be that of one emotion.
        spread = np.einsum("nd,de,ne->", centred, self.precision, centred) / len(self.means)
        ratio = np.log((spread + 3) / (count + 3))
        mean = softmax(absolute / self.temperature).mean(axis=0)
        entropy = -np.sum(mean * np.log(mean + 1e-12))
        sure = count / (count + 3)
        return np.array([1.0, count / (count + 15), sure * ratio, sure * entropy])

    def predictions(self, logits: VoiceLogits, offset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The absolute prediction, and the relative one without the offset of the speaker.

        Args:
            logits: Of one window.
            offset: Of the speaker, shape (8,).

        Returns:
            Log probabilities, shape (8,) each; minus infinity in the relative ones for emotions
            that it does not know.
        """
        absolute = log_softmax(logits.absolute / self.temperature)
        relative = (logits.relative - offset) / self.relative_temperature + self.relative_bias
        return absolute, log_softmax(np.where(self.known, relative, -np.inf))

    def document(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "known": [
                name for name, known in zip(emotions.NAMES, self.known, strict=True) if known
            ],
            "means": np.round(self.means, 4).tolist(),
            "precision": np.round(self.precision, 5).tolist(),
            "gate": np.round(self.gate, 4).tolist(),
            "temperature": round(self.temperature, 4),
            "relative_temperature": round(self.relative_temperature, 4),
            "relative_bias": np.round(self.relative_bias, 4).tolist(),
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Prior":
        """From what `document` gave.

        Raises:
            ModelError: If something is missing or not of its shape.
        """
        try:
            prior = cls(
                np.array([name in document["known"] for name in emotions.NAMES]),
                np.array(document["means"], float),
                np.array(document["precision"], float),
                np.array(document["gate"], float),
                float(document["temperature"]),
                float(document["relative_temperature"]),
                np.array(document["relative_bias"], float),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"The adaptation in the manifest is not complete: {error!r}."
            ) from None
        square = (emotions.COUNT, emotions.COUNT)
        numbers = [prior.means, prior.precision, prior.gate, prior.relative_bias]
        shapes = [array.shape for array in numbers]
        if (
            shapes != [square, square, (CUES,), (emotions.COUNT,)]
            or not all(np.isfinite(array).all() for array in numbers)
            or not all(0 < t < np.inf for t in (prior.temperature, prior.relative_temperature))
            or not prior.known.any()
        ):
            raise ModelError(
                f"The adaptation in the manifest should have means and precision of {square}, "
                f"{CUES} weights of the gate, {emotions.COUNT} of the bias and temperatures "
                f"above 0. Received: {shapes}, "
                f"{prior.temperature} and {prior.relative_temperature}."
            )
        return prior


class Speaker:
    """What is known of one speaker, growing with what is heard."""

    def __init__(self, prior: Prior) -> None:
        """Begin with a speaker of whom nothing is known."""
        self._prior = prior
        self._history: deque[VoiceLogits] = deque(maxlen=MEMORY)
        self._adapted: tuple[np.ndarray, float] | None = None

    def remember(self, logits: VoiceLogits) -> None:
        """Remember a window; windows that overlap should not be counted twice.

        Args:
            logits: Of the window.
        """
        self._history.append(logits)
        self._adapted = None

    def log_probabilities(self, logits: VoiceLogits) -> np.ndarray:
        """The prediction of a window in the light of those remembered.

        Args:
            logits: Of the window.

        Returns:
            Log probabilities, shape (8,).
        """
        if not self._history:
            return self._prior.predictions(logits, np.zeros(emotions.COUNT))[0]
        if self._adapted is None:
            self._adapted = self._gate()
        offset, share = self._adapted
        absolute, relative = self._prior.predictions(logits, offset)
        # Only known emotions have a relative answer: they share what they have in the
        # absolute one, and the others keep theirs.
        known = self._prior.known
        shared = np.log(np.exp(absolute[known]).sum())
        relative = np.where(known, relative + shared, absolute)
        return log_softmax((1 - share) * absolute + share * relative)

    def _gate(self) -> tuple[np.ndarray, float]:
        history = np.array([heard.relative for heard in self._history])
        absolute = np.array([heard.absolute for heard in self._history])
        cues = self._prior.cues(history, absolute)
        share = 1 / (1 + np.exp(-float(cues @ self._prior.gate)))
        return self._prior.offset(history, absolute), share
