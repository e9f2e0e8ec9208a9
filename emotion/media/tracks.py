"""What a recording holds: tracks of picture and of sound, and the channels of each sound."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from av import AudioLayout
from av.container import InputContainer
from av.stream import Disposition

from emotion.errors import MediaError
from emotion.media.opening import opened

_CHANNELS = {
    "FL": "left",
    "FR": "right",
    "FC": "centre",
    "LFE": "bass",
    "BL": "back left",
    "BR": "back right",
    "BC": "back centre",
    "SL": "side left",
    "SR": "side right",
}

_STILL = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image

_ASIDE = (
    Disposition.comment
    | Disposition.karaoke
    | Disposition.visual_impaired
    | Disposition.hearing_impaired
    | Disposition.clean_effects
    | Disposition.descriptions
    | Disposition.dependent
)
"""Tracks beside the recording itself, such as a commentary."""


@dataclass(frozen=True)
class Track:
    """One track of a recording.

    Attributes:
        number: Counted from 1 among those of its kind, as a user names it.
        index: FFmpeg's, among all tracks.
        codec: FFmpeg's name, or 'unknown'.
        readable: Whether there is a decoder for it.
        default: Whether the recording says that it is the one to play.
        aside: Whether the recording says that it goes beside another, as a commentary does.
        language: As the recording says, such as 'deu', or None.
        title: As the recording says, or None.
    """

    number: int
    index: int
    codec: str
    readable: bool
    default: bool
    aside: bool
    language: str | None
    title: str | None


@dataclass(frozen=True)
class PictureTrack(Track):
    """A track of pictures.

    Attributes:
        width: Pixels as they are stored; 0 if unknown.
        height: Pixels as they are stored; 0 if unknown.
    """

    width: int
    height: int


@dataclass(frozen=True)
class SoundTrack(Track):
    """A track of sound.

    Attributes:
        rate: Samples a second; 0 if unknown.
        channels: A name of each, such as 'left'.
    """

    rate: int
    channels: tuple[str, ...]


AUTO, MIX, LEFT, RIGHT, SPLIT = CHANNELS = ("auto", "mix", "left", "right", "split")
"""What may be heard of a sound: each channel with a speaker of its own where there are such and
else all as one; all as one; one channel; each as a speaker of its own."""


@dataclass(frozen=True)
class TrackChoice:
    """What of a recording is read.

    Attributes:
        picture: Number of the picture track, counted from 1; None for the one that the
            recording itself would play.
        sound: Number of the sound track, counted from 1; None for the one that the recording
            itself would play.
        channels: One of `CHANNELS`.
    """

    picture: int | None = None
    sound: int | None = None
    channels: str = AUTO

    def __post_init__(self) -> None:
        """Refuse what is none.

        Raises:
            MediaError: If `channels` is none of `CHANNELS`.
        """
        if self.channels not in CHANNELS:
            raise MediaError(
                f"Channels are read as {', '.join(CHANNELS)}. Received: {self.channels!r}."
            )


Kind = TypeVar("Kind", bound=Track)


@dataclass(frozen=True)
class Tracks:
    """The tracks of a recording.

    Attributes:
        pictures: Moving pictures, in the order of the file; cover art is none.
        sounds: Sound, in the order of the file.
    """

    pictures: tuple[PictureTrack, ...]
    sounds: tuple[SoundTrack, ...]


def inspect(path: Path) -> Tracks:
    """What tracks a file holds.

    Args:
        path: The file.

    Raises:
        MediaError: If it cannot be opened.
    """
    container = opened(path).container
    with container:
        return of(container)


def of(container: InputContainer) -> Tracks:
    """What tracks an open file holds.

    Args:
        container: As PyAV opened it for reading.
    """
    pictures = [stream for stream in container.streams.video if not stream.disposition & _STILL]
    return Tracks(
        tuple(
            PictureTrack(**_common(number, stream), **_size(stream))
            for number, stream in enumerate(pictures, 1)
        ),
        tuple(
            SoundTrack(**_common(number, stream), **_layout(stream))
            for number, stream in enumerate(container.streams.audio, 1)
        ),
    )


def preferred(tracks: Sequence[Kind]) -> list[Kind]:
    """The tracks that can be read, the one that the recording itself would play first."""
    readable = [track for track in tracks if track.readable]
    return sorted(readable, key=lambda track: (not track.default, track.aside, track.number))


def named(tracks: Sequence[Kind], number: int | None, kind: str, name: str) -> Kind | None:
    """The track that a user asks for, or else the preferred one, if there is any.

    Args:
        tracks: To choose from.
        number: Counted from 1, or None.
        kind: What it is, for the error, such as 'sound'.
        name: Of the file, for the error.

    Raises:
        MediaError: If there is no track of that number, or it cannot be decoded.
    """
    if number is None:
        return next(iter(preferred(tracks)), None)
    if not 1 <= number <= len(tracks):
        known = f"{len(tracks)} {kind} track{'s' * (len(tracks) != 1)}"
        raise MediaError(f"{name} has {known}, counted from 1. Received: {number}.")
    track = tracks[number - 1]
    if not track.readable:
        raise MediaError(
            f"The {kind} track {number} of {name} is in a format ({track.codec}) that cannot be "
            "read. Choose another one or convert the file."
        )
    return track


def _common(number: int, stream: Any) -> dict[str, Any]:
    context = stream.codec_context
    metadata = {key.lower(): value for key, value in stream.metadata.items()}
    language = metadata.get("language")
    return {
        "number": number,
        "index": stream.index,
        "codec": "unknown" if context is None else context.name,
        "readable": context is not None,
        "default": bool(stream.disposition & Disposition.default),
        "aside": bool(stream.disposition & _ASIDE),
        "language": None if language in ("und", "") else language,
        "title": metadata.get("title"),
    }


def _size(stream: Any) -> dict[str, Any]:
    context = stream.codec_context
    known = context is not None
    return {"width": context.width if known else 0, "height": context.height if known else 0}


def _layout(stream: Any) -> dict[str, Any]:
    context = stream.codec_context
    if context is None:
        return {"rate": 0, "channels": ()}
    return {"rate": context.sample_rate or 0, "channels": _names(context.layout)}


def _names(layout: AudioLayout) -> tuple[str, ...]:
    count = layout.nb_channels
    if count == 1:
        return ("mono",)
    known = [_CHANNELS.get(channel.name, "") for channel in layout.channels]
    if count == 2 and len(set(known)) < 2:
        known = ["left", "right"]
    if len(known) != count or len(set(known)) < count or "" in known:
        known = [f"channel {number}" for number in range(1, count + 1)]
    return tuple(known)
