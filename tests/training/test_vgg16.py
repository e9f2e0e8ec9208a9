from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
from keras import layers

from emotion.errors import ModelError
from emotion.models.manifest import Manifest
from emotion.models.shipped import Models
from emotion.training import vgg16

BLOCKS = ((1, 2, 64), (2, 2, 128), (3, 3, 256), (4, 3, 512), (5, 3, 512))


@pytest.fixture(scope="module")
def stored() -> dict[str, np.ndarray]:
    """Weights of the right shapes that are all different."""
    rng = np.random.default_rng(1)
    weights, depth = {}, 3
    for block, convolutions, width in BLOCKS:
        for convolution in range(1, convolutions + 1):
            name = f"block{block}_conv{convolution}"
            spread = (2 / (9 * depth)) ** 0.5
            weights[f"{name}_W"] = spread * rng.standard_normal((3, 3, depth, width), np.float32)
            weights[f"{name}_b"] = 0.01 * rng.standard_normal(width, np.float32)
            depth = width
    return weights


@pytest.fixture(scope="module")
def model(stored: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> keras.Model:
    path = tmp_path_factory.mktemp("weights") / "vgg16.npz"
    np.savez(path, allow_pickle=False, **stored)
    return vgg16.build(8, weights=path)


def test_each_layer_has_its_own_weights(model: keras.Model, stored: dict[str, np.ndarray]) -> None:
    found = {
        layer.name: layer
        for layer in model.get_layer("vgg16").layers
        if isinstance(layer, layers.Conv2D)
    }
    assert len(found) == 13
    for name, layer in found.items():
        kernel, bias = layer.get_weights()
        np.testing.assert_array_equal(kernel, stored[f"{name}_W"])
        np.testing.assert_array_equal(bias, stored[f"{name}_b"])


@pytest.mark.parametrize("pixels", [32, 40, 64])
def test_pictures_of_any_size_give_logits(
    pixels: int, model: keras.Model, rng: np.random.Generator
) -> None:
    faces = rng.uniform(0, 255, (2, pixels, pixels, 1)).astype(np.float32)
    logits = keras.ops.convert_to_numpy(model(faces, training=False))
    assert logits.shape == (2, 8)
    # The new layer starts undecided.
    np.testing.assert_array_equal(logits, 0)


def test_grey_levels_are_centred_as_imagenets_were(model: keras.Model) -> None:
    """Grey of 120 in all three channels, less the means of blue, green and red."""
    inner = keras.Model(model.input, model.get_layer("centred").output)
    centred = keras.ops.convert_to_numpy(inner(np.full((1, 4, 4, 1), 120, np.float32)))
    np.testing.assert_allclose(centred[0, 0, 0], [16.061, 3.221, -3.68], atol=1e-3)


def test_error_for_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"No weights for VGG16 at .*none\.npz"):
        vgg16.build(8, weights=tmp_path / "none.npz")


def test_error_for_another_network(stored: dict[str, np.ndarray], tmp_path: Path) -> None:
    first = {"block1_conv1_W": stored["block1_conv1_W"], "block1_conv1_b": np.zeros(64)}
    np.savez(tmp_path / "less.npz", allow_pickle=False, **first)
    with pytest.raises(ModelError, match=r"less\.npz is not VGG16.*block1_conv2_W is missing"):
        vgg16.build(8, weights=tmp_path / "less.npz")
    other = first | {"block1_conv1_W": np.zeros((5, 5, 3, 64))}
    np.savez(tmp_path / "other.npz", allow_pickle=False, **other)
    with pytest.raises(ModelError, match=r"\(3, 3, 3, 64\).*Received: \(5, 5, 3, 64\)"):
        vgg16.build(8, weights=tmp_path / "other.npz")


