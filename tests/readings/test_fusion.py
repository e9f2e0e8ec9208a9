"""The rules by which face and voice are fused, on predictions that are synthetic."""

from dataclasses import replace

import numpy as np
import pytest

from emotion.readings import emotions, fusion
from emotion.readings.emotions import CALM, INDEX, NEUTRAL
from emotion.readings.fusion import RULES, SEEN, SHOWN, UNCERTAIN, Reliability, Rule
from emotion.readings.reading import Prediction, Reading
from tests.scenes import assert_probabilities

SILENT = Prediction(None, "silence")
EVEN = Reliability(1.0, 1.0)
GROUPS = [index for index in range(emotions.COUNT) if index != CALM]


def seen(rng: np.random.Generator) -> np.ndarray:
    """What a face says: nothing of calm."""
    probabilities = rng.dirichlet(np.ones(emotions.COUNT))
    probabilities[CALM] = 0
    return probabilities / probabilities.sum()


def grouped(probabilities: np.ndarray) -> np.ndarray:
    """The seven groups, calm within neutral."""
    fused = probabilities.copy()
    fused[NEUTRAL] += fused[CALM]
    return fused[GROUPS]


def sure(name: str, rest: float = 0.0) -> np.ndarray:
    """Nearly all for one emotion, the rest spread over the others."""
    probabilities = np.full(emotions.COUNT, rest / (emotions.COUNT - 1))
    probabilities[INDEX[name]] = 1 - rest
    return probabilities


def pool(
    face: np.ndarray | None,
    voice: np.ndarray | None,
    reliability: Reliability = EVEN,
    rule: Rule = fusion.log_linear,
    *,
    qualities: tuple[float, float] = (1.0, 1.0),
) -> np.ndarray:
    fused = fusion.fuse(
        Prediction(face, None if face is not None else "no face", qualities[0]),
        Prediction(voice, None if voice is not None else "silence", qualities[1]),
        reliability,
        rule,
    )
    assert_probabilities(fused)
    assert fused is not None
    return fused


def often_right(share: float) -> np.ndarray:
    """A confusion of a sense that is right so often, and else anything."""
    return share * np.eye(emotions.COUNT) + (1 - share) / emotions.COUNT


KNOWN = Reliability(0.7, 0.9, often_right(0.6), often_right(0.75))
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


def test_a_sense_alone_is_as_sure_as_it_is_reliable(rng: np.random.Generator) -> None:
    face, voice = seen(rng), rng.dirichlet(np.ones(emotions.COUNT))
    np.testing.assert_allclose(pool(face, None), face)
    np.testing.assert_allclose(pool(None, voice), voice)
    for alone in (
        pool(face, None, Reliability(0.5, 1.0)) / np.sqrt(face, where=face > 0, out=np.ones(8)),
        pool(None, voice, Reliability(1.0, 0.5)) / np.sqrt(voice),
    ):
        np.testing.assert_allclose(alone[alone > 0], alone.max())


def test_two_silent_senses_say_nothing() -> None:
    assert fusion.fuse(Prediction(None, "no face"), SILENT, EVEN) is None


def test_full_weights_are_bayes_rule(rng: np.random.Generator) -> None:
    for _ in range(20):
        face = 0.9 * seen(rng) + 0.1 * sure("neutral", 0.8)
        face[CALM] = 0
        face /= face.sum()
        voice = 0.9 * rng.dirichlet(np.ones(emotions.COUNT)) + 0.1 / emotions.COUNT
        product = grouped(face) ** SHOWN * grouped(voice)
        np.testing.assert_allclose(grouped(pool(face, voice)), product / product.sum(), rtol=1e-9)


def test_weights_are_powers(rng: np.random.Generator) -> None:
    face = 0.9 * seen(rng) + 0.1 / emotions.COUNT
    voice = 0.9 * rng.dirichlet(np.ones(emotions.COUNT)) + 0.1 / emotions.COUNT
    product = grouped(face) ** (0.4 * SHOWN) * grouped(voice) ** 0.7
    fused = grouped(pool(face, voice, Reliability(0.4, 0.7)))
    np.testing.assert_allclose(fused, product / product.sum(), rtol=1e-9)


@every_rule
def test_calm_is_divided_as_the_voice_divides_it(rule: Rule, rng: np.random.Generator) -> None:
    for _ in range(20):
        voice = rng.dirichlet(np.ones(emotions.COUNT))
        fused = pool(seen(rng), voice, Reliability(0.6, 0.9), rule)
        assert fused[CALM] * voice[NEUTRAL] == pytest.approx(fused[NEUTRAL] * voice[CALM])


