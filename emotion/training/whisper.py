"""The encoder of Whisper base, cut after some of its blocks, with a head.

Radford et al. 2023. Its middle blocks carry how something is said; the last two
turn to what is said and are left off. All of its 50 frames a second are kept: half of them
tell the emotions of known recordings as well for half the work, but of recordings from
elsewhere by three to four points worse.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emotion.errors import ModelError
from emotion.voice import log_mel
from emotion.voice.windows import LENGTH

if TYPE_CHECKING:
    import keras

WIDTH = 512
HEADS = 8
BLOCKS = 4
TAPS = (2, 3, 4)
"""Blocks whose output the head sees, the first one counted as 1."""

FRAMES = round(LENGTH * 100)
FEATURES = 2 * WIDTH * len(TAPS)


def build(weights: Path) -> "keras.Model":
    """The cut encoder with mean and deviation over time of the tapped blocks.

    Args:
        weights: npz file of the Whisper base encoder.

    Returns:
        A model from log-mel features (n, 300, 80) to statistics (n, 3072).

    Raises:
        ModelError: If the file is missing or is not that encoder.
    """
    if not weights.is_file():
        raise ModelError(f"No Whisper encoder at {weights}. Give the npz file.")
    with np.load(weights) as file:
        stored = {name: np.asarray(file[name], np.float32) for name in file.files}
    try:
        return _build(stored)
    except (KeyError, ValueError) as error:
        raise ModelError(f"{weights} is not the encoder of Whisper base: {error}.") from error


def _build(stored: dict[str, np.ndarray]) -> "keras.Model":
    # Only now: TensorFlow takes seconds to load, and who hears with the exported file needs none.
    import keras
    from keras import layers, ops

    def norm(x: object, name: str) -> object:
        layer = layers.LayerNormalization(epsilon=1e-5, name=name.replace("/", "_"))
        y = layer(x)
        layer.gamma.assign(stored[f"{name}/gamma"])
        layer.beta.assign(stored[f"{name}/beta"])
        return y

    def linear(x: object, units: int, name: str) -> object:
        layer = layers.Dense(units, name=name.replace("/", "_"))
        y = layer(x)
        layer.kernel.assign(stored[f"{name}/weight"].T)
        layer.bias.assign(stored[f"{name}/bias"])
        return y

    def attend(x: object, name: str) -> object:
        """Self-attention with the three projections stacked, as the stored weights are."""
        stacked = linear(x, 3 * WIDTH, f"{name}/linear_0")
        parts = ops.reshape(stacked, (-1, FRAMES // 2, 3 * HEADS, WIDTH // HEADS))
        # Split along an axis, not by indices: LiteRT copies what an index takes number by number,
        # which took as long as all of the rest.
        query, key, value = ops.split(ops.transpose(parts, (0, 2, 1, 3)), 3, axis=1)
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2)))
        weights = ops.softmax(scores * (WIDTH // HEADS) ** -0.5, axis=-1)
        mixed = ops.transpose(ops.matmul(weights, value), (0, 2, 1, 3))
        return linear(ops.reshape(mixed, (-1, FRAMES // 2, WIDTH)), WIDTH, f"{name}/linear_1")

    def convolve(x: object, strides: int, name: str) -> object:
        padded = layers.ZeroPadding1D(1)(x)
        layer = layers.Conv1D(WIDTH, 3, strides=strides, name=name)
        y = layer(padded)
        layer.kernel.assign(stored[f"{name}/weight"].transpose(2, 1, 0))
        layer.bias.assign(stored[f"{name}/bias"])
        return gelu(y)

    def gelu(x: object) -> object:
        return layers.Activation(lambda y: ops.gelu(y, approximate=True))(x)

    features = keras.Input((FRAMES, log_mel.BANDS), name="log_mel")
    x = convolve(convolve(features, 1, "conv1"), 2, "conv2")
    positions = stored["position_encodings/encodings"][: FRAMES // 2]
    x = layers.Lambda(
        lambda y: y + ops.convert_to_tensor(positions), output_shape=(FRAMES // 2, WIDTH)
    )(x)
    statistics = []
    for block in range(BLOCKS):
        name = f"layer_{block}"
        y = norm(x, f"{name}/self_attention/layer_norm")
        x = layers.Add()([x, attend(y, f"{name}/self_attention")])
        y = linear(norm(x, f"{name}/ffn/layer_norm"), 4 * WIDTH, f"{name}/ffn/linear_0")
        x = layers.Add()([x, linear(gelu(y), WIDTH, f"{name}/ffn/linear_1")])
        if block + 1 in TAPS:
            statistics += [
                layers.Lambda(lambda y: ops.mean(y, axis=1), output_shape=(WIDTH,))(x),
                layers.Lambda(lambda y: ops.sqrt(ops.var(y, axis=1) + 1e-6), output_shape=(WIDTH,))(
                    x
                ),
            ]
    pooled = layers.Concatenate(name="statistics")(statistics)
    return keras.Model(features, pooled, name="whisper_statistics")
