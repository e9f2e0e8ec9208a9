"""What a copy of a data set lacks, so that a figure is not taken for one of the whole."""

from collections.abc import Sequence

from emotion.datasets.clips import Clip
from emotion.readings import emotions
from emotion.readings.emotions import CALM, INDEX

_SPEAKERS: dict[str, tuple[str, ...]] = {
    "ravdess": tuple(f"{actor:02}" for actor in range(1, 25)),
    "savee": ("DC", "JE", "JK", "KL"),
    "cremad": tuple(str(actor) for actor in range(1001, 1092)),
    "tess": ("OAF", "YAF"),
    "emodb": ("03", "08", "09", "10", "11", "12", "13", "14", "15", "16"),
}
_WITHOUT: dict[str, set[int]] = {
    "ravdess": set(),
    "savee": {CALM},
    "cremad": {CALM, INDEX["surprised"]},
    "tess": {CALM},
    "emodb": {CALM, INDEX["surprised"]},
}
"""Emotions that a corpus does not have."""

_SHOWN = 8


def notes(clips: Sequence[Clip]) -> list[str]:
    """A sentence for each corpus that lacks speakers, and for each that lacks emotions.

    Corpora of one's own are complete as they are.

    Args:
        clips: Of any corpora.
    """
    found = []
    for corpus in sorted({clip.corpus for clip in clips} & set(_SPEAKERS)):
        mine = [clip for clip in clips if clip.corpus == corpus]
        speakers = {clip.speaker.rsplit("-", 1)[-1] for clip in mine}
        missing = [name for name in _SPEAKERS[corpus] if name not in speakers]
        if missing:
            more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
            found.append(
                f"{len(_SPEAKERS[corpus]) - len(missing)} of the {len(_SPEAKERS[corpus])} speakers "
                f"of {corpus} are there; missing: {', '.join(missing[:_SHOWN])}{more}."
            )
        present = {clip.emotion for clip in mine} | _WITHOUT[corpus]
        absent = [name for index, name in enumerate(emotions.NAMES) if index not in present]
        if absent:
            found.append(
                f"No clip of {corpus} is {' or '.join(absent)}, though it should have some."
            )
    return found
