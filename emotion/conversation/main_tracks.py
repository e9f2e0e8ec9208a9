"""Which of several tracks of a recording a conversation is in: where a face and speech are."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TypeVar

from emotion.conversation.speaking import SPOKEN
from emotion.conversation.talk import SpeechActivity
from emotion.errors import MediaError
from emotion.face.detector import Detector
from emotion.face.yunet import YuNet
from emotion.media import excerpts, tracks
from emotion.media.tracks import PictureTrack, SoundTrack, Track, TrackChoice

_LEAST = 2
"""Half seconds of speech in the excerpts of a track that has a speaker."""

_SPEECH = 2.0
"""Worth of a track in which somebody speaks; one that is only not silent is worth 1."""

_LARGER = 1.5
"""How much larger faces have to be for a track to be taken before one that comes first."""

_Kind = TypeVar("_Kind", bound=Track)


def chosen(path: Path, choice: TrackChoice, detector: YuNet) -> TrackChoice:
    """The choice with the tracks that are to be read where none are named.

    The recording says which tracks it would play. Of several that it would, or where that one
    shows no face or is silent, faces and speech decide; tracks are looked at in excerpts, and
    only where there are several of a kind.

    Args:
        path: The recording.
        choice: As the user made it; what is named there stays.
        detector: As of `emotion.models.shipped.Models`.

    Raises:
        MediaError: If the file cannot be opened.
    """
    held = tracks.inspect(path)
    picture, sound = choice.picture, choice.sound
    if picture is None and len(held.pictures) > 1:
        picture = _best(held.pictures, partial(_face, path, Detector(detector)))
    if sound is None and len(held.sounds) > 1:
        sound = _best(held.sounds, partial(_voice, path))
    return replace(choice, picture=picture, sound=sound)


def spoken(path: Path) -> tuple[int, ...]:
    """Numbers of the sound tracks in whose excerpts somebody speaks; none where there is one track.

    Args:
        path: A file of sound, with or without pictures.

    Raises:
        MediaError: If the file cannot be opened.
    """
    readable = tracks.preferred(tracks.inspect(path).sounds)
    if len(readable) < 2:
        return ()
    return tuple(sorted(track.number for track in readable if _voice(path, track) == _SPEECH))


def _best(candidates: Sequence[_Kind], worth: Callable[[_Kind], float]) -> int | None:
    """The number of the track to read, or None where there is no choice to make.

    Args:
        candidates: All of a kind.
        worth: 0 for one in which nothing can be read, else more.
    """
    order = tracks.preferred(candidates)
    if len(order) < 2:
        return None
    for _, alike in groupby(order, key=lambda track: (track.default, track.aside)):
        group = list(alike)
        worths = [worth(track) for track in group]
        if max(worths) > 0:
            enough = max(worths) / _LARGER
            return next(
                track.number for track, each in zip(group, worths, strict=True) if each >= enough
            )
    return order[0].number


def _face(path: Path, detector: Detector, track: PictureTrack) -> float:
    """Mean height of the largest face in the excerpts of a track, by that of the picture.

    0 for a still picture, which is no camera.
    """
    heights = []
    try:
        for image in excerpts.images(path, track):
            faces = detector(image)
            heights.append(float(faces[0].box[3]) / image.shape[0] if faces else 0.0)
    except MediaError:
        # Too large to be read; others may not be.
        return 0.0
    return sum(heights) / len(heights) if heights and excerpts.moves(path, track) else 0.0


def _voice(path: Path, track: SoundTrack) -> float:
    """2 where somebody speaks in the excerpts of a track, 1 where it is only not silent."""
    activity = SpeechActivity()
    for piece in excerpts.sounds(path, track):
        activity.listen(piece)
    if sum(share >= SPOKEN for share in activity.shares) >= _LEAST:
        return _SPEECH
    return float(excerpts.is_audible(path, track))
