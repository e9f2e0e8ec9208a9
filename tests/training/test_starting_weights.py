import hashlib
from pathlib import Path

import h5py
import numpy as np
import pytest
from safetensors.numpy import save_file
from typer.testing import CliRunner

from emotion.commands.application import app
from emotion.errors import ModelError
from emotion.training import starting_weights, vgg16

WIDTH = 512


def whisper_tensors(
    rng: np.random.Generator, width: int = WIDTH, blocks: int = 2
) -> dict[str, np.ndarray]:
    """Tensors of an encoder named as Transformers names them, and one of the decoder."""
    encoder = "model.encoder"
    shapes = {
        "conv1.weight": (width, 80, 3),
        "conv1.bias": (width,),
        "conv2.weight": (width, width, 3),
        "conv2.bias": (width,),
        "embed_positions.weight": (1500, width),
        "layer_norm.weight": (width,),
        "layer_norm.bias": (width,),
    }
    for block in range(blocks):
        for part in ("q_proj", "v_proj", "out_proj"):
            shapes[f"layers.{block}.self_attn.{part}.bias"] = (width,)
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            shapes[f"layers.{block}.self_attn.{part}.weight"] = (width, width)
        for norm in ("self_attn_layer_norm", "final_layer_norm"):
            shapes |= {f"layers.{block}.{norm}.{part}": (width,) for part in ("weight", "bias")}
        shapes[f"layers.{block}.fc1.weight"] = (4 * width, width)
        shapes[f"layers.{block}.fc1.bias"] = (4 * width,)
        shapes[f"layers.{block}.fc2.weight"] = (width, 4 * width)
        shapes[f"layers.{block}.fc2.bias"] = (width,)
    tensors = {
        f"{encoder}.{name}": rng.normal(0, 0.1, shape).astype(np.float32)
        for name, shape in shapes.items()
    }
    return tensors | {"model.decoder.layer_norm.weight": np.ones(width, np.float32)}


def test_the_encoder_of_whisper_is_taken_out(tmp_path: Path, rng: np.random.Generator) -> None:
    tensors = whisper_tensors(rng)
    source, target = tmp_path / "model.safetensors", tmp_path / "encoder.npz"
    save_file(tensors, source)
    starting_weights.whisper(source, target)
    with np.load(target) as kept:
        assert not any("decoder" in name for name in kept.files)
        stacked = kept["layer_1/self_attention/linear_0/weight"]
        for place, part in enumerate("qkv"):
            given = tensors[f"model.encoder.layers.1.self_attn.{part}_proj.weight"]
            np.testing.assert_allclose(
                stacked[place * WIDTH : (place + 1) * WIDTH], given, atol=1e-3
            )
        bias = kept["layer_1/self_attention/linear_0/bias"]
        assert not bias[WIDTH : 2 * WIDTH].any()
        assert bias[2 * WIDTH :].any()
        assert kept["conv1/weight"].dtype == np.float16
        # The order decides the file's hash, which README gives.
        assert kept.files == sorted(kept.files)
    again = tmp_path / "again.npz"
    done = CliRunner().invoke(app, ["train", "weights", "whisper", str(source), str(again)])
    assert done.exit_code == 0, done.stderr
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    assert done.stdout == f"{again}: {again.stat().st_size:,} bytes, SHA-256 {digest}\n"
    again.unlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["encoder.npz", "model.safetensors"]


def test_another_whisper_is_refused(tmp_path: Path, rng: np.random.Generator) -> None:
    source = tmp_path / "model.safetensors"
    save_file(whisper_tensors(rng, width=384, blocks=1), source)
    with pytest.raises(ModelError, match=r"an encoder 512 wide\. Received: 384"):
        starting_weights.whisper(source, tmp_path / "encoder.npz")


def test_another_model_and_junk_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "model.safetensors"
    save_file({"weight": np.zeros(3, np.float32)}, source)
    with pytest.raises(ModelError, match=r"'encoder\.embed_positions\.weight' is missing"):
        starting_weights.whisper(source, tmp_path / "encoder.npz")
    source.write_bytes(b"no tensors")
    with pytest.raises(ModelError, match="cannot be read as safetensors"):
        starting_weights.whisper(source, tmp_path / "encoder.npz")
    with pytest.raises(ModelError, match="cannot be read as HDF5"):
        starting_weights.vgg16(source, tmp_path / "vgg.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


def test_vgg16_is_read_back_as_keras_wrote_it(tmp_path: Path) -> None:
    model = vgg16.build(8, weights=None)
    layers = [one for one in model.get_layer(vgg16.BACKBONE).layers if "_conv" in one.name]
    source, target = tmp_path / "notop.h5", tmp_path / "vgg.npz"
    with h5py.File(source, "w") as file:
        for layer in layers:
            kernel, bias = layer.get_weights()
            file[f"{layer.name}/{layer.name}_W_1:0"] = kernel
            file[f"{layer.name}/{layer.name}_b_1:0"] = bias
    starting_weights.vgg16(source, target)
    again = vgg16.build(8, weights=target)
    for layer in layers:
        kernel = again.get_layer(vgg16.BACKBONE).get_layer(layer.name).get_weights()[0]
        np.testing.assert_allclose(kernel, layer.get_weights()[0], atol=1e-3)
    with h5py.File(source, "a") as file:
        del file["block5_conv3"]
    with pytest.raises(ModelError, match=r"13 convolutions .*Received: 24"):
        starting_weights.vgg16(source, target)
