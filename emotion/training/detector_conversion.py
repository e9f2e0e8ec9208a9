"""YuNet from OpenCV's file to the one that is shipped, with the same weights."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from emotion import files
from emotion.errors import ModelError
from emotion.face.yunet import NUMBERS, STRIDES
from emotion.models import training_data
from emotion.models.manifest import FOLDER, Manifest
from emotion.models.training_data import TrainingData

if TYPE_CHECKING:
    import tensorflow as tf

_Weights = list[tuple[np.ndarray, np.ndarray]]
"""Kernel (out, in, height, width) and bias of each convolution, in order."""

_BACKBONE = (1, 2, 2, 2, 2, 2)
"""Pairs of a pointwise and a depthwise convolution in each stage; the first begins with another
convolution."""

_POOLED = (0, 2, 3, 4)
"""Stages after which the picture is halved."""

_HEADS = 4
"""Class, box, object and landmarks, as OpenCV's file has them in order."""

_ORDER = (0, 2, 1, 3)
"""Class, object, box, landmarks, as `emotion.face.yunet` reads them."""

_COUNT = 1 + 2 * (sum(_BACKBONE) + len(STRIDES) + _HEADS * len(STRIDES))


def ship(source: Path, folder: Path = FOLDER) -> dict[str, Any]:
    """Convert the network and put it among the shipped models.

    Args:
        source: `face_detection_yunet_2023mar.onnx` of OpenCV Zoo.
        folder: Of the shipped models.

    Returns:
        What the manifest says of it, without what it says of the file.

    Raises:
        ModelError: If the source is missing or another network.
    """
    content = converted(source)
    fields: dict[str, Any] = {
        "file": "face_detection_yunet_2023mar.tflite",
        "task": "Faces and five landmarks in a picture",
        "format": "LiteRT, weights of 32 bits",
        "input": {
            "shape": [1, "height", "width", 3],
            "meaning": "BGR, grey levels 0 to 255, both sides multiples of 32",
        },
        "output": {
            "shape": [1, "places", NUMBERS],
            "labels": ["face", "object", "box", "landmarks"],
            "meaning": "probabilities and shares of strides, see emotion/face/yunet.py",
        },
        "licence": "MIT (OpenCV Zoo, Shiqi Yu)",
        "source": "YuNet 2023mar (Wu et al. 2023), OpenCV Zoo, its weights unchanged",
        "training_data": training_data.written([TrainingData("WIDER FACE")]),
        "card": "face-detection.md",
        "figures": [],
    }
    files.write(folder / fields["file"], content)
    Manifest(folder).update("face-detection", fields)
    return fields


def converted(source: Path) -> bytes:
    """The network as the content of a LiteRT file, in float32.

    Args:
        source: `face_detection_yunet_2023mar.onnx` of OpenCV Zoo.

    Returns:
        From BGR of shape (1, height, width, 3), grey levels 0 to 255, both sides multiples of 32,
        to what `emotion.face.yunet` makes faces of, shape (1, places, 16).

    Raises:
        ModelError: If the source is missing or another network.
    """
    weights = _weights(source)
    import tensorflow as tf

    size = STRIDES[-1]
    network = tf.function(
        lambda image: _network(image, weights),
        input_signature=[tf.TensorSpec([1, size, size, 3], tf.float32)],
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [network.get_concrete_function()], network
    )
    return bytes(converter.convert())


def _weights(source: Path) -> _Weights:
    try:
        # Only the older engine tells what a network is made of.
        network = cv2.dnn.readNetFromONNX(str(source), engine=cv2.dnn.ENGINE_CLASSIC)
    except cv2.error as error:
        raise ModelError(
            f"{source} cannot be read as ONNX ({error.err}). Give "
            "face_detection_yunet_2023mar.onnx of OpenCV Zoo."
        ) from error
    layers = (network.getLayer(name) for name in network.getLayerNames())
    found = [tuple(layer.blobs) for layer in layers if layer.type == "Convolution"]
    if len(found) != _COUNT:
        raise ModelError(
            f"{source} should hold YuNet's {_COUNT} convolutions. Received: {len(found)}. Give "
            "face_detection_yunet_2023mar.onnx of OpenCV Zoo."
        )
    return [(kernel, bias.ravel()) for kernel, bias in found]


def _network(image: "tf.Tensor", weights: _Weights) -> "tf.Tensor":
    import tensorflow as tf

    left = iter(weights)

    def convolved(values: "tf.Tensor", kernel: np.ndarray, bias: np.ndarray) -> "tf.Tensor":
        if kernel.shape[1] == 1 and len(kernel) == values.shape[-1]:
            kernel = kernel.transpose(2, 3, 0, 1)
            return tf.nn.depthwise_conv2d(values, kernel, [1, 1, 1, 1], "SAME") + bias
        return tf.nn.conv2d(values, kernel.transpose(2, 3, 1, 0), 1, "SAME") + bias

    def pair(values: "tf.Tensor") -> "tf.Tensor":
        return tf.nn.relu(convolved(convolved(values, *next(left)), *next(left)))

    kernel, bias = next(left)
    values = tf.pad(image, [[0, 0], [1, 1], [1, 1], [0, 0]])
    values = tf.nn.relu(tf.nn.conv2d(values, kernel.transpose(2, 3, 1, 0), 2, "VALID") + bias)
    stages = []
    for stage, pairs in enumerate(_BACKBONE):
        for _ in range(pairs):
            values = pair(values)
        stages.append(values)
        if stage in _POOLED:
            values = tf.nn.max_pool2d(values, 2, 2, "VALID")
    levels = [pair(stages.pop())]
    while len(levels) < len(STRIDES):
        # Each number four times: unlike a resize, this does not depend on the size.
        twice = tf.nn.depth_to_space(tf.concat([levels[0]] * 4, axis=-1), 2)
        levels.insert(0, pair(stages.pop() + twice))
    heads = [[(next(left), next(left)) for _ in levels] for _ in range(_HEADS)]
    said = []
    for level, values in enumerate(levels):
        for part in range(2):
            of = [heads[head][level][part] for head in _ORDER]
            kernel, bias = (np.concatenate(arrays) for arrays in zip(*of, strict=True))
            values = convolved(values, kernel, bias)
        sure = tf.sigmoid(values[..., :2])
        said.append(tf.reshape(tf.concat([sure, values[..., 2:]], axis=-1), [1, -1, NUMBERS]))
    return tf.concat(said, axis=1)
