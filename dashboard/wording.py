"""Words and symbols for what the core says, the same on every page."""

import re

from emotion.exports.time_labels import clock as clock
from emotion.exports.time_labels import percent as percent
from emotion.exports.time_labels import ticks as ticks
from emotion.readings.emotions import EMOTIONS
from emotion.timeline.moments import Moment

COLOURS = {emotion.name: emotion.colour for emotion in EMOTIONS}

SYMBOLS = {
    "neutral": "sentiment_neutral",
    "calm": "sentiment_calm",
    "happy": "sentiment_very_satisfied",
    "sad": "sentiment_sad",
    "angry": "mood_bad",
    "fearful": "sentiment_worried",
    "disgusted": "sick",
    "surprised": "error",
}
"""Names in the symbol font that comes with Streamlit, so that a page looks the same on
every machine, whether or not it has pictures of faces in its fonts."""

NO_PICTURE, NO_SOUND = "no picture", "no sound"

_REASONS = {
    NO_PICTURE: "No picture",
    "no face": "No face in the picture",
    "face too small": "The face is too small to read",
    "face turned away": "The face is turned away",
    "face blurred": "The face is blurred",
    "face covered": "The face is partly covered",
    NO_SOUND: "No sound",
    "silence": "Silence",
    "no speech": "Nobody is speaking",
}

ADVICE = {
    NO_PICTURE: "No picture arrives. Check the camera.",
    "no face": "No face is in view. Check where the camera points.",
    "face too small": "The face is too small. Move closer or zoom in.",
    NO_SOUND: "No sound arrives. Check the microphone.",
    "silence": "The microphone is silent. Is it muted?",
}
"""What to do about a reason that lasts."""


def plain(text: str) -> str:
    """A text that Streamlit shows as it stands, such as the name of a file.

    Titles, notices and bars are Markdown to Streamlit, with formulas between dollars
    and with directives and emoji between colons.
    """
    escaped = re.sub(r"[\\`*_\[\]$~:#<>|&]", r"\\\g<0>", text)
    # At the start of a line these would begin a list.
    return re.sub(r"^(\s*\d*)([-+.)])", r"\1\\\2", escaped)


def reason(text: str | None) -> str:
    """A reason of the core, as people would say it.

    Args:
        text: Of a prediction; None where there is none yet.
    """
    return _REASONS.get(text, text.capitalize()) if text else "Waiting …"


def change(moment: Moment) -> str:
    """How satisfaction turned: '▲ 23' or '▼ 16'; '' where it did not.

    Args:
        moment: At which it did.
    """
    return moment.turn
