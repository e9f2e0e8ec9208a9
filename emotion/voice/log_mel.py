"""Log-mel features in the form that the Whisper encoder was trained on.

Radford et al. 2023, 'Robust Speech Recognition via Large-Scale Weak Supervision':
80 bands of the Slaney mel scale from a 25 ms Hann window every 10 ms.
"""

from functools import cache

import numpy as np
import scipy.fft

from emotion.media.samples import RATE

WINDOW = 400
"""Samples of one analysis window, 25 ms."""

HOP = 160
"""Samples between windows, 10 ms."""

BANDS = 80


def log_mel(samples: np.ndarray) -> np.ndarray:
    """Log-mel features of a piece of 16 kHz sound.

    The logarithm is cut 8 decades below the loudest value and scaled to about
    -1 to 1, so that loudness hardly matters and silence gives a constant.

    Args:
        samples: float32, shape (n,), -1 to 1.

    Returns:
        float32, shape (n // 160, 80).
    """
    padded = (
        np.pad(samples, WINDOW // 2, mode="reflect")
        if len(samples) > WINDOW
        else np.pad(samples, WINDOW // 2)
    )
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][: len(samples) // HOP]
    # SciPy's transform of many short pieces takes a fifth of the time of NumPy's.
    spectrum = scipy.fft.rfft(frames * _hann(), axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    logs = np.log10(np.maximum(power @ filters(), 1e-10))
    logs = np.maximum(logs, logs.max(initial=-10.0) - 8.0)
    return ((logs + 4.0) / 4.0).astype(np.float32)


@cache
def _hann() -> np.ndarray:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)


@cache
def filters() -> np.ndarray:
    """Triangular filters from power to mel bands, float32, shape (201, 80).

    The Slaney scale (linear below 1 kHz, logarithmic above), each filter with
    unit area; equal to `librosa.filters.mel(sr=16000, n_fft=400, n_mels=80).T`,
    written out because librosa takes seconds to load.
    """
    top = 15.0 + 27.0 * np.log(RATE / 2 / 1000.0) / np.log(6.4)
    mels = np.linspace(0.0, top, BANDS + 2)
    edges = np.where(mels < 15.0, mels * 200.0 / 3.0, 1000.0 * 6.4 ** ((mels - 15.0) / 27.0))
    bins = np.linspace(0.0, RATE / 2, WINDOW // 2 + 1)
    widths = np.diff(edges)
    slopes = edges[:, None] - bins[None, :]
    rising = -slopes[:-2] / widths[:-1, None]
    falling = slopes[2:] / widths[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    triangles *= (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return triangles.T.astype(np.float32)
