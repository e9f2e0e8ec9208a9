"""How many calls a machine can read at once, measured on a call that nobody makes.

A drawn face that sways and a synthetic voice that speaks without a pause go through a real
`emotion.conversation.call.Call`: they are found, judged and read as those of a person are, so that
whatever a call is made of costs here what it costs there. What counts is the time that the cores
work for it, which is nearly the same whatever else they do meanwhile.
"""

import math
import time

import cv2
import numpy as np

from dashboard import memory
from dashboard.settings import setting
from emotion.conversation.call import Call
from emotion.conversation.live_call import LOOKED_RATE, READ_RATE
from emotion.conversation.readers import shared
from emotion.media.frames import Frame
from emotion.media.samples import Samples
from emotion.models.shipped import Models

MOST = "RAPPORT_CALLS"
"""Environment variable, or key in secrets.toml, with the most calls at once, in place of what is
measured."""

_LOAD = 0.8
"""Share of the cores that calls may take: the rest is for pages."""

_MEDIA = 1.0
"""What receiving and decoding media and sending views costs, and that calls take each other's
caches, in times of what reading does here: four calls took 0.27 of a core each, and six 0.24 and
were read less often than they should, where this measured 0.12 (`python benchmarks/live.py`)."""

_RUNS = 2
"""The cheaper one counts: a first one also makes ready what later ones find."""

_BEFORE, _MEASURED = 1, 2
"""Seconds of the call that are not counted, as a first time takes longer, and that are."""

_RATE = 48_000


def capacity(models: Models) -> int:
    """Calls that this machine can read at once, one at least; takes two seconds.

    Args:
        models: As they will be used.
    """
    given = str(setting(MOST))
    if given.isdecimal() and int(given) > 0:
        return int(given)
    least = min(cost(models) for _ in range(_RUNS))
    # Until somebody calls the server does without what that took: 17 MB.
    memory.tidy()
    return max(1, math.floor(_LOAD * shared().count / (least * (1 + _MEDIA))))


def cost(models: Models) -> float:
    """Seconds of a core that it takes to read one second of a call.

    Args:
        models: As they will be used.
    """
    image, sound = face(), voice(_BEFORE + _MEASURED)
    begin = 0.0
    with Call(models, frame_rate=LOOKED_RATE, beside=False) as call:
        for number in range(round(READ_RATE * (_BEFORE + _MEASURED))):
            if number == round(READ_RATE * _BEFORE):
                begin = time.process_time()
            at, after = (round(_RATE * (number + step) / READ_RATE) for step in (0, 1))
            call.push_samples(Samples(at / _RATE, sound[None, at:after], _RATE))
            swayed = np.roll(image, round(20 * math.sin(number / 4)), axis=1)
            call.push_frame(Frame(number / READ_RATE, swayed))
        return (time.process_time() - begin) / _MEASURED


def face() -> np.ndarray:
    """A drawn face before a wall, with the noise of a camera: BGR, uint8, shape (480, 640, 3)."""
    image = np.full((480, 640, 3), (190, 185, 180), np.uint8)
    skin, dark, shade = (140, 170, 215), (40, 45, 60), (110, 135, 185)

    def oval(x: int, y: int, wide: int, high: int, colour: tuple[int, int, int]) -> None:
        cv2.ellipse(image, (320 + x, 240 + y), (wide, high), 0, 0, 360, colour, -1, cv2.LINE_AA)

    oval(0, -25, 95, 125, dark)
    oval(0, 5, 78, 108, skin)
    for side in (-1, 1):
        oval(33 * side, -38, 22, 4, dark)
        oval(33 * side, -18, 17, 8, (245, 245, 245))
        oval(33 * side, -18, 8, 8, dark)
    oval(0, 10, 6, 24, shade)
    oval(0, 30, 12, 5, shade)
    oval(0, 58, 30, 9, (90, 90, 190))
    oval(0, 58, 28, 2, (60, 60, 130))
    noise = np.random.default_rng(0).normal(0, 4, image.shape)
    return np.clip(cv2.GaussianBlur(image, (0, 0), 2.0) + noise, 0, 255).astype(np.uint8)


def voice(seconds: float) -> np.ndarray:
    """Synthetic speech, float32, 48 kHz, shape (samples,).

    Harmonics of a swaying pitch, coloured by two formants that wander, in syllables.

    Args:
        seconds: Of it.
    """
    times = np.arange(round(seconds * _RATE)) / _RATE
    pitch = 120 + 15 * np.sin(4.4 * times)
    phase = 2 * np.pi * np.cumsum(pitch) / _RATE
    formants = 500 + 200 * np.sin(12.6 * times), 1500 + 500 * np.sin(8.8 * times + 1)
    sound = np.zeros_like(times)
    for harmonic in range(1, 30):
        strength = sum(1 / (1 + ((harmonic * pitch - formant) / 90) ** 2) for formant in formants)
        sound += strength * np.sin(harmonic * phase)
    sound *= 0.5 + 0.5 * np.sin(8 * np.pi * times)
    noise = np.random.default_rng(0).normal(0, 0.003, sound.shape)
    return (0.3 * sound / np.abs(sound).max() + noise).astype(np.float32)