def test_the_served_network_gives_its_features_too(
    model: keras.Model, rng: np.random.Generator
) -> None:
    faces = rng.uniform(0, 255, (1, 32, 32, 1)).astype(np.float32)
    kernel, bias = model.get_layer("logits").get_weights()
    model.get_layer("logits").set_weights([rng.normal(0, 0.01, kernel.shape), bias])
    try:
        both = keras.ops.convert_to_numpy(vgg16.with_features(model)(faces, training=False))
        logits = keras.ops.convert_to_numpy(model(faces, training=False))
        assert both.shape == (1, 520)
        np.testing.assert_allclose(both[:, :8], logits, rtol=1e-4)
        made = both[:, 8:] @ model.get_layer("logits").get_weights()[0] + bias
        np.testing.assert_allclose(made, logits, rtol=1e-3, atol=1e-4)
    finally:
        model.get_layer("logits").set_weights([kernel, bias])


@pytest.fixture(scope="module")
def chain() -> keras.Model:
    """The form of the network with few filters, all weights random."""
    keras.utils.set_random_seed(3)
    x = inputs = keras.Input((None, None, 3))
    for block, width in ((1, 6), (2, 8)):
        for number in (1, 2):
            name = f"block{block}_conv{number}"
            x = layers.Conv2D(width, 3, padding="same", activation="relu", name=name)(x)
        x = layers.MaxPooling2D(name=f"block{block}_pool")(x)
    x = layers.GlobalAveragePooling2D(name="average")(x)
    model = vgg16.recogniser(keras.Model(inputs, x, name=vgg16.BACKBONE), 5)
    for layer in (model.get_layer("logits"), *model.get_layer(vgg16.BACKBONE).layers):
        layer.set_weights([np.random.default_rng(4).normal(0, 0.2, w.shape) for w in layer.weights])
    return model


def answers(model: keras.Model, faces: np.ndarray) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(model(faces, training=False)))


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    """Soft pictures, as faces are."""
    rng = np.random.default_rng(5)
    coarse = rng.uniform(0, 255, (40, 5, 5, 1)).astype(np.float32)
    return coarse.repeat(6, axis=1).repeat(6, axis=2)


def test_thin_filters_of_full_rank_are_the_square_ones(
    chain: keras.Model, faces: np.ndarray
) -> None:
    whole = vgg16.factored(chain, faces, 3.0)
    expected = answers(chain, faces)
    np.testing.assert_allclose(answers(whole, faces), expected, atol=1e-3 * np.ptp(expected))


def test_fewer_thin_filters_are_cheaper_and_nearly_the_same(
    chain: keras.Model, faces: np.ndarray
) -> None:
    expected = answers(chain, faces[30:])
    away = {}
    for share in (0.2, 0.5, 0.8):
        separated = vgg16.factored(chain, faces[:30], share)
        away[share] = np.abs(answers(separated, faces[30:]) - expected).mean()
        inner = separated.get_layer(vgg16.BACKBONE)
        names = [layer.name for layer in inner.layers if isinstance(layer, layers.Conv2D)]
        assert names[:3] == ["block1_conv1", "block1_conv2_tall", "block1_conv2_wide"]
        assert len(names) == 7
        kept = inner.get_layer("block2_conv2_tall").kernel.shape[3] * 3 * (8 + 8)
        assert kept == pytest.approx(share * 9 * 8 * 8, abs=3 * (8 + 8))
    assert away[0.8] < away[0.5] < away[0.2]
    # Random filters are the hardest to do with fewer.
    assert away[0.8] < 0.2 * expected.std()


def test_a_thin_network_is_tuned_and_served_like_a_square_one(
    chain: keras.Model, faces: np.ndarray
) -> None:
    separated = vgg16.factored(chain, faces, 0.4)
    assert separated.get_layer("dropout").rate == chain.get_layer("dropout").rate
    assert vgg16.with_features(separated).output.shape == (None, 5 + 8)
    separated.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True))
    before = [np.array(weight) for weight in separated.get_weights()]
    separated.train_on_batch(faces[:4], np.eye(5, dtype=np.float32)[:4])
    moved = [
        np.abs(new - old).max() for new, old in zip(separated.get_weights(), before, strict=True)
    ]
    assert np.mean(np.array(moved) > 0) > 0.7


