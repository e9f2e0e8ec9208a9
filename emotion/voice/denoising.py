"""Noise reduction, only where there is noise.

Naas & Sigg 2020 reduce noise before anything else. Spectral gating also takes
away breath and quiet endings, which carry emotion, so clean speech is left alone.
"""

import noisereduce
import numpy as np

from emotion.media.samples import RATE
from emotion.voice.windows import MIN_NOISE, VoiceWindow

MAX_SNR = 12.0
"""Decibels above which speech is clean enough to be left alone."""


def reduce(window: VoiceWindow) -> np.ndarray:
    """The window's sound with less noise, or as it is where there is little.

    Stationary spectral gating (Sainburg et al. 2020, the package `noisereduce`)
    with the noise profile from the parts of the window without speech.

    Returns:
        float32, shape (48000,).
    """
    snr = window.snr
    if snr is None or snr >= MAX_SNR:
        return window.samples
    # Digital silence (a muted microphone) is no sample of the noise.
    noise = window.noise[window.noise != 0]
    if len(noise) < MIN_NOISE * RATE:
        return window.samples
    reduced = noisereduce.reduce_noise(
        y=window.samples, sr=RATE, y_noise=noise, stationary=True, prop_decrease=0.9
    )
    return np.nan_to_num(np.asarray(reduced, np.float32))
