"""Noise reduction by the noise floor that is measured in the sound itself.

Naas & Sigg 2020 reduce noise before anything else. Stationary spectral gating (Sainburg
et al. 2020, the package `noisereduce`) also takes away breath and quiet endings, which
carry emotion, so it works the less the further speech stands above the noise.
"""

from functools import cache

import numpy as np
import scipy.fft

from emotion.media.samples import RATE

MODES = ("auto", "on", "off")
"""'auto' reduces by how much noise there is, 'on' as if there was much, 'off' never."""

NOISY, CLEAN = 10.0, 20.0
"""Decibels of speech above noise up to which noise is reduced in full, and from which on
it is left alone."""

STRENGTH = 0.5
"""Share that is taken away from noise in a call. More of it helps under babble and costs under
office and white noise as much."""

_DEVIATIONS = 1.5
_QUIETEST, _AROUND = 0.1, 2.0
_DIGITAL = 1e-10
_SIZE, _HOP = 1024, 256
_SMOOTH_HERTZ, _SMOOTH_FRAMES = 500.0, 3
_EPSILON = 1e-12


def reduce(
    samples: np.ndarray, heard: int, mode: str = "auto", *, strength: float = STRENGTH
) -> np.ndarray:
    """The window's sound with less noise, or as it is where there is little.

    Args:
        samples: A window, float32, shape (n,). The quietest tenth of what is heard tells how
            the noise sounds and how loud it is (minimum statistics, Martin 2001), because
            a detector of speech takes endings and breath for noise.
        heard: How many samples at its end belong to the call.
        mode: One of `MODES`.
        strength: Share that is taken away from what is noise, 0 to 1.

    Returns:
        float32, shape (n,).

    Raises:
        ValueError: If the mode is another one.
    """
    checked(mode)
    sound = samples[len(samples) - heard :]
    if mode == "off" or len(sound) < _SIZE:
        return samples
    needs = 1.0 if mode == "on" else needed(above_noise(sound))
    if strength * needs <= 0:
        return samples
    return np.concatenate([samples[: len(samples) - heard], gate(sound, strength * needs)])


def checked(mode: str) -> str:
    """The mode itself, if it is one of `MODES`.

    Raises:
        ValueError: If it is another one.
    """
    if mode not in MODES:
        raise ValueError(f"Noise reduction is one of {', '.join(MODES)}. Received: {mode!r}.")
    return mode


def needed(decibels: float) -> float:
    """How much of the noise reduction some speech needs, 0 to 1.

    Args:
        decibels: By which it is above the noise.
    """
    return float(np.clip((CLEAN - decibels) / (CLEAN - NOISY), 0, 1))


def above_noise(samples: np.ndarray) -> float:
    """Decibels of the louder half of some sound above its noise floor, -20 to 60.

    Args:
        samples: 16 kHz, -1 to 1, shape (n,).
    """
    pieces = samples[: len(samples) // _HOP * _HOP].reshape(-1, _HOP)
    powers = np.mean(np.square(pieces, dtype=float), axis=1)
    # Digital silence (a muted microphone) is no sample of the noise.
    powers = np.sort(powers[powers > _DIGITAL])
    if not len(powers):
        return 60.0
    floor = float(np.quantile(powers, _QUIETEST))
    level = float(powers[len(powers) // 2 :].mean())
    return float(np.clip(10 * np.log10(max(level / floor - 1, 1e-9)), -20, 60))


def gate(samples: np.ndarray, strength: float) -> np.ndarray:
    """Weaken what is no louder than the noise, frequency by frequency.

    What `noisereduce.reduce_noise(stationary=True)` does with its defaults, except that
    the noise is found in the sound; written out because the package takes a second to
    load and gives each call a second of nothing on both sides.

    Args:
        samples: 16 kHz, float32, shape (n,), n of 1,024 at least.
        strength: Share that is taken away from what is noise, 0 to 1.

    Returns:
        float32, shape (n,).
    """
    count = -(-len(samples) // _HOP) + 3
    padded = np.pad(samples, (_SIZE - _HOP, count * _HOP - len(samples)))
    window = np.hanning(_SIZE + 1)[:-1].astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _SIZE)[::_HOP][:count] * window
    spectrum = scipy.fft.rfft(frames, axis=1)
    levels = 10 * np.log10(spectrum.real**2 + spectrum.imag**2 + _EPSILON)
    noise = levels[_quiet(frames)]
    threshold = noise.mean(axis=0) + _DEVIATIONS * noise.std(axis=0)
    kept = np.where(levels > threshold, np.float32(1), np.float32(1 - strength)) @ _smoother()
    around = np.pad(kept, ((_SMOOTH_FRAMES, _SMOOTH_FRAMES), (0, 0)), mode="edge")
    kept = sum(
        weight * around[place : place + count]
        for place, weight in enumerate(_triangle(_SMOOTH_FRAMES))
    )
    pieces = scipy.fft.irfft(spectrum * kept, axis=1) * window
    out = np.zeros((count + 3, _HOP), np.float32)
    for place in range(_SIZE // _HOP):
        out[place : place + count] += pieces[:, place * _HOP : (place + 1) * _HOP]
    # Squared Hann windows a quarter apart add up to 1.5.
    return out.reshape(-1)[_SIZE - _HOP :][: len(samples)] / np.float32(1.5)


def _quiet(frames: np.ndarray) -> np.ndarray:
    """Whether each frame is about as quiet as the quietest tenth, bool, shape (n,)."""
    powers = np.mean(frames**2, axis=1)
    audible = powers > _DIGITAL
    if not audible.any():
        return np.ones(len(frames), bool)
    return np.asarray(audible & (powers <= _AROUND * np.quantile(powers[audible], _QUIETEST)))


def _triangle(width: int) -> np.ndarray:
    """Weights that fall linearly to both sides, shape (2 * width + 1,), adding up to 1."""
    weights = width + 1.0 - np.abs(np.arange(-width, width + 1))
    return np.asarray(weights / weights.sum(), np.float32)


@cache
def _smoother() -> np.ndarray:
    """Matrix that smooths over neighbouring frequencies, float32, shape (513, 513)."""
    count = _SIZE // 2 + 1
    width = int(_SMOOTH_HERTZ / (RATE / (_SIZE / 2)))
    weights = np.maximum(
        0, width + 1 - np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    )
    return (weights / weights.sum(axis=0)).astype(np.float32)
