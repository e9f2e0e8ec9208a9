"""Data sets of emotional speech, each clip with an emotion and a speaker.

Five corpora are known by name; their files tell emotion and speaker by how they are
named, wherever below the given folder they lie. Data of one's own has a table or a
folder for each emotion. `read` takes any of them.
"""

import csv
import filecmp
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from emotion import emotions
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError

_SOUNDS = (".wav", ".flac")
_PICTURES = (".mp4",)
_OWN_PICTURES = (".mp4", ".webm", ".avi", ".mov", ".mkv", ".flv")
_OWN = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", *_OWN_PICTURES)
"""What people have of their own: whatever PyAV commonly reads."""

_NOUNS = {
    "anger": "angry",
    "disgust": "disgusted",
    "fear": "fearful",
    "happiness": "happy",
    "sadness": "sad",
    "surprise": "surprised",
}
_FOLDERS = {name: name for name in emotions.NAMES} | _NOUNS
"""Accepted names of folders in lower case, and the emotion each stands for."""

_LAYOUT = (
    f"a folder for each emotion, named {', '.join(emotions.NAMES)} (or {', '.join(_NOUNS)}), "
    "and in it, where there are several speakers, a folder for each of them"
)
_SHOWN = 5
"""Unknown folders that an error names; the rest are counted."""


@dataclass(frozen=True)
class _Corpus:
    """How a corpus names its files.

    Attributes:
        name: What its clips have as their corpus and before their speaker.
        title: What people call it.
        pattern: Matches folder and name of a file without its ending, such as
            'DC/a01', with the groups `emotion` and `speaker`.
        codes: Name of the emotion for each code in lower case.
        example: Names to show when nothing is found.
        endings: Of its files, in lower case.
        slips: Speakers that the corpus itself spells wrongly, and who is meant.
    """

    name: str
    title: str
    pattern: re.Pattern[str]
    codes: Mapping[str, str]
    example: str
    endings: tuple[str, ...] = _SOUNDS
    slips: Mapping[str, str] = field(default_factory=dict)

    @property
    def sought(self) -> str:
        """What a folder should hold, for errors."""
        return f"files named like {self.example} with the ending {' or '.join(self.endings)}"


def _pattern(name: str) -> re.Pattern[str]:
    """A pattern of file names in any folder, in capitals or not."""
    return re.compile(f"(?:[^/]*/)?{name}", re.ASCII | re.IGNORECASE)


_RAVDESS_CODES = {f"{emotion.code:02}": emotion.name for emotion in emotions.EMOTIONS}
_RAVDESS_NAME = "-01-(?P<emotion>0[1-8])(?:-[0-9]{2}){3}-(?P<speaker>[0-9]{2})"

_RAVDESS = _Corpus(
    "ravdess",
    "RAVDESS speech",
    _pattern("03" + _RAVDESS_NAME),
    _RAVDESS_CODES,
    "03-01-05-02-01-01-12",
)
_RAVDESS_VIDEO = _Corpus(
    "ravdess",
    "RAVDESS speech",
    _pattern("01" + _RAVDESS_NAME),
    _RAVDESS_CODES,
    "01-01-05-02-01-01-12",
    _PICTURES,
)
_SAVEE_NAME = "(?P<speaker>DC|JE|JK|KL)[_/](?P<emotion>sa|su|[adfhn])[0-9]{2}"
_SAVEE = _Corpus(
    "savee",
    "SAVEE",
    _pattern(_SAVEE_NAME),
    {
        "a": "angry",
        "d": "disgusted",
        "f": "fearful",
        "h": "happy",
        "n": "neutral",
        "sa": "sad",
        "su": "surprised",
    },
    "DC_a01 or DC/a01",
)
_SAVEE_VIDEO = replace(_SAVEE, endings=(".avi", ".mp4"))
_CREMAD = _Corpus(
    "cremad",
    "CREMA-D",
    # A single X: the corpus has one file of that kind, 1040_ITH_SAD_X.
    _pattern(
        "(?P<speaker>[0-9]{4})_[A-Z]{3}_(?P<emotion>ANG|DIS|FEA|HAP|NEU|SAD)_(?:LO|MD|HI|XX?)"
    ),
    {
        "ang": "angry",
        "dis": "disgusted",
        "fea": "fearful",
        "hap": "happy",
        "neu": "neutral",
        "sad": "sad",
    },
    "1001_DFA_ANG_XX",
)
_CREMAD_VIDEO = replace(_CREMAD, endings=(".flv", ".mp4"))
_TESS = _Corpus(
    "tess",
    "TESS",
    _pattern("(?P<speaker>OAF?|YAF)_[^/]+_(?P<emotion>angry|disgust|fear|happy|neutral|sad|ps)"),
    {
        "angry": "angry",
        "disgust": "disgusted",
        "fear": "fearful",
        "happy": "happy",
        "neutral": "neutral",
        "sad": "sad",
        "ps": "surprised",
    },
    "OAF_back_angry",
    # The corpus has one file of that kind, OA_bite_neutral.
    slips={"OA": "OAF"},
)
_EMODB = _Corpus(
    "emodb",
    "EMO-DB",
    # Without L, Langeweile: boredom is none of the eight emotions.
    _pattern("(?P<speaker>[0-9]{2})[ab][0-9]{2}(?P<emotion>[WEAFTN])[a-z]"),
    {
        "w": "angry",
        "e": "disgusted",
        "a": "fearful",
        "f": "happy",
        "t": "sad",
        "n": "neutral",
    },
    "03a01Fa",
)


