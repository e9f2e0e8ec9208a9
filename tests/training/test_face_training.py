"""Training of the face recogniser, with a small network in place of VGG16."""

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import pytest
import skimage.data

from emotion.datasets.clips import Clip
from emotion.datasets.ferplus import FerPlus
from emotion.errors import DatasetError, ModelError
from emotion.impairments import face_variants
from emotion.models.manifest import Manifest
from emotion.models.shipped import Models
from emotion.readings import emotions
from emotion.training import face_shipping, face_training, face_tuning, vgg16
from emotion.training.face_examples import FaceExamples
from emotion.training.face_shipping import Stills
from emotion.training.face_training import FaceTraining, Stage
from emotion.training.face_tuning import Tuning

SETTINGS = FaceTraining(
    stages=(
        Stage(32, 6, 1e-2),
        Stage(40, 7, 5e-3, ("block1",)),
        Stage(40, 6, 5e-3, share=0.5, others=0.5, averaging=0.8),
    ),
    batch=2,
    warm_up=0.25,
)


def small(classes: int, *, weights: None = None) -> keras.Model:
    """The parts of the real network, but a few weights for its fifteen million."""
    inner = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, strides=2, activation="relu", name="block1_conv1")(inner)
    x = keras.layers.Conv2D(8, 3, strides=2, activation="relu", name="block2_conv1")(x)
    pooled = keras.layers.GlobalAveragePooling2D()(x)
    return vgg16.recogniser(keras.Model(inner, pooled, name=vgg16.BACKBONE), classes)


@pytest.fixture(autouse=True, scope="module")
def _small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vgg16, "build", small)
        patch.setattr(face_training, "_CHECKPOINT", 2)
        yield


def data_of(count: int, rng: np.random.Generator) -> FerPlus:
    votes = rng.dirichlet(np.full(8, 0.3), count).astype(np.float32)
    images = rng.integers(0, 256, (count, 48, 48), np.uint8)
    return FerPlus(images, votes, votes.max(axis=1) > 0.5)


@pytest.fixture(scope="module")
def data() -> FerPlus:
    return data_of(12, np.random.default_rng(3))


@pytest.fixture(scope="module")
def others() -> FaceExamples:
    rng = np.random.default_rng(4)
    images = rng.integers(0, 256, (6, 96, 96), np.uint8)
    return FaceExamples.of(images, rng.integers(0, 8, 6))


@pytest.fixture(scope="module")
def finished(
    data: FerPlus, others: FaceExamples, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Any]:
    """A run from start to end: its folder and its weights."""
    work = tmp_path_factory.mktemp("whole")
    model = face_training.train(data, data, work, None, SETTINGS, others)
    return work, model.get_weights()


