"""Clips of emotional speech with what is known of each."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Clip:
    """One recording of one speaker with one emotion.

    Attributes:
        path: The file.
        emotion: Index into `emotion.readings.emotions.EMOTIONS`.
        speaker: Unique over all data sets, such as 'ravdess-07'.
        corpus: Name of the data set, such as 'ravdess'.
    """

    path: Path
    emotion: int
    speaker: str
    corpus: str
