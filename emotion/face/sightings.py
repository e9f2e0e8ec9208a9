"""The faces of each frame: upright or turned upright, and what can be read of them."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from emotion.face import alignment, quality
from emotion.face.appearance import tilt
from emotion.face.detector import Detector, Face
from emotion.face.face_search import SAME, FaceSearch, overlap
from emotion.face.view import CLEAR, COVERED, TURNED, ViewModel
from emotion.media.frames import Frame

SPACING = 0.09
"""Seconds between two frames whose faces are read: those in between move boxes only."""

_TURNS = (1, 3, 2)
"""Quarter turns of a picture that are tried: lying to either side before upside down."""

_PATIENCE = 0.5
"""Seconds without a face after which heads that are not upright are looked for."""

_RETRY, _RETRY_SOON = 0.6, 0.19
"""Seconds between two such tries, each of one turn, so that an empty room costs little; and for
`_SOON` after somebody was there."""

_SOON = 2.0
"""Seconds after which who was there is more likely gone than lying or turned with the camera."""

_ANGLES = range(0, 360, 30)
"""Degrees by which the part around a face is turned: the detector follows 15 on each side."""

_AROUND = 2.4
"""Width and height of the part around a face that is turned, in those of its box."""

_PART = 224
"""Pixels to which that part is scaled."""

_CLEARER, _CERTAIN = 0.7, 0.8
"""Probability of a clear face at which a turn may be right, and no other one is tried."""

_REFUSAL = 1.0
"""Seconds for which a face that is clear in no position is not turned again."""

_STEADY = 1.0
"""Seconds for which a head that was clear stays in its position: what makes it unclear so soon
after, a blink or a blur, no other turn mends, and all of them cost as much as 12 pictures."""


_PLAIN = 18.0
"""Degrees of tilt up to which eyes and mouth are found as exactly as in an upright face."""


@dataclass(frozen=True)
class Sighting:
    """One face in one frame.

    Attributes:
        face: Where it is, eyes above the mouth whichever way the head lies.
        aligned: Its aligned picture, or None if it is not read in this frame.
        reason: Why it cannot be read, or None.
        weight: How good it is where it can be, 0 to 1.
        portrait: Its shape, shape (512,), or None where that is not to be seen.
    """

    face: Face
    aligned: np.ndarray | None = None
    reason: str | None = None
    weight: float = 0.0
    portrait: np.ndarray | None = None


class Sightings:
    """Finds the faces of one call's frames, and judges them as often as they are read.

    A detector for upright heads sees eyes and mouth in a head upside down as well, in the wrong
    places. Each aligned picture is therefore checked; where it is no upright face, the part
    around it is turned in steps of 30 degrees, and the clearest face that is found there is
    taken. Where none is, it counts as turned away.
    """

    def __init__(self, detector: Detector, view: ViewModel, pixels: int) -> None:
        """Begin with a call of which nothing was seen.

        Args:
            detector: Of this call alone.
            view: May be shared.
            pixels: Width and height of aligned pictures.
        """
        self._detector = detector
        self._search = FaceSearch(detector)
        self._view = view
        self._pixels = pixels
        self._turn = self._angle = 0
        self._clear: list[tuple[float, Face]] = []
        self._seen = self._judged = self._tried = self._refused = -math.inf
        self._tries = 0

    def find(self, frame: Frame, *, cut: bool = False) -> list[Sighting]:
        """The faces of the next frame, the largest first.

        Args:
            frame: What was shown.
            cut: Whether another shot begins with it, see `emotion.face.shots`.
        """
        faces = self._faces(frame, cut)
        if frame.time - self._judged < SPACING:
            return [Sighting(face) for face in faces]
        self._judged = frame.time
        self._clear = [
            (time, face) for time, face in self._clear if not cut and frame.time - time < _STEADY
        ]
        found = [self._judge(frame, face) for face in faces]
        # Of two who stand before each other, one is partly hidden: its shape says nothing.
        return [
            replace(one, portrait=None)
            if any(_overlap(one.face, other.face) for other in found if other is not one)
            else one
            for one in found
        ]

    def _faces(self, frame: Frame, cut: bool) -> list[Face]:
        faces = self._search(frame.time, frame.image, quarters=self._turn, cut=cut)
        if faces:
            self._seen = frame.time
            return faces
        away = frame.time - self._seen
        retry = _RETRY_SOON if away < _SOON else _RETRY
        if away < _PATIENCE or frame.time - self._tried < retry:
            return []
        self._tried = frame.time
        others = [turn for turn in (0, *_TURNS) if turn != self._turn]
        turn = others[self._tries % len(others)]
        self._tries += 1
        faces = [
            face
            for face in self._detector(frame.image, turn)
            if self._judge(frame, face, turn=False).reason is None
        ]
        if faces:
            self._turn, self._seen, self._tries = turn, frame.time, 0
        return faces

    def _judge(self, frame: Frame, face: Face, *, turn: bool = True) -> Sighting:
        aligned = alignment.align(frame.image, face.landmarks, self._pixels)
        reason, weight = quality.judge(face, aligned)
        if reason in (quality.TOO_SMALL, quality.BLURRED):
            return Sighting(face, aligned, reason)
        view = self._view(aligned)
        if view.clear >= CLEAR:
            self._clear.append((frame.time, face))
        elif turn:
            upright = self._upright(frame, face)
            if upright is not None:
                return self._judge(frame, upright, turn=False)
        if view.turned >= TURNED:
            return Sighting(face, aligned, quality.TURNED_AWAY)
        if reason is None and quality.outside(face, frame.image.shape):
            reason = quality.FACE_COVERED
        if reason is None and view.covered >= COVERED:
            reason = quality.FACE_COVERED
        if reason is not None:
            return Sighting(face, aligned, reason)
        # After a turn eyes and mouth are found less exactly: the shape would seem another's.
        plain = turn and self._turn == 0 and view.clear >= _CLEARER and abs(tilt(face)) <= _PLAIN
        portrait = view.portrait if plain else None
        return Sighting(face, aligned, None, min(weight, view.weight), portrait)

    def _upright(self, frame: Frame, face: Face) -> Face | None:
        """The face as it is found in the part around it, turned until it is clear, or None."""
        if frame.time - self._refused < _REFUSAL:
            return None
        best: tuple[float, Face, int] | None = None
        steady = any(overlap(face, clear) >= SAME for _, clear in self._clear)
        turns = sorted(_ANGLES, key=lambda angle: angle != self._angle)
        for angle in turns[:1] if steady else turns:
            found = self._found_at(frame.image, face, angle)
            if found is None:
                continue
            clear = self._view(alignment.align(frame.image, found.landmarks, self._pixels)).clear
            if clear >= _CLEARER and (best is None or clear > best[0]):
                best = clear, found, angle
            if clear >= _CERTAIN and angle == self._angle:
                break
        if best is None:
            if not steady:
                self._refused = frame.time
            return None
        self._angle = best[2]
        if self._angle % 90 == 0:
            self._turn = self._angle // 90
        return best[1]

    def _found_at(self, image: np.ndarray, face: Face, angle: int) -> Face | None:
        """The face in the part around it after a turn, in degrees against the clock."""
        middle = face.box[:2].astype(float) + face.box[2:] / 2
        scale = _PART / (_AROUND * float(face.box[2:].max()))
        turn = np.asarray(
            cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), angle, scale), float
        )
        turn[:, 2] += _PART / 2 - middle
        part = cv2.warpAffine(
            image, turn, (_PART, _PART), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        faces = self._detector(part)
        if not faces:
            return None
        back = cv2.invertAffineTransform(turn)
        size = faces[0].box[2:] / scale
        centre = back[:, :2] @ (faces[0].box[:2] + faces[0].box[2:] / 2) + back[:, 2]
        box = np.concatenate([centre - size / 2, size]).astype(np.float32)
        landmarks = (faces[0].landmarks @ back[:, :2].T + back[:, 2]).astype(np.float32)
        return Face(box, landmarks, faces[0].score)


def _overlap(one: Face, other: Face) -> bool:
    """Whether two heads may hide part of each other: hair reaches beyond the boxes."""
    apart = np.abs(one.box[:2] + one.box[2:] / 2 - other.box[:2] - other.box[2:] / 2)
    return bool((apart < 0.75 * (one.box[2:] + other.box[2:])).all())
