"""A small picture of each person in a recording, by which the user knows them."""

import cv2
import numpy as np

from emotion.face.detector import Face

PIXELS = 96
"""Width and height of a thumbnail."""

_AROUND = 1.7
"""Its width and height on the picture, in those of the face's box."""

_BETTER = 1.15
"""How much better another sighting has to be, so that not every frame makes a new one."""

_QUALITY = 85


class Thumbnails:
    """The best sighting of each person so far, as a small picture.

    They are kept in memory with the call, and go with it.
    """

    def __init__(self) -> None:
        self._worth: dict[int, float] = {}
        self._pictures: dict[int, np.ndarray] = {}

    def offer(self, person: int, image: np.ndarray, face: Face, weight: float) -> None:
        """Take a sighting if it is the best so far.

        Args:
            person: Number of the face's track.
            image: BGR, uint8, shape (height, width, 3).
            face: In its pixels.
            weight: How good the sighting is, 0 to 1.
        """
        worth = (0.01 + weight) * float(np.sqrt(max(face.box[2] * face.box[3], 1.0)))
        if worth <= _BETTER * self._worth.get(person, 0.0):
            return
        self._worth[person] = worth
        middle = face.box[:2] + face.box[2:] / 2
        side = max(_AROUND * float(face.box[2:].max()), 1.0)
        scale = PIXELS / side
        place = np.array(
            [
                [scale, 0, PIXELS / 2 - scale * middle[0]],
                [0, scale, PIXELS / 2 - scale * middle[1]],
            ]
        )
        self._pictures[person] = cv2.warpAffine(
            image, place, (PIXELS, PIXELS), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
        )

    def jpegs(self) -> dict[int, bytes]:
        """The pictures as JPEG, by the number of the person."""
        encoded = {}
        for person, picture in self._pictures.items():
            _, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
            encoded[person] = content.tobytes()
        return encoded
