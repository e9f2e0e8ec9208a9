"""The one channel of a recording to hear, where the others hold noise, music or an echo."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from emotion.conversation.speaking import SPOKEN
from emotion.conversation.talk import SpeechActivity
from emotion.media import delays, excerpts
from emotion.media.channels import SAME
from emotion.media.delays import SILENT
from emotion.media.recordings import Recording
from emotion.media.samples import Samples, to_float
from emotion.media.tracks import AUTO, LEFT, RIGHT, SoundTrack, TrackChoice

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
    """The name of the channel to hear alone, if there is such a one.

    It is the only one with speech where others hold something else, and the better one where
    they hold the same later, see `emotion.media.delays`. Channels that are silent or
    inverted, and those that carry the same sound, are no reason to leave one out, see
    `emotion.media.channels`. Excerpts tell whether it may be so; then the whole sound has to
    show it, so that nobody who speaks late is lost.

    Args:
        path: A file of sound, with or without pictures.
        audio_track: Which sound track, counted from 1; None for the one that the recording
            itself would play.

    Raises:
        MediaError: If the file cannot be read.
    """
    with Recording(path, audio_track=audio_track) as recording:
        track = recording.sound_track
    if track is None or len(track.channels) < 2:
        return None
    count = len(track.channels)
    pieces = list(excerpts.sounds(path, track))
    if not pieces or any(len(piece.data) != count for piece in pieces):
        return None
    data = np.concatenate([to_float(piece.data) for piece in pieces], axis=1)
    alike = _alike(data)
    if (alike < _ALIKE).any():
        spoken = _spoken(pieces, count)
        main = int(spoken.sum(axis=0).argmax())
        if _alone(spoken, main):
            return track.channels[main] if _alone(_all_spoken(path, track), main) else None
    # What is the same at the same time is no later.
    if (alike > SAME).all() or len(rates := {piece.rate for piece in pieces}) > 1:
        return None
    better = delays.better(data, rates.pop())
    if better is None or not _hears_all(_all_spoken(path, track), better):
        return None
    return track.channels[better]


def _alike(data: np.ndarray) -> np.ndarray:
    """Correlation with the loudest channel, either way round, of each that is not silent.

    Args:
        data: Of all channels, float32, shape (channels, n).
    """
    spread = np.cov(data)
    powers = np.diag(spread)
    best = int(powers.argmax())
    heard = powers > max(SILENT * powers[best], 1e-12)
    alike = np.abs(spread[best]) / np.sqrt(np.maximum(powers * powers[best], 1e-30))
    return np.asarray(alike[heard])


def _alone(spoken: np.ndarray, main: int) -> bool:
    heard = spoken.sum(axis=0)
    others = np.delete(heard, main)
    return bool(heard[main] >= _LEAST and others.max() <= _OTHERS * heard[main])


def _hears_all(spoken: np.ndarray, main: int) -> bool:
    """Whether hardly anything is said that is not on the channel."""
    # What comes later ends later.
    near = np.convolve(spoken[:, main], np.ones(3))[1:-1] > 0
    missed = (spoken.any(axis=1) & ~near).sum()
    return bool(missed <= _OTHERS * spoken[:, main].sum())


def _all_spoken(path: Path, track: SoundTrack) -> np.ndarray:
    """Which channels somebody speaks on, in the whole recording as far as it has so many."""
    count = len(track.channels)
    with Recording(path, audio_track=track.number, pictures_too=False) as recording:
        sounds = (
            item for item in recording if isinstance(item, Samples) and len(item.data) == count
        )
        return _spoken(sounds, count)


def _spoken(pieces: Iterable[Samples], count: int) -> np.ndarray:
    """Whether somebody speaks on each channel in each half second, shape (steps, count)."""
    activities = [SpeechActivity() for _ in range(count)]
    for piece in pieces:
        for row, activity in enumerate(activities):
            activity.listen(Samples(piece.time, piece.data[row : row + 1], piece.rate))
    steps = min(len(activity.shares) for activity in activities)
    return np.array([activity.shares[:steps] for activity in activities]).T >= SPOKEN
