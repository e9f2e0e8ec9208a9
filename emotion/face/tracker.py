"""Faces followed from frame to frame, so that two people stay two people."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from emotion.face.appearance import likeness
from emotion.face.detector import Face

MEMORY = 2.0
"""Seconds for which a face that is out of the picture is expected where it went."""

REMEMBERED = 16
"""People who have left and are recognised by their appearance, at most."""

ALIKE = 0.85
"""Likeness from which someone who comes is someone who left. On the few pictures at hand
one person in other light, size or tilt has 0.87 and more, in clothes of another colour 0.74
and less, and another person 0.61 and less."""

_AWAY = 0.5
"""Seconds out of the picture after which someone in the same place may be someone else;
a detector that loses a face for some frames is back before."""

_UNLIKE = 0.8
"""Likeness below which they are: nobody changes clothes in two seconds, see `ALIKE`."""

_MARGIN = 0.03
"""By which the best likeness has to exceed the next one: twins in uniform are nobody's."""

_APPEARANCES = 2.0
"""Face widths that a wholly different appearance is worth in distinguishing two people."""

_FRESH = 0.1
"""Weight of the newest appearance in what is remembered of a person's."""

OTHER = 0.38
"""Likeness of portraits below which a face is not the one that was there a moment before.
Of 198 observations of someone who acts, a fifth of a second apart, none is less than 0.43 like
those before; of 12,720 pairs of two people, 1 in 250 is 0.38 alike and more."""

_OTHER_LATER = 0.15
"""Least likeness of portraits after `_AWAY`, in which one face may have turned and changed; and in
one shot, where colours stay."""

_STILL = 0.95
"""Likeness of appearances above which they do."""

_OTHER_FADED = 0.3
"""Least likeness to a portrait from before a fade. Of 736 pairs of one who acts, 2 s apart and
more, 4 in 100 are less alike; of 25,878 pairs of two people, 93 in 100."""

_KEPT = 4.0
"""Seconds for which it is known what a face was like."""

_FRESH_PORTRAIT = 0.4
"""Weight of the newest portrait in what is remembered of a face's."""

REACH = 1.0
"""Distance, in face widths, that a face may be from where it is expected."""

_MAX_RATIO = 1.8
"""Change of size between sightings beyond which it is another face."""


@dataclass(eq=False)
class FaceTrack:
    """One face over time.

    Attributes:
        number: From 1, in order of appearance; never given twice.
        face: As last seen.
        time: Seconds at which it was last seen.
        velocity: Of its centre, pixels a second, shape (2,).
        appearance: Colours from `emotion.face.appearance.describe`, on average; None if not known.
        portrait: Shape from `emotion.face.view.View`, on average; None if not known.
        weight: Area times time of late, by which the person to follow is chosen.
    """

    number: int
    face: Face
    time: float
    velocity: np.ndarray
    appearance: np.ndarray | None = None
    weight: float = 0.0
    portrait: np.ndarray | None = None
    _past: deque[tuple[float, np.ndarray | None, np.ndarray | None]] = field(
        default_factory=deque, repr=False
    )

    def remember(self) -> None:
        """Keep what the face is like now for the time after."""
        self._past.append((self.time, self.appearance, self.portrait))
        while self._past[0][0] < self.time - _KEPT:
            self._past.popleft()

    def go_back(self, time: float) -> None:
        """Take the face to be like it was at an earlier time, as far as that is known."""
        known = [past for past in self._past if past[0] <= time]
        if known:
            _, self.appearance, self.portrait = known[-1]

    def expected(self, time: float) -> np.ndarray:
        """Centre at a later time if the face goes on as it did, shape (2,)."""
        # A turn or a stop is likelier than half a second of the same motion.
        return _centre(self.face) + self.velocity * min(time - self.time, 0.5)


