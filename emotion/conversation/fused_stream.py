"""Face and voice of one call put together: predictions in, readings out."""

import math
from collections import OrderedDict
from dataclasses import replace

import numpy as np

from emotion.face.tracker import REMEMBERED
from emotion.readings import fusion
from emotion.readings.fusion import Reliability
from emotion.readings.reading import HOP, Prediction, Reading
from emotion.readings.satisfaction import Satisfaction
from emotion.voice.windows import LENGTH


class FusedStream:
    """Predictions of the followed face and of the voice in, readings out.

    Everyone who is followed in the course of a call has a satisfaction of their own.

    Attributes:
        satisfaction: Of the latest reading, 0 to 100, or None.
        certainty: How much that rests on, 0 to 1.
    """

    def __init__(self, reliability: Reliability) -> None:
        """Begin with a call of which nothing was read.

        Args:
            reliability: Of the two modalities.
        """
        self._reliability = reliability
        self._customers: OrderedDict[int | None, Satisfaction] = OrderedDict()
        self._customer: int | None = None
        self._since = -math.inf
        self.satisfaction: float | None = None
        self.certainty = 0.0

    def read(
        self, time: float, face: Prediction, voice: Prediction, person: int | None, people: int
    ) -> Reading:
        """Take what both say at the next moment of the timeline; give its reading.

        Args:
            time: Seconds; later than the last one.
            face: Of the person who is followed.
            voice: Of the window of sound that ends then.
            person: Number of the face, or None.
            people: Faces in the picture.
        """
        satisfaction = self._meet(time, person)
        # A window of sound that reaches back to before is partly of whoever was followed then.
        share = min(1.0, (time - self._since) / LENGTH)
        if voice.probabilities is not None and share < 1:
            voice = replace(voice, quality=voice.quality * share)
        fused = fusion.fuse(face, voice, self._reliability)
        known = satisfaction.update(
            time, *fusion.most_informative(face, voice, fused, self._reliability)
        )
        self.satisfaction, self.certainty = (
            (None, 0.0) if known is None else (known.value, known.certainty)
        )
        return self._reading(time, face, voice, fused, person, people)

    def between(
        self, time: float, face: Prediction, voice: Prediction, person: int | None, people: int
    ) -> Reading:
        """Take what both say between two moments of the timeline; give a reading to show at once.

        It becomes no part of the timeline and leaves satisfaction as it is.

        Args:
            time: Seconds.
            face: Of the person who is followed.
            voice: Of the latest window of sound.
            person: Number of the face, or None.
            people: Faces in the picture.
        """
        fused = fusion.fuse(face, voice, self._reliability)
        return self._reading(time, face, voice, fused, person, people)

    def _reading(
        self,
        time: float,
        face: Prediction,
        voice: Prediction,
        fused: np.ndarray | None,
        person: int | None,
        people: int,
    ) -> Reading:
        conflict = fusion.disagreement(face, voice)
        value, certainty = self.satisfaction, self.certainty
        return Reading(time, face, voice, fused, value, person, people, certainty, conflict)

    def _meet(self, time: float, person: int | None) -> Satisfaction:
        """The satisfaction of who is followed: each has their own, and nobody else's."""
        if person is not None and person != self._customer:
            if self._customer is not None:
                self._since = time - HOP
            elif None in self._customers:
                # What was heard before anybody was seen counts as the first one's.
                self._customers[person] = self._customers.pop(None)
            self._customer = person
        satisfaction = self._customers.setdefault(self._customer, Satisfaction())
        self._customers.move_to_end(self._customer)
        if len(self._customers) > REMEMBERED + 1:
            self._customers.popitem(last=False)
        return satisfaction
