"""The faces of one call: found, followed, judged and read over time."""

import copy
import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from emotion.face import appearance
from emotion.face.baseline import Baseline
from emotion.face.detector import Detector
from emotion.face.expression import MEMORY, STALE, Expression
from emotion.face.face_recogniser import FaceRecogniser
from emotion.face.fades import Fades
from emotion.face.mouth import MouthMotion
from emotion.face.shots import Shots, miniature
from emotion.face.sightings import Sightings
from emotion.face.thumbnails import Thumbnails
from emotion.face.tracker import FaceTrack, Tracker
from emotion.face.view import ViewModel
from emotion.media.frames import Frame
from emotion.readings.reading import Prediction

_STICKINESS = 1.5
"""How much more weight another face needs to be followed instead."""


NOT_CHOSEN = "not chosen"
"""Why nothing is read of a face beside the one that was pointed at."""


@dataclass(frozen=True)
class SeenFace:
    """A face in the latest frame, for drawing.

    Attributes:
        person: Number of its track.
        box: Left, top, width and height in pixels, shape (4,).
        prediction: Its smoothed reading.
        followed: Whether it is the one that the call's readings are about.
    """

    person: int
    box: np.ndarray
    prediction: Prediction
    followed: bool


@dataclass(frozen=True)
class _Scene:
    time: float
    followed: int | None
    people: int


class FaceStream:
    """Frames in, predictions of the followed face out.

    The person who is followed is the one with the largest face over the last
    seconds; another one has to be clearly larger to take over.
    """

    def __init__(
        self,
        detector: Detector,
        recogniser: FaceRecogniser,
        view: ViewModel,
        *,
        lag: float = 2.0,
        baseline: Baseline | None = None,
        everyone: bool = False,
    ) -> None:
        """Make the stream of one call.

        Args:
            detector: Of this call alone.
            recogniser: May be shared.
            view: May be shared.
            lag: Seconds before the last frame for which `at` may be asked.
            baseline: What everyone's ordinary face is taken to be at first; each person
                who is seen gets a copy that learns. None to read all faces as anyone's.
            everyone: Whether mouths are watched and thumbnails kept, see `everyone` and
                `thumbnails`.
        """
        self._sightings = Sightings(detector, view, recogniser.pixels)
        self._shots = Shots()
        self._fades = Fades()
        self._recogniser = recogniser
        self._kept = MEMORY + lag
        self._baseline = baseline
        self._tracker = Tracker()
        self._people: dict[int, Expression] = {}
        self._mouths: dict[int, MouthMotion] = {}
        self._thumbnails = Thumbnails() if everyone else None
        self._scenes: deque[_Scene] = deque()
        self._followed: int | None = None
        self._chosen: int | None = None
        self._time: float | None = None
        self.seen: tuple[SeenFace, ...] = ()

    def choose(self, person: int | None) -> None:
        """Follow one face and read no other.

        Args:
            person: Number of the face, from 1; None for the largest.
        """
        self._chosen = person

    def watch(self, frame: Frame) -> None:
        """Take the next frame."""
        small = miniature(frame.image)
        cut = self._shots.cut(small)
        faded = self._fades.ended(frame.time, small)
        sightings = self._sightings.find(frame, cut=cut or faded is not None)
        found = [sighting.face for sighting in sightings]
        tracks = self._tracker.assign(
            frame.time,
            found,
            [appearance.describe(frame.image, face) for face in found],
            [sighting.portrait for sighting in sightings],
            cut=cut,
            faded=faded,
        )
        self._follow(frame.time, tracks)
        visible = set()
        for track, sighting in zip(tracks, sightings, strict=True):
            visible.add(track.number)
            if track.number not in self._people:
                newcomer = Expression(self._kept, copy.deepcopy(self._baseline))
                self._people[track.number] = newcomer
            person = self._people[track.number]
            if self._chosen not in (None, track.number):
                person.miss(frame.time, NOT_CHOSEN)
                continue
            if sighting.aligned is None:
                continue
            if self._thumbnails is not None:
                self._thumbnails.offer(track.number, frame.image, track.face, sighting.weight)
                mouth = self._mouths.setdefault(track.number, MouthMotion())
                mouth.observe(frame.time, sighting.aligned)
            if sighting.reason is None:
                person.observe(frame.time, self._recogniser(sighting.aligned), sighting.weight)
            else:
                person.miss(frame.time, sighting.reason)
        known = {track.number for track in self._tracker.tracks}
        for number in known - visible:
            self._people[number].miss(frame.time, "no face")
        # Who left is kept as long as they may come back, and a reading of that time may be
        # asked for.
        oldest = frame.time - self._kept
        self._people = {
            number: person
            for number, person in self._people.items()
            if person.observations[-1].time >= oldest or self._tracker.known(number)
        }
        self._mouths = {n: mouth for n, mouth in self._mouths.items() if n in self._people}
        self._scenes.append(_Scene(frame.time, self._followed, len(tracks)))
        while self._scenes[0].time < oldest:
            self._scenes.popleft()
        self._time = frame.time
        self.seen = tuple(
            SeenFace(
                track.number,
                track.face.box,
                self._people[track.number].prediction(frame.time),
                track.number == self._followed,
            )
            for track in tracks
        )

    @property
    def followed(self) -> int | None:
        """Number of the person who is followed now, if any."""
        return self._followed

    def at(self, time: float) -> tuple[Prediction, int | None, int]:
        """What the followed face says at a time not long before the last frame.

        Returns:
            The prediction, the number of the person, and how many faces there are.
        """
        scene = self._scene(time)
        if scene is None:
            return Prediction(None, "no picture"), None, 0
        if scene.followed is None:
            return Prediction(None, "no face"), None, scene.people
        person = self._people.get(scene.followed)
        prediction = person.prediction(time) if person else Prediction(None, "no face")
        return prediction, scene.followed, scene.people

    def _scene(self, time: float) -> _Scene | None:
        """What was in the picture at a time; None where there was none."""
        scene = next((scene for scene in reversed(self._scenes) if scene.time <= time), None)
        return None if scene is None or time - scene.time > STALE else scene

    def everyone(self, time: float) -> tuple[dict[int, Prediction], dict[int, float], str]:
        """What all faces say at a time not long before the last frame.

        Returns:
            The predictions of those who are in the picture, by the number of the person; how
            much the mouths of those that are watched move, see `emotion.face.mouth`; and why
            nothing is said of others, 'no picture' or 'no face'.
        """
        faces, mouths = {}, {}
        if self._scene(time) is None:
            return {}, {}, "no picture"
        for number, person in self._people.items():
            prediction = person.prediction(time)
            if prediction.probabilities is None and prediction.reason == "no face":
                continue
            faces[number] = prediction
            moved = self._mouths[number].at(time) if number in self._mouths else None
            if moved is not None:
                mouths[number] = moved
        return faces, mouths, "no face"

    @property
    def thumbnails(self) -> dict[int, bytes]:
        """A small picture of everybody who was seen, as JPEG, by the number of the person."""
        return {} if self._thumbnails is None else self._thumbnails.jpegs()

    @property
    def person(self) -> Expression | None:
        """The one who is followed now, as far as observations are kept."""
        return None if self._followed is None else self._people.get(self._followed)

    def _follow(self, time: float, tracks: list[FaceTrack]) -> None:
        if self._chosen is not None:
            # Whoever else is there, the one who was pointed at is meant.
            self._followed = self._chosen
            return
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
