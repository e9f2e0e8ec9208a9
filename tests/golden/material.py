"""Pictures and sounds that are the same on every machine, made when they are asked for.

The photograph is of Eileen Collins, by NASA and in the public domain, from scikit-image. The
voices are made of numbers: pulses of a larynx, filtered as a throat does it.
"""

import cv2
import numpy as np
import skimage.data
from scipy import signal

RATE = 16_000

_VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (570, 840, 2410), (530, 1840, 2480))
"""First three formants in Hz of the vowels in 'father', 'heed', 'bought' and 'head' (Peterson
& Barney 1952, 'Control Methods Used in a Study of the Vowels')."""


def pictures() -> dict[str, np.ndarray]:
    """Pictures of a face by what was done to them, BGR, uint8."""
    plain = np.ascontiguousarray(skimage.data.astronaut()[:300, 80:380, ::-1])
    turned = cv2.getRotationMatrix2D((150, 150), 12, 1)
    return {
        "as it is": plain,
        "mirrored": np.ascontiguousarray(plain[:, ::-1]),
        "dark": (plain * 0.45).astype(np.uint8),
        "flat": (plain * 0.4 + 110).astype(np.uint8),
        "small": cv2.resize(plain, (150, 150), interpolation=cv2.INTER_AREA),
        "large": cv2.resize(plain, (640, 640), interpolation=cv2.INTER_LINEAR),
        "blurred": cv2.GaussianBlur(plain, (0, 0), 2.0),
        "turned": cv2.warpAffine(plain, turned, (300, 300), borderMode=cv2.BORDER_REPLICATE),
        "blue": np.ascontiguousarray(plain * np.array([1, 0.6, 0.4])).astype(np.uint8),
    }


def sounds() -> dict[str, np.ndarray]:
    """Voices by how they speak, 16 kHz, float32, three seconds."""
    noise = np.random.default_rng(12).normal(size=3 * RATE)
    plain = voice(120, 25, 4.0)
    return {
        "calm and low": plain,
        "high and lively": voice(230, 90, 5.5),
        "slow and falling": voice(150, 12, 2.2, fall=40),
        "quiet": plain * np.float32(0.05),
        "in noise": (plain + 0.01 * noise).astype(np.float32),
    }


def voice(pitch: float, swing: float, pace: float, *, fall: float = 0.0) -> np.ndarray:
    """Three seconds of vowels.

    Args:
        pitch: Of the voice at first, in Hz.
        swing: How far it goes up and down, in Hz.
        pace: Syllables a second.
        fall: How far it sinks from beginning to end, in Hz.

    Returns:
        16 kHz, float32, shape (48000,), -0.3 to 0.3.
    """
    time = np.arange(3 * RATE) / RATE
    height = pitch + swing * np.sin(2 * np.pi * 0.7 * time) - fall * time / 3
    turns = np.cumsum(height) / RATE
    pulses = np.diff(np.floor(turns), prepend=0.0)
    # The larynx closes suddenly and opens slowly: 12 dB an octave less.
    source = signal.lfilter([1.0], [1.0, -1.6, 0.64], pulses)
    spoken = np.zeros_like(source)
    syllable = np.floor(time * pace).astype(int)
    for number in range(syllable[-1] + 1):
        part = source
        for formant in _VOWELS[number % len(_VOWELS)]:
            part = signal.lfilter(*_resonance(formant), part)
        spoken += np.where(syllable == number, part / np.abs(part).max(), 0)
    spoken *= np.sin(np.pi * (time * pace % 1)) ** 0.7
    return (0.3 * spoken / np.abs(spoken).max()).astype(np.float32)


def _resonance(formant: float, width: float = 90.0) -> tuple[list[float], list[float]]:
    """A filter with one peak, as (numerator, denominator)."""
    radius = np.exp(-np.pi * width / RATE)
    angle = 2 * np.pi * formant / RATE
    return [1.0], [1.0, -2 * radius * np.cos(angle), radius**2]
