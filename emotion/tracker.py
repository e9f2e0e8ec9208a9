"""Faces followed from frame to frame, so that two people stay two people."""

from dataclasses import dataclass

import numpy as np

from emotion.detector import Face

MEMORY = 2.0
"""Seconds for which a face that is out of the picture keeps its number."""

REACH = 1.0
"""Distance, in face widths, that a face may be from where it is expected."""

_MAX_RATIO = 1.8
"""Change of size between sightings beyond which it is another face."""


@dataclass
class Track:
    """One face over time.

    Attributes:
        number: From 1, in order of appearance; never given twice.
        face: As last seen.
        time: Seconds at which it was last seen.
        weight: Area times time of late, by which the person to follow is chosen.
    """

    number: int
    face: Face
    time: float
    velocity: np.ndarray
    weight: float = 0.0

    def expected(self, time: float) -> np.ndarray:
        """Centre at a later time if the face goes on as it did, shape (2,)."""
        # A turn or a stop is likelier than half a second of the same motion.
        return _centre(self.face) + self.velocity * min(time - self.time, 0.5)


class Tracker:
    """Gives each face the number of the track it continues.

    Nearest expected position first, in face widths, and only to a face of about
    the same size.
    """

    def __init__(self) -> None:
        self._count = 0
        self.tracks: list[Track] = []

    def push(self, time: float, faces: list[Face]) -> list[Track]:
        """Take the faces of the next frame; give their tracks in the same order.

        Args:
            time: Seconds; not before that of the last frame.
            faces: What was found in it.
        """
        self.tracks = [track for track in self.tracks if time - track.time <= MEMORY]
        pairs = sorted(
            (distance, face, track)
            for face, found in enumerate(faces)
            for track, known in enumerate(self.tracks)
            if (distance := _distance(known, found, time)) is not None
        )
        chosen: dict[int, int] = {}
        for _, face, track in pairs:
            if face not in chosen and track not in chosen.values():
                chosen[face] = track
        known = list(self.tracks)
        return [
            self._continue(known[chosen[index]], time, face)
            if index in chosen
            else self._begin(time, face)
            for index, face in enumerate(faces)
        ]

    def _begin(self, time: float, face: Face) -> Track:
        self._count += 1
        track = Track(self._count, face, time, np.zeros(2))
        self.tracks.append(track)
        return track

    @staticmethod
    def _continue(track: Track, time: float, face: Face) -> Track:
        passed = time - track.time
        if passed > 0:
            measured = (_centre(face) - _centre(track.face)) / passed
            track.velocity = 0.5 * track.velocity + 0.5 * measured
        track.face, track.time = face, time
        return track


def _centre(face: Face) -> np.ndarray:
    return face.box[:2].astype(float) + face.box[2:] / 2


def _distance(track: Track, face: Face, time: float) -> float | None:
    """Face widths from where the track should be, or None if it cannot be the same."""
    sizes = float(track.face.box[2:].mean()), float(face.box[2:].mean())
    if min(sizes) <= 0 or max(sizes) / min(sizes) > _MAX_RATIO:
        return None
    nearest = min(
        float(np.hypot(*(_centre(face) - place)))
        for place in (track.expected(time), _centre(track.face))
    ) / max(sizes)
    return nearest if nearest <= REACH else None
