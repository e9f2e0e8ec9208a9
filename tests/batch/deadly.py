"""Work that kills whoever does it: by itself, so that each worker imports no more than it needs."""

import os
import signal
from collections.abc import Iterator, Sequence

import numpy as np

from emotion.datasets.clips import Clip
from emotion.training import voice_features


def deadly_once(
    sound: np.ndarray, clip: Clip, voices: Sequence[np.ndarray]
) -> Iterator[np.ndarray]:
    """As `voice_features.as_heard`, but that the first who hears the third clip is killed."""
    mark = clip.path.with_suffix(".killed")
    if clip.path.stem == "2" and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return voice_features.as_heard(sound, clip, voices)


def end(common: str, item: int) -> None:
    """End the process that does it."""
    del common, item
    os.kill(os.getpid(), signal.SIGKILL)
