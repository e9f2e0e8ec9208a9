"""Data sets of emotional speech, each clip with an emotion and a speaker."""

import csv
from dataclasses import dataclass
from pathlib import Path

from emotion import emotions
from emotion.errors import DatasetError

_SOUNDS = (".wav", ".flac")
_PICTURES = (".mp4",)


@dataclass(frozen=True)
class Clip:
    """One recording of one speaker with one emotion.

    Attributes:
        path: The file.
        emotion: Index into `emotion.emotions.EMOTIONS`.
        speaker: Unique over all data sets, such as 'ravdess-07'.
        corpus: Name of the data set, such as 'ravdess'.
    """

    path: Path
    emotion: int
    speaker: str
    corpus: str


def ravdess(path: Path, *, video: bool = False) -> list[Clip]:
    """The speech clips of RAVDESS (Livingstone & Russo 2018), in order of name.

    Args:
        path: A folder that holds the clips at any depth, as unpacked from Zenodo.
        video: Whether to list the clips with picture and sound (modality 01)
            instead of those with sound only (03).

    Raises:
        DatasetError: If the folder is missing or holds no such clip.
    """
    if not path.is_dir():
        raise DatasetError(f"No RAVDESS at {path}: there is no such folder.")
    modality, endings = ("01", _PICTURES) if video else ("03", _SOUNDS)
    clips = []
    for file in sorted(path.rglob("*"), key=lambda file: file.name):
        parts = file.stem.split("-")
        if (
            file.suffix.lower() not in endings
            or len(parts) != 7
            or not all(map(str.isdigit, parts))
        ):
            continue
        if parts[0] != modality or parts[1] != "01" or not 1 <= int(parts[2]) <= emotions.COUNT:
            continue
        clips.append(Clip(file, int(parts[2]) - 1, f"ravdess-{parts[6]}", "ravdess"))
    if not clips:
        raise DatasetError(
            f"No RAVDESS speech in {path}: looked at any depth for files named like "
            f"{modality}-01-05-02-01-01-12 with the ending {' or '.join(endings)}."
        )
    return clips


def listed(path: Path) -> list[Clip]:
    """The clips of a folder with a `clips.csv` of path, emotion, speaker and corpus.

    Raises:
        DatasetError: If the list is missing, or a row lacks a column or names an
            emotion that is none of the eight.
    """
    table = path / "clips.csv"
    if not table.is_file():
        raise DatasetError(
            f"No list of clips at {table}; it should name path, emotion, speaker, corpus."
        )
    clips = []
    with table.open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            missing = [
                name for name in ("path", "emotion", "speaker", "corpus") if not row.get(name)
            ]
            if missing or row["emotion"] not in emotions.INDEX:
                raise DatasetError(
                    f"{table}, line {number}: "
                    + (
                        f"{missing[0]} is missing."
                        if missing
                        else f"{row['emotion']!r} is none of {', '.join(emotions.NAMES)}."
                    )
                )
            clips.append(
                Clip(
                    path / row["path"],
                    emotions.INDEX[row["emotion"]],
                    row["speaker"],
                    row["corpus"],
                )
            )
    if not clips:
        raise DatasetError(f"{table} lists no clip.")
    return clips
