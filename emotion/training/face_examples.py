"""Faces with labels of one emotion each, beside FER+'s, to learn from."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion.datasets import face_photographs, ferplus
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError, RapportError
from emotion.evaluation import photograph_scoring
from emotion.face import alignment, quality
from emotion.face.detector import Detector
from emotion.face.face_recogniser import EMOTION_OF
from emotion.face.yunet import YuNet
from emotion.jobs import progress, workers
from emotion.media.frames import Frame
from emotion.media.recordings import Recording
from emotion.models.shipped import Models
from emotion.readings import emotions

PIXELS = 96
"""Width of a face: enough for a variant of 64 pixels that is enlarged."""

_SMOOTHING = 0.1
"""Share of a label that is spread over all classes, as a crowd's votes would be."""

_HELD_OUT = 5
"""One in so many people on photographs is held out of training."""

_FRAME_RATE = 2.0
"""Frames a second that are taken of a clip: those between show the same again."""

_CLASS_OF = {emotions.CALM: ferplus.LABELS.index("neutral")} | {
    int(emotion): list(EMOTION_OF).index(emotion) for emotion in EMOTION_OF
}
"""Class of each emotion; a face cannot tell calm from neutral."""


@dataclass(frozen=True)
class FaceExamples:
    """Faces to learn from.

    Attributes:
        images: Grey, aligned, uint8, shape (n, PIXELS, PIXELS).
        votes: Share of each of FER+'s classes, float32, shape (n, 8).
        labels: Emotions, shape (n,).
    """

    images: np.ndarray
    votes: np.ndarray
    labels: np.ndarray

    @classmethod
    def of(cls, images: np.ndarray, labels: np.ndarray) -> "FaceExamples":
        """Faces with an emotion each.

        Args:
            images: Grey, uint8, shape (n, height, width).
            labels: Index of the emotion of each, shape (n,).
        """
        votes = np.full((len(labels), len(ferplus.LABELS)), _SMOOTHING / len(ferplus.LABELS))
        votes[np.arange(len(labels)), [_CLASS_OF[int(label)] for label in labels]] += 1 - _SMOOTHING
        return cls(images, votes.astype(np.float32), labels)

    def __add__(self, other: "FaceExamples") -> "FaceExamples":
        """Those of both."""
        return FaceExamples(
            np.concatenate([self.images, other.images]),
            np.concatenate([self.votes, other.votes]),
            np.concatenate([self.labels, other.labels]),
        )


def of_photographs(folder: Path, detector: YuNet) -> tuple[FaceExamples, FaceExamples]:
    """The good faces on photographs: those to learn from, and those of other people.

    People are distinguished by their files' names, of which the digits at the end number
    the pictures.

    Args:
        folder: With a `faces.csv` of path and emotion.
        detector: What finds the faces.

    Returns:
        Faces to train on, and those of the one person in `_HELD_OUT`.

    Raises:
        DatasetError: If either part would be empty, or a picture cannot be read.
    """
    listed = face_photographs.read(folder)
    images, owners = photograph_scoring.aligned_faces(listed, detector, PIXELS)
    people = [listed[owner].path.stem.rstrip("0123456789") for owner in owners]
    held_out = np.array([zlib.crc32(name.encode()) % _HELD_OUT == 0 for name in people])
    if held_out.all() or not held_out.any():
        raise DatasetError(
            f"The photographs in {folder} show too few people to hold one in {_HELD_OUT} out: "
            f"{len(set(people))} by the names of their files."
        )
    labels = np.array([listed[owner].emotion for owner in owners])
    return (
        FaceExamples.of(images[~held_out], labels[~held_out]),
        FaceExamples.of(images[held_out], labels[held_out]),
    )


def clips(listed: Sequence[Clip], models: Models) -> FaceExamples:
    """The good faces in clips with picture, two a second.

    Args:
        listed: Of people who may train.
        models: Of which the detector is used.

    Raises:
        DatasetError: If no clip shows a face to be read, or one cannot be read.
    """
    with progress.bar("faces", "clip", len(listed)) as advance:
        seen = list(workers.each(_faces, listed, models, advance))
    images: list[np.ndarray] = []
    labels: list[int] = []
    for clip, faces in zip(listed, seen, strict=True):
        if isinstance(faces, str):
            raise DatasetError(faces)
        images += faces
        labels += [clip.emotion] * len(faces)
    if not images:
        raise DatasetError(f"None of the {len(listed)} clips shows a face to be read.")
    return FaceExamples.of(np.stack(images), np.array(labels))


def _faces(models: Models, clip: Clip) -> list[np.ndarray] | str:
    """The largest face of each frame that is taken, if it is good, or what went wrong."""
    detect = Detector(models.detector)
    faces = []
    try:
        with Recording(clip.path, frame_rate=_FRAME_RATE) as recording:
            for item in recording:
                if not isinstance(item, Frame):
                    continue
                for largest in detect(item.image)[:1]:
                    aligned = alignment.align(item.image, largest.landmarks, PIXELS)
                    if quality.reason(largest, aligned) is None:
                        faces.append(aligned)
    except (RapportError, OSError) as error:
        return str(error)
    return faces
