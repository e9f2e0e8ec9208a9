"""Figures of the shipped face model on labelled photographs of single faces."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emotion.datasets import face_photographs
from emotion.datasets.face_photographs import Picture
from emotion.errors import DatasetError
from emotion.evaluation import report
from emotion.evaluation.report import FoldPredictions
from emotion.face import alignment, quality
from emotion.face.detector import Detector
from emotion.face.face_recogniser import FLOOR, FaceRecogniser
from emotion.face.yunet import YuNet
from emotion.jobs import progress
from emotion.readings import emotions
from emotion.reports.model import Films, OptionalParts, Report
from emotion.reports.names import Modality, ProtocolName, ResultName


def aligned_faces(
    listed: Sequence[Picture],
    detector: YuNet,
    pixels: int,
    *,
    margin: bool = False,
    poor: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """The faces that the live pipeline would read in photographs.

    Args:
        listed: The photographs.
        detector: What finds the faces.
        pixels: Side of a face.
        margin: Whether to look through `pictures.with_margin`, for tight crops.
        poor: Whether to keep faces that `emotion.face.quality` finds too poor to be read.

    Returns:
        Aligned grey faces, uint8, shape (n, pixels, pixels), and the index of each
        one's picture, shape (n,); pictures without such a face are left out.

    Raises:
        DatasetError: If there is none with such a face, or one cannot be read.
    """
    detect = Detector(detector)
    faces, owners = [], []
    for index, picture in enumerate(listed):
        image = picture.read()
        if margin:
            image = face_photographs.with_margin(image)
        found = detect(image)
        if not found:
            continue
        aligned = alignment.align(image, found[0].landmarks, pixels)
        if poor or quality.reason(found[0], aligned) is None:
            faces.append(aligned)
            owners.append(index)
    if not faces:
        raise DatasetError(f"None of the {len(listed)} photographs shows a face to be read.")
    return np.stack(faces), np.array(owners)


def labelled_faces(folder: Path, detector: YuNet, pixels: int) -> tuple[np.ndarray, np.ndarray]:
    """The faces that are found in a folder of photographs, with what they show.

    Args:
        folder: With a `faces.csv`, see `emotion.datasets.face_photographs.read`.
        detector: What finds the faces.
        pixels: Side of a face.

    Returns:
        Aligned grey faces, uint8, shape (n, pixels, pixels), and their emotions, shape (n,),
        calm counting as neutral: a face alone cannot tell.

    Raises:
        DatasetError: If the folder is not as described, or no face is found in it.
    """
    listed = face_photographs.read(folder)
    faces, owners = aligned_faces(listed, detector, pixels, poor=True)
    labels = np.array([listed[owner].emotion for owner in owners])
    return faces, np.where(labels == emotions.CALM, emotions.NEUTRAL, labels)


def document(recogniser: FaceRecogniser, folder: Path, detector: YuNet, dataset: str) -> Report:
    """Score the shipped face model on a folder of photographs, such as SFEW's film stills.

    A photograph in which no face is found has no prediction, and is wrong. Calm counts as
    neutral: a face alone cannot tell.

    Args:
        recogniser: The shipped one.
        folder: With a `faces.csv`, see `emotion.datasets.face_photographs.read`.
        detector: What finds the faces.
        dataset: Its name.

    Returns:
        The report, as of `emotion.evaluation.report.document`, with one fold. `films` has the
        mean and the standard error of the accuracy over the films, where they are known.

    Raises:
        DatasetError: If the folder is not as described, or no face is found in it.
    """
    started = time.perf_counter()
    listed = face_photographs.read(folder)
    faces, owners = aligned_faces(listed, detector, recogniser.pixels, poor=True)
    logs = np.full((len(listed), emotions.COUNT), np.nan)
    for face, owner in zip(progress.track(faces, "face", "picture"), owners, strict=True):
        logs[owner] = np.log(np.maximum(recogniser(face), FLOOR))
    labels = np.array([picture.emotion for picture in listed])
    labels = np.where(labels == emotions.CALM, emotions.NEUTRAL, labels)
    seconds = time.perf_counter() - started
    made = report.document(
        dataset=dataset,
        protocol=ProtocolName.SHIPPED,
        recipe="default",
        modality=Modality.FACE,
        seed=0,
        commit=report.commit(),
        seconds=seconds,
        clips=len(listed),
        predictions={ResultName.PLAIN: [FoldPredictions("all", labels, logs, seconds)]},
    )
    films = np.array([picture.film for picture in listed])
    known = sorted(set(films) - {""})
    right = report.predicted_classes(logs) == labels
    if known:
        shares = [float(right[films == film].mean()) for film in known]
        of_films = Films(
            films=len(known),
            accuracy=round(float(np.mean(shares)), 4),
            standard_error=round(float(np.std(shares) / len(shares) ** 0.5), 4),
        )
        return made.having(OptionalParts(films=of_films))
    return made
