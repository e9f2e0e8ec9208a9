"""A person's ordinary face: what differs from it is the expression.

Some faces look sad at rest, others stern, and a recogniser that has never met them calls
them so all the time. What it says of a person's neutral observations, against what it says of
neutral faces in general, is that person's offset; it is taken out of every later observation.
Which observations are neutral is not known either, so each counts by how neutral it is taken to
be once the offset is out, as in expectation and maximisation. A face that smiles or frowns
through a whole call is therefore of little use here.
"""

import numpy as np

from emotion.readings import emotions

ENOUGH = 10.0
"""Neutral observations before the offset counts: two seconds at five observations a second, as of
a recording, and a little more than one at eight, as of a live call."""

STRENGTH = 15.0
"""Neutral observations that the expectation of no offset is worth."""

LIMIT = 2.0
"""Most that an emotion is moved by, in units of log probability: about the standard
deviation among FER2013Valid's neutral faces (1.3 to 2.7), and less than what lies between
a neutral face and a clear expression, which is so never taken for a face at rest."""


class Baseline:
    """What is known of one person's ordinary face."""

    def __init__(self, ordinary: np.ndarray) -> None:
        """Begin with a person of whom nothing is known.

        Args:
            ordinary: Mean log probabilities of neutral faces in general, shape (8,).
        """
        self._ordinary = ordinary
        self._seen = 0.0
        self._away = np.zeros(emotions.COUNT)

    @property
    def offset(self) -> np.ndarray:
        """What this face adds to the log probabilities when it is neutral, shape (8,)."""
        if self._seen < ENOUGH:
            return np.zeros(emotions.COUNT)
        offset = self._away / (self._seen + STRENGTH)
        # Only differences between emotions count, so they are taken against the middle.
        return np.asarray(np.clip(offset - np.median(offset), -LIMIT, LIMIT))

    def relative(self, logs: np.ndarray) -> np.ndarray:
        """An observation without the person's offset, from which the offset is learned as well.

        Args:
            logs: Log probabilities, shape (8,); finite.

        Returns:
            Log probabilities, shape (8,).
        """
        moved = logs - self.offset
        relative = np.asarray(moved - np.log(np.exp(moved).sum()))
        neutral = float(np.exp(relative[emotions.NEUTRAL]))
        self._seen += neutral
        self._away += neutral * (logs - self._ordinary)
        return relative
