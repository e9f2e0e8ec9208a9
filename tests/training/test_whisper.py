"""The cut encoder against its formulas written out in numpy, with synthetic weights."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import pytest

from emotion.errors import ModelError
from emotion.training import whisper
from emotion.training.whisper import BLOCKS, FEATURES, FRAMES, HEADS, TAPS, WIDTH
from emotion.voice import log_mel

Weights = dict[str, np.ndarray]


def made_up_weights(width: int = WIDTH) -> Weights:
    """Random ones that keep what passes through them at its size."""
    rng = np.random.default_rng(2)

    def normal(*shape: int, fan: int) -> np.ndarray:
        return rng.standard_normal(shape, np.float32) / np.float32(fan**0.5)

    weights = {
        "conv1/weight": normal(width, log_mel.BANDS, 3, fan=3 * log_mel.BANDS),
        "conv1/bias": normal(width, fan=100),
        "conv2/weight": normal(width, width, 3, fan=3 * width),
        "conv2/bias": normal(width, fan=100),
        "position_encodings/encodings": normal(1500, width, fan=4),
    }
    for block in range(BLOCKS):
        for part, outputs, inputs in (
            ("self_attention/linear_0", 3 * width, width),
            ("self_attention/linear_1", width, width),
            ("ffn/linear_0", 4 * width, width),
            ("ffn/linear_1", width, 4 * width),
        ):
            weights[f"layer_{block}/{part}/weight"] = normal(outputs, inputs, fan=inputs)
            weights[f"layer_{block}/{part}/bias"] = normal(outputs, fan=100)
        for part in ("self_attention", "ffn"):
            name = f"layer_{block}/{part}/layer_norm"
            weights[f"{name}/gamma"] = 1 + normal(width, fan=100)
            weights[f"{name}/beta"] = normal(width, fan=100)
    return weights


@pytest.fixture(scope="module")
def stored() -> Weights:
    return made_up_weights()


@pytest.fixture(scope="module")
def path(stored: Weights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "whisper.npz"
    np.savez(path, allow_pickle=False, **stored)
    return path


def gelu(x: np.ndarray) -> np.ndarray:
    return 0.5 * x * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3)))


def convolve(x: np.ndarray, w: Weights, name: str, stride: int) -> np.ndarray:
    """Three frames at a time with one of silence at each end."""
    padded = np.pad(x, ((1, 1), (0, 0)))
    frames = [
        np.einsum("tc,oct->o", padded[start : start + 3], w[f"{name}/weight"])
        for start in range(0, len(padded) - 2, stride)
    ]
    return gelu(np.stack(frames) + w[f"{name}/bias"])


def norm(x: np.ndarray, w: Weights, name: str) -> np.ndarray:
    centred = x - x.mean(axis=1, keepdims=True)
    scaled = centred / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
    return scaled * w[f"{name}/layer_norm/gamma"] + w[f"{name}/layer_norm/beta"]


def linear(x: np.ndarray, w: Weights, name: str) -> np.ndarray:
    return x @ w[f"{name}/weight"].T + w[f"{name}/bias"]


def attend(x: np.ndarray, w: Weights, name: str) -> np.ndarray:
    query, key, value = np.split(linear(x, w, f"{name}/linear_0"), 3, axis=1)
    heads = []
    for head in range(HEADS):
        part = slice(head * WIDTH // HEADS, (head + 1) * WIDTH // HEADS)
        scores = query[:, part] @ key[:, part].T / (WIDTH // HEADS) ** 0.5
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        heads.append(chances / chances.sum(axis=1, keepdims=True) @ value[:, part])
    return linear(np.concatenate(heads, axis=1), w, f"{name}/linear_1")


def expected(features: np.ndarray, w: Weights) -> np.ndarray:
    x = convolve(convolve(features, w, "conv1", 1), w, "conv2", 2)
    x = x + w["position_encodings/encodings"][: len(x)]
    statistics = []
    for block in range(BLOCKS):
        name = f"layer_{block}"
        x = x + attend(norm(x, w, f"{name}/self_attention"), w, f"{name}/self_attention")
        hidden = gelu(linear(norm(x, w, f"{name}/ffn"), w, f"{name}/ffn/linear_0"))
        x = x + linear(hidden, w, f"{name}/ffn/linear_1")
        if block + 1 in TAPS:
            statistics += [x.mean(axis=0), np.sqrt(x.var(axis=0) + 1e-6)]
    return np.concatenate(statistics)


def test_statistics_are_those_of_the_formulas(
    path: Path, stored: Weights, speech: np.ndarray
) -> None:
    features = log_mel.log_mel(speech[:48_000])
    model = whisper.build(path)
    result = keras.ops.convert_to_numpy(model(features[None]))[0]
    assert result.shape == (FEATURES,)
    np.testing.assert_allclose(result, expected(features, stored), rtol=1e-3, atol=1e-3)


def test_inputs_do_not_mix(path: Path, rng: np.random.Generator) -> None:
    model = whisper.build(path)
    assert model.input_shape == (None, FRAMES, log_mel.BANDS)
    assert model.output_shape == (None, FEATURES)
    features = rng.normal(0, 0.5, (3, FRAMES, log_mel.BANDS)).astype(np.float32)
    together = keras.ops.convert_to_numpy(model(features))
    alone = keras.ops.convert_to_numpy(model(features[1:2]))
    np.testing.assert_allclose(together[1:2], alone, rtol=1e-3, atol=1e-3)
    assert not np.allclose(together[0], together[1], atol=0.01)


@contextmanager
def narrow(folder: Path) -> Iterator[Path]:
    """An encoder of the same form, with one block, that is written in a part of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(whisper, "WIDTH", 64)
        patch.setattr(whisper, "BLOCKS", 1)
        patch.setattr(whisper, "TAPS", (1,))
        patch.setattr(whisper, "FEATURES", 2 * 64)
        path = folder / "narrow.npz"
        np.savez(path, allow_pickle=False, **made_up_weights(64))
        yield path


def test_error_for_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"No Whisper encoder at .*none\.npz"):
        whisper.build(tmp_path / "none.npz")


def test_error_for_another_network(stored: Weights, tmp_path: Path) -> None:
    few = {name: value for name, value in stored.items() if name.startswith("conv1")}
    for weights in (few, few | {"conv1/weight": few["conv1/weight"][:, :40]}):
        np.savez(tmp_path / "other.npz", allow_pickle=False, **weights)
        with pytest.raises(ModelError, match=r"other\.npz is not the encoder of Whisper base"):
            whisper.build(tmp_path / "other.npz")