def test_channels_that_are_loud_are_kept_best(rng: np.random.Generator) -> None:
    kernel = rng.standard_normal((3, 3, 6, 8))
    loud = np.diag([100.0, 100.0, 1.0, 1.0, 1.0, 1.0])

    def away(moments: np.ndarray) -> np.ndarray:
        tall, wide = vgg16.separable(kernel, moments, 6)
        assert (tall.shape, wide.shape) == ((3, 1, 6, 6), (1, 3, 6, 8))
        made = np.einsum("hir,wro->hwio", tall[:, 0], wide[0])
        return np.asarray(np.abs(made - kernel).mean(axis=(0, 1, 3)))

    assert away(loud)[:2].max() < 0.5 * away(np.eye(6))[:2].max()


@pytest.fixture(scope="module")
def exported() -> keras.Model:
    return vgg16.low_rank(Manifest().entry("face").path, 8)


def test_an_exported_network_gives_its_weights_back(exported: keras.Model, models: Models) -> None:
    face = np.random.default_rng(3).integers(0, 256, (64, 64), np.uint8)
    face = cv2.GaussianBlur(face, (0, 0), 4)
    logits = keras.ops.convert_to_numpy(exported(face[None, ..., None].astype(np.float32)))
    # Activations are quantised in the file and not here.
    np.testing.assert_allclose(logits[0], models.face.logits(face), atol=0.5)


def test_low_rank_weights_are_kept_in_float16(exported: keras.Model, tmp_path: Path) -> None:
    path = tmp_path / "training" / "low_rank.npz"
    vgg16.save(exported, path)
    again = vgg16.low_rank(path, 8)
    for one, two in zip(vgg16._weighted(again), vgg16._weighted(exported), strict=True):
        assert one.name == two.name
        for stored, weight in zip(one.get_weights(), two.get_weights(), strict=True):
            np.testing.assert_allclose(stored, weight, rtol=1e-3, atol=1e-6)
    with pytest.raises(ModelError, match="low-rank separable VGG16 with 5"):
        vgg16.low_rank(path, 5)


def test_errors_of_weights_name_the_file(tmp_path: Path) -> None:
    for name in ("none.npz", "none.tflite"):
        with pytest.raises(ModelError, match=name):
            vgg16.low_rank(tmp_path / name, 8)


def test_priors_are_taken_out_of_the_logits() -> None:
    inputs = keras.Input((2,))
    model = keras.Model(inputs, layers.Dense(3, name="logits")(inputs))
    shown, before = np.array([0.5, 0.3, 0.2]), model.get_layer("logits").get_weights()[1]
    vgg16.without_priors(model, shown)
    after = model.get_layer("logits").get_weights()[1]
    np.testing.assert_allclose(after, before - np.log(shown), rtol=1e-6)


def test_another_precision_is_the_same_network(rng: np.random.Generator) -> None:
    inner = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(8, 3, activation="relu", name="block1_conv1")(inner)
    pooled = keras.layers.GlobalAveragePooling2D()(x)
    model = vgg16.recogniser(keras.Model(inner, pooled, name=vgg16.BACKBONE), 8)
    kernel, bias = model.get_layer("logits").get_weights()
    model.get_layer("logits").set_weights([rng.normal(0, 1, kernel.shape), bias])
    half = vgg16.with_precision(model, "mixed_bfloat16")
    faces = rng.uniform(0, 255, (3, 32, 32, 1)).astype(np.float32)
    full, rounded = (
        keras.ops.convert_to_numpy(one(faces, training=False)) for one in (model, half)
    )
    assert half.get_layer(vgg16.BACKBONE).layers[1].compute_dtype == "bfloat16"
    assert np.abs(full - rounded).max() > 0
    np.testing.assert_allclose(rounded, full, atol=0.03 * np.abs(full).max())
    again = vgg16.with_precision(half, "float32")
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(again(faces, training=False)), full, rtol=1e-5
    )