def test_a_voice_that_is_sure_it_is_neither_leaves_all_with_neutral() -> None:
    fused = pool(sure("neutral"), sure("happy"))
    assert fused[CALM] == 0
    assert fused[NEUTRAL] > 0


@every_rule
def test_a_calm_voice_and_a_neutral_face_are_calm(rule: Rule) -> None:
    assert pool(sure("neutral", 0.3), sure("calm", 0.3), KNOWN, rule).argmax() == CALM


@every_rule
def test_senses_that_agree_are_followed(rule: Rule) -> None:
    for name in emotions.NAMES:
        face = sure("neutral" if name == "calm" else name, 0.4)
        face[NEUTRAL] += face[CALM]
        face[CALM] = 0
        assert pool(face, sure(name, 0.4), KNOWN, rule).argmax() == INDEX[name]


@every_rule
def test_the_surer_sense_is_followed(rule: Rule) -> None:
    assert pool(sure("happy", 0.05), sure("sad", 0.7), KNOWN, rule).argmax() == INDEX["happy"]
    assert pool(sure("happy", 0.7), sure("sad", 0.05), KNOWN, rule).argmax() == INDEX["sad"]


@every_rule
def test_a_sense_fades_out_smoothly(rule: Rule) -> None:
    """The poorer it is, the less it moves the other, down to nothing."""
    face, voice = sure("happy", 0.1), sure("sad", 0.3)
    shares = [
        pool(face, voice, KNOWN, rule, qualities=(quality, 1.0))[INDEX["happy"]]
        for quality in np.linspace(0.01, 1, 21)
    ]
    assert (np.diff(shares) >= -1e-9).all()
    assert max(np.diff(shares)) < 0.2
    nothing = pool(face, voice, KNOWN, rule, qualities=(0.0, 1.0))
    np.testing.assert_allclose(nothing, pool(None, voice, KNOWN, rule))
    nothing = pool(face, voice, KNOWN, rule, qualities=(1.0, 0.0))
    np.testing.assert_allclose(nothing, pool(face, None, KNOWN, rule))


@every_rule
@pytest.mark.parametrize("sense", ["face", "voice"])
def test_one_sense_for_the_whole_time_is_what_it_says_alone(
    rule: Rule, sense: str, rng: np.random.Generator
) -> None:
    for _ in range(10):
        alone = seen(rng)
        fused = pool(
            alone if sense == "face" else None, alone if sense == "voice" else None, KNOWN, rule
        )
        assert fused.argmax() == alone.argmax()


def test_both_senses_poor_are_uncertain() -> None:
    poor = UNCERTAIN / 2.1
    one, other = Prediction(sure("happy"), None, poor), Prediction(sure("sad"), None, poor)
    assert fusion.fuse(one, other, EVEN) is None
    assert fusion.fuse(one, SILENT, EVEN) is None
    assert fusion.fuse(Prediction(sure("happy"), None, 0.9), other, EVEN) is not None
    reading = Reading(1.0, one, other, None, None)
    assert reading.uncertain
    assert not Reading(1.0, SILENT, SILENT, None, None).uncertain


def test_confusion_takes_an_answer_for_what_it_has_meant() -> None:
    """A face that calls many neutral says little by that: the voice decides."""
    shares = often_right(0.8)
    shares[:, NEUTRAL] += 0.8
    shares /= shares.sum(axis=1, keepdims=True)
    known = Reliability(1.0, 1.0, shares, often_right(0.8))
    face, voice = sure("neutral", 0.05), sure("sad", 0.5)
    assert pool(face, voice, known, fusion.product).argmax() == NEUTRAL
    assert pool(face, voice, known, fusion.confusion).argmax() == INDEX["sad"]


def test_confusion_of_a_sure_answer_is_a_column_of_the_table() -> None:
    """By hand: p(c) ~ P(sad | c) P(sad | c)."""
    known = Reliability(1.0, 1.0, often_right(0.6), often_right(0.8))
    fused = pool(sure("sad"), sure("sad"), known, fusion.confusion)
    right = (0.6 + 0.4 / 8) * (0.8 + 0.2 / 8)
    assert fused[INDEX["sad"]] == pytest.approx(right / (right + 6 * 0.05 * 0.025), abs=0.02)