class Tracker:
    """Gives each face the number of the track it continues.

    Nearest expected position first, in face widths, and only to a face of about the same
    size; of two that are close to each other, the one that looks alike. Who sits down where
    someone else got up is noticed by an appearance that is clearly another's. Who is nowhere
    near is recognised by the appearance, if it is like that of one person only. A face of another
    shape in the same place, or none after a cut, ends the track.

    Attributes:
        tracks: Of the faces seen within `MEMORY`.
    """

    def __init__(self) -> None:
        self._count = 0
        self.tracks: list[FaceTrack] = []
        self._left: deque[FaceTrack] = deque(maxlen=REMEMBERED)

    def assign(
        self,
        time: float,
        faces: list[Face],
        appearances: Sequence[np.ndarray | None] | None = None,
        portraits: Sequence[np.ndarray | None] | None = None,
        *,
        cut: bool = False,
        faded: float | None = None,
    ) -> list[FaceTrack]:
        """Take the faces of the next frame; give their tracks in the same order.

        Args:
            time: Seconds; not before that of the last frame.
            faces: What was found in it.
            appearances: Of each face, see `emotion.face.appearance.describe`, None where it is not
                to be seen; None to go by places alone.
            portraits: Of each face, see `emotion.face.view.View`, None where it cannot be
                read; None if nobody is to be distinguished by them.
            cut: Whether another shot begins with this frame, see `emotion.face.shots`.
            faded: Seconds at which the shot before was last seen alone, where another one has
                come out of a fade, see `emotion.face.fades`; None for no fade.
        """
        if faded is not None:
            # What was seen in the fade is a mixture.
            for before in self.tracks:
                before.go_back(faded)
        self._left.extend(track for track in self.tracks if time - track.time > MEMORY)
        self.tracks = [track for track in self.tracks if time - track.time <= MEMORY]
        seen = appearances if appearances is not None else [None] * len(faces)
        shapes = portraits if portraits is not None else [None] * len(faces)
        pairs, others = [], []
        for face, found in enumerate(faces):
            for track, known in enumerate(self.tracks):
                distance = _distance(known, found, time)
                if distance is None:
                    continue
                alike = _alike(known, seen[face])
                later = time - known.time >= _AWAY
                still = not cut and (later or alike > _STILL)
                least = _OTHER_LATER if still else OTHER
                if _other(known, shapes[face], least if faded is None else _OTHER_FADED):
                    others.append((face, known.number))
                elif not (later or cut or faded is not None) or alike >= _UNLIKE:
                    pairs.append((distance + _APPEARANCES * (1 - alike), face, track))
        pairs.sort()
        chosen: dict[int, FaceTrack] = {}
        for _, face, track in pairs:
            if face not in chosen and self.tracks[track] not in chosen.values():
                chosen[face] = self.tracks[track]
        # Who was replaced in their place, or is not in a new shot, is not waited for there; who
        # is passed by somebody else that is known is.
        replaced = {number for face, number in others if face not in chosen}
        gone = [
            track
            for track in self.tracks
            if track not in chosen.values()
            and (cut or faded is not None or track.number in replaced)
        ]
        self.tracks = [track for track in self.tracks if track not in gone]
        self._left.extend(gone)
        self._know_again(chosen, seen, shapes)
        return [
            self._continue(chosen[index], time, face, appearance, portrait)
            if index in chosen
            else self._begin(time, face, appearance, portrait)
            for index, (face, appearance, portrait) in enumerate(
                zip(faces, seen, shapes, strict=True)
            )
        ]

    def known(self, number: int) -> bool:
        """Whether a face could still get this number again."""
        return any(track.number == number for track in (*self.tracks, *self._left))

    def _know_again(
        self,
        chosen: dict[int, FaceTrack],
        seen: Sequence[np.ndarray | None],
        shapes: Sequence[np.ndarray | None],
    ) -> None:
        """Add faces that are near no track but look like one, the most alike first."""
        free = [track for track in self.tracks if track not in chosen.values()]
        candidates = [track for track in (*free, *self._left) if track.appearance is not None]
        found = []
        for face, appearance in enumerate(seen):
            if face in chosen or appearance is None:
                continue
            alike = sorted(
                (
                    (_alike(track, appearance), index)
                    for index, track in enumerate(candidates)
                    if not _other(track, shapes[face])
                ),
                reverse=True,
            )
            if not alike or alike[0][0] < ALIKE:
                continue
            if len(alike) == 1 or alike[0][0] - alike[1][0] > _MARGIN:
                found.append((*alike[0], face))
        for _, index, face in sorted(found, reverse=True):
            track = candidates[index]
            if track in chosen.values():
                continue
            chosen[face] = track
            track.velocity = np.zeros(2)
            if track not in self.tracks:
                self._left.remove(track)
                self.tracks.append(track)
                track.weight = 0.0

    def _begin(
        self,
        time: float,
        face: Face,
        appearance: np.ndarray | None,
        portrait: np.ndarray | None,
    ) -> FaceTrack:
        self._count += 1
        track = FaceTrack(self._count, face, time, np.zeros(2), appearance, portrait=portrait)
        track.remember()
        self.tracks.append(track)
        return track

    @staticmethod
    def _continue(
        track: FaceTrack,
        time: float,
        face: Face,
        appearance: np.ndarray | None,
        portrait: np.ndarray | None,
    ) -> FaceTrack:
        passed = time - track.time
        if 0 < passed <= MEMORY:
            measured = (_centre(face) - _centre(track.face)) / passed
            track.velocity = 0.5 * track.velocity + 0.5 * measured
        track.face, track.time = face, time
        if appearance is not None:
            track.appearance = _mixed(track.appearance, appearance, _FRESH)
        if portrait is not None:
            track.portrait = _mixed(track.portrait, portrait, _FRESH_PORTRAIT)
        track.remember()
        return track


def _mixed(known: np.ndarray | None, new: np.ndarray | None, share: float) -> np.ndarray | None:
    """A description with a share of a new one, of length 1."""
    if known is None or new is None:
        return new
    mean = (1 - share) * known + share * new
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9))


def _alike(track: FaceTrack, appearance: np.ndarray | None) -> float:
    """Likeness, 0 to 1; 1 where it is not known, so that it decides nothing."""
    return (
        1.0
        if track.appearance is None or appearance is None
        else likeness(track.appearance, appearance)
    )


def _other(track: FaceTrack, portrait: np.ndarray | None, least: float = OTHER) -> bool:
    """Whether a face is of another shape than that of a track, as far as both are known."""
    if track.portrait is None or portrait is None:
        return False
    return likeness(track.portrait, portrait) < least


def _centre(face: Face) -> np.ndarray:
    return face.box[:2].astype(float) + face.box[2:] / 2


def _distance(track: FaceTrack, face: Face, time: float) -> float | None:
    """Face widths from where the track should be, or None if it cannot be the same."""
    sizes = float(track.face.box[2:].mean()), float(face.box[2:].mean())
    if min(sizes) <= 0 or max(sizes) / min(sizes) > _MAX_RATIO:
        return None
    nearest = min(
        float(np.hypot(*(_centre(face) - place)))
        for place in (track.expected(time), _centre(track.face))
    ) / max(sizes)
    return nearest if nearest <= REACH else None
