"""YuNet, the network that finds faces, run by LiteRT."""

from collections import OrderedDict
from functools import cache

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

_KEPT = 3
"""Sizes for which an interpreter is kept: of a whole picture, fine and coarse, and of a part."""

_MOST = 100
"""Faces that are told from each other at most, the surest first."""


class YuNet:
    """Finds faces and their landmarks.

    The network is that of Wu, Peng & Yu 2023, 'YuNet: A Tiny Millisecond-level Face Detector'. It
    finds what OpenCV's `FaceDetectorYN` finds with the same weights, in less than half of the
    time. One belongs to one call: it keeps an interpreter for each of the last sizes.
    """

    def __init__(self, content: bytes, *, score: float, overlap: float) -> None:
        """Load the network.

        Args:
            content: Of its LiteRT file, see `emotion.training.detector_conversion`.
            score: Least score of a face, 0 to 1.
            overlap: Intersection over union of two boxes above which only the surer one counts.

        Raises:
            ModelError: If it is no such network.
        """
        self._content = content
        self._score, self._overlap = score, overlap
        self._interpreters: OrderedDict[tuple[int, int], Interpreter] = OrderedDict()
        size = (_PADDED, _PADDED)
        try:
            result = self._interpreter(size).get_output_details()[0]["shape"].tolist()
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"The face detector ({len(content):,} bytes) is not a model for LiteRT: {error}"
            ) from error
        self._interpreters.clear()
        expected = [1, len(_places(*size)), NUMBERS]
        if result != expected:
            raise ModelError(
                f"The face detector ({len(content):,} bytes) should give {expected} numbers of "
                f"{_PADDED}x{_PADDED} pixels. Received: {result}."
            )

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Find faces of 10 to some 300 pixels.

        Args:
            image: BGR, uint8, shape (height, width, 3).

        Returns:
            A row for each face, the surest first: left, top, width and height of its box, x and y
            of right eye, left eye, tip of the nose, right and left corner of the mouth, and its
            score, 0 to 1. In pixels, float32, shape (faces, 15).
        """
        height, width = image.shape[:2]
        size = _PADDED * -(-height // _PADDED), _PADDED * -(-width // _PADDED)
        seen = np.zeros((1, *size, 3), np.float32)
        seen[0, :height, :width] = image
        interpreter = self._interpreter(size)
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], seen)
        interpreter.invoke()
        said = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
        scores = np.sqrt(said[:, 0] * said[:, 1])
        sure = scores >= self._score
        found = _faces(said[sure], _places(*size)[sure], scores[sure])
        return found[self._apart(found)] if len(found) > 1 else found

    def _apart(self, found: np.ndarray) -> np.ndarray:
        """Which of the faces are no less sure ones of the same, the surest first."""
        # In whole pixels, as OpenCV's detector compares them.
        boxes = np.trunc(found[:, :4]).astype(int).tolist()
        kept = cv2.dnn.NMSBoxes(
            boxes, found[:, 14].tolist(), self._score, self._overlap, top_k=_MOST
        )
        return np.asarray(kept, int).ravel()

    def _interpreter(self, size: tuple[int, int]) -> Interpreter:
        """One for pictures of this height and width."""
        interpreter = self._interpreters.pop(size, None)
        if interpreter is None:
            interpreter = Interpreter(model_content=self._content, num_threads=1)
            given = interpreter.get_input_details()[0]["index"]
            interpreter.resize_tensor_input(given, [1, *size, 3])
            interpreter.allocate_tensors()
        self._interpreters[size] = interpreter
        while len(self._interpreters) > _KEPT:
            self._interpreters.popitem(last=False)
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
