"""What spoils a call: a hidden face, lost sound, noise, dark or blurred pictures, delay.

Each impairment changes the frames and samples of a clip on their way into a call, so that
what is measured is what the whole pipeline makes of them.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import soxr

from emotion.impairments import conditions
from emotion.media.frames import Frame
from emotion.media.recordings import Recording, read_sound
from emotion.media.samples import RATE, Samples, to_mono

Change = Callable[[Frame | Samples], Frame | Samples]
"""A frame or a piece of sound, as it arrives after all."""

NAMES = (
    "as recorded",
    "face hidden, half of the time",
    "sound muted, half of the time",
    "office noise at 10 dB",
    "dark picture",
    "blurred picture",
    "sound 300 ms late",
    "sound 300 ms early",
)
"""The impairments in the order in which they are reported."""

_HIDDEN = (0.25, 0.75)
"""Part of a clip that is lost."""

_DELAY = 0.3
_LIGHT, _GRAIN = 0.2, 4.0


def of(name: str, path: Path) -> Change:
    """One of `NAMES`, for one clip.

    Args:
        name: Which.
        path: The clip, whose length and loudness decide where and how much is lost.

    Returns:
        What becomes of each frame and each piece of sound.

    Raises:
        ValueError: If the name is another one.
        MediaError: If the clip cannot be read, or has no sound and noise is asked for.
    """
    if name == NAMES[0]:
        return lambda item: item
    seconds = _seconds(path)
    rng = np.random.default_rng(round(seconds * RATE))

    def lost(time: float) -> bool:
        return _HIDDEN[0] * seconds <= time < _HIDDEN[1] * seconds

    if name == NAMES[1]:
        return _on_frames(lambda frame: np.full_like(frame.image, 128), when=lost)
    if name == NAMES[2]:
        return _on_samples(lambda samples: np.zeros_like(to_mono(samples.data)), when=lost)
    if name == NAMES[3]:
        sound = read_sound(path)
        noise = conditions.noise("office", len(sound) + RATE, rng)
        noise *= conditions.loudness(sound) * 10 ** (-10 / 20)
        return _on_samples(lambda samples: to_mono(samples.data) + _during(noise, samples))
    if name == NAMES[4]:
        return _on_frames(lambda frame: _dark(frame.image, rng))
    if name == NAMES[5]:
        return _on_frames(
            lambda frame: cv2.GaussianBlur(frame.image, (0, 0), frame.image.shape[0] / 160)
        )
    if name in NAMES[6:]:
        # Nothing comes before its time, so sound that is early is a picture that is late.
        late = Samples if name == NAMES[6] else Frame
        return lambda item: (
            replace(item, time=item.time + _DELAY) if isinstance(item, late) else item
        )
    raise ValueError(f"An impairment is one of {', '.join(NAMES)}. Received: {name!r}.")


def _seconds(path: Path) -> float:
    """How long a clip lasts, by its container or else by its sound."""
    with Recording(path) as recording:
        if recording.duration:
            return recording.duration
    return len(read_sound(path)) / RATE


def _on_frames(
    change: Callable[[Frame], np.ndarray], when: Callable[[float], bool] = lambda _: True
) -> Change:
    def changed(item: Frame | Samples) -> Frame | Samples:
        if isinstance(item, Samples) or not when(item.time):
            return item
        return replace(item, image=change(item))

    return changed


def _on_samples(
    change: Callable[[Samples], np.ndarray], when: Callable[[float], bool] = lambda _: True
) -> Change:
    def changed(item: Frame | Samples) -> Frame | Samples:
        if isinstance(item, Frame) or not when(item.time):
            return item
        return replace(item, data=change(item)[None])

    return changed


def _during(noise: np.ndarray, samples: Samples) -> np.ndarray:
    """The part of a noise (16 kHz) that falls on some samples, at their rate."""
    count = samples.data.shape[-1]
    first = max(0, round(samples.time * RATE))
    needed = -(-count * RATE // samples.rate) + 1
    piece = np.resize(noise[first : first + needed] if first < len(noise) else noise, needed)
    at_rate = soxr.resample(piece, RATE, samples.rate) if samples.rate != RATE else piece
    return np.asarray(np.resize(at_rate, count), np.float32)


def _dark(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A fifth of the light, with the grain of a camera that makes up for it."""
    grain = rng.standard_normal(image.shape, np.float32) * _GRAIN
    return np.asarray(np.clip(image * _LIGHT + grain, 0, 255), np.uint8)
