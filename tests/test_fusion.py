"""The rule by which face and voice are merged, on opinions that are made up."""

import numpy as np
import pytest

from emotion import emotions, fusion
from emotion.emotions import CALM, INDEX, NEUTRAL
from emotion.fusion import SPEAKING, Reliability
from emotion.reading import Opinion
from tests.scenes import assert_probabilities

SILENT = Opinion(None, "silence")
EVEN = Reliability(1.0, 1.0)
GROUPS = [index for index in range(emotions.COUNT) if index != CALM]


def seen(rng: np.random.Generator) -> np.ndarray:
    """What a face says: nothing of calm."""
    probabilities = rng.dirichlet(np.ones(emotions.COUNT))
    probabilities[CALM] = 0
    return probabilities / probabilities.sum()


def grouped(probabilities: np.ndarray) -> np.ndarray:
    """The seven groups, calm within neutral."""
    merged = probabilities.copy()
    merged[NEUTRAL] += merged[CALM]
    return merged[GROUPS]


def sure(name: str, rest: float = 0.0) -> np.ndarray:
    """Nearly all for one emotion, the rest spread over the others."""
    probabilities = np.full(emotions.COUNT, rest / (emotions.COUNT - 1))
    probabilities[INDEX[name]] = 1 - rest
    return probabilities


def pool(
    face: np.ndarray | None, speech: np.ndarray | None, reliability: Reliability = EVEN
) -> np.ndarray:
    merged = fusion.pool(
        Opinion(face, None if face is not None else "no face"),
        Opinion(speech, None if speech is not None else "silence"),
        reliability,
    )
    assert_probabilities(merged)
    assert merged is not None
    return merged


def test_a_sense_alone_is_as_sure_as_it_is_reliable(rng: np.random.Generator) -> None:
    face, speech = seen(rng), rng.dirichlet(np.ones(emotions.COUNT))
    np.testing.assert_allclose(pool(face, None), face)
    np.testing.assert_allclose(pool(None, speech), speech)
    for alone in (
        pool(face, None, Reliability(0.5, 1.0)) / np.sqrt(face, where=face > 0, out=np.ones(8)),
        pool(None, speech, Reliability(1.0, 0.5)) / np.sqrt(speech),
    ):
        np.testing.assert_allclose(alone[alone > 0], alone.max())


def test_two_silent_senses_say_nothing() -> None:
    assert fusion.pool(Opinion(None, "no face"), SILENT, EVEN) is None


def test_full_weights_are_bayes_rule(rng: np.random.Generator) -> None:
    for _ in range(20):
        face = 0.9 * seen(rng) + 0.1 * sure("neutral", 0.8)
        face[CALM] = 0
        face /= face.sum()
        speech = 0.9 * rng.dirichlet(np.ones(emotions.COUNT)) + 0.1 / emotions.COUNT
        product = grouped(face) ** SPEAKING * grouped(speech)
        np.testing.assert_allclose(grouped(pool(face, speech)), product / product.sum(), rtol=1e-9)


def test_weights_are_powers(rng: np.random.Generator) -> None:
    face = 0.9 * seen(rng) + 0.1 / emotions.COUNT
    speech = 0.9 * rng.dirichlet(np.ones(emotions.COUNT)) + 0.1 / emotions.COUNT
    seen_groups = grouped(face * (np.arange(8) != CALM))
    product = seen_groups ** (0.4 * SPEAKING) * grouped(speech) ** 0.7
    merged = grouped(pool(face, speech, Reliability(0.4, 0.7)))
    np.testing.assert_allclose(merged, product / product.sum(), rtol=1e-9)


def test_calm_is_divided_as_the_voice_divides_it(rng: np.random.Generator) -> None:
    for _ in range(20):
        speech = rng.dirichlet(np.ones(emotions.COUNT))
        merged = pool(seen(rng), speech, Reliability(0.6, 0.9))
        assert merged[CALM] * speech[NEUTRAL] == pytest.approx(merged[NEUTRAL] * speech[CALM])


def test_a_voice_that_is_sure_it_is_neither_leaves_all_with_neutral() -> None:
    merged = pool(sure("neutral"), sure("happy"))
    assert merged[CALM] == 0
    assert merged[NEUTRAL] > 0


def test_a_calm_voice_and_a_neutral_face_are_calm() -> None:
    assert pool(sure("neutral", 0.3), sure("calm", 0.3)).argmax() == CALM


def test_agreement_makes_surer_and_keeps_the_emotion() -> None:
    for name in emotions.NAMES:
        face = sure("neutral" if name == "calm" else name, 0.5)
        face[NEUTRAL] += face[CALM]
        face[CALM] = 0
        speech = sure(name, 0.5)
        merged = pool(face, speech)
        assert merged.argmax() == INDEX[name]
        assert merged[INDEX[name]] >= speech[INDEX[name]]


def test_the_order_of_the_emotions_is_kept_when_senses_agree(rng: np.random.Generator) -> None:
    face = seen(rng)
    merged = pool(face, face, Reliability(0.5, 0.8))
    order = [index for index in np.argsort(face) if face[index] > 1e-3]
    assert (np.diff(merged[order]) >= 0).all()


def test_an_undecided_sense_changes_nothing_in_the_other(rng: np.random.Generator) -> None:
    even = np.full(emotions.COUNT, 1 / (emotions.COUNT - 1))
    even[CALM] = 0
    speech = 0.9 * rng.dirichlet(np.ones(emotions.COUNT)) + 0.1 / emotions.COUNT
    np.testing.assert_allclose(pool(even, speech), speech, rtol=1e-9)


def test_no_sense_has_a_veto() -> None:
    """What one sense rules out can win by the other, and is never left with nothing."""
    face, speech = sure("happy"), sure("sad", 0.2)
    merged = pool(face, speech, Reliability(0.3, 1.0))
    assert merged.argmax() == INDEX["sad"]
    assert (np.delete(pool(face, sure("sad")), CALM) > 0).all()


@pytest.mark.parametrize("weight", [0.1, 0.4, 0.8])
def test_more_weight_counts_more(weight: float) -> None:
    face, speech = sure("happy", 0.4), sure("sad", 0.4)
    happy, sad = INDEX["happy"], INDEX["sad"]
    more, less = pool(face, speech, Reliability(1, weight)), pool(face, speech)
    assert more[happy] > less[happy]
    assert pool(face, speech, Reliability(weight, 1))[sad] > less[sad]


def test_opinions_are_not_changed(rng: np.random.Generator) -> None:
    face, speech = seen(rng), rng.dirichlet(np.ones(emotions.COUNT))
    face.flags.writeable = speech.flags.writeable = False
    pool(face, speech)


def test_the_weight_of_a_reading_is_that_of_its_senses() -> None:
    reliability = Reliability(0.6, 0.9)
    one = Opinion(sure("happy"))
    assert reliability.of(one, one) == pytest.approx(0.9 + SPEAKING * 0.6)
    assert reliability.of(one, SILENT) == pytest.approx(0.6)
    assert reliability.of(SILENT, one) == pytest.approx(0.9)
    assert reliability.of(SILENT, SILENT) == 0
