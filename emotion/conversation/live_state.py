"""What there is to show of a live call."""

from dataclasses import dataclass

from emotion.face.face_stream import SeenFace
from emotion.readings.reading import Reading


@dataclass(frozen=True)
class LiveState:
    """What a page shows of a live call at one moment.

    Attributes:
        seconds: Since the first frame or sound; 0 before it.
        latest: The newest reading of the timeline, or None.
        now: What is read at this moment, between two readings of the timeline, or None.
            Where nothing arrives it is of before.
        seen: Faces of the latest frame that was looked at; none where that is long ago or the
            call has ended.
        size: Width and height of that frame in pixels; (0, 0) before the first.
        delay: Seconds from a frame's arrival to its having been read, of the newest.
        frames: Frames that arrived.
        read: Frames that were read.
        lost: Seconds of sound that were given up.
        waiting: Seconds of sound that wait to be read.
        error: What went wrong lately, as a sentence, or None.
        idle: Seconds since a picture or sound of the customer arrived.
    """

    seconds: float
    latest: Reading | None
    now: Reading | None
    seen: tuple[SeenFace, ...]
    size: tuple[int, int]
    delay: float | None
    frames: int
    read: int
    lost: float
    waiting: float
    error: str | None
    idle: float = 0.0
