"""Tuning on several collections, with a small network in place of VGG16."""

import dataclasses
from pathlib import Path

import keras
import numpy as np
import pytest

from emotion.training import face_tuning, vgg16
from emotion.training.face_sources import FaceSource
from emotion.training.face_tuning import Tuning
from tests.training.test_face_training import small

SETTINGS = Tuning(
    pixels=32,
    steps=7,
    batch=2,
    learning_rate=1e-2,
    rise=2,
    fall=3,
    frozen=("block1",),
    seed=3,
)


@pytest.fixture(scope="module")
def sources() -> list[FaceSource]:
    rng = np.random.default_rng(5)
    return [
        FaceSource(
            rng.integers(0, 256, (6, 48, 48), np.uint8),
            rng.dirichlet(np.full(8, 0.5), 6).astype(np.float32),
            share,
            doubt,
        )
        for share, doubt in ((0.6, 0.0), (0.4, 0.3))
    ]


@pytest.fixture
def model() -> keras.Model:
    keras.utils.set_random_seed(0)
    return small(8, weights=None)


def again(model: keras.Model) -> keras.Model:
    fresh = small(8, weights=None)
    fresh.set_weights(model.get_weights())
    return fresh


@pytest.mark.usefixtures("eager")
def test_an_interrupted_tuning_ends_as_one_that_was_not(
    model: keras.Model,
    sources: list[FaceSource],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(face_tuning, "_CHECKPOINT", 3)
    other = again(model)
    whole = face_tuning.tune(model, sources, tmp_path / "whole", SETTINGS)
    saved = face_tuning._save

    def save_and_stop(folder: Path, model: keras.Model, step: int) -> None:
        saved(folder, model, step)
        raise KeyboardInterrupt

    first = again(other)
    monkeypatch.setattr(face_tuning, "_save", save_and_stop)
    with pytest.raises(KeyboardInterrupt):
        face_tuning.tune(other, sources, tmp_path / "cut", SETTINGS)
    monkeypatch.setattr(face_tuning, "_save", saved)
    resumed = face_tuning.tune(first, sources, tmp_path / "cut", SETTINGS)
    for one, two in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)


@pytest.mark.usefixtures("eager")
def test_frozen_blocks_stay_and_the_start_is_kept_by_its_share(
    model: keras.Model, sources: list[FaceSource], tmp_path: Path
) -> None:
    before, half = model.get_weights(), again(model)
    ended, kept = (dataclasses.replace(SETTINGS, kept=share) for share in (0.0, 0.5))
    after = face_tuning.tune(model, sources, tmp_path / "a", ended)
    mixed = face_tuning.tune(half, sources, tmp_path / "a", kept)
    names = [layer.name for layer in after.get_layer(vgg16.BACKBONE).layers if layer.weights]
    assert names[0] == "block1_conv1"
    np.testing.assert_array_equal(after.get_weights()[0], before[0])
    assert np.abs(after.get_weights()[2] - before[2]).max() > 0
    for old, new, between in zip(before, after.get_weights(), mixed.get_weights(), strict=True):
        if np.issubdtype(new.dtype, np.floating):
            np.testing.assert_allclose(between, (old + new) / 2, atol=1e-5)


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_what_comes_back_computes_in_full(
    precision: str, model: keras.Model, sources: list[FaceSource], tmp_path: Path
) -> None:
    chosen = dataclasses.replace(SETTINGS, precision=precision)
    after = face_tuning.tune(model, sources, tmp_path, chosen)
    assert {layer.compute_dtype for layer in after.get_layer(vgg16.BACKBONE).layers} == {"float32"}
    assert after(np.zeros((1, 32, 32, 1), np.float32)).dtype == keras.ops.zeros(1).dtype


def test_the_rate_rises_stays_and_falls_to_nothing() -> None:
    rate = face_tuning.Trapezium(2.0, 4, 5, 20)
    found = [float(rate(step)) for step in range(20)]
    assert found[0] == pytest.approx(0.5)
    assert found[3:16] == pytest.approx([2.0] * 13)
    assert found[-1] == pytest.approx(0.4)
