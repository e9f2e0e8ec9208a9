"""Figures of the face model on FER+."""

import time
from dataclasses import dataclass

import numpy as np

from emotion.datasets.ferplus import LABELS, FerPlus
from emotion.evaluation import metrics, report, scoring
from emotion.face.face_recogniser import EMOTION_OF, FLOOR, FaceRecogniser
from emotion.jobs import progress
from emotion.readings import emotions
from emotion.readings.probability import log_softmax
from emotion.reports.model import OptionalParts, Report
from emotion.reports.names import Modality, ResultName


@dataclass(frozen=True)
class FerPlusFigures:
    """Figures of a face model on a part of FER+, over its eight classes.

    Attributes:
        pictures: Those whose most frequent vote is one of the eight classes.
        accuracy: Over them.
        pictures_agreed: Those for which more than half of the votes are for one
            class, which is what the FER+ paper scores.
        accuracy_agreed: Over them.
        recall: Mean over the classes, all taken as equally frequent.
    """

    pictures: int
    accuracy: float
    pictures_agreed: int
    accuracy_agreed: float
    recall: float


def measure(recogniser: FaceRecogniser, data: FerPlus) -> FerPlusFigures:
    """Figures of the shipped face model on a part of FER+.

    Args:
        recogniser: The model.
        data: Pictures of the part, with their votes.
    """
    logits = np.stack([recogniser.logits(image) for image in data.images])
    return figures(log_softmax(logits), recogniser.priors, recogniser.shares, data)


def figures(
    log_probabilities: np.ndarray, priors: np.ndarray, shares: np.ndarray, data: FerPlus
) -> FerPlusFigures:
    """Figures of any model's predictions.

    Args:
        log_probabilities: Shape (n, 8).
        priors: Share of each class as drawn in training, shape (8,).
        shares: Share of each class in FER+'s training part, shape (8,), to which
            the probabilities are moved for the accuracies.
        data: The pictures' votes.
    """
    correct = (log_probabilities + np.log(shares / priors)).argmax(axis=1) == data.labels
    even = (log_probabilities - np.log(priors)).argmax(axis=1)
    matrix = metrics.confusion(data.labels, even, len(priors))
    return FerPlusFigures(
        len(data.labels),
        float(correct.mean()),
        int(data.agreed.sum()),
        float(correct[data.agreed].mean()),
        metrics.unweighted_average_recall(matrix),
    )


def document(recogniser: FaceRecogniser, data: FerPlus, split: str) -> Report:
    """All figures of the shipped face model on a part of FER+.

    Args:
        recogniser: The shipped one.
        data: The part.
        split: Its name, see `emotion.datasets.ferplus.read`.

    Returns:
        The report, as of `report.document`, over FER+'s eight classes: with its own shares of
        classes, over all pictures and over those on which more than half of the crowd
        agree, and with all classes equally frequent. `emotions` has the figures over ours,
        as a call reads them.
    """
    started = time.perf_counter()
    shown = progress.track(data.images, "face", "picture")
    logits = np.stack([recogniser.logits(image) for image in shown])
    said = np.stack([recogniser.probabilities(row) for row in logits])
    own, even = (
        log_softmax((logits + np.log(shares / recogniser.priors)) / recogniser.temperature)
        for shares in (recogniser.shares, 1.0)
    )
    agreed = data.agreed
    predictions: dict[str, tuple[np.ndarray, ...]] = {
        ResultName.MOST_FREQUENT_VOTE: (data.labels, own),
        ResultName.MORE_THAN_HALF: (data.labels[agreed], own[agreed]),
        ResultName.EQUALLY_FREQUENT: (data.labels, even),
    }
    heard = np.log(np.maximum(said, FLOOR))
    made = scoring.document(
        Modality.FACE,
        predictions,
        started,
        ["ferplus"],
        [],
        None,
        clips=len(data.labels),
        protocol=split,
        labels=LABELS,
    )
    ours = report.figures(EMOTION_OF[data.labels], heard, emotions.NAMES)
    return made.having(OptionalParts(emotions=ours))