def test_a_run_keeps_a_log_and_its_settings(finished: tuple[Path, Any]) -> None:
    (folder,) = finished[0].iterdir()
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert [(line["stage"], line["pixels"]) for line in lines] == [
        (1, 32),
        (2, 40),
        (3, 40),
    ]
    for line in lines:
        assert np.isfinite(line["loss"])
        assert 0 <= line["valid_accuracy"] <= 1
    settings = json.loads((folder / "settings.json").read_text())
    assert settings["batch"] == 2
    assert [stage["draws"] for stage in settings["stages"]] == [6, 7, 6]


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("step", [5, 6, 8])
def test_an_interrupted_run_ends_as_one_that_was_not(
    step: int,
    finished: tuple[Path, Any],
    data: FerPlus,
    others: FaceExamples,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Broken off before a step: within a stage, between two, and near the end."""
    seen = []

    def interrupted(image: np.ndarray, pixels: int, rng: np.random.Generator) -> np.ndarray:
        seen.append(image)
        if len(seen) > step * SETTINGS.batch:
            raise KeyboardInterrupt
        return original(image, pixels, rng)

    original = face_variants.face
    monkeypatch.setattr(face_variants, "face", interrupted)
    with pytest.raises(KeyboardInterrupt):
        face_training.train(data, data, tmp_path, None, SETTINGS, others)
    monkeypatch.setattr(face_variants, "face", original)
    model = face_training.train(data, data, tmp_path, None, SETTINGS, others)
    for resumed, whole in zip(model.get_weights(), finished[1], strict=True):
        np.testing.assert_allclose(resumed, whole, atol=1e-5)


@pytest.mark.usefixtures("eager")
def test_a_stage_leaves_its_frozen_blocks_and_other_faces_come_after_it(
    finished: tuple[Path, Any], data: FerPlus, tmp_path: Path
) -> None:
    """And the network before other faces is kept."""
    first = face_training.train(
        data, data, tmp_path, None, dataclasses.replace(SETTINGS, stages=SETTINGS.stages[:1])
    )
    two = dataclasses.replace(SETTINGS, stages=SETTINGS.stages[:2])
    both = face_training.train(data, data, tmp_path, None, two)

    def kernels(model: keras.Model) -> list[np.ndarray]:
        inner = model.get_layer("vgg16")
        return [inner.get_layer(f"block{n}_conv1").get_weights()[0] for n in (1, 2)]

    before, after = kernels(first), kernels(both)
    np.testing.assert_array_equal(before[0], after[0])
    assert np.abs(before[1] - after[1]).max() > 0

    (folder,) = finished[0].iterdir()
    alone = keras.saving.load_model(folder / "alone.keras", compile=False)
    for kept, expected in zip(alone.get_weights(), both.get_weights(), strict=True):
        np.testing.assert_allclose(kept, expected, atol=1e-6)


@pytest.mark.usefixtures("eager")
def test_other_settings_are_another_run(finished: tuple[Path, Any], data: FerPlus) -> None:
    settings = dataclasses.replace(SETTINGS, stages=(Stage(32, 2, 1e-2),), seed=1)
    face_training.train(data, data, finished[0], None, settings)
    folders = list(finished[0].iterdir())
    assert len(folders) == 2
    shutil.rmtree(next(f for f in folders if '"seed": 1' in (f / "settings.json").read_text()))


def test_other_faces_are_another_run(
    finished: tuple[Path, Any], data: FerPlus, others: FaceExamples
) -> None:
    settings = dataclasses.replace(SETTINGS, stages=(Stage(32, 2, 1e-2),))
    names = {face_training._digest(settings, None), face_training._digest(settings, others)}
    names.add(face_training._digest(settings, others + others))
    assert len(names) == 3


def test_a_finished_run_is_not_run_again(
    finished: tuple[Path, Any], data: FerPlus, others: FaceExamples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(face_variants, "face", None)
    model = face_training.train(data, data, finished[0], None, SETTINGS, others)
    for kept, whole in zip(model.get_weights(), finished[1], strict=True):
        np.testing.assert_array_equal(kept, whole)
    assert len(list(finished[0].iterdir())) == 1


def test_an_unfinished_run_of_another_backend_is_not_resumed(
    finished: tuple[Path, Any], data: FerPlus, others: FaceExamples
) -> None:
    (folder,) = finished[0].iterdir()
    position = folder / "position.json"
    kept = position.read_text()
    try:
        position.write_text(json.dumps({"stage": 1, "step": 2, "backend": "torch"}))
        with pytest.raises(ModelError, match=r"KERAS_BACKEND=torch.*Received: tensorflow"):
            face_training.train(data, data, finished[0], None, SETTINGS, others)
    finally:
        position.write_text(kept)


def test_frequent_classes_are_drawn_less_often_than_they_occur() -> None:
    votes = np.eye(8, dtype=np.float32)[[0] * 90 + [1] * 10]
    for balance, share in ((0.0, 0.9), (0.5, 0.75), (1.0, 0.5)):
        chances = face_training.draw_chances(votes, balance)
        assert chances.sum() == pytest.approx(1)
        assert chances[:90].sum() == pytest.approx(share)
        np.testing.assert_allclose(
            face_training.priors(votes, balance)[:2], [share, 1 - share], rtol=1e-6
        )
        assert face_training.priors(votes, balance).sum() == pytest.approx(1)


def test_predictions_do_not_depend_on_the_batch(rng: np.random.Generator) -> None:
    inputs = keras.Input((None, None, 1))
    pooled = keras.layers.GlobalAveragePooling2D()(inputs)
    model = keras.Model(inputs, keras.layers.Dense(8)(keras.layers.Dropout(0.5)(pooled)))
    images = rng.integers(0, 256, (70, 48, 48), np.uint8)
    together = face_training.predict(model, images, 32)
    assert together.shape == (70, 8)
    alone = np.concatenate(
        [face_training.predict(model, images[i : i + 1], 32) for i in (0, 63, 64, 69)]
    )
    np.testing.assert_allclose(together[[0, 63, 64, 69]], alone, rtol=1e-4, atol=1e-4)
    assert face_training.resize(images[0], 64).shape == (64, 64)
    assert face_training.resize(images[0], 64).dtype == np.float32


def test_a_stage_draws_its_share_of_other_faces(data: FerPlus, others: FaceExamples) -> None:
    settings = FaceTraining(stages=(Stage(32, 4000, 1e-2, others=0.3),))
    drawn = face_training._draw(settings, 0, data, others)
    assert len(drawn) == 4000
    share = np.mean([image.shape == (96, 96) for image, _ in drawn])
    assert share == pytest.approx(0.3, abs=0.03)
    shown = np.mean([votes for _, votes in drawn], axis=0)
    expected = face_training.priors(data.votes, settings.balance, others, 0.3)
    np.testing.assert_allclose(shown, expected, atol=0.03)
    assert all(image.shape == (48, 48) for image, _ in face_training._draw(settings, 0, data, None))


def test_a_stage_makes_the_filters_thin_once(finished: tuple[Path, Any], data: FerPlus) -> None:
    (folder,) = finished[0].iterdir()
    model = keras.saving.load_model(folder / "model.keras", compile=False)
    names = [layer.name for layer in model.get_layer(vgg16.BACKBONE).layers]
    assert [name for name in names if name.startswith("block")] == [
        "block1_conv1",
        "block2_conv1_tall",
        "block2_conv1_wide",
    ]


def test_the_reliability_is_the_less_the_less_photographs_are_known(
    data: FerPlus, others: FaceExamples
) -> None:
    """A network that answers by the brightness of a picture, to labels that follow it or do not."""
    grey = keras.Input((None, None, 1))
    mean = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 128, -1)(grey))
    alone = keras.Model(grey, keras.layers.Dense(8)(mean))
    alone.set_weights([np.eye(8)[:1] * 9 - np.eye(8)[1:2] * 9, np.repeat([0.0, -20.0], [2, 6])])
    classes = np.arange(60) % 2
    images = np.repeat(np.where(classes, 28, 228).astype(np.uint8), 32 * 32).reshape(60, 32, 32)
    votes = 0.9 * np.eye(8, dtype=np.float32)[classes] + np.float32(0.1 / 8)
    known = FerPlus(images, votes, np.ones(60, bool))
    settings = FaceTraining(stages=(Stage(32, 8, 1e-2),))

    def reliability(labels: np.ndarray) -> float:
        return face_shipping._reliability(
            alone, known, known, FaceExamples.of(images, labels), settings
        )

    told = np.where(classes, 2, 0)
    wrong = np.where(np.arange(60) % 5 < 2, 2 - told, told)
    assert reliability(told) == 1.0
    assert reliability(wrong) < 0.5


def test_who_tests_the_model_does_not_train_it() -> None:
    people = ("ravdess-01", "ravdess-05", "ravdess-02", "savee-DC")
    clips = [Clip(Path(f"{one}.mp4"), 2, one, one.partition("-")[0]) for one in people]
    assert [clip.speaker for clip in face_shipping._for_training(clips)] == [
        "ravdess-02",
        "savee-DC",
    ]
    with pytest.raises(DatasetError, match=r"All 2 clips are of RAVDESS's actors 01 and 05"):
        face_shipping._for_training(clips[:2])


def test_people_who_speak_say_how_sure_and_how_often(models: Models) -> None:
    """Answers that are twice as sure as right, and that miss one angry face in two."""
    rng = np.random.default_rng(4)
    angry, neutral = emotions.INDEX["angry"], emotions.NEUTRAL
    labels = np.repeat([neutral, angry, emotions.INDEX["happy"]], 400)
    logits = rng.normal(0, 1, (1200, 8))
    for emotion, label in ((neutral, 0), (emotions.INDEX["happy"], 1), (angry, 4)):
        logits[labels == emotion, label] += 1.5
    logits[:, 4] -= 1.5
    fields = face_shipping.for_speaking(models.face, Stills(3 * logits, labels))
    assert fields["temperature"] > 1.5
    assert fields["emphasis"][angry] > 1.2 * fields["emphasis"][neutral]
    assert fields["emphasis"][emotions.CALM] == 1


def thin_weights() -> dict[str, np.ndarray]:
    """Of the form of the shipped network, with three filters a layer for its hundreds."""
    rng = np.random.default_rng(6)
    kernels = {"block1_conv1": (3, 3, 3, 3), "logits": (3, 8)}
    for block, count in enumerate((2, 2, 3, 3, 3), start=1):
        for name in (f"block{block}_conv{number}" for number in range(1, count + 1)):
            if name not in kernels:
                kernels |= {f"{name}_tall": (3, 1, 3, 3), f"{name}_wide": (1, 3, 3, 3)}
    weights = {f"{name}_W": rng.normal(0, 0.3, shape) for name, shape in kernels.items()}
    biases = {
        f"{name}_b": rng.normal(0, 0.3, shape[-1:])
        for name, shape in kernels.items()
        if not name.endswith("_tall")
    }
    return weights | biases


@pytest.mark.usefixtures("eager")
def test_a_face_model_is_tuned_on_its_own_terms(
    data: FerPlus,
    others: FaceExamples,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its logits lose the shares of classes, and every collection becomes a source."""
    manifest = Manifest()
    weights = tmp_path / "low_rank.npz"
    np.savez(weights, allow_pickle=False, **thin_weights())
    face = cv2.cvtColor(skimage.data.astronaut()[60:150, 175:265], cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(tmp_path / "a.png"), cv2.resize(face, (48, 48), interpolation=cv2.INTER_AREA))
    (tmp_path / "faces.csv").write_text("path,emotion\na.png,happy\n")
    settings = Tuning(pixels=32, steps=2, batch=2, rise=1, fall=1, learning_rate=1e-6)
    monkeypatch.setattr(face_tuning, "Tuning", lambda seed: settings)
    model = face_shipping.tuned(
        data, tmp_path / "work", weights, others, tmp_path, manifest, seed=0
    )
    with np.load(weights) as stored:
        bias = stored["logits_b"]
    shares = manifest.entry("face").numbers("priors", 8)
    np.testing.assert_allclose(
        model.get_layer("logits").get_weights()[1], bias - np.log(shares), atol=1e-4
    )
