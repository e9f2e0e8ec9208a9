"""Random variants of a clip, as other voices, rooms, noises and lines would give it."""

from collections.abc import Sequence

import numpy as np
import soxr

from emotion.impairments import conditions
from emotion.media.samples import RATE


def vary(samples: np.ndarray, rng: np.random.Generator, voices: Sequence[np.ndarray]) -> np.ndarray:
    """One random variant of a clip.

    Speed and pitch together by up to a tenth (Ko et al. 2015), another balance of
    low and high, other voices if there are any, and now and then a room, noise, a
    telephone line or a codec, and always another loudness.

    Args:
        samples: 16 kHz, float32, shape (n,).
        rng: Source of all randomness.
        voices: Speech to make babble of; none for other noise, or no noise.

    Returns:
        16 kHz, float32, of another length.
    """
    factor = rng.uniform(0.9, 1.1)
    out = np.asarray(soxr.resample(samples, RATE, RATE * factor, quality="MQ"), np.float32)
    if rng.random() < 0.5:
        out = _tilted(out, rng.uniform(-6, 6))
    if rng.random() < 0.25:
        out = conditions.distance(out, rng, rng.uniform(0.15, 0.6))
    if len(voices):
        made = conditions.noise("babble", len(out), rng, voices)
        out = conditions.mix(out, made, rng.uniform(3, 25))
    elif rng.random() < 0.5:
        made = conditions.noise(str(rng.choice(["office", "white"])), len(out), rng)
        out = conditions.mix(out, made, rng.uniform(3, 25))
    line = rng.random()
    if line < 0.3:
        out = conditions.telephone(out)
    elif line < 0.4:
        out = conditions.coded(out, str(rng.choice(["mp3", "opus"])), 32_000)
    return conditions.gain(out, rng.uniform(-24, 6))


def _tilted(samples: np.ndarray, decibels: float) -> np.ndarray:
    """With the highest frequencies raised by some decibels and the lowest lowered."""
    size = conditions.transform_size(len(samples))
    spectrum = np.fft.rfft(samples, size)
    slope = np.linspace(-decibels, decibels, len(spectrum)) / 20
    tilted = np.fft.irfft(spectrum * 10**slope, size)[: len(samples)]
    return tilted.astype(np.float32)
