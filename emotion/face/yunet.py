"""YuNet, the network that finds faces, run by LiteRT."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from emotion.errors import ModelError

STRIDES = (8, 16, 32)
"""Pixels between two places at which a face is looked for, on each of three levels."""

NUMBERS = 16
"""What the network says of each place: the probabilities of a face and of an object, the box (4)
and the landmarks (10)."""

_PADDED = STRIDES[-1]
"""The sides of what the network sees are multiples of so many pixels."""

_KEPT = 6
"""Interpreters that wait for another picture at most, each for one size: of a whole picture, fine
and coarse, and of a part of it, for two threads."""

_MOST = 100
"""Faces that are distinguished at most, the surest first."""


class YuNet:
    """Finds faces and their landmarks; safe to share between calls and threads.

    The network is that of Wu, Peng & Yu 2023, 'YuNet: A Tiny Millisecond-level Face Detector'. It
    finds what OpenCV's `FaceDetectorYN` finds with the same weights, in less than half of the
    time.

    Attributes:
        sha256: Of its file, in hexadecimal.
    """

    def __init__(self, content: bytes) -> None:
        """Load the network.

        Args:
            content: Of its LiteRT file, see `emotion.training.detector_conversion`.

        Raises:
            ModelError: If it is no such network.
        """
        self._content, self.sha256 = content, hashlib.sha256(content).hexdigest()
        self._idle: list[tuple[tuple[int, int], Interpreter]] = []
        self._guard = Lock()
        size = (_PADDED, _PADDED)
        try:
            result = self._fresh(size).get_output_details()[0]["shape"].tolist()
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"The face detector ({len(content):,} bytes) is not a model for LiteRT: {error}"
            ) from error
        expected = [1, len(_places(*size)), NUMBERS]
        if result != expected:
            raise ModelError(
                f"The face detector ({len(content):,} bytes) should give {expected} numbers of "
                f"{_PADDED}x{_PADDED} pixels. Received: {result}."
            )

    def __call__(self, image: np.ndarray, score: float, overlap: float) -> np.ndarray:
        """Find faces of 10 to some 300 pixels.

        Args:
            image: BGR, uint8, shape (height, width, 3).
            score: Least score of a face, 0 to 1.
            overlap: Intersection over union of two boxes above which only the surer one counts.

        Returns:
            A row for each face, the surest first: left, top, width and height of its box, x and y
            of right eye, left eye, tip of the nose, right and left corner of the mouth, and its
            score, 0 to 1. In pixels, float32, shape (faces, 15).
        """
        height, width = image.shape[:2]
        size = _PADDED * -(-height // _PADDED), _PADDED * -(-width // _PADDED)
        seen = np.zeros((1, *size, 3), np.float32)
        seen[0, :height, :width] = image
        with self._taken(size) as interpreter:
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], seen)
            interpreter.invoke()
            said = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
        scores = np.sqrt(said[:, 0] * said[:, 1])
        sure = scores >= score
        found = _faces(said[sure], _places(*size)[sure], scores[sure])
        if len(found) < 2:
            return found
        # In whole pixels, as OpenCV's detector compares them.
        boxes = np.trunc(found[:, :4]).astype(int).tolist()
        kept = cv2.dnn.NMSBoxes(boxes, found[:, 14].tolist(), score, overlap, top_k=_MOST)
        return found[np.asarray(kept, int).ravel()]

    def drop_copies(self) -> None:
        """Give up the interpreters that have nothing to do."""
        with self._guard:
            self._idle.clear()

    @contextmanager
    def _taken(self, size: tuple[int, int]) -> Iterator[Interpreter]:
        """An interpreter for pictures of this height and width that nobody else has meanwhile."""
        with self._guard:
            place = next((i for i, (of, _) in enumerate(self._idle) if of == size), None)
            interpreter = None if place is None else self._idle.pop(place)[1]
        interpreter = interpreter or self._fresh(size)
        yield interpreter
        with self._guard:
            self._idle.append((size, interpreter))
            del self._idle[:-_KEPT]

    def _fresh(self, size: tuple[int, int]) -> Interpreter:
        interpreter = Interpreter(model_content=self._content, num_threads=1)
        given = interpreter.get_input_details()[0]["index"]
        interpreter.resize_tensor_input(given, [1, *size, 3])
        interpreter.allocate_tensors()
        return interpreter


def _faces(said: np.ndarray, places: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """From what the network says of some places to faces, shape (n, 15)."""
    corner, stride = places[:, :2], places[:, 2:]
    middle = corner + said[:, 2:4] * stride
    size = np.exp(said[:, 4:6]) * stride
    marks = said[:, 6:] * stride + np.tile(corner, 5)
    return np.concatenate([middle - size / 2, size, marks, scores[:, None]], axis=1)


@cache
def _places(height: int, width: int) -> np.ndarray:
    """x, y and stride of each place, as the network lists them, float32, shape (n, 3)."""
    levels = []
    for stride in STRIDES:
        y, x = np.mgrid[: height // stride, : width // stride] * stride
        levels.append(np.stack([x.ravel(), y.ravel(), np.full(x.size, stride)], axis=1))
    return np.concatenate(levels).astype(np.float32)
