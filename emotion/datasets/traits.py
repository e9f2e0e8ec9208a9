"""What the file names of the known corpora tell of a clip besides emotion and speaker."""

import re

from emotion.datasets.clips import Clip

NAMES = ("intensity", "sex", "sentence")
"""The traits, each of which a corpus may leave out."""

_RAVDESS = re.compile(r"\d\d-\d\d-\d\d-(?P<intensity>\d\d)-(?P<sentence>\d\d)-\d\d-(?P<actor>\d\d)")
_CREMAD = re.compile(r"\d{4}_(?P<sentence>[A-Z]{3})_[A-Z]{3}_(?P<intensity>LO|MD|HI|X+)", re.I)
_EMODB = re.compile(r"\d\d(?P<sentence>[ab]\d\d)[A-Z][a-z]", re.I)
_INTENSITIES = {"01": "normal", "02": "strong", "LO": "low", "MD": "medium", "HI": "high"}
_SENTENCES = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}
_WOMEN_OF_EMODB = {"08", "09", "13", "14", "16"}
"""Burkhardt et al. 2005; the other five are men."""


def of(clip: Clip) -> dict[str, str]:
    """The traits of a clip that its corpus tells, by their `NAMES`.

    RAVDESS tells all three, CREMA-D intensity and sentence, EMO-DB sex and sentence, SAVEE
    (four men) and TESS (two women) the sex. Of other corpora nothing is known.
    """
    found: dict[str, str] = {}
    stem, speaker = clip.path.stem, clip.speaker.rsplit("-", 1)[-1]
    if clip.corpus == "ravdess" and (match := _RAVDESS.fullmatch(stem)):
        found["intensity"] = _INTENSITIES.get(match["intensity"], match["intensity"])
        found["sentence"] = _SENTENCES.get(match["sentence"], match["sentence"])
        found["sex"] = "male" if int(match["actor"]) % 2 else "female"
    elif clip.corpus == "cremad" and (match := _CREMAD.fullmatch(stem)):
        found["intensity"] = _INTENSITIES.get(match["intensity"].upper(), "not stated")
        found["sentence"] = match["sentence"].upper()
    elif clip.corpus == "emodb" and (match := _EMODB.fullmatch(stem)):
        found["sentence"] = match["sentence"].lower()
        found["sex"] = "female" if speaker in _WOMEN_OF_EMODB else "male"
    elif clip.corpus in ("savee", "tess"):
        found["sex"] = "male" if clip.corpus == "savee" else "female"
    return found
