"""From a trained Keras model to the LiteRT file that is shipped."""

from pathlib import Path
from typing import TYPE_CHECKING

from emotion import files
from emotion.errors import ModelError

if TYPE_CHECKING:
    import keras


def litert(model: "keras.Model", shape: tuple[int, ...], path: Path, *, bits: int) -> None:
    """Write a model.

    Args:
        model: With one input and one output.
        shape: Of the input, the leading 1 included; it is fixed in the file.
        path: Where to write.
        bits: 8 for whole-number weights with activations quantised as they come
            (dynamic range), 16 for float16 weights and exact sums.

    Raises:
        ModelError: If Keras runs on another backend than TensorFlow, which alone
            can write the format.
    """
    # Only now: who knows this file, and not what it writes from, loads no TensorFlow.
    import keras

    if keras.config.backend() != "tensorflow":
        raise ModelError(
            "Only TensorFlow writes LiteRT files. The training is done and kept: run the same "
            f"command again with KERAS_BACKEND=tensorflow. Received: {keras.config.backend()}."
        )
    import tensorflow as tf

    inputs = keras.Input(shape[1:], batch_size=shape[0])
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(inputs, model(inputs)))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if bits == 16:
        converter.target_spec.supported_types = [tf.float16]
    files.write(path, converter.convert())
