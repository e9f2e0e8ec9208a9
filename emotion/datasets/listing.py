"""Files of data sets: which there are, and each of them once."""

import filecmp
from collections.abc import Collection, Iterable
from pathlib import Path

from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.media import file_names


def check_folder(path: Path, title: str, sought: str) -> None:
    """Refuse what is no folder.

    Args:
        path: That was given.
        title: Of what is looked for, such as 'RAVDESS speech'.
        sought: What the folder should hold.

    Raises:
        DatasetError: If it is none.
    """
    if path.is_dir():
        return
    found = (
        "this is a file. Unpack it if it is an archive, and give the folder"
        if path.exists()
        else "there is no such folder"
    )
    raise DatasetError(f"No {title} at {path}: {found}. Looked for {sought}.")


def files_in(path: Path, endings: Collection[str]) -> list[Path]:
    """The files with some endings at any depth of a folder, links followed.

    Args:
        path: The folder.
        endings: In lower case, with their dots.

    Raises:
        DatasetError: If a folder in it may not be read.
    """

    def refuse(error: OSError) -> None:
        raise DatasetError(f"{error.filename} may not be read: {error.strerror}.") from error

    return list(file_names.below(path, endings, on_error=refuse))


def once(clips: Iterable[Clip], *, by_content: bool = False) -> list[Clip]:
    """Clips in order of name and path, each of them once.

    Downloads of RAVDESS and of TESS hold all their clips a second time in a folder
    of their own. Left so, they would count twice in every figure, and so would a file
    that a link leads to once more.

    Args:
        clips: Of one corpus.
        by_content: Whether files of one name, size, speaker and emotion must also be
            equal to be the same clip. In a published corpus the name is enough.
    """
    kept: list[Clip] = []
    real: set[tuple[Path, int]] = set()
    seen: dict[tuple[str, int, str, int], list[Path]] = {}
    for clip in sorted(clips, key=lambda clip: (clip.path.name, clip.path)):
        linked = clip.path.resolve(), clip.emotion
        if linked in real:
            continue
        real.add(linked)
        size = clip.path.stat().st_size
        # With the speaker, since SAVEE gives each of them a file a01.wav.
        same = seen.setdefault((clip.speaker, clip.emotion, clip.path.name.lower(), size), [])
        if by_content:
            known = any(filecmp.cmp(clip.path, other, shallow=False) for other in same)
        else:
            known = bool(same)
        if not known:
            same.append(clip.path)
            kept.append(clip)
    return kept
