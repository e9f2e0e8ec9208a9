"""The one channel of a recording with speech, where the others hold noise or music."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from emotion.conversation.speaking import SPOKEN
from emotion.conversation.talk import SpeechActivity
from emotion.media import excerpts
from emotion.media.channels import SILENT
from emotion.media.recordings import Recording
from emotion.media.samples import Samples, to_float
from emotion.media.tracks import AUTO, LEFT, RIGHT, TrackChoice

_ALIKE = 0.5
"""Correlation with the loudest channel from which a channel holds the same sound."""

_LEAST = 2
"""Half seconds of speech that a channel with a speaker has at least."""

_OTHERS = 0.1
"""Speech that may be found on another channel, by that of the main one: in music and noise
there is a little where nobody speaks."""


def chosen(path: Path, choice: TrackChoice) -> str | None:
    """The name of the channel to hear alone, or None where all are heard as one.

    Args:
        path: A file of sound, with or without pictures.
        choice: What of it is read; a channel is looked for where it says 'auto'.

    Raises:
        MediaError: If the file cannot be read.
    """
    if choice.channels in (LEFT, RIGHT):
        return choice.channels
    return find(path, choice.sound) if choice.channels == AUTO else None


def find(path: Path, audio_track: int | None = None) -> str | None:
    """The name of the only channel with speech where others hold something else, if it is so.

    Channels that are silent or inverted, and those that carry the same sound, are no reason
    to leave one out, see `emotion.media.channels`. Excerpts tell whether it may be so; then
    the whole sound has to show it, so that nobody who speaks late is lost.

    Args:
        path: A file of sound, with or without pictures.
        audio_track: As for `emotion.media.recordings.Recording`.

    Raises:
        MediaError: If the file cannot be read.
    """
    with Recording(path, audio_track=audio_track) as recording:
        track = recording.sound_track
    if track is None or len(track.channels) < 2:
        return None
    count = len(track.channels)
    pieces = list(excerpts.sounds(path, track))
    if any(len(piece.data) != count for piece in pieces) or not _differ(pieces):
        return None
    spoken = _spoken(pieces, count)
    main = int(spoken.argmax())
    if not _alone(spoken, main):
        return None
    with Recording(path, audio_track=track.number, pictures_too=False) as recording:
        spoken = _spoken(_sounds(recording, count), count)
    return track.channels[main] if _alone(spoken, main) else None


def _differ(pieces: Iterable[Samples]) -> bool:
    """Whether a channel holds something else than the loudest one does."""
    data = [to_float(piece.data) for piece in pieces]
    if not data:
        return False
    spread = np.cov(np.concatenate(data, axis=1))
    powers = np.diag(spread)
    best = int(powers.argmax())
    heard = powers > max(SILENT * powers[best], 1e-12)
    alike = np.abs(spread[best]) / np.sqrt(np.maximum(powers * powers[best], 1e-30))
    return bool((heard & (alike < _ALIKE)).any())


def _alone(spoken: np.ndarray, main: int) -> bool:
    others = np.delete(spoken, main)
    return bool(spoken[main] >= _LEAST and others.max() <= _OTHERS * spoken[main])


def _spoken(pieces: Iterable[Samples], count: int) -> np.ndarray:
    """Half seconds in which somebody speaks on each channel, shape (count,)."""
    activities = [SpeechActivity() for _ in range(count)]
    for piece in pieces:
        for row, activity in enumerate(activities):
            activity.listen(Samples(piece.time, piece.data[row : row + 1], piece.rate))
    return np.array([sum(share >= SPOKEN for share in one.shares) for one in activities])


def _sounds(recording: Recording, count: int) -> Iterator[Samples]:
    """Its sound, as far as it has so many channels."""
    for item in recording:
        if isinstance(item, Samples) and len(item.data) == count:
            yield item
