"""Random variants of a clip: other voices, microphones, rooms, noises and lines."""

from collections.abc import Sequence

import numpy as np
import soxr

from emotion.impairments import conditions
from emotion.media.samples import RATE

_POINTS = np.array([60.0, 150.0, 400.0, 1_000.0, 2_000.0, 4_000.0, 7_500.0])
"""Frequencies, in hertz, between which the response of a microphone runs smoothly."""


def vary(
    samples: np.ndarray,
    rng: np.random.Generator,
    talkers: Sequence[np.ndarray] = (),
    *,
    noisy: bool = True,
) -> np.ndarray:
    """One random variant of a clip.

    Speed and pitch together by up to a tenth (Ko et al. 2015), another microphone and now
    and then a room; noise, of other voices if there are any; often a telephone line or a
    codec, and always another loudness.

    Args:
        samples: 16 kHz, float32, shape (n,).
        rng: Source of all randomness.
        talkers: Speech to make babble of; none for other noise.
        noisy: Whether there is noise.

    Returns:
        16 kHz, float32, of another length.
    """
    factor = rng.uniform(0.9, 1.1)
    out = np.asarray(soxr.resample(samples, RATE, RATE * factor, quality="MQ"), np.float32)
    if rng.random() < 0.3:
        out = conditions.distance(out, rng, rng.uniform(0.15, 0.6))
    if noisy:
        kind = "babble" if len(talkers) else str(rng.choice(["office", "white"]))
        made = conditions.noise(kind, len(out), rng, talkers)
        out = conditions.mix(out, made, rng.uniform(3, 22))
    if rng.random() < 0.7:
        out = _through_microphone(out, rng)
    line = rng.random()
    if line < 0.2:
        out = conditions.telephone(out)
    elif line < 0.35:
        out = conditions.coded(
            out, str(rng.choice(["mp3", "opus"])), int(rng.integers(12, 48)) * 1_000
        )
    return conditions.gain(out, rng.uniform(-24, 6))


def _through_microphone(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """With a random frequency response, cut at the ends of a random band, and an offset."""
    size = conditions.transform_size(len(samples))
    spectrum = np.fft.rfft(samples, size)
    frequency = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 1.0)
    decibels = rng.normal(0, 4, len(_POINTS)) + rng.uniform(-6, 6) * np.linspace(
        -1, 1, len(_POINTS)
    )
    response = np.interp(np.log(frequency), np.log(_POINTS), decibels)
    low, high = rng.uniform(20, 250), rng.choice([8_000.0, rng.uniform(3_500, 8_000)])
    # 12 dB an octave, as the electronics of small microphones have it.
    response -= 10 * np.log10(1 + (low / frequency) ** 4)
    response -= 10 * np.log10(1 + (frequency / high) ** 16)
    loudness = conditions.loudness(samples)
    heard = np.fft.irfft(spectrum * 10 ** (response / 20), size)[: len(samples)]
    heard *= loudness / max(conditions.loudness(heard), 1e-9)
    return np.asarray(heard + rng.normal(0, 0.003), np.float32)
