"""Published weights that training starts from, converted to the form it reads.

Nothing is downloaded: the file is fetched once by whoever trains (see the README for where
it lies), and is converted by `rapport train weights`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from emotion import files
from emotion.errors import ModelError

_WIDTH = 512
"""Of Whisper base."""

_CONVOLUTIONS = 13
"""Of VGG16."""


def whisper(source: Path, target: Path) -> None:
    """Take the encoder out of Whisper base (Radford et al. 2023), in float16.

    Args:
        source: `model.safetensors` of `openai/whisper-base`, with tensors named as
            Hugging Face's Transformers names them.
        target: npz file to write, as `emotion.training.whisper.build` reads it: linear
            weights (out, in), query, key and value stacked.

    Raises:
        ModelError: If the source is missing or is not that model.
    """
    try:
        tensors = load_file(source)
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"{source} cannot be read as safetensors ({error}). Give model.safetensors of "
            "openai/whisper-base."
        ) from error
    prefix = "model.encoder." if "model.encoder.conv1.weight" in tensors else "encoder."

    def of(name: str) -> np.ndarray:
        return np.asarray(tensors[f"{prefix}{name}"], np.float32)

    try:
        kept = {"position_encodings/encodings": of("embed_positions.weight")}
        for name in ("conv1", "conv2"):
            kept |= {f"{name}/{part}": of(f"{name}.{part}") for part in ("weight", "bias")}
        count = sum(
            name.startswith(f"{prefix}layers.") and name.endswith(".fc1.weight") for name in tensors
        )
        for block in range(count):
            kept |= _block(of, block)
        kept |= _norm(of, "layer_norm", "layer_norm")
    except KeyError as error:
        raise ModelError(
            f"{source} is not Whisper: the tensor {error.args[0]!r} is missing. Give "
            "model.safetensors of openai/whisper-base."
        ) from None
    width = kept["conv2/bias"].size
    if width != _WIDTH:
        raise ModelError(
            f"{source} should be Whisper base, with an encoder {_WIDTH} wide. Received: {width}. "
            "Give model.safetensors of openai/whisper-base."
        )
    _save(target, kept)


def vgg16(source: Path, target: Path) -> None:
    """Take VGG16's convolutions (Simonyan & Zisserman 2015) out of Keras' file, in float16.

    Args:
        source: `vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5`, the file that Keras
            itself would download.
        target: npz file to write, as `emotion.training.vgg16.build` reads it.

    Raises:
        ModelError: If the source is missing or is not that network.
    """
    import h5py

    kept: dict[str, np.ndarray] = {}

    def take(name: str, item: object) -> None:
        layer = name.partition("/")[0]
        if isinstance(item, h5py.Dataset) and "_conv" in layer:
            kept[f"{layer}_{'W' if item.ndim == 4 else 'b'}"] = np.asarray(item, np.float32)

    try:
        with h5py.File(source) as file:
            file.visititems(take)
    except OSError as error:
        raise ModelError(
            f"{source} cannot be read as HDF5 ({error}). Give "
            "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 of Keras."
        ) from error
    if len(kept) != 2 * _CONVOLUTIONS:
        raise ModelError(
            f"{source} should hold VGG16's {_CONVOLUTIONS} convolutions with a bias each. "
            f"Received: {len(kept)} arrays of convolutions."
        )
    _save(target, kept)


def _block(of: Callable[[str], np.ndarray], block: int) -> dict[str, np.ndarray]:
    """One transformer block."""
    theirs, ours = f"layers.{block}", f"layer_{block}"
    attention = f"{theirs}.self_attn"
    query, key, value = (of(f"{attention}.{part}_proj.weight") for part in "qkv")
    # Whisper's keys have no bias.
    biases = of(f"{attention}.q_proj.bias"), np.zeros(len(key)), of(f"{attention}.v_proj.bias")
    return {
        f"{ours}/self_attention/linear_0/weight": np.concatenate([query, key, value]),
        f"{ours}/self_attention/linear_0/bias": np.concatenate(biases),
        f"{ours}/self_attention/linear_1/weight": of(f"{attention}.out_proj.weight"),
        f"{ours}/self_attention/linear_1/bias": of(f"{attention}.out_proj.bias"),
        **_norm(of, f"{theirs}.self_attn_layer_norm", f"{ours}/self_attention/layer_norm"),
        **_norm(of, f"{theirs}.final_layer_norm", f"{ours}/ffn/layer_norm"),
        f"{ours}/ffn/linear_0/weight": of(f"{theirs}.fc1.weight"),
        f"{ours}/ffn/linear_0/bias": of(f"{theirs}.fc1.bias"),
        f"{ours}/ffn/linear_1/weight": of(f"{theirs}.fc2.weight"),
        f"{ours}/ffn/linear_1/bias": of(f"{theirs}.fc2.bias"),
    }


def _norm(of: Callable[[str], np.ndarray], theirs: str, ours: str) -> dict[str, np.ndarray]:
    return {f"{ours}/gamma": of(f"{theirs}.weight"), f"{ours}/beta": of(f"{theirs}.bias")}


def _save(target: Path, kept: dict[str, np.ndarray]) -> None:
    # By name, so that the same weights are the same file, whose hash README has.
    halves: dict[str, Any] = {name: kept[name].astype(np.float16) for name in sorted(kept)}
    with files.replacing(target) as fresh, fresh.open("wb") as file:
        np.savez(file, **halves)
