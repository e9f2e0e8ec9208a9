"""Corpora without sound, and an encoder that says of a clip what it is, for trainings."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emotion.datasets import corpora
from emotion.datasets.clips import Clip
from emotion.impairments import conditions
from emotion.readings.emotions import INDEX
from emotion.training import voice_features
from emotion.training.voice_statistics import Statistics

ACTORS = (1, 2, 3, 5, 8, 10)
WIDTH = 24
PLACES = np.random.default_rng(5).normal(0, 1, (8, WIDTH))


def ravdess(folder: Path) -> list[Clip]:
    """Six actors with each emotion three times, read as the real corpus is."""
    for actor in ACTORS:
        for code in range(1, 9):
            for take in range(1, 4):
                (folder / f"03-01-{code:02}-01-01-{take:02}-{actor:02}.wav").touch()
    return corpora.ravdess(folder)


def corpus_of(name: str, kinds: Sequence[str], speakers: int = 3, each: int = 3) -> list[Clip]:
    return [
        Clip(Path(f"{name}/{kind}-{owner}-{take}.wav"), INDEX[kind], f"{name}-{owner}", name)
        for owner in range(speakers)
        for kind in kinds
        for take in range(each)
    ]


class Encoder:
    """A stand-in that says of a clip its emotion and its speaker's voice.

    The emotions are those of the clips as they are given, so calm is next to neutral.

    Attributes:
        heard: The clips of each time.
        remembers: Whether a call would remember a clip of its speaker.
    """

    def __init__(self, path: Path) -> None:
        path.write_bytes(b"any")
        self.path = path
        self.heard: list[list[Clip]] = []
        self.remembers = True

    def __call__(
        self,
        clips: Sequence[Clip],
        encoder: Path,
        work: Path,
        hear: voice_features.Hear | None = None,
    ) -> Statistics:
        assert encoder == self.path
        rng = np.random.default_rng(len(clips))
        names = sorted({clip.speaker for clip in clips})
        voices = {name: np.random.default_rng(list(name.encode())) for name in names}
        offsets = {name: own.normal(0, 0.4, WIDTH) for name, own in voices.items()}
        rows = [PLACES[clip.emotion] + offsets[clip.speaker] for clip in clips]
        counts: dict[voice_features.Hear | None, int] = {
            None: 2,
            voice_features.readable: 1,
            voice_features.as_heard: 1,
        }
        count = counts.get(hear, 2 * len(conditions.named(rng, [])))
        values = np.stack(rows) + rng.normal(0, 0.3, (count, len(clips), WIDTH))
        self.heard.append(list(clips))
        failed = {Path("broken.wav"): "is no sound"} if hear is None else {}
        return Statistics(
            list(clips),
            values.astype(np.float16),
            failed,
            [frozenset()] * len(clips),
            np.full(len(clips), self.remembers),
        )
