"""The faces of one call: found, followed, judged and read over time."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from emotion import alignment, quality
from emotion.detector import Detector
from emotion.media import Frame
from emotion.reading import Opinion
from emotion.recogniser import FaceRecogniser
from emotion.tracker import Track, Tracker

SMOOTHING = 0.7
"""Seconds after which a frame counts for 37 % in the reading of a face: longer than
a blink or a syllable, shorter than an expression (0.5 to 4 s; Ekman 2003)."""

_MEMORY = 4 * SMOOTHING
_SPACING = 0.18
"""Seconds between two readings of one face: frames in between move its box only."""

_STALE = 1.0
"""Seconds after the last good look at a face for which its reading stands."""

_STICKINESS = 1.5
"""How much more weight another face needs to be followed instead."""

_FLOOR = 1e-4


@dataclass(frozen=True)
class SeenFace:
    """A face in the latest frame, for drawing.

    Attributes:
        person: Number of its track.
        box: Left, top, width and height in pixels, shape (4,).
        opinion: Its smoothed reading.
        followed: Whether it is the one that the call's readings are about.
    """

    person: int
    box: np.ndarray
    opinion: Opinion
    followed: bool


@dataclass(frozen=True)
class _Look:
    """What one frame gave of one person."""

    time: float
    logs: np.ndarray | None
    reason: str | None


@dataclass(frozen=True)
class _Scene:
    time: float
    followed: int | None
    people: int


class FaceStream:
    """Frames in, opinions of the followed face out.

    The person who is followed is the one with the largest face over the last
    seconds; another one has to be clearly larger to take over.
    """

    def __init__(self, detector: Detector, recogniser: FaceRecogniser, *, lag: float = 2.0) -> None:
        """Make the stream of one call.

        Args:
            detector: Of this call alone.
            recogniser: May be shared.
            lag: Seconds before the last frame for which `at` may be asked.
        """
        self._detector = detector
        self._recogniser = recogniser
        self._kept = _MEMORY + lag
        self._tracker = Tracker()
        self._looks: dict[int, deque[_Look]] = {}
        self._scenes: deque[_Scene] = deque()
        self._followed: int | None = None
        self._time: float | None = None
        self.seen: tuple[SeenFace, ...] = ()

    def push(self, frame: Frame) -> None:
        """Take the next frame."""
        found = self._detector(frame.image)
        tracks = self._tracker.push(frame.time, found)
        self._follow(frame.time, tracks)
        visible = set()
        for track in tracks:
            visible.add(track.number)
            looks = self._looks.get(track.number)
            if looks and looks[-1].logs is not None and frame.time - looks[-1].time < _SPACING:
                continue
            aligned = alignment.align(frame.image, track.face.landmarks, self._recogniser.pixels)
            reason = quality.reason(track.face, aligned)
            logs = None
            if reason is None:
                logs = np.log(np.maximum(self._recogniser(aligned), _FLOOR))
            self._look(track.number, _Look(frame.time, logs, reason))
        known = {track.number for track in self._tracker.tracks}
        for person in known - visible:
            self._look(person, _Look(frame.time, None, "no face"))
        # Who left is kept as long as a reading of that time may be asked for.
        oldest = frame.time - self._kept
        self._looks = {
            person: looks for person, looks in self._looks.items() if looks[-1].time >= oldest
        }
        self._scenes.append(_Scene(frame.time, self._followed, len(tracks)))
        while self._scenes[0].time < oldest:
            self._scenes.popleft()
        self._time = frame.time
        self.seen = tuple(
            SeenFace(
                track.number,
                track.face.box,
                self._opinion(track.number, frame.time),
                track.number == self._followed,
            )
            for track in tracks
        )

    @property
    def followed(self) -> int | None:
        """Number of the person who is followed now, if any."""
        return self._followed

    def at(self, time: float) -> tuple[Opinion, int | None, int]:
        """What the followed face says at a time not long before the last frame.

        Returns:
            The opinion, the number of the person, and how many faces there are.
        """
        scene = next((scene for scene in reversed(self._scenes) if scene.time <= time), None)
        if scene is None or time - scene.time > _STALE:
            return Opinion(None, "no picture"), None, 0
        if scene.followed is None:
            return Opinion(None, "no face"), None, scene.people
        return self._opinion(scene.followed, time), scene.followed, scene.people

    def _follow(self, time: float, tracks: list[Track]) -> None:
        passed = 0.0 if self._time is None else time - self._time
        decay = math.exp(-passed / 5.0)
        for track in self._tracker.tracks:
            track.weight *= decay
        for track in tracks:
            # A first frame counts as well, though no time has passed yet.
            area = float(track.face.box[2] * track.face.box[3])
            track.weight += area * max(min(passed, 1.0), 0.01)
        if not self._tracker.tracks:
            self._followed = None
            return
        best = max(self._tracker.tracks, key=lambda track: track.weight)
        current = next((t for t in self._tracker.tracks if t.number == self._followed), None)
        if current is None or best.weight > _STICKINESS * current.weight:
            self._followed = best.number

    def _look(self, person: int, look: _Look) -> None:
        looks = self._looks.setdefault(person, deque())
        looks.append(look)
        while looks[0].time < look.time - self._kept:
            looks.popleft()

    def _opinion(self, person: int, time: float) -> Opinion:
        """Weighted geometric mean of the looks at a person up to a time.

        Probabilities of frames are multiplied, not added, as pieces of evidence for
        one expression; the newest count most.
        """
        start = time - _MEMORY
        looks = [look for look in self._looks.get(person, ()) if start <= look.time <= time]
        good = [look for look in looks if look.logs is not None]
        if not good or time - good[-1].time > _STALE:
            reasons = [look.reason for look in looks if look.reason]
            return Opinion(None, reasons[-1] if reasons else "no face")
        weights = np.exp((np.array([look.time for look in good]) - time) / SMOOTHING)
        logs = np.average([look.logs for look in good if look.logs is not None], 0, weights)
        probabilities = np.exp(logs - logs.max())
        # The floor only keeps the logarithm finite: an emotion that the face
        # model leaves out has to stay left out.
        probabilities[logs <= math.log(_FLOOR) + 1e-9] = 0
        return Opinion(probabilities / probabilities.sum())
