"""Whose voice a piece of speech is: a vector that is alike for pieces of one speaker.

CAM++ (Wang et al. 2023, 'CAM++: A Fast and Efficient Network for Speaker Verification Using
Context-Aware Masking'). It distinguishes the speakers of one recording; nobody is identified, and
vectors are in memory only, as long as the recording is reviewed.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import scipy.fft

from emotion.media.samples import RATE

LENGTH = 1.5
"""Seconds of sound that are looked at: turns are rarely shorter."""

SIZE = 192
"""Numbers of a vector."""

BANDS = 80

_WINDOW, _HOP, _TRANSFORM = 400, 160, 512

FRAMES = 1 + (round(LENGTH * RATE) - _WINDOW) // _HOP
"""Frames of a piece, 10 ms apart."""

_LOWEST = 20.0
_EMPHASIS = 0.97
_SCALE = 2.0**15
_FLOOR = float(np.finfo(np.float32).eps)


class SpeakerEmbedder:
    """From a piece of sound to a vector of its speaker."""

    def __init__(self, network: Callable[[np.ndarray], np.ndarray]) -> None:
        """Make one of a network.

        Args:
            network: From what `features` gives to `SIZE` numbers.
        """
        self._network = network

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """The vector of the speaker.

        Args:
            samples: 16 kHz, float32, -1 to 1, shape (24000,).

        Returns:
            Of length 1, float32, shape (192,): the product of two is the cosine of the angle
            between them.
        """
        vector = self._network(features(samples))
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)


def features(samples: np.ndarray) -> np.ndarray:
    """Log-mel features as Kaldi computes them, less their mean over the piece.

    Povey et al. 2011, 'The Kaldi Speech Recognition Toolkit': 25 ms windows every 10 ms within
    the piece, pre-emphasis, triangles on the HTK mel scale from 20 Hz on.

    Args:
        samples: 16 kHz, float32, -1 to 1, shape (n,), n of 400 at least.

    Returns:
        float32, shape (1 + (n - 400) // 160, 80).
    """
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP] * _SCALE
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    spectrum = scipy.fft.rfft((frames - _EMPHASIS * before) * _window(), _TRANSFORM, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    logs = np.log(np.maximum(power @ _filters(), _FLOOR))
    return np.asarray(logs - logs.mean(axis=0), np.float32)


@cache
def _window() -> np.ndarray:
    """Povey's: a Hann window to the power of 0.85."""
    return np.asarray(np.hanning(_WINDOW) ** 0.85, np.float32)


@cache
def _filters() -> np.ndarray:
    """Triangles from power to mel bands, float32, shape (257, 80)."""
    lowest, highest = _mel(np.array([_LOWEST, RATE / 2]))
    places = _mel(np.linspace(0, RATE / 2, _TRANSFORM // 2 + 1))[:, None]
    edges = np.linspace(lowest, highest, BANDS + 2)
    width = edges[1] - edges[0]
    rising, falling = (places - edges[:-2]) / width, (edges[2:] - places) / width
    return np.maximum(0, np.minimum(rising, falling)).astype(np.float32)


def _mel(hertz: np.ndarray) -> np.ndarray:
    return np.asarray(1127 * np.log1p(hertz / 700))
