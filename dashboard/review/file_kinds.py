"""Kinds of files that can be reviewed, by their endings."""

from pathlib import Path

from emotion.media import endings

VIDEO = {
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    # QuickTime files of today are MPEG-4 in all but name, and play as such.
    "mov": "video/mp4",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
}
AUDIO = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
}
ENDINGS = tuple(sorted(one.removeprefix(".") for one in endings.ALL))
"""What `rapport analyze` reads of a folder; browsers play a part of it."""


def ending(name: str) -> str:
    """The ending of a file's name, in lower case and without its dot."""
    return Path(name).suffix[1:].lower()


def known(name: str) -> bool:
    """Whether a file of this name can be reviewed."""
    return ending(name) in ENDINGS


def mime(name: str) -> str | None:
    """The media type of a file that browsers play; None where they do not.

    Args:
        name: Of the file, with its ending.
    """
    return (VIDEO | AUDIO).get(ending(name))
