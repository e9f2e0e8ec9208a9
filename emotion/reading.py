"""What the core says at one moment of a call."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Opinion:
    """What one sense says, or why it says nothing.

    Attributes:
        probabilities: Of the eight emotions, shape (8,), adding up to 1; or None.
        reason: Why there are none, such as 'no face' or 'silence'; or None.
    """

    probabilities: np.ndarray | None
    reason: str | None = None


@dataclass(frozen=True)
class Reading:
    """What is read at one moment.

    Attributes:
        time: Seconds from the start of the call.
        face: Of the person who is followed; 'neutral' stands for calm as well.
        speech: Of the last three seconds of sound.
        fused: Both merged, shape (8,), adding up to 1; None if neither says anything.
        satisfaction: 0 to 100, smoothed; None until there is something to go by.
        person: Number of the face track that is followed, or None.
        people: Faces in the picture.
    """

    time: float
    face: Opinion
    speech: Opinion
    fused: np.ndarray | None
    satisfaction: float | None
    person: int | None = None
    people: int = 0
