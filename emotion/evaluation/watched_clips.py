"""The pictures of a clip, seen by a call as those of a camera are."""

from dataclasses import replace

import numpy as np

from emotion.conversation.call import DECODED_RATE, Call
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.face.face_recogniser import FaceRecogniser
from emotion.media.frames import Frame
from emotion.media.recordings import Recording
from emotion.models.shipped import Models
from emotion.readings.reading import Reading


def watch(clip: Clip, call: Call) -> list[Reading]:
    """Push all pictures of a clip into a call, and none of its sound.

    Args:
        clip: With pictures.
        call: Of which nothing was read; it is finished afterwards.

    Returns:
        The readings that are left at its end, one at least, see `Call.finish`.

    Raises:
        MediaError: If the clip cannot be read.
    """
    with call, Recording(clip.path, frame_rate=DECODED_RATE) as recording:
        for item in recording:
            if isinstance(item, Frame):
                call.push_frame(item)
        return call.finish()


def features(clip: Clip, models: Models) -> np.ndarray:
    """What the shipped network makes of every face that a call reads in a clip.

    Args:
        clip: With pictures.
        models: Whose face network it is.

    Returns:
        The input of its last layer for each face, float32, shape (faces, features).

    Raises:
        DatasetError: If no face can be read in it.
        MediaError: If the clip cannot be read.
    """
    notebook = _Notebook(models.face)
    readings = watch(clip, Call(replace(models, face=notebook)))
    if not notebook.noted:
        reasons = sorted({one.face.reason for one in readings if one.face.reason})
        raise DatasetError(f"No face can be read in {clip.path}: {', '.join(reasons)}.")
    return np.array(notebook.noted, np.float32)


class _Notebook(FaceRecogniser):
    """A recogniser that keeps the features of every face that a call shows it."""

    def __init__(self, recogniser: FaceRecogniser) -> None:
        self.__dict__.update(recogniser.__dict__)
        self.noted: list[np.ndarray] = []

    def outputs(self, face: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logits, features = super().outputs(face)
        self.noted.append(features)
        return logits, features
