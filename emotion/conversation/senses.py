"""What every face and every voice of a call says, before it is said whose they are."""

from collections.abc import Mapping
from dataclasses import dataclass

from emotion.readings.reading import Prediction


@dataclass(frozen=True)
class Senses:
    """Everything that is seen and heard at one moment of the timeline.

    Attributes:
        time: Seconds from the start of the call.
        faces: What the face of each person in the picture says, by the number of its track.
        mouths: How much the mouth of each of them moves, see `emotion.face.mouth`; those
            whose mouth is not to be seen are missing.
        voices: What the voice of each channel that is heard says, in their order.
        unseen: Why nothing is said of other faces, 'no picture' or 'no face'.
    """

    time: float
    faces: Mapping[int, Prediction]
    mouths: Mapping[int, float]
    voices: tuple[Prediction, ...]
    unseen: str