def ravdess(path: Path, *, video: bool = False) -> list[Clip]:
    """The speech clips of RAVDESS, in order of name.

    Livingstone & Russo 2018, 'The Ryerson Audio-Visual Database of Emotional Speech
    and Song (RAVDESS)' (PLoS ONE). The speakers are 'ravdess-01' and so on.

    Args:
        path: A folder that holds the clips at any depth, as unpacked from Zenodo.
        video: Whether to list the clips with picture and sound (modality 01)
            instead of those with sound only (03).

    Raises:
        DatasetError: If the folder is missing or holds no such clip.
    """
    return _named(_RAVDESS_VIDEO if video else _RAVDESS, path)


def savee(path: Path, *, video: bool = False) -> list[Clip]:
    """The clips of SAVEE, in order of name.

    Jackson & Haq 2014, 'Surrey Audio-Visual Expressed Emotion (SAVEE) Database'
    (University of Surrey). The speakers are 'savee-DC' and so on.

    Args:
        path: A folder that holds, at any depth, clips with the speaker in their name
            (`DC_a01.wav`) or in that of the folder they lie in (`DC/a01.wav`).
        video: Whether to list the clips with picture and sound (.avi) instead.

    Raises:
        DatasetError: If the folder is missing or holds no such clip.
    """
    return _named(_SAVEE_VIDEO if video else _SAVEE, path)


def cremad(path: Path, *, video: bool = False) -> list[Clip]:
    """The clips of CREMA-D, in order of name.

    Cao, Cooper, Keutmann, Gur, Nenkova & Verma 2014, 'CREMA-D: Crowd-sourced
    Emotional Multimodal Actors Dataset' (IEEE Transactions on Affective Computing).
    The speakers are 'cremad-1001' and so on; the emotion is the one that was acted.

    Args:
        path: A folder that holds the clips at any depth.
        video: Whether to list the clips with picture and sound (.flv) instead.

    Raises:
        DatasetError: If the folder is missing or holds no such clip.
    """
    return _named(_CREMAD_VIDEO if video else _CREMAD, path)


def tess(path: Path) -> list[Clip]:
    """The clips of TESS, in order of name.

    Pichora-Fuller & Dupuis 2020, 'Toronto emotional speech set (TESS)' (Scholars
    Portal Dataverse). The speakers are 'tess-OAF' and 'tess-YAF'; their pleasant
    surprise stands for surprise.

    Args:
        path: A folder that holds the clips at any depth. The names of the folders
            below do not matter: the download spells them in several ways.

    Raises:
        DatasetError: If the folder is missing or holds no such clip.
    """
    return _named(_TESS, path)


