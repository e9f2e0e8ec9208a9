"""Merging what face and voice say, without training on merged examples.

Naas & Sigg 2020 merge the two models' answers without re-training. The rule here
is log-linear pooling (Genest & Zidek 1986, 'Combining Probability Distributions'):
a product of powers, in which a sense counts by its reliability.
"""

from dataclasses import dataclass

import numpy as np

from emotion import emotions
from emotion.emotions import CALM, NEUTRAL
from emotion.reading import Opinion

_FLOOR = 1e-3
"""Least probability a sense gives an emotion, so that none can veto the other."""

SPEAKING = 0.5
"""Share of its weight that a face keeps while its voice is read. The face's reliability is
measured on photographs; in speech the mouth, and with it the lower half of the face, is
busy with words. Argued from that half and not fitted, but brought in after the clips of
actor 01 had been seen without it; so they do not show that it is right."""


@dataclass(frozen=True)
class Reliability:
    """Weights of the senses in merging, from the models' manifest, each above 0, to 1."""

    face: float
    speech: float

    def of(self, face: Opinion, speech: Opinion) -> float:
        """Weight of a reading that rests on the opinions that there are."""
        if speech.probabilities is None:
            return self.face * (face.probabilities is not None)
        return self.speech + SPEAKING * self.face * (face.probabilities is not None)


def pool(face: Opinion, speech: Opinion, reliability: Reliability) -> np.ndarray | None:
    """Merge two opinions.

    With all emotions equally frequent beforehand, and each sense judging from its
    own evidence, Bayes' rule multiplies the two probabilities; the reliabilities,
    as powers, take back what the senses claim too much of, and `SPEAKING` what a face
    that speaks does. A sense alone is raised to its power just as well.

    The face sees neutral-or-calm as one. So the two are merged as one of seven
    groups, in which the voice has the sum of both, and the group's share is then
    divided as the voice divides it: p(calm) = p(group) * v(calm) / (v(neutral) +
    v(calm)). Without the voice it all stays with 'neutral'.

    Returns:
        Shape (8,), adding up to 1; None if both senses are silent.
    """
    seen, heard = face.probabilities, speech.probabilities
    if seen is None or heard is None:
        alone, weight = (seen, reliability.face) if heard is None else (heard, reliability.speech)
        if alone is None:
            return None
        powers = alone**weight
        return np.asarray(powers / powers.sum())
    grouped = heard.copy()
    grouped[NEUTRAL] += grouped[CALM]
    groups = np.arange(emotions.COUNT) != CALM
    logs = SPEAKING * reliability.face * np.log(np.maximum(seen[groups], _FLOOR))
    logs += reliability.speech * np.log(np.maximum(grouped[groups], _FLOOR))
    merged = np.zeros(emotions.COUNT)
    merged[groups] = np.exp(logs - logs.max())
    merged /= merged.sum()
    both = heard[NEUTRAL] + heard[CALM]
    calm = heard[CALM] / both if both > 0 else 0.0
    merged[CALM] = merged[NEUTRAL] * calm
    merged[NEUTRAL] *= 1 - calm
    return merged
