import dataclasses
from typing import Any

import numpy as np
import pytest

from emotion.adaptation import Speaker
from emotion.call import Models
from emotion.emotions import CALM, COUNT, INDEX, NAMES
from emotion.errors import ModelError
from emotion.manifest import Entry, Manifest
from emotion.recogniser import FaceRecogniser, VoiceRecogniser, fold_ferplus
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


@pytest.mark.parametrize("kind", ["silence", "noise", "speech", "loud"])
def test_any_sound_gives_probabilities(
    kind: str, models: Models, speech: np.ndarray, rng: np.random.Generator
) -> None:
    samples = {
        "silence": np.zeros(48_000),
        "noise": rng.normal(0, 0.2, 48_000),
        "speech": speech[:48_000],
        "loud": np.sign(speech[:48_000]),
    }[kind].astype(np.float32)
    hearing = models.voice(samples)
    assert np.isfinite(hearing.absolute).all()
    assert np.isfinite(hearing.relative).all()
    assert_probabilities(np.exp(Speaker(models.voice.prior).log_probabilities(hearing)))


def test_a_window_of_another_length_is_refused(models: Models) -> None:
    with pytest.raises(ModelError, match=r"'voice' takes the shape"):
        models.voice(np.zeros(16_000, np.float32))


@pytest.mark.parametrize("field", ["reliability", "temperature", "priors", "shares"])
def test_a_face_model_without_a_field_is_refused(field: str) -> None:
    entry = Manifest().entry("face")
    fields = {name: value for name, value in entry.fields.items() if name != field}
    with pytest.raises(ModelError, match=f"'face' has no '{field}'"):
        FaceRecogniser(dataclasses.replace(entry, fields=fields))


@pytest.mark.parametrize("field", ["reliability", "adaptation"])
def test_a_voice_model_without_a_field_is_refused(field: str) -> None:
    entry = Manifest().entry("voice")
    fields = {name: value for name, value in entry.fields.items() if name != field}
    with pytest.raises(ModelError, match=f"'voice' has no '{field}'"):
        VoiceRecogniser(dataclasses.replace(entry, fields=fields))


def with_labels(entry: Entry, labels: Any) -> Entry:
    """A model as its manifest describes it, but for the labels."""
    output = entry.fields["output"] | {"labels": labels}
    return dataclasses.replace(entry, fields=entry.fields | {"output": output})


@pytest.mark.parametrize("labels", [None, [], "neutral", [*NAMES[1:], "joy"], [*NAMES, "calm"]])
def test_a_model_whose_outputs_mean_something_else_is_refused(labels: Any) -> None:
    with pytest.raises(ModelError, match=r"labels of the model 'voice'.*should be neutral, calm"):
        VoiceRecogniser(with_labels(Manifest().entry("voice"), labels))
    with pytest.raises(ModelError, match=r"labels of the model 'face'.*should be neutral, happ"):
        FaceRecogniser(with_labels(Manifest().entry("face"), labels))


def test_outputs_may_be_in_any_order_that_the_manifest_tells(
    models: Models, speech: np.ndarray
) -> None:
    turned = VoiceRecogniser(with_labels(Manifest().entry("voice"), list(NAMES[::-1])))
    window = speech[:48_000]
    right, other = models.voice(window), turned(window)
    np.testing.assert_allclose(other.absolute[::-1], right.absolute, rtol=1e-5)
    np.testing.assert_allclose(other.relative[::-1], right.relative, rtol=1e-5)


@pytest.mark.parametrize("value", [None, "1.2", 0, -1, float("nan"), float("inf"), True, [1.0]])
def test_a_temperature_that_is_none_is_refused(value: Any) -> None:
    entry = Manifest().entry("face")
    fields = entry.fields | {"temperature": value}
    with pytest.raises(ModelError, match=r"'temperature' of the model 'face'.*a number above 0"):
        FaceRecogniser(dataclasses.replace(entry, fields=fields))


def test_no_sense_is_more_than_reliable() -> None:
    entry = Manifest().entry("voice")
    with pytest.raises(ModelError, match=r"'reliability' of the model 'voice'.*1 at most.*1\.2"):
        VoiceRecogniser(dataclasses.replace(entry, fields=entry.fields | {"reliability": 1.2}))


@pytest.mark.parametrize("name", ["face", "voice"])
@pytest.mark.parametrize(
    "value", [None, 1, [[1.0] * 8] * 7, [[0.1] * 7] * 8, [["x"] * 8] * 8, [[1.5] * 8] * 8]
)
def test_a_confusion_that_is_none_is_refused(value: Any, name: str) -> None:
    entry = Manifest().entry(name)
    described = dataclasses.replace(entry, fields=entry.fields | {"confusion": value})
    with pytest.raises(ModelError, match=rf"'confusion' of the model '{name}'.*8 lists of 8"):
        FaceRecogniser(described) if name == "face" else VoiceRecogniser(described)


def test_weights_for_merging_are_those_of_the_manifest(models: Models) -> None:
    for weight in (models.reliability.face, models.reliability.speech):
        assert 0 < weight <= 1