def emodb(path: Path) -> list[Clip]:
    """The clips of the Berlin EMO-DB except for those of boredom, in order of name.

    Burkhardt, Paeschke, Rolfes, Sendlmeier & Weiss 2005, 'A Database of German
    Emotional Speech' (Interspeech). The speakers are 'emodb-03' and so on.

    Args:
        path: A folder that holds the clips at any depth.

    Raises:
        DatasetError: If the folder is missing or holds no such clip.
    """
    return _named(_EMODB, path)


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
    _check(path, "emotional speech", _LAYOUT)
    name = name or path.absolute().name
    root = _unwrapped(path)
    unknown = [inner.name for inner in _subfolders(root) if inner.name.lower() not in _FOLDERS]
    if unknown:
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        raise DatasetError(
            f"Folders in {root} that are named after no emotion: "
            f"{', '.join(unknown[:_SHOWN])}{more}. Wanted is {_LAYOUT}. {_OTHERWISE}"
        )
    clips, alone = [], []
    for inner in _subfolders(root):
        emotion = emotions.INDEX[_FOLDERS[inner.name.lower()]]
        for file in _files(inner, _OWN):
            speaker, *rest = file.relative_to(inner).parts
            if not rest:
                alone.append(file)
            clips.append(Clip(file, emotion, f"{name}-{speaker.lower()}" if rest else name, name))
    if not clips:
        raise DatasetError(
            f"No emotional speech in {path}: looked for {_LAYOUT}, with files that end in "
            f"{', '.join(_OWN)}. {_OTHERWISE}"
        )
    if alone and len(alone) < len(clips):
        raise DatasetError(
            f"{min(alone)} lies in no speaker's folder, and other clips in {root} do, so that "
            "nobody knows whether it is one of their voices. Put it in its speaker's folder."
        )
    # A recorder gives the same names and lengths again in every session.
    return _once(clips, by_content=True)


def listed(path: Path) -> list[Clip]:
    """The clips of a folder with a `clips.csv` of path, emotion, speaker and corpus.

    Args:
        path: The folder, from which the paths in the table start.

    Raises:
        DatasetError: If the list is missing, or a row lacks a column or names an
            emotion that is none of the eight.
    """
    _check(path, "list of clips", "clips.csv with path, emotion, speaker, corpus")
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


_READERS: dict[str, Callable[[Path], list[Clip]]] = {
    "ravdess": ravdess,
    "savee": savee,
    "cremad": cremad,
    "tess": tess,
    "emodb": emodb,
}
_VIDEO_READERS: dict[str, Callable[..., list[Clip]]] = {
    "ravdess": ravdess,
    "savee": savee,
    "cremad": cremad,
}
_ALIASES = {"crema-d": "cremad", "emo-db": "emodb"}

KNOWN: tuple[str, ...] = tuple(_READERS)
"""Names of the corpora that `read` knows the files of."""

_OTHERWISE = (
    "A clips.csv there can name path, emotion, speaker and corpus of each clip instead; "
    f"{', '.join(KNOWN)} are read by their own names."
)
"""What else `read` takes, for who comes to it with no emotion's folder."""


def read(name: str, path: Path, *, video: bool = False) -> list[Clip]:
    """The clips of a data set by its name.

    Args:
        name: 'ravdess', 'savee', 'cremad' or 'crema-d', 'tess', 'emodb' or 'emo-db', in
            capitals or not. Any other name is that of data of one's own.
        path: Its folder. Data of one's own is listed in a `clips.csv` there, as for
            `listed`, or else lies in a folder for each emotion, as for `folder`.
        video: Whether to list the clips with picture instead of those of sound.

    Raises:
        DatasetError: If the folder is missing or is not as described, or the data set has
            no pictures and they are asked for.
    """
    known = _ALIASES.get(name.lower(), name.lower())
    if known in _READERS:
        if not video:
            return _READERS[known](path)
        if known not in _VIDEO_READERS:
            raise DatasetError(
                f"{known} has sound only; with picture there are {', '.join(_VIDEO_READERS)} and "
                "data of one's own."
            )
        return _VIDEO_READERS[known](path, video=True)
    _check(path, f"data set {name!r}", f"clips.csv or {_LAYOUT}")
    clips = listed(path) if (path / "clips.csv").is_file() else folder(path, name)
    shown = [clip for clip in clips if clip.path.suffix.lower() in _OWN_PICTURES]
    if video and not shown:
        raise DatasetError(
            f"None of the {len(clips)} clips in {path} can have a picture: looked for "
            f"{', '.join(_OWN_PICTURES)}."
        )
    return shown if video else clips


