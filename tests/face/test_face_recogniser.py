import numpy as np
import pytest

from emotion.face.face_recogniser import FaceRecogniser, fold_ferplus
from emotion.models.shipped import Models
from emotion.readings.emotions import CALM, COUNT, INDEX
from tests.scenes import assert_probabilities

LABELS = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"]
EVEN = np.full(8, 1 / 8)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("neutral", "neutral"),
        ("happiness", "happy"),
        ("surprise", "surprised"),
        ("sadness", "sad"),
        ("anger", "angry"),
        ("disgust", "disgusted"),
        ("fear", "fearful"),
        ("contempt", "disgusted"),
    ],
)
def test_each_class_is_its_emotion(label: str, name: str) -> None:
    for labels in (LABELS, LABELS[::-1]):
        folded = fold_ferplus(np.eye(8)[labels.index(label)], EVEN, labels)
        np.testing.assert_array_equal(folded, np.eye(COUNT)[INDEX[name]])


def test_a_network_that_only_knows_how_frequent_classes_are_knows_nothing() -> None:
    priors = np.array([0.3, 0.25, 0.15, 0.1, 0.1, 0.04, 0.04, 0.02])
    folded = fold_ferplus(priors, priors, LABELS)
    assert folded[CALM] == 0
    np.testing.assert_allclose(np.delete(folded, CALM), 1 / 7)


def test_a_rare_class_gains(rng: np.random.Generator) -> None:
    priors = np.array([0.3, 0.25, 0.15, 0.1, 0.1, 0.04, 0.04, 0.02])
    folded = fold_ferplus(EVEN, priors, LABELS)
    assert folded[INDEX["fearful"]] / folded[INDEX["neutral"]] == pytest.approx(0.3 / 0.04)


def test_many_at_once(rng: np.random.Generator) -> None:
    rows, priors = rng.dirichlet(np.ones(8), 6), rng.dirichlet(np.ones(8))
    folded = fold_ferplus(rows, priors, LABELS)
    for row, result in zip(rows, folded, strict=True):
        assert_probabilities(result)
        np.testing.assert_allclose(result, fold_ferplus(row, priors, LABELS))


def test_a_class_that_was_never_drawn_has_no_chance() -> None:
    priors = np.array([0.5, 0.5, 0, 0, 0, 0, 0, 0])
    assert_probabilities(fold_ferplus(EVEN, priors, LABELS))


def test_an_emphasis_multiplies_what_is_said(rng: np.random.Generator) -> None:
    logits, factors = rng.normal(0, 2, 8), rng.uniform(0.5, 2, COUNT)

    def said(emphasis: np.ndarray | None) -> np.ndarray:
        recogniser = FaceRecogniser(
            lambda face: np.append(logits, 0),
            pixels=64,
            labels=LABELS,
            priors=EVEN,
            shares=EVEN,
            emphasis=emphasis,
            ordinary=np.zeros(8),
            confusion=np.eye(8),
        )
        return recogniser(np.zeros((64, 64), np.uint8))

    plain, emphasised = said(None), said(factors)
    assert_probabilities(emphasised)
    np.testing.assert_allclose(emphasised / emphasised.sum(), plain * factors / (plain @ factors))


@pytest.mark.parametrize("kind", ["even", "noise", "black", "white"])
def test_any_picture_of_a_face_gives_probabilities(
    kind: str, models: Models, rng: np.random.Generator
) -> None:
    side = models.face.pixels
    face = {
        "even": np.full((side, side), 120),
        "noise": rng.integers(0, 256, (side, side)),
        "black": np.zeros((side, side)),
        "white": np.full((side, side), 255),
    }[kind].astype(np.uint8)
    probabilities = models.face(face)
    assert_probabilities(probabilities)
    assert probabilities[CALM] == 0


@pytest.mark.parametrize("side", [16, 48, 200])
def test_faces_of_another_size_are_resized(side: int, models: Models) -> None:
    ramp = np.linspace(0, 255, side).astype(np.uint8)
    assert models.face.logits(np.tile(ramp, (side, 1))).shape == (8,)
