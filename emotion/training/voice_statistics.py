"""Clips with what the frozen encoder says of them, which heads are fitted to."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from emotion.datasets.clips import Clip

VERSIONS = 5
"""Times that a clip is heard: as it is; with voices, with noise and with neither of them over
another microphone and line; and one of the noisy ones with the noise reduced."""

BABBLED = (1, 4)
"""The versions of a clip that have other voices behind them, the last one for every second clip."""


@dataclass(frozen=True)
class Statistics:
    """Clips with what the encoder says of their windows.

    Attributes:
        clips: Those that could be read, speaker by speaker.
        values: Mean and deviation over time of the tapped blocks, float16, shape
            (versions, clips, 3072).
        failed: Why the others could not be read.
        behind: Of each clip, the clips whose voices are behind its second version.
        remembered: Whether a call would remember each clip's fullest window, bool, shape (clips,),
            see `emotion.voice.adaptation.memorable`.
    """

    clips: list[Clip]
    values: np.ndarray
    failed: dict[Path, str]
    behind: list[frozenset[Path]]
    remembered: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        """Emotion of each clip, int64, shape (clips,)."""
        return np.array([clip.emotion for clip in self.clips])

    @property
    def speakers(self) -> np.ndarray:
        """Speaker of each clip, shape (clips,)."""
        return np.array([clip.speaker for clip in self.clips])

    @property
    def corpora(self) -> np.ndarray:
        """Corpus of each clip, shape (clips,)."""
        return np.array([clip.corpus for clip in self.clips])

    def at(self, rows: np.ndarray) -> "Statistics":
        """Some of the clips.

        Args:
            rows: Indices of them, integers, shape (n,).
        """
        return Statistics(
            [self.clips[row] for row in rows],
            self.values[:, rows],
            {},
            [self.behind[row] for row in rows],
            self.remembered[rows],
        )

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of what is heard of the clips and of what is said of them."""
        found = hashlib.sha256(np.ascontiguousarray(self.values).data)
        for clip, voices in zip(self.clips, self.behind, strict=True):
            said = (clip.corpus, clip.speaker, clip.emotion, clip.path.name)
            behind = sorted(path.name for path in voices)
            found.update(f"\n{said} {behind}".encode())
        return found.hexdigest()

    def without_voices_of(self, tested: Iterable[Clip]) -> "Statistics":
        """These statistics with a clip as it is for its variant with one of some clips behind it.

        So that nobody who is tested has been heard in training, not even as babble.

        Args:
            tested: The clips that may not be behind another.
        """
        unheard = {clip.path for clip in tested}
        rows = [row for row, paths in enumerate(self.behind) if not paths.isdisjoint(unheard)]
        if not rows or len(self.values) < VERSIONS:
            return self
        values = self.values.copy()
        for version in BABBLED:
            values[version, rows] = values[0, rows]
        return replace(self, values=values)

    def with_more(self, others: "Statistics") -> "Statistics":
        """These clips and then others; one version stands for all where there is only one."""
        versions = max(len(self.values), len(others.values))
        values = np.concatenate(
            [
                np.broadcast_to(values, (versions, *values.shape[1:]))
                for values in (self.values, others.values)
            ],
            axis=1,
        )
        return Statistics(
            [*self.clips, *others.clips],
            values,
            self.failed | others.failed,
            [*self.behind, *others.behind],
            np.concatenate([self.remembered, others.remembered]),
        )
