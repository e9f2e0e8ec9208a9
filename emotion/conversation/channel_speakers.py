"""Which channels of a recording have a speaker of their own, as call centres record."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np

from emotion.conversation.speaking import SPOKEN
from emotion.conversation.talk import SpeechActivity
from emotion.errors import MediaError
from emotion.media.recordings import Recording
from emotion.media.samples import Samples, to_float
from emotion.media.tracks import AUTO, SPLIT, TrackChoice
from emotion.readings.reading import HOP

HEARD = 300.0
"""Seconds that are listened to at most: by then both have said something."""

_LOUDER = 10 ** (10 / 10)
"""Power of a channel by that of another from which the other does not count, 10 dB: a room that
is recorded in stereo differs by less, and what a headset catches of the other by more."""

_UNLIKE = 0.25
"""Largest correlation at any delay up to `_DELAY` below which two channels hold something else.
Of 176 half seconds of two people who talk at once, 99 in 100 have less than 0.19; of 427 of one
in a room with two microphones (simulated, at most as much reverberation as direct sound), 95 in
100 have more than 0.3."""

_DELAY = 0.01
"""Seconds: microphones that are 3 m apart."""

_COMPARED = 8_000
"""Samples a second at which channels are compared, about."""

_QUIET = 10 ** (-60 / 10)
"""Power below which nothing is heard."""

_LEAST = 3
"""Half seconds that somebody speaks alone, at least."""

_MOSTLY = 0.5
"""Share of all speech that has to be on one channel alone or beside somebody else's."""

_CERTAIN = 120
"""Half seconds with sound after which two channels that are alike stay so."""


def chosen(path: Path, choice: TrackChoice) -> tuple[int, ...] | None:
    """The channels of a recording that are to be heard apart.

    Args:
        path: A file of sound, with or without pictures.
        choice: What of it is read; channels are looked for where it says 'auto' or 'split'.

    Returns:
        The channels, counted from 0, two at least; None where the sound is heard as one.

    Raises:
        MediaError: If it cannot be read, or is to be split and has one channel.
    """
    if choice.channels not in (AUTO, SPLIT):
        return None
    found = find(path, choice.sound)
    if found is None and choice.channels == SPLIT:
        with Recording(path, audio_track=choice.sound, pictures_too=False) as recording:
            track = recording.sound_track
        count = 0 if track is None else len(track.channels)
        if count < 2:
            raise MediaError(
                f"Only sound of two channels and more can be split. {path.name} has {count}; "
                "leave the choice of channels out."
            )
        return tuple(range(count))
    return found


def find(path: Path, audio_track: int | None = None) -> tuple[int, ...] | None:
    """The channels that have a speaker of their own.

    Somebody has a channel while voice activity is found on it and every other channel is 10 dB
    quieter or holds something else. Where that is so of two, for most of what is said, and one
    of them is at times heard alone, they are two people's.

    Args:
        path: A file of sound, with or without pictures.
        audio_track: Which sound track, counted from 1; None for the one that the recording
            itself would play.

    Returns:
        The channels, counted from 0, two at least; None where the sound is one.

    Raises:
        MediaError: If it cannot be read.
    """
    with Recording(path, audio_track=audio_track, pictures_too=False) as recording:
        track = recording.sound_track
        if track is None or len(track.channels) < 2:
            return None
        own, loud, alone = _own(recording, len(track.channels))
    # In a room with much reverberation channels are unlike, but never heard alone.
    if (own.sum(axis=0) >= _LEAST).sum() < 2 or alone < _LEAST:
        return None
    with Recording(path, audio_track=audio_track, pictures_too=False) as recording:
        spoken = _spoken(recording, *own.shape)
    mine = own & spoken
    (chosen,) = np.nonzero(mine.sum(axis=0) >= _LEAST)
    if len(chosen) < 2 or mine.any(axis=1).sum() < _MOSTLY * (loud & spoken).any(axis=1).sum():
        return None
    return tuple(int(channel) for channel in chosen)


def _own(recording: Recording, channels: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Whether each channel holds something of its own in each half second, and anything.

    Returns:
        Both bool, shape (steps, channels), and in how many of them one is heard alone.
    """
    own, loud, alone, sounding = [], [], 0, 0
    had = np.zeros(channels, bool)
    waiting = np.zeros((channels, 0), np.float32)
    for samples in _sound(recording, channels):
        waiting = np.concatenate([waiting, to_float(samples.data)], axis=1)
        size = round(HOP * samples.rate)
        while waiting.shape[1] >= size:
            piece, waiting = waiting[:, :size], waiting[:, size:]
            powers = piece.var(axis=1, dtype=np.float64)
            loud.append(powers > _QUIET)
            own.append(loud[-1] & _distinct(piece, powers, samples.rate))
            second, first = np.sort(powers)[-2:]
            alone += bool(first > max(_QUIET, _LOUDER * second))
            sounding += bool(loud[-1].any())
            had |= own[-1]
        if sounding >= _CERTAIN and had.sum() < 2:
            break
    shape = -1, channels
    return np.array(own, bool).reshape(shape), np.array(loud, bool).reshape(shape), alone


def _distinct(piece: np.ndarray, powers: np.ndarray, rate: int) -> np.ndarray:
    """Whether each channel is far louder than each other one, or unlike it, bool, (channels,)."""
    step = max(1, rate // _COMPARED)
    length = piece.shape[1] // step
    small = piece[:, : length * step].reshape(len(piece), length, step).mean(axis=2)
    small = small - small.mean(axis=1, keepdims=True)
    small /= np.maximum(np.linalg.norm(small, axis=1, keepdims=True), 1e-9)
    spectra = np.fft.rfft(small, 2 * length)
    lags = round(_DELAY * rate / step)
    distinct = powers[:, None] > _LOUDER * powers
    np.fill_diagonal(distinct, True)
    for one, other in combinations(range(len(piece)), 2):
        if (
            min(powers[one], powers[other]) <= _QUIET
            or distinct[one, other]
            or distinct[other, one]
        ):
            continue
        alike = np.fft.irfft(spectra[one] * spectra[other].conj())
        near = np.abs(np.concatenate([alike[: lags + 1], alike[-lags:]]))
        distinct[one, other] = distinct[other, one] = near.max() < _UNLIKE
    return np.asarray(distinct.all(axis=1))


def _spoken(recording: Recording, steps: int, channels: int) -> np.ndarray:
    """Whether somebody speaks on each channel in each half second, bool, (steps, channels)."""
    activities = [SpeechActivity() for _ in range(channels)]
    for samples in _sound(recording, channels):
        for row, activity in enumerate(activities):
            piece = Samples(samples.time, samples.data[row : row + 1], samples.rate)
            activity.listen(piece)
    spoken = np.zeros((steps, channels), bool)
    for row, activity in enumerate(activities):
        shares = activity.shares[:steps]
        spoken[: len(shares), row] = np.array(shares) >= SPOKEN
    return spoken


def _sound(recording: Recording, channels: int) -> Iterator[Samples]:
    """The sound of the first minutes, as long as it has so many channels."""
    for item in recording:
        if not isinstance(item, Samples) or len(item.data) != channels or item.time > HEARD:
            return
        yield item
