"""Data sets of emotional speech, each clip with an emotion and a speaker.

Five corpora are known by name; their files tell emotion and speaker by how they are
named, wherever below the given folder they lie. Data of one's own has a table or a
folder for each emotion. `read` takes any of them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from emotion.datasets import own_data
from emotion.datasets.clips import Clip
from emotion.datasets.listing import check_folder, files_in, once
from emotion.errors import DatasetError
from emotion.media import endings
from emotion.readings import emotions

_SOUNDS = (".wav", ".flac")
_PICTURES = (".mp4",)


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


def read(name: str, path: Path, *, video: bool = False) -> list[Clip]:
    """The clips of a data set by its name.

    Args:
        name: 'ravdess', 'savee', 'cremad' or 'crema-d', 'tess', 'emodb' or 'emo-db', in
            capitals or not. Any other name is that of data of one's own.
        path: Its folder. Data of one's own is listed in a `clips.csv` there, or else lies in a
            folder for each emotion, see `emotion.datasets.own_data`.
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
    check_folder(path, f"data set {name!r}", f"clips.csv or {own_data.LAYOUT}")
    own = own_data.listed if (path / "clips.csv").is_file() else own_data.folder
    clips = own(path, name)
    shown = [clip for clip in clips if clip.path.suffix.lower() in endings.PICTURES]
    if video and not shown:
        raise DatasetError(
            f"None of the {len(clips)} clips in {path} can have a picture: looked for files of "
            "video such as .mp4, .mov or .webm."
        )
    return shown if video else clips


def _named(corpus: _Corpus, path: Path) -> list[Clip]:
    """The clips of a corpus whose files tell emotion and speaker by their names."""
    check_folder(path, corpus.title, corpus.sought)
    clips = []
    for file in files_in(path, corpus.endings):
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
    return once(clips)


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
