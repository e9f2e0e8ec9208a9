"""Faces and voices that never met, put together because they show the same emotion."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from emotion.readings import emotions
from emotion.readings.emotions import CALM, NEUTRAL
from emotion.readings.reading import Prediction


@dataclass(frozen=True)
class Answers:
    """What one modality says of examples that it was not trained on.

    Attributes:
        probabilities: Shape (n, 8).
        labels: The true emotions, shape (n,).
    """

    probabilities: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Pair:
    """A face and a voice.

    Attributes:
        face: What is said of the face.
        voice: Of the voice.
        emotion: Of the voice, and of the face where it shows it.
    """

    face: Prediction
    voice: Prediction
    emotion: int


def pairs(faces: Answers, voices: Answers, shown: float, seed: int = 0) -> Iterator[Pair]:
    """Put a face to each voice, of its emotion or, as faces that speak do, a neutral one.

    Args:
        faces: Of which one is drawn for each voice.
        voices: Each is used once, unless no face shows its emotion.
        shown: Share of the pairs in which the face shows what the voice does, 0 to 1; in the
            others it is neutral. Calm shows on a face as neutral does.
        seed: Of what is drawn.
    """
    rng = np.random.default_rng(seed)
    rows = [np.flatnonzero(faces.labels == emotion) for emotion in range(emotions.COUNT)]
    for heard, emotion in zip(voices.probabilities, voices.labels, strict=True):
        neutral = emotion == CALM or rng.random() > shown
        fitting = rows[NEUTRAL if neutral else emotion]
        if len(fitting):
            seen = faces.probabilities[rng.choice(fitting)]
            yield Pair(Prediction(seen), Prediction(heard), int(emotion))