def _named(corpus: _Corpus, path: Path) -> list[Clip]:
    """The clips of a corpus whose files tell emotion and speaker by their names."""
    _check(path, corpus.title, corpus.sought)
    clips = []
    for file in _files(path, corpus.endings):
        # Absolute, because the folder that counts may be the given one itself.
        match = corpus.pattern.fullmatch(f"{file.absolute().parent.name}/{file.stem}")
        if match is None:
            continue
        emotion = emotions.INDEX[corpus.codes[match["emotion"].lower()]]
        speaker = match["speaker"].upper()
        speaker = corpus.slips.get(speaker, speaker)
        clips.append(Clip(file, emotion, f"{corpus.name}-{speaker}", corpus.name))
    if not clips:
        raise DatasetError(f"No {corpus.title} in {path}: looked at any depth for {corpus.sought}.")
    if corpus.endings != _SOUNDS:
        clips = _converted_once(clips, corpus.endings)
    return _once(clips)


def _converted_once(clips: list[Clip], endings: tuple[str, ...]) -> list[Clip]:
    """Clips without those that are there in a format that is named earlier as well."""
    ranks = {ending: rank for rank, ending in enumerate(endings)}

    def key(clip: Clip) -> tuple[str, int, str]:
        return clip.speaker, clip.emotion, clip.path.stem.lower()

    best: dict[tuple[str, int, str], int] = {}
    for clip in clips:
        rank = ranks[clip.path.suffix.lower()]
        best[key(clip)] = min(rank, best.get(key(clip), rank))
    return [clip for clip in clips if ranks[clip.path.suffix.lower()] == best[key(clip)]]


def _check(path: Path, title: str, sought: str) -> None:
    """Raise `DatasetError` unless a path is a folder."""
    if path.is_dir():
        return
    found = (
        "this is a file. Unpack it if it is an archive, and give the folder"
        if path.exists()
        else "there is no such folder"
    )
    raise DatasetError(f"No {title} at {path}: {found}. Looked for {sought}.")


def _files(path: Path, endings: tuple[str, ...]) -> list[Path]:
    """The files with some endings at any depth of a folder, without what is hidden."""
    return [
        file
        for file in path.rglob("*")
        if file.suffix.lower() in endings
        and not any(map(_hidden, file.relative_to(path).parts))
        and file.is_file()
    ]


def _subfolders(path: Path) -> list[Path]:
    """The folders right in a folder, in order, without what is hidden."""
    return sorted(inner for inner in path.iterdir() if inner.is_dir() and not _hidden(inner.name))


def _hidden(name: str) -> bool:
    # macOS packs a `._` file for each file, with its ending but with no sound in it,
    # next to it or in a folder of their own.
    return name.startswith(".") or name == "__MACOSX"


def _unwrapped(path: Path) -> Path:
    """The folder that holds the emotions' folders, if need be inside lone folders."""
    root = path
    while True:
        inner = _subfolders(root)
        if any(one.name.lower() in _FOLDERS for one in inner):
            return root
        if len(inner) != 1:
            return path
        root = inner[0]


def _once(clips: Iterable[Clip], *, by_content: bool = False) -> list[Clip]:
    """Clips in order of name and path, each of them once.

    Downloads of RAVDESS and of TESS hold all their clips a second time in a folder
    of their own. Left so, they would count twice in every figure.

    Args:
        clips: Of one corpus.
        by_content: Whether files of one name, size, speaker and emotion must also be
            equal to be the same clip. In a published corpus the name is enough.
    """
    once: list[Clip] = []
    seen: dict[tuple[str, int, str, int], list[Path]] = {}
    for clip in sorted(clips, key=lambda clip: (clip.path.name, clip.path)):
        size = clip.path.stat().st_size
        # With the speaker, since SAVEE gives each of them a file a01.wav.
        same = seen.setdefault((clip.speaker, clip.emotion, clip.path.name.lower(), size), [])
        if by_content:
            known = any(filecmp.cmp(clip.path, other, shallow=False) for other in same)
        else:
            known = bool(same)
        if not known:
            same.append(clip.path)
            once.append(clip)
    return once
