import dataclasses
import hashlib
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from emotion.errors import ModelError
from emotion.models.manifest import Entry
from emotion.models.runtime import Runtime
from emotion.training import export


@pytest.fixture(scope="module")
def model() -> keras.Model:
    """A small network with the layers of the shipped ones, for pictures of any size."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((None, None, 1))
    x = layers.Conv2D(8, 3, activation="relu", padding="same")(inputs)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(8)(layers.Dropout(0.5)(x)))


def entry_of(path: Path, shape: tuple[int, ...]) -> Entry:
    fields = {"input": {"shape": list(shape)}, "output": {"shape": [1, 8]}}
    return Entry("small", path, hashlib.sha256(path.read_bytes()).hexdigest(), fields)


@pytest.mark.parametrize(("bits", "tolerance"), [(16, 2e-3), (8, 5e-2)])
def test_the_file_says_what_the_network_says(
    bits: int, tolerance: float, model: keras.Model, tmp_path: Path, rng: np.random.Generator
) -> None:
    path = tmp_path / "small.tflite"
    export.litert(model, (1, 20, 20, 1), path, bits=bits)
    runtime = Runtime(entry_of(path, (1, 20, 20, 1)))
    for _ in range(3):
        picture = rng.uniform(0, 1, (20, 20, 1)).astype(np.float32)
        expected = keras.ops.convert_to_numpy(model(picture[None], training=False))[0]
        np.testing.assert_allclose(runtime(picture), expected, atol=tolerance)


def test_the_size_of_the_input_is_fixed(model: keras.Model, tmp_path: Path) -> None:
    path = tmp_path / "small.tflite"
    export.litert(model, (1, 20, 20, 1), path, bits=16)
    entry = entry_of(path, (1, 20, 20, 1))
    wrong = dataclasses.replace(entry, fields=entry.fields | {"input": {"shape": [1, 24, 24, 1]}})
    with pytest.raises(ModelError, match=re.escape("[1, 20, 20, 1]")):
        Runtime(wrong)


def test_another_backend_is_refused_before_any_work(
    model: keras.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keras.config, "backend", lambda: "torch")
    with pytest.raises(ModelError, match=r"KERAS_BACKEND=tensorflow.*Received: torch"):
        export.litert(model, (1, 20, 20, 1), tmp_path / "small.tflite", bits=8)
    assert list(tmp_path.iterdir()) == []