def test_a_neutral_face_says_little_against_a_feeling() -> None:
    """It takes a quarter away from anger, where Bayes' rule alone would rule it out."""
    face, voice = sure("neutral", 0.01), sure("angry", 0.4)
    fused = pool(face, voice, EVEN, fusion.mixture)
    assert fused.argmax() == INDEX["angry"]
    assert pool(face, voice, EVEN, fusion.product).argmax() == NEUTRAL
    groups = grouped(voice)
    angry = fused[INDEX["angry"]] / (fused[NEUTRAL] + fused[CALM])
    expected = groups[GROUPS.index(INDEX["angry"])] / groups[0] * (1 - SEEN)
    assert angry == pytest.approx(expected, rel=0.05)


def test_a_mixture_of_what_always_shows_is_log_linear(rng: np.random.Generator) -> None:
    face, voice = seen(rng), rng.dirichlet(np.ones(emotions.COUNT))
    evidence = [
        fusion._evidence(Prediction(probabilities), 0.6, 1.0, np.eye(8))
        for probabilities in (face, voice)
    ]
    np.testing.assert_allclose(fusion.mixture(*evidence), fusion.log_linear(*evidence))


def test_means_are_means(rng: np.random.Generator) -> None:
    face, voice = 0.9 * seen(rng) + 0.1 * sure("neutral"), rng.dirichlet(np.full(8, 5.0))
    mean = grouped(pool(face, voice, EVEN, fusion.mean))
    np.testing.assert_allclose(mean, (grouped(face) + grouped(voice)) / 2, atol=2e-3)
    weighted = grouped(pool(face, voice, Reliability(0.4, 1.0), fusion.weighted_mean))
    expected = (0.4 * SHOWN * grouped(face) + grouped(voice)) / (1 + 0.4 * SHOWN)
    np.testing.assert_allclose(weighted, expected, atol=2e-3)


def test_agreement_makes_surer_and_keeps_the_emotion() -> None:
    for name in emotions.NAMES:
        face = sure("neutral" if name == "calm" else name, 0.5)
        face[NEUTRAL] += face[CALM]
        face[CALM] = 0
        voice = sure(name, 0.5)
        fused = pool(face, voice)
        assert fused.argmax() == INDEX[name]
        assert fused[INDEX[name]] >= voice[INDEX[name]]


def test_the_order_of_the_emotions_is_kept_when_senses_agree(rng: np.random.Generator) -> None:
    face = seen(rng)
    fused = pool(face, face, Reliability(0.5, 0.8))
    order = [index for index in np.argsort(face) if face[index] > 1e-3]
    assert (np.diff(fused[order]) >= 0).all()


def test_an_undecided_sense_changes_nothing_in_the_other(rng: np.random.Generator) -> None:
    even = np.full(emotions.COUNT, 1 / (emotions.COUNT - 1))
    even[CALM] = 0
    voice = 0.9 * rng.dirichlet(np.ones(emotions.COUNT)) + 0.1 / emotions.COUNT
    np.testing.assert_allclose(pool(even, voice), voice, rtol=1e-9)


def test_no_sense_has_a_veto() -> None:
    """What one sense rules out can win by the other, and is never left with nothing."""
    face, voice = sure("happy"), sure("sad", 0.2)
    fused = pool(face, voice, Reliability(0.3, 1.0))
    assert fused.argmax() == INDEX["sad"]
    assert (np.delete(pool(face, sure("sad")), CALM) > 0).all()


@pytest.mark.parametrize("weight", [0.1, 0.4, 0.8])
def test_more_weight_counts_more(weight: float) -> None:
    face, voice = sure("happy", 0.4), sure("sad", 0.4)
    happy, sad = INDEX["happy"], INDEX["sad"]
    more, less = pool(face, voice, Reliability(1, weight)), pool(face, voice)
    assert more[happy] > less[happy]
    assert pool(face, voice, Reliability(weight, 1))[sad] > less[sad]


def test_opinions_are_not_changed(rng: np.random.Generator) -> None:
    face, voice = seen(rng), rng.dirichlet(np.ones(emotions.COUNT))
    face.flags.writeable = voice.flags.writeable = False
    pool(face, voice)


def test_a_poor_voice_leaves_the_face_its_weight() -> None:
    reliability = Reliability(0.6, 0.9)
    poor = Prediction(sure("happy"), None, 0.5)
    weight = 0.9 * 0.5 + 0.6 * (1 - (1 - SHOWN) * 0.5)
    assert reliability.of(Prediction(sure("happy")), poor) == pytest.approx(weight)


