"""What the core says at one moment of a call."""

from dataclasses import dataclass

import numpy as np

HOP = 0.5
"""Seconds from one reading to the next."""


@dataclass(frozen=True)
class Prediction:
    """What one modality says, or why it says nothing.

    Attributes:
        probabilities: Of the eight emotions, in the order of
            `emotion.readings.emotions.EMOTIONS`, shape (8,), adding up to 1; or None.
        reason: Why there are none, such as 'no face' or 'silence'; or None.
        quality: How good the moment was to judge by, from 0 to 1: light, size and turn
            of a face, how much of the time it was seen, speech and noise, and whether
            the predictions of the last seconds agree.
    """

    probabilities: np.ndarray | None
    reason: str | None = None
    quality: float = 1.0

    @property
    def weight(self) -> float:
        """How much the prediction counts in fusion, 0 to 1; 0 if there is none."""
        return 0.0 if self.probabilities is None else self.quality


@dataclass(frozen=True)
class Reading:
    """What is read at one moment.

    Attributes:
        time: Seconds from the start of the call.
        face: Of the person who is followed; 'neutral' stands for calm as well.
        voice: Of the last three seconds of sound.
        fused: Late fusion of both, shape (8,), in the same order, adding up to 1; None if neither
            says anything, or what they say rests on too little.
        satisfaction: 0 to 100, smoothed, 50 where nothing speaks for either side; None until
            there is something to go by.
        person: Number of the face track that is followed, or None.
        people: Faces in the picture.
        certainty: How much the satisfaction rests on, 0 to 1.
        disagreement: How far face and voice contradict each other, 0 to 1, see
            `emotion.readings.fusion.disagreement`.
    """

    time: float
    face: Prediction
    voice: Prediction
    fused: np.ndarray | None
    satisfaction: float | None
    person: int | None = None
    people: int = 0
    certainty: float = 0.0
    disagreement: float = 0.0

    @property
    def uncertain(self) -> bool:
        """Whether a modality says something, but nothing to go by."""
        spoken = self.face.probabilities is not None or self.voice.probabilities is not None
        return spoken and self.fused is None
