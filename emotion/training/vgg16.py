"""VGG16 as a recogniser of facial expressions.

Simonyan & Zisserman 2015, 'Very Deep Convolutional Networks for Large-Scale
Image Recognition', with the transfer from ImageNet of Naas & Sigg 2020. The
convolutions are kept whole; the three dense layers, 88 % of the weights, give
way to an average over the picture, so that any size of picture fits.
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers

from emotion.errors import ModelError

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
    grey = keras.Input((None, None, 1), name="face")
    bgr = layers.Concatenate(name="bgr")([grey, grey, grey])
    centred = layers.Normalization(mean=_IMAGENET_MEANS_BGR, variance=(1, 1, 1), name="centred")(
        bgr
    )
    backbone = keras.applications.VGG16(
        include_top=False,
        weights="imagenet" if weights == "imagenet" else None,
        input_shape=(None, None, 3),
        pooling="avg",
    )
    if weights not in ("imagenet", None):
        _load(backbone, Path(str(weights)))
    pooled = layers.Dropout(0.4, name="dropout")(backbone(centred))
    # The pooled features are tens in size: random weights would start far off.
    logits = layers.Dense(classes, kernel_initializer="zeros", name="logits")(pooled)
    return keras.Model(grey, logits, name="vgg16_face")


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