def test_the_weight_of_a_reading_is_that_of_its_senses() -> None:
    reliability = Reliability(0.6, 0.9)
    one = Prediction(sure("happy"))
    assert reliability.of(one, one) == pytest.approx(0.9 + SHOWN * 0.6)
    assert reliability.of(one, SILENT) == pytest.approx(0.6)
    assert reliability.of(SILENT, one) == pytest.approx(0.9)
    assert reliability.of(SILENT, SILENT) == 0


def only(**shares: float) -> np.ndarray:
    """Probabilities of some emotions, the rest shared by the others."""
    made = np.full(emotions.COUNT, (1 - sum(shares.values())) / (emotions.COUNT - len(shares)))
    for name, share in shares.items():
        made[emotions.INDEX[name]] = share
    return made


SMILE, FEAR = only(happy=0.98), only(fearful=0.61, happy=0.05)


def test_a_smile_beside_fear_is_a_disagreement() -> None:
    assert fusion.disagreement(Prediction(SMILE), Prediction(FEAR)) > fusion.DISAGREE
    assert fusion.disagreement(Prediction(FEAR), Prediction(SMILE)) > fusion.DISAGREE


@pytest.mark.parametrize(
    ("face", "voice"),
    [
        (only(neutral=0.95), only(angry=0.9)),
        (only(angry=0.9), only(disgusted=0.9)),
        (only(happy=0.9), only(happy=0.9)),
        (only(happy=0.9), only(surprised=0.9)),
        (np.full(8, 0.125), only(angry=0.9)),
    ],
)
def test_other_pairs_are_none(face: np.ndarray, voice: np.ndarray) -> None:
    assert fusion.disagreement(Prediction(face), Prediction(voice)) < fusion.DISAGREE


def test_poor_moments_and_a_sense_alone_disagree_with_nothing() -> None:
    assert fusion.disagreement(Prediction(SMILE), Prediction(None, "silence")) == 0
    poor = fusion.disagreement(Prediction(SMILE, quality=0.2), Prediction(FEAR))
    assert 0 < poor < fusion.DISAGREE


def test_satisfaction_goes_by_the_clearer_sense_then() -> None:
    face, voice = Prediction(SMILE), Prediction(FEAR)
    trust = Reliability(1.0, 1.0)
    fused = fusion.fuse(face, voice, trust)
    clearest, weight = fusion.most_informative(face, voice, fused, trust)
    assert clearest is SMILE
    assert 0 < weight < 1
    clearest, _ = fusion.most_informative(
        replace(face, quality=0.99), Prediction(only(sad=0.999)), fused, trust
    )
    assert clearest is not None
    assert clearest.argmax() == emotions.INDEX["sad"]


def test_two_senses_as_clear_as_each_other_say_nothing_of_satisfaction() -> None:
    face, voice = Prediction(only(happy=0.9)), Prediction(only(angry=0.9))
    trust = Reliability(1.0, 1.0)
    _, weight = fusion.most_informative(face, voice, fusion.fuse(face, voice, trust), trust)
    assert weight == pytest.approx(0, abs=1e-6)


def test_without_disagreement_satisfaction_goes_by_what_is_fused() -> None:
    face, voice = Prediction(only(happy=0.9)), Prediction(only(happy=0.6))
    trust = Reliability(1.0, 1.0)
    fused = fusion.fuse(face, voice, trust)
    assert fusion.most_informative(face, voice, fused, trust) == (fused, 1.0)
    silent = Prediction(None, "silence")
    alone = fusion.fuse(face, silent, trust)
    assert fusion.most_informative(face, silent, alone, trust) == (alone, 1.0)


def test_a_power_makes_answers_of_both_senses_surer_and_changes_none() -> None:
    face, voice = Prediction(only(happy=0.5)), Prediction(only(happy=0.5))
    plain = fusion.fuse(face, voice, Reliability(0.9, 0.9))
    surer = fusion.fuse(face, voice, Reliability(0.9, 0.9, power=2.0))
    assert plain is not None
    assert surer is not None
    assert surer.sum() == pytest.approx(1)
    assert surer.argmax() == plain.argmax()
    assert surer.max() > plain.max()
    silent = Prediction(None, "silence")
    np.testing.assert_array_equal(
        fusion.fuse(face, silent, Reliability(0.9, 0.9, power=2.0)),
        fusion.fuse(face, silent, Reliability(0.9, 0.9)),
    )
