"""Excerpts of one track from all over a recording: what it holds, without reading it all."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np

from emotion.media import pictures, samples, tracks
from emotion.media.joining import joined
from emotion.media.opening import opened
from emotion.media.samples import Samples
from emotion.media.tracks import PictureTrack, SoundTrack

SPOTS = 8
"""Places of a recording that are looked at."""

SECONDS = 4.0
"""Of sound at each place; a shorter recording is heard from its start."""

_PACKETS = 1_000
"""Of one place that are read at most, where the track has none."""

_AUDIBLE = 10 ** (-70 / 20)
"""Root mean square of a tenth of a second from which a track is not silent, -70 dB."""


def sounds(path: Path, track: SoundTrack) -> Iterator[Samples]:
    """Sound from all over a track, as if it were one; damaged places give less.

    Args:
        path: The recording.
        track: One that can be read.

    Raises:
        MediaError: If the file cannot be opened.
    """
    return (piece for piece in joined(_sounds(path, track)) if isinstance(piece, Samples))


def _sounds(path: Path, track: SoundTrack) -> Iterator[Samples]:
    heard = 0.0
    for decoded in _decoded(path, track.index, SPOTS * SECONDS):
        if not isinstance(decoded, av.AudioFrame):
            continue
        data = samples.decoded(decoded)
        if data.shape[-1] and decoded.sample_rate:
            yield Samples(heard, data, decoded.sample_rate)
            heard += data.shape[-1] / decoded.sample_rate


def images(path: Path, track: PictureTrack) -> Iterator[np.ndarray]:
    """Pictures from all over a track, BGR, uint8, as they are meant to be seen.

    Args:
        path: The recording.
        track: One that can be read.

    Raises:
        MediaError: If the file cannot be opened.
    """
    for decoded in _decoded(path, track.index, 0.0):
        if isinstance(decoded, av.VideoFrame):
            yield pictures.seen(decoded)


def audible(path: Path, sound: Sequence[SoundTrack]) -> int | None:
    """The number of the track to hear: the recording's own choice, unless that is silent.

    Args:
        path: The recording.
        sound: All its tracks of sound.

    Returns:
        None where there is no choice to make, or where all are silent.

    Raises:
        MediaError: If the file cannot be opened.
    """
    candidates = tracks.preferred(sound)
    if len(candidates) < 2:
        return None
    return next((one.number for one in candidates if is_audible(path, one)), None)


def is_audible(path: Path, track: SoundTrack) -> bool:
    """Whether anything is heard in the excerpts of a sound track.

    Args:
        path: The file.
        track: One of its sound tracks.

    Raises:
        MediaError: If the file cannot be opened.
    """
    for piece in sounds(path, track):
        data = samples.to_float(piece.data)
        size = max(1, piece.rate // 10)
        for start in range(0, data.shape[1], size):
            # What does not move is no sound.
            if float(data[:, start : start + size].std(axis=1).max()) > _AUDIBLE:
                return True
    return False


def moves(path: Path, track: PictureTrack) -> bool:
    """Whether a picture track holds more than one picture.

    Args:
        path: The file.
        track: One of its picture tracks.

    Raises:
        MediaError: If the file cannot be opened.
    """
    container = opened(path).container
    count = 0
    with container:
        try:
            for packet in container.demux(container.streams[track.index]):
                count += packet.size > 0
                if count > 1:
                    return True
        except av.error.FFmpegError:
            pass
    return False


def _decoded(path: Path, index: int, short: float) -> Iterator[Any]:
    """What a track holds at each of the places.

    Of a recording that lasts `short` seconds at most, or nobody knows how long, the places
    follow each other from its start.
    """
    container = opened(path).container
    with container:
        stream = container.streams[index]
        if stream.type == "video":
            # What stands alone is decoded at once.
            stream.codec_context.skip_frame = "NONKEY"
        length, start = container.duration or 0, container.start_time or 0
        jumps = length > short * av.time_base
        for spot in range(SPOTS):
            earliest = -math.inf if jumps else start / av.time_base + spot * SECONDS
            try:
                if jumps:
                    container.seek(start + length * (2 * spot + 1) // (2 * SPOTS))
                yield from _place(container, stream, earliest)
            except (av.error.FFmpegError, ValueError):
                # The other places may be whole.
                continue


def _place(container: Any, stream: Any, earliest: float) -> Iterator[Any]:
    """A picture, or some seconds of sound, from where the container stands."""
    heard = 0.0
    for number, packet in enumerate(container.demux(stream)):
        for decoded in packet.decode():
            if stream.type == "audio":
                yield decoded
                heard += decoded.samples / max(decoded.sample_rate, 1)
            elif decoded.time is None or decoded.time >= earliest:
                yield decoded
                return
        if heard >= SECONDS or number >= _PACKETS:
            return
