"""Late fusion of what face and voice say, without training on examples of both.

Naas & Sigg 2020 fuse the two models' predictions without re-training. So do the rules here:
each takes what two calibrated modalities say, how far each is to be trusted in general
(`Reliability`, measured on validation examples of that modality alone) and how far at this
moment (the weight of a `Prediction`). How sure the fused prediction is, is calibrated on pairs of
a face and a voice that never met (`emotion.training.fusion_calibration`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from emotion.readings import emotions
from emotion.readings.emotions import CALM, EMOTIONS, NEUTRAL
from emotion.readings.probability import information
from emotion.readings.reading import Prediction

GROUPS = np.arange(emotions.COUNT) != CALM
"""The face sees neutral-or-calm as one, so the modalities are fused over seven groups."""

SHOWN = 0.5
"""Share of the time in which a face that speaks shows what is felt, else it is neutral: its
reliability is measured on photographs, and in speech the mouth is busy with words. Argued
from that half of the face and not fitted, but brought in, as a smaller weight of the face,
after the clips of actor 01 had been seen without it."""

SEEN = SHOWN**2
"""Share of the looks in which it can be seen beside a voice: people are between two expressions as
well, which is argued to take another half. That half was taken in pooling before, where it made
every neutral face unsure."""

UNCERTAIN = 0.2
"""Least weight of the moment, of both modalities together, for which there is a prediction."""

DISAGREE = 0.5
"""Disagreement from which it is a result of its own: it is then likelier than not that one
modality shows something pleasant while the other shows something unpleasant."""

_PLEASANT = np.array([emotion.valence > 0 and emotion.name != "calm" for emotion in EMOTIONS])
_UNPLEASANT = np.array([emotion.valence < 0 for emotion in EMOTIONS])

_FLOOR = 1e-3
"""Least probability a modality gives an emotion, so that none can veto the other."""


def _always_right() -> np.ndarray:
    """The confusion of a modality of which nothing else is known."""
    return np.eye(emotions.COUNT)


@dataclass(frozen=True)
class Reliability:
    """How far the modalities are to be trusted, from the models' manifest.

    Attributes:
        face: Power to which the face's probabilities are raised, above 0, to 1.
        voice: Power to which the voice's probabilities are raised, above 0, to 1.
        face_confusion: Share of the face's predictions (columns) among validation examples
            of each emotion (rows), shape (8, 8).
        voice_confusion: Share of the voice's predictions (columns) among validation examples
            of each emotion (rows), shape (8, 8).
        power: To which a fused prediction of both is raised, above 0: rules leave it less
            sure than it is right, or surer.
    """

    face: float
    voice: float
    face_confusion: np.ndarray = field(default_factory=_always_right, compare=False)
    voice_confusion: np.ndarray = field(default_factory=_always_right, compare=False)
    power: float = 1.0

    def of(self, face: Prediction, voice: Prediction) -> float:
        """Weight of a reading that rests on the predictions that there are.

        Args:
            face: Of the face; with the weight 0 where it is silent.
            voice: Of the voice; with the weight 0 where it is silent.

        Returns:
            From 0, where both are silent, to `face` + `voice`.
        """
        return self.voice * voice.weight + self.face * face.weight * _beside(voice)


@dataclass(frozen=True)
class Evidence:
    """What one modality says of the seven groups, at one moment.

    Attributes:
        probabilities: Raised to the weight of the moment, shape (7,), above 0, adding
            up to 1.
        reliability: Above 0, to 1.
        shown: Share of the time in which the modality shows what is felt, 0 to 1.
        confusion: Share of the predictions (columns) for each group (rows), shape (7, 7).
    """

    probabilities: np.ndarray
    reliability: float
    shown: float
    confusion: np.ndarray

    @property
    def worth(self) -> float:
        """Reliability while it shows what is felt."""
        return self.reliability * self.shown

    @property
    def precision(self) -> np.ndarray:
        """Share of each prediction that is right, all groups being equally frequent, (7,)."""
        return np.asarray(np.diag(self.confusion) / self.confusion.sum(axis=0))


Rule = Callable[[Evidence, Evidence], np.ndarray]
"""From the evidence of face and voice to shares of the groups, shape (7,), of any sum."""


def mean(face: Evidence, voice: Evidence) -> np.ndarray:
    """The linear opinion pool with equal weights (Stone 1961, 'The Opinion Pool').

    One of the two modalities is right, and nobody knows which.

    Args:
        face: Evidence of the face, probabilities of shape (7,).
        voice: Evidence of the voice, probabilities of shape (7,).

    Returns:
        Shares of the groups, shape (7,), from 0, of any sum.
    """
    return face.probabilities + voice.probabilities


def weighted_mean(face: Evidence, voice: Evidence) -> np.ndarray:
    """The linear prediction pool: each modality is the right one as often as it is reliable.

    Args:
        face: Evidence of the face, probabilities of shape (7,).
        voice: Evidence of the voice, probabilities of shape (7,).

    Returns:
        Shares of the groups, shape (7,), from 0, of any sum.
    """
    return face.worth * face.probabilities + voice.worth * voice.probabilities


def product(face: Evidence, voice: Evidence) -> np.ndarray:
    """Bayes' rule for modalities that judge from evidence of their own (Kittler et al. 1998).

    With all groups equally frequent beforehand, p(c | both) ~ p(c | face) p(c | voice).
    """
    return face.probabilities * voice.probabilities


def log_linear(face: Evidence, voice: Evidence) -> np.ndarray:
    """The logarithmic prediction pool (Genest & Zidek 1986, 'Combining Probability Distributions').

    Bayes' rule, with powers that take back what the modalities claim too much of.

    Args:
        face: Evidence of the face, probabilities of shape (7,).
        voice: Evidence of the voice, probabilities of shape (7,).

    Returns:
        Shares of the groups, shape (7,), from 0, of any sum.
    """
    return np.asarray(face.probabilities**face.worth * voice.probabilities**voice.worth)


def mixture(face: Evidence, voice: Evidence) -> np.ndarray:
    """Bayes' rule for modalities that show what is felt only part of the time.

    Someone who is angry speaks with an angry face half of the time, and else with a neutral
    one. So what a face says for anger is a mixture, p(face | angry) ~ s p(angry | face) +
    (1 - s) p(neutral | face) with s the square of `Evidence.shown`, see `SEEN` (as in noisy-or
    multiple-instance learning, Zhang et al. 2005): a face that is surely neutral then says
    nothing against anger but a factor of 1 - s, while one that is surely angry says as much for
    it as ever. The probabilities are raised to the reliabilities before.

    Args:
        face: Evidence of the face, probabilities of shape (7,).
        voice: Evidence of the voice, probabilities of shape (7,).

    Returns:
        Shares of the groups, shape (7,), from 0, of any sum.
    """
    total = np.ones(len(face.probabilities))
    for sense in (face, voice):
        powers = sense.probabilities**sense.reliability
        seen = sense.shown**2
        total *= seen * powers + (1 - seen) * powers[0]
    return total


def log_linear_by_class(face: Evidence, voice: Evidence) -> np.ndarray:
    """The logarithmic prediction pool with a reliability for each group.

    What a modality says for or against a group, log(7 p(c)), counts by its `precision` there,
    against its mean precision: a face that is called neutral whatever it shows says little
    by that. As in class-dependent weights for ensembles (Kuncheva 2004, 'Combining Pattern
    Classifiers', 5.2).

    Args:
        face: Evidence of the face, probabilities of shape (7,).
        voice: Evidence of the voice, probabilities of shape (7,).

    Returns:
        Shares of the groups, shape (7,), above 0, of any sum.
    """
    total = np.zeros(len(face.probabilities))
    for sense in (face, voice):
        weights = sense.worth * sense.precision / sense.precision.mean()
        total += weights * np.log(len(total) * sense.probabilities)
    return np.asarray(np.exp(total - total.max()))


def maximum(face: Evidence, voice: Evidence) -> np.ndarray:
    """The surer modality, group by group (Kittler et al. 1998, 'On Combining Classifiers').

    Args:
        face: Evidence of the face, probabilities of shape (7,).
        voice: Evidence of the voice, probabilities of shape (7,).

    Returns:
        Shares of the groups, shape (7,), from 0, of any sum.
    """
    return np.maximum(face.probabilities, voice.probabilities)


def confusion(face: Evidence, voice: Evidence) -> np.ndarray:
    """Bayes' rule on predicted classes instead of evidence (Xu, Krzyzak & Suen 1992).

    A modality's prediction k is a symptom that group c shows with the share P(k | c) known from
    validation. Here the prediction itself is not sure, so the shares are averaged over what
    the modality says: p(c) ~ product over the modalities of sum over k of P(k | c) p(k).

    Args:
        face: Evidence of the face, probabilities of shape (7,).
        voice: Evidence of the voice, probabilities of shape (7,).

    Returns:
        Shares of the groups, shape (7,), from 0, of any sum.
    """
    return np.asarray(
        (face.confusion @ face.probabilities) * (voice.confusion @ voice.probabilities)
    )


RULES: dict[str, Rule] = {
    "mixture": mixture,
    "mean": mean,
    "weighted mean": weighted_mean,
    "product": product,
    "log-linear": log_linear,
    "log-linear by class": log_linear_by_class,
    "maximum": maximum,
    "confusion": confusion,
}
"""The rules by name, the shipped one first. It was chosen on predictions for faces and voices of
different people that were never recorded together, see `benchmarks/fusion_rules.py`."""


def fuse(
    face: Prediction, voice: Prediction, reliability: Reliability, rule: Rule = mixture
) -> np.ndarray | None:
    """Fuse two predictions.

    Each is first raised to the weight of its moment: a poor observation or a noisy second says
    less of everything, and one of weight 0 is taken for missing. A modality alone is raised
    to its reliability just as well.

    The two are fused as one of seven groups, in which the voice has the sum of neutral
    and calm, and the group's share is then divided as the voice divides it: p(calm) =
    p(group) v(calm) / (v(neutral) + v(calm)). The less the voice is worth, below half
    its weight, the more stays with 'neutral'.

    Args:
        face: 'Neutral' standing for calm as well.
        voice: Of the voice.
        reliability: Of the two.
        rule: By which they are fused.

    Returns:
        Shape (8,), adding up to 1; None if both modalities are silent or too poor to go by,
        see `UNCERTAIN`.
    """
    if 1 - (1 - face.weight) * (1 - voice.weight) < UNCERTAIN:
        return None
    seen = face.probabilities if face.weight > 0 else None
    heard = voice.probabilities if voice.weight > 0 else None
    if seen is None or heard is None:
        alone, power = (seen, reliability.face) if heard is None else (heard, reliability.voice)
        assert alone is not None
        weight = face.weight if heard is None else voice.weight
        powers = alone ** (power * weight)
        return np.asarray(powers / powers.sum())
    shares = rule(
        _evidence(face, reliability.face, _beside(voice), reliability.face_confusion),
        _evidence(voice, reliability.voice, 1.0, reliability.voice_confusion),
    )
    shares = (shares / shares.sum()) ** reliability.power
    fused = np.zeros(emotions.COUNT)
    fused[GROUPS] = shares / shares.sum()
    both = heard[NEUTRAL] + heard[CALM]
    calm = min(1.0, 2 * voice.weight) * heard[CALM] / both if both > 0 else 0.0
    fused[CALM] = fused[NEUTRAL] * calm
    fused[NEUTRAL] *= 1 - calm
    return fused


def disagreement(face: Prediction, voice: Prediction) -> float:
    """How far face and voice contradict each other, 0 to 1; 0 where one of them is silent.

    The chance that one shows something pleasant (happy) and the other something unpleasant
    (sad, angry, fearful, disgusted), as if they knew nothing of each other: the conflict of
    two bodies of evidence (Dempster 1967; Shafer 1976, 'A Mathematical Theory of Evidence'),
    by the weight of the moment. A neutral face beside an angry voice is no conflict: whoever
    speaks looks neutral half of the time.

    Args:
        face: Of the face.
        voice: Of the voice.
    """
    seen, heard = face.probabilities, voice.probabilities
    if seen is None or heard is None:
        return 0.0
    crossed = seen[_PLEASANT].sum() * heard[_UNPLEASANT].sum()
    crossed += seen[_UNPLEASANT].sum() * heard[_PLEASANT].sum()
    return float(crossed * face.weight * voice.weight)


def most_informative(
    face: Prediction, voice: Prediction, fused: np.ndarray | None, reliability: Reliability
) -> tuple[np.ndarray | None, float]:
    """What satisfaction goes by at one moment.

    The fused prediction, unless the modalities disagree: then what is said more clearly, and only
    by how much more clearly it is said. A smile beside a sob is neither's mean, and the weaker
    modality does not decide. How clearly a modality speaks is the information in its probabilities
    (`emotion.readings.probability.information`) by its weight of the moment and its reliability.

    Args:
        face: Of the face.
        voice: Of the voice.
        fused: What `fuse` makes of them.
        reliability: Of the two.

    Returns:
        Probabilities, shape (8,), or None; and how much they count, 0 to 1.
    """
    if fused is None or disagreement(face, voice) < DISAGREE:
        return fused, 1.0
    said = []
    for sense, trust in ((face, reliability.face), (voice, reliability.voice)):
        assert sense.probabilities is not None
        clear = information(sense.probabilities) * sense.weight * trust
        said.append((clear, sense.probabilities))
    (less, _), (more, probabilities) = sorted(said, key=lambda one: one[0])
    return probabilities, 1 - less / more if more > 0 else 0.0


def _beside(voice: Prediction) -> float:
    """Share of the time in which a face beside a voice shows what is felt."""
    return 1 - (1 - SHOWN) * voice.weight


def _evidence(
    prediction: Prediction, reliability: float, shown: float, confusion: np.ndarray
) -> Evidence:
    assert prediction.probabilities is not None
    grouped = prediction.probabilities.copy()
    grouped[NEUTRAL] += grouped[CALM]
    powers = np.maximum(grouped[GROUPS], _FLOOR) ** prediction.weight
    return Evidence(powers / powers.sum(), reliability, shown, _grouped(confusion))


def _grouped(confusion: np.ndarray) -> np.ndarray:
    """A confusion of eight emotions over the seven groups, rows adding up to 1."""
    answers = confusion[:, GROUPS].copy()
    answers[:, 0] += confusion[:, CALM]
    rows = answers[GROUPS].copy()
    rows[0] = (answers[NEUTRAL] + answers[CALM]) / 2 if answers[CALM].any() else answers[NEUTRAL]
    # A prediction that validation never saw is possible all the same.
    rows = rows + _FLOOR
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))
