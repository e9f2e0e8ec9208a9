"""Data of one's own: a list of clips, or a folder for each emotion."""

from dataclasses import replace
from pathlib import Path

from emotion.datasets import clip_tables
from emotion.datasets.clips import Clip
from emotion.datasets.listing import check_folder, files_in, once
from emotion.errors import DatasetError
from emotion.media import endings, file_names
from emotion.readings import emotions

LAYOUT = (
    f"a folder for each emotion, named {', '.join(emotions.NAMES)} "
    f"(or {', '.join(clip_tables.NOUNS)}), and in it, where there are several speakers, "
    "a folder for each of them"
)
"""How data of one's own lies without a list, for errors."""

_OTHERWISE = (
    "A clips.csv there can name path, emotion, speaker and, if you like, corpus of each clip "
    "instead; "
    "ravdess, savee, cremad, tess, emodb are read by their own names."
)
_SHOWN = 5
"""Unknown folders that an error names; the rest are counted."""


def folder(path: Path, name: str | None = None) -> list[Clip]:
    """The clips of a folder with a sub-folder for each emotion, in order of name.

    The sub-folders are named as the emotions are or by their nouns (anger, disgust,
    fear, happiness, sadness, surprise). A folder below the emotion is a speaker, who
    is the same under every emotion whether in capitals or not: 'mine-anna'. Deeper
    folders do not matter, and neither does a file that lies in no emotion's folder.

    Without speakers' folders all clips count as those of one speaker, who is named
    after the corpus. Clips of one person must never stand on both sides of a split,
    and where nobody says who speaks, only this makes sure of it. A speaker for each
    file would let a recogniser be tested on people that it was trained with.

    Args:
        path: The folder. Where a zip file was unpacked to a folder in a folder, the
            outer one will do.
        name: Of the corpus; by default that of the folder.

    Raises:
        DatasetError: If the folder is missing or holds no such clip, if a sub-folder
            is named after no emotion, or if only some clips have a speaker's folder.
    """
    check_folder(path, "emotional speech", LAYOUT)
    name = name or path.absolute().name
    root = _unwrapped(path)
    unknown = [
        inner.name for inner in _subfolders(root) if clip_tables.emotion_of(inner.name) is None
    ]
    if unknown:
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        raise DatasetError(
            f"Folders in {root} that are named after no emotion: "
            f"{', '.join(unknown[:_SHOWN])}{more}. Wanted is {LAYOUT}. {_OTHERWISE}"
        )
    clips, alone = [], []
    for inner in _subfolders(root):
        emotion = clip_tables.emotion_of(inner.name)
        assert emotion is not None
        for file in files_in(inner, endings.ALL):
            speaker, *rest = file.relative_to(inner).parts
            if not rest:
                alone.append(file)
            clips.append(Clip(file, emotion, f"{name}-{speaker.lower()}" if rest else name, name))
    if not clips:
        raise DatasetError(
            f"No emotional speech in {path}: looked for {LAYOUT}, with files of sound or "
            f"video in it, such as .wav, .flac, .mp3 or .mp4. {_OTHERWISE}"
        )
    if alone and len(alone) < len(clips):
        raise DatasetError(
            f"{min(alone)} lies in no speaker's folder, and other clips in {root} do, so that "
            "nobody knows whether it is one of their voices. Put it in its speaker's folder."
        )
    # A recorder gives the same names and lengths again in every session.
    return once(clips, by_content=True)


def listed(path: Path, name: str | None = None) -> list[Clip]:
    """The clips of a folder with a `clips.csv` of path, emotion, speaker and corpus, each once.

    Args:
        path: The folder, from which the paths in the table start.
        name: Of the corpus where the table has no such column; by default that of the folder.

    Raises:
        DatasetError: If the list is missing, a row lacks a value or names an emotion that
            is none of the eight, its file is missing, or two rows contradict each other.
    """
    check_folder(path, "list of clips", "clips.csv with path, emotion, speaker and perhaps corpus")
    name = name or path.absolute().name
    table = path / "clips.csv"
    found: dict[Path, tuple[int, Clip]] = {}
    # Anna and anna are one person, who must not stand on both sides of a split.
    spelled: dict[str, str] = {}
    rows = list(clip_tables.read(table, ("path", "emotion", "speaker"), ("corpus",)))
    of_corpora = any(row.values["corpus"] for row in rows)
    for row in rows:
        if of_corpora and not row.values["corpus"]:
            raise DatasetError(
                f"{table}, line {row.line}: corpus is missing. Write it there, as other rows have "
                "one, or leave the column out."
            )
        speaker, corpus = (
            spelled.setdefault(said.casefold(), said)
            for said in (row.values["speaker"], row.values["corpus"] or name)
        )
        clip = Clip(row.file(), row.emotion(), speaker, corpus)
        line, earlier = found.setdefault(clip.path.resolve(), (row.line, clip))
        if replace(earlier, path=clip.path) != clip:
            raise DatasetError(
                f"{table}, line {row.line}: {row.values['path']} stands in line {line} already, "
                "with another emotion, speaker or corpus. Keep the right one."
            )
    clips = [clip for _, clip in found.values()]
    if not clips:
        raise DatasetError(f"{table} lists no clip.")
    return clips


def _subfolders(path: Path) -> list[Path]:
    """The folders right in a folder, in order, without what is hidden."""
    return sorted(
        inner for inner in path.iterdir() if inner.is_dir() and not file_names.hidden(inner.name)
    )


def _unwrapped(path: Path) -> Path:
    """The folder that holds the emotions' folders, if need be inside lone folders."""
    root = path
    while True:
        inner = _subfolders(root)
        if any(clip_tables.emotion_of(one.name) is not None for one in inner):
            return root
        if len(inner) != 1:
            return path
        root = inner[0]
