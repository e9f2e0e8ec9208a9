"""Clips of speech put into simulated calls, to see what adapting to a speaker gives."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from emotion.readings import emotions
from emotion.reports.names import ResultName
from emotion.voice.adaptation import Prior, Speaker, VoiceLogits

CALLS = ("varied", "one emotion", "uneven")
"""Kinds of simulated calls, each the clips of one speaker in a random order: all of them;
those of one emotion; some, with shares of the emotions drawn at random."""

ADAPTATIONS: dict[ResultName, str | None] = {
    ResultName.PLAIN: None,
    ResultName.ADAPTED: CALLS[0],
    ResultName.ADAPTED_TO_ONE_EMOTION: CALLS[1],
}
"""What is reported, and the calls in which it is measured."""

_LONGEST = 40


@dataclass(frozen=True)
class Outputs:
    """Answers to clips by heads that had not heard their speakers.

    Attributes:
        logits: One a clip.
        labels: Emotion of each, shape (n,).
        speakers: Of each, shape (n,).
        remembered: Whether a call would remember each of its speaker, bool, shape (n,), see
            `emotion.voice.adaptation.memorable`.
    """

    logits: list[VoiceLogits]
    labels: np.ndarray
    speakers: np.ndarray
    remembered: np.ndarray

    @property
    def absolute(self) -> np.ndarray:
        """Absolute predictions, shape (n, 8)."""
        return np.array([logits.absolute for logits in self.logits])

    @property
    def relative(self) -> np.ndarray:
        """Relative predictions, shape (n, 8)."""
        return np.array([logits.relative for logits in self.logits])


def calls(outputs: Outputs, kind: str, seed: int = 0) -> Iterator[np.ndarray]:
    """The clips of simulated calls, one call after the other, see `CALLS`.

    Args:
        outputs: Of the clips, with their speakers and labels.
        kind: One of `CALLS`.
        seed: Of the order of clips and the shares of emotions.

    Returns:
        Indices of the clips of each call in their order, shape (n,).
    """
    rng = np.random.default_rng(seed)
    for speaker in np.unique(outputs.speakers):
        rows = np.flatnonzero(outputs.speakers == speaker)
        labels = outputs.labels[rows]
        if kind == CALLS[0]:
            yield rng.permutation(rows)
        elif kind == CALLS[1]:
            for label in np.unique(labels):
                yield rng.permutation(rows[labels == label])
        else:
            shares = rng.dirichlet(np.full(emotions.COUNT, 0.4)) + 1e-6
            chances = shares[labels] / np.bincount(labels, minlength=emotions.COUNT)[labels]
            count = min(_LONGEST, (len(rows) + 1) // 2)
            yield rng.choice(rows, count, replace=False, p=chances / chances.sum())


def predict(prior: Prior, outputs: Outputs, kind: str | None, seed: int = 0) -> np.ndarray:
    """Answers to clips, each by what is known of the speaker from the clips before it.

    Args:
        prior: Learned from other speakers.
        outputs: Of the clips.
        kind: Of the calls that the clips are put into, one in which every clip occurs
            once ('varied' or 'one emotion'); None for no adaptation.
        seed: Of the order of the clips.

    Returns:
        Log probabilities, shape (n, 8).
    """
    logs = np.full((len(outputs.labels), emotions.COUNT), np.nan)
    if kind is None:
        for row, logits in enumerate(outputs.logits):
            logs[row] = Speaker(prior).log_probabilities(logits)
        return logs
    for rows in calls(outputs, kind, seed):
        speaker = Speaker(prior)
        for row in rows:
            logs[row] = speaker.log_probabilities(outputs.logits[row])
            if outputs.remembered[row]:
                speaker.remember(outputs.logits[row])
    return logs
