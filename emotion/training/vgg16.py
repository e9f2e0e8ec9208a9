"""VGG16 as a recogniser of facial expressions.

Simonyan & Zisserman 2015, 'Very Deep Convolutional Networks for Large-Scale
Image Recognition', with the transfer from ImageNet of Naas & Sigg 2020. The
convolutions are kept whole; the three dense layers, 88 % of the weights, give
way to an average over the picture, so that any size of picture fits.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from keras import layers

from emotion import files
from emotion.errors import ModelError

BACKBONE = "vgg16"
"""Name of the part of a recogniser that gives the features."""

_CONVOLUTIONS = (2, 2, 3, 3, 3)
"""Of VGG16, by block."""

_IMAGENET_MEANS_BGR = (103.939, 116.779, 123.68)


def build(classes: int, *, weights: str | Path | None = "imagenet") -> keras.Model:
    """VGG16 from grey pictures of any size to logits.

    Args:
        classes: Number of outputs.
        weights: 'imagenet' to let Keras download the published weights, the path
            of an npz file with `blockB_convC_W` (height, width, in, out) and
            `blockB_convC_b`, or None for random ones.

    Returns:
        A model from float (n, height, width, 1), grey levels 0 to 255, to
        logits (n, classes). Height and width are 32 or more.

    Raises:
        ModelError: If `weights` names a file that is missing or of another network.
    """
    backbone = keras.applications.VGG16(
        include_top=False,
        weights="imagenet" if weights == "imagenet" else None,
        input_shape=(None, None, 3),
        pooling="avg",
    )
    if weights not in ("imagenet", None):
        _load(backbone, Path(str(weights)))
    return recogniser(backbone, classes)


def recogniser(backbone: keras.Model, classes: int) -> keras.Model:
    """From grey pictures through a backbone to logits.

    Args:
        backbone: From centred pictures (n, height, width, 3), BGR, to features (n, m); of any
            precision: what comes before and after it is computed in float32.
        classes: Number of outputs.
    """
    grey = keras.Input((None, None, 1), name="face")
    bgr = layers.Concatenate(name="bgr")([grey, grey, grey])
    centred = layers.Normalization(mean=_IMAGENET_MEANS_BGR, variance=(1, 1, 1), name="centred")(
        bgr
    )
    pooled = layers.Dropout(0.4, name="dropout")(backbone(centred))
    # The pooled features are tens in size: random weights would start far off.
    logits = layers.Dense(classes, kernel_initializer="zeros", name="logits")(pooled)
    return keras.Model(grey, logits, name="vgg16_face")


def factored(model: keras.Model, faces: np.ndarray, share: float) -> keras.Model:
    """A network with low-rank separable convolutions, tall and wide, in place of square ones.

    A kernel of 3x3 is the sum of products of columns and rows over all pairs of
    channels (Jaderberg, Vedaldi & Zisserman 2014, 'Speeding up Convolutional Neural
    Networks with Low Rank Expansions'); the strongest of them are kept. Strong is what
    responds to the network's own pictures (Zhang et al. 2015, 'Accelerating Very Deep
    Convolutional Networks'). The first layer, with three channels, stays as it is.

    Args:
        model: From `recogniser`, its backbone a chain of layers.
        faces: Grey pictures to respond to, float32, shape (n, height, width, 1); a hundred
            will do.
        share: Of a layer's multiplications that is kept, above 0, to 1.

    Returns:
        A model of the same form, near enough to be tuned on.
    """
    backbone = model.get_layer(BACKBONE)
    before = keras.Model(model.input, model.get_layer("centred").output)(faces)
    square = [layer for layer in backbone.layers if isinstance(layer, layers.Conv2D)][1:]
    inputs = {layer.name: layer.input for layer in square}
    seen = keras.Model(backbone.input, inputs)(before, training=False)
    pairs = {}
    for layer in square:
        kernel, bias = layer.get_weights()
        rank = max(1, round(share * kernel.size / (kernel.shape[0] * sum(kernel.shape[2:]))))
        flat = keras.ops.convert_to_numpy(seen[layer.name]).reshape(-1, kernel.shape[2])
        tall, wide = separable(kernel, flat.T @ flat / len(flat), rank)
        pairs[layer.name] = tall, wide, bias
    x = centred = keras.Input((None, None, 3))
    for layer in backbone.layers[1:]:
        settings = layer.get_config()
        if layer.name not in pairs:
            x = type(layer).from_config(settings)(x)
            continue
        tall, wide, _ = pairs[layer.name]
        (size, _), (stride, _) = layer.kernel_size, layer.strides
        first = {"filters": tall.shape[3], "kernel_size": (size, 1), "strides": (stride, 1)}
        second = {"kernel_size": (1, size), "strides": (1, stride)}
        first |= {"name": f"{layer.name}_tall", "activation": None, "use_bias": False}
        x = layers.Conv2D.from_config(settings | first)(x)
        x = layers.Conv2D.from_config(settings | second | {"name": f"{layer.name}_wide"})(x)
    separated = keras.Model(centred, x, name=BACKBONE)
    for layer in separated.layers:
        name, _, part = layer.name.rpartition("_")
        if name in pairs:
            tall, wide, bias = pairs[name]
            layer.set_weights([tall] if part == "tall" else [wide, bias])
        elif layer.weights:
            layer.set_weights(backbone.get_layer(layer.name).get_weights())
    head = model.get_layer("logits")
    result = recogniser(separated, head.units)
    result.get_layer("logits").set_weights(head.get_weights())
    return result


def with_precision(model: keras.Model, precision: str) -> keras.Model:
    """A network whose backbone computes in another precision.

    Weights stay float32 ones (Micikevicius et al. 2018, 'Mixed Precision Training').

    Args:
        model: From `recogniser`, its backbone a chain of layers.
        precision: Name of a Keras policy, such as 'mixed_bfloat16' or 'float32'.

    Returns:
        A model of its own.
    """
    x = centred = keras.Input((None, None, 3))
    for layer in model.get_layer(BACKBONE).layers[1:]:
        x = type(layer).from_config(layer.get_config() | {"dtype": precision})(x)
    result = recogniser(keras.Model(centred, x, name=BACKBONE), model.get_layer("logits").units)
    result.set_weights(model.get_weights())
    return result


def separable(kernel: np.ndarray, moments: np.ndarray, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """The tall and the wide kernel whose product is nearest to a square one.

    Args:
        kernel: Shape (height, width, in, out).
        moments: Mean product of every two channels that the kernel meets, shape (in, in):
            what is often large counts most.
        rank: Channels between the two.

    Returns:
        Kernels of shape (height, 1, in, rank) and (1, width, rank, out).
    """
    height, width, depth, count = kernel.shape
    # Channels that are hardly ever there must not decide by the inverse.
    values, axes = np.linalg.eigh(moments.astype(float))
    values = np.maximum(values, 1e-3 * values.mean())
    root, inverse = (axes * values**power @ axes.T for power in (0.5, -0.5))
    weighted = np.einsum("hwio,ij->hjwo", kernel, root).reshape(height * depth, width * count)
    left, strengths, right = np.linalg.svd(weighted, full_matrices=False)
    rank = min(rank, len(strengths))
    scale = np.sqrt(strengths[:rank])
    tall = np.einsum("hjr,ji->hir", (left[:, :rank] * scale).reshape(height, depth, rank), inverse)
    wide = (scale[:, None] * right[:rank]).reshape(rank, width, count)
    return (
        tall[:, None].astype(np.float32),
        np.ascontiguousarray(wide.transpose(1, 0, 2)[None], np.float32),
    )


def low_rank(path: Path, classes: int) -> keras.Model:
    """A recogniser of low-rank separable convolutions with trained weights.

    Args:
        path: npz file of `save`, or a LiteRT file that was exported from such a network,
            whose 8-bit weights times their scales are taken.
        classes: Number of outputs.

    Raises:
        ModelError: If the file is missing or is not such a network.
    """
    stored = _from_litert(path) if path.suffix == ".tflite" else _from_npz(path)
    try:
        x = centred = keras.Input((None, None, 3))
        for block, count in enumerate(_CONVOLUTIONS, start=1):
            for number in range(1, count + 1):
                name = f"block{block}_conv{number}"
                parts = (name,) if f"{name}_W" in stored else (f"{name}_tall", f"{name}_wide")
                for part in parts:
                    kernel = stored[f"{part}_W"]
                    shown = not part.endswith("_tall")
                    x = layers.Conv2D(
                        kernel.shape[3],
                        kernel.shape[:2],
                        padding="same",
                        activation="relu" if shown else None,
                        use_bias=shown,
                        name=part,
                    )(x)
            x = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
        x = layers.GlobalAveragePooling2D(name="global_average_pooling2d")(x)
        model = recogniser(keras.Model(centred, x, name=BACKBONE), classes)
        for layer in _weighted(model):
            names = [f"{layer.name}_W", f"{layer.name}_b"][: len(layer.weights)]
            layer.set_weights([stored[name] for name in names])
    except (KeyError, ValueError) as error:
        raise ModelError(
            f"{path} does not hold a low-rank separable VGG16 with {classes} outputs: {error}. "
            "Give the file in models/training, or train from VGG16's own weights."
        ) from error
    return model


def save(model: keras.Model, path: Path) -> None:
    """Keep the weights of a recogniser in float16, for `low_rank` to begin from.

    Args:
        model: From `recogniser`.
        path: npz file to write; folders that are missing are made.
    """
    kept: dict[str, Any] = {}
    for layer in _weighted(model):
        for name, weight in zip("Wb", layer.get_weights(), strict=False):
            kept[f"{layer.name}_{name}"] = weight.astype(np.float16)
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(path) as fresh:
        np.savez(fresh, **kept)


def without_priors(model: keras.Model, priors: np.ndarray) -> keras.Model:
    """Take the shares of classes in training out of a recogniser's logits, in place.

    Args:
        model: From `recogniser`.
        priors: Share of each class, shape (classes,).
    """
    head = model.get_layer("logits")
    kernel, bias = head.get_weights()
    head.set_weights([kernel, bias - np.log(priors)])
    return model


def _weighted(model: keras.Model) -> list[keras.Layer]:
    """The layers with weights that are trained, in order."""
    backbone = model.get_layer(BACKBONE).layers
    return [layer for layer in [*backbone, model.get_layer("logits")] if layer.weights]


def _from_npz(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path) as stored:
            return {name: np.asarray(stored[name], np.float32) for name in stored.files}
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read as an npz file of weights: {error}.") from error


def _from_litert(path: Path) -> dict[str, np.ndarray]:
    """The weights of an exported network by name, its convolutions in their order."""
    try:
        # Without its default delegate: that packs the weights away.
        kind = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        interpreter = Interpreter(str(path), experimental_op_resolver_type=kind)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError, OSError) as error:
        raise ModelError(f"{path} cannot be read as a LiteRT file: {error}.") from error
    scales = {
        one["index"]: one["quantization_parameters"]["scales"]
        for one in interpreter.get_tensor_details()
    }
    names = ["block1_conv1"]
    for block, count in enumerate(_CONVOLUTIONS, start=1):
        for number in range(1, count + 1):
            if (block, number) != (1, 1):
                names += [f"block{block}_conv{number}_{part}" for part in ("tall", "wide")]
    names.append("logits")
    steps = [
        one
        for one in interpreter._get_ops_details()
        if one["op_name"] in ("CONV_2D", "FULLY_CONNECTED")
    ]
    if len(steps) != len(names):
        raise ModelError(
            f"{path} should be a low-rank separable VGG16 of {len(names)} layers with weights. "
            f"Received: {len(steps)}."
        )
    weights = {}
    for name, step in zip(names, steps, strict=True):
        _, kernel, bias = step["inputs"]
        whole = interpreter.get_tensor(kernel).astype(np.float32)
        if scales[kernel].size:
            whole *= scales[kernel].reshape(-1, *[1] * (whole.ndim - 1))
        weights[f"{name}_W"] = whole.transpose(1, 2, 3, 0) if whole.ndim == 4 else whole.T
        if not name.endswith("_tall"):
            weights[f"{name}_b"] = interpreter.get_tensor(bias)
    return weights


def with_features(model: keras.Model) -> keras.Model:
    """The same network, which gives its logits and then the features they are made from.

    Args:
        model: From `build`.

    Returns:
        A model from faces to float32 (n, classes + 512).
    """
    features = model.get_layer("dropout").input
    both = layers.Concatenate(name="logits_and_features")([model.output, features])
    return keras.Model(model.input, both, name="vgg16_face_with_features")


def _load(backbone: keras.Model, path: Path) -> None:
    if not path.is_file():
        raise ModelError(f"No weights for VGG16 at {path}. Give the npz file, or 'imagenet'.")
    with np.load(path) as stored:
        for layer in backbone.layers:
            if not isinstance(layer, layers.Conv2D):
                continue
            names = f"{layer.name}_W", f"{layer.name}_b"
            missing = [name for name in names if name not in stored]
            if missing:
                raise ModelError(f"{path} is not VGG16 without its top: {missing[0]} is missing.")
            kernel, bias = (np.asarray(stored[name], np.float32) for name in names)
            if kernel.shape != tuple(layer.kernel.shape):
                raise ModelError(
                    f"{path} is not VGG16: {names[0]} should have the shape "
                    f"{tuple(layer.kernel.shape)}. Received: {kernel.shape}."
                )
            layer.set_weights([kernel, bias])
