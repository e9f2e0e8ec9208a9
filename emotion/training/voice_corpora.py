"""The corpora of a training: which train, which are only tested, and what is heard of them."""

from collections.abc import Sequence
from pathlib import Path

from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.evaluation.simulated_calls import Outputs
from emotion.training import voice_features, voice_heads
from emotion.training.voice_features import Statistics
from emotion.training.voice_heads import Heads

CODE = (*voice_features.CODE, voice_features, voice_heads)
"""Modules that finished folds of every recipe depend on."""


def check(only_tested: Sequence[str], clips: Sequence[Clip]) -> None:
    """Refuse a corpus to be tested only that is not there, and to train on none.

    Args:
        only_tested: Names of corpora.
        clips: Of all corpora.

    Raises:
        DatasetError: If a name is no corpus of the clips, or none is left to train on.
    """
    corpora = {clip.corpus for clip in clips}
    unknown = sorted(set(only_tested) - corpora)
    if unknown or (corpora and corpora == set(only_tested)):
        raise DatasetError(
            f"Corpora that are only tested should be some of {', '.join(sorted(corpora))}, and one "
            f"should be left to train on. Received: {', '.join(only_tested)}."
        )


def heard(
    datasets: Sequence[Sequence[Clip]], encoder: Path, work: Path, only_tested: Sequence[str]
) -> Statistics:
    """Statistics of all clips; those that train nothing are heard once, as they are.

    Args:
        datasets: Clips of each.
        encoder: npz file of the Whisper encoder.
        work: Folder outside the project for features.
        only_tested: Names of corpora that train nothing.

    Raises:
        DatasetError: If there is no clip.
    """
    found: Statistics | None = None
    for clips in datasets:
        for tested, hear in ((False, None), (True, voice_features.as_heard)):
            some = [clip for clip in clips if (clip.corpus in only_tested) == tested]
            if some:
                more = voice_features.extract(some, encoder, work, hear)
                found = found.with_more(more) if found else more
    if found is None:
        raise DatasetError("There is no clip to hear. Give a data set that holds some.")
    return found


def answers(fitted: Heads, given: Statistics) -> Outputs:
    """What heads say of clips, for `emotion.evaluation.simulated_calls`.

    Args:
        fitted: Of some other clips.
        given: Of the clips to answer for.
    """
    return Outputs(fitted(given.values[0]), given.labels, given.speakers)
