"""Figures of the models that are shipped, on data they have never seen."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emotion import alignment, emotions, quality, voice_window
from emotion.analysis import analyze
from emotion.call import Models
from emotion.datasets.ferplus import FerPlus
from emotion.datasets.pictures import Picture
from emotion.datasets.speech import Clip
from emotion.detector import Detector
from emotion.errors import DatasetError, RapportError
from emotion.evaluation import calls, metrics, report
from emotion.evaluation.calls import Outputs
from emotion.evaluation.report import FoldAnswer
from emotion.manifest import Entry
from emotion.media import read_sound
from emotion.probability import log_softmax
from emotion.recogniser import FaceRecogniser, VoiceRecogniser

SENSES = ("face", "speech", "fused")


@dataclass(frozen=True)
class Score:
    """How well one sense does on a list of clips.

    Attributes:
        clips: Clips that were scored; one without an answer counts as wrong, and so
            does one that could not be read.
        accuracy: Share of clips with the right one of eight emotions.
        accuracy_calm_as_neutral: The same if calm and neutral count as one, which
            is all that a face alone can tell.
        recall: Mean share found over the emotions that occur.
        confusion: True emotion by answered one, int64, shape (8, 8), clips without
            an answer left out.
    """

    clips: int
    accuracy: float
    accuracy_calm_as_neutral: float
    recall: float
    confusion: np.ndarray


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


@dataclass(frozen=True)
class ClipScores:
    """Scores of the three senses over all clips, and why some could not be read."""

    scores: dict[str, Score]
    failed: dict[Path, str]


def clips(
    listed: Sequence[Clip], models: Models, progress: Callable[[int], None] | None = None
) -> ClipScores:
    """Push clips one by one through calls of their own and score the summaries.

    Args:
        listed: What to read. A clip that cannot be read counts as wrong.
        models: The shipped ones.
        progress: Called after each clip with the number that is done.
    """
    answers: dict[str, list[tuple[int, int]]] = {sense: [] for sense in SENSES}
    failed = {}
    for index, clip in enumerate(listed, start=1):
        answered: tuple[np.ndarray | None, ...] = (None, None, None)
        try:
            summary = analyze(clip.path, models).summary()
            answered = summary.face, summary.speech, summary.emotions
        except RapportError as error:
            failed[clip.path] = str(error)
        # A clip that is left out would make the shares look better than they are.
        for sense, probabilities in zip(SENSES, answered, strict=True):
            best = -1 if probabilities is None else int(probabilities.argmax())
            answers[sense].append((clip.emotion, best))
        if progress:
            progress(index)
    return ClipScores(
        {sense: score(np.array(pairs)) for sense, pairs in answers.items() if pairs}, failed
    )


def score(pairs: np.ndarray) -> Score:
    """Score answers.

    Args:
        pairs: True and answered emotion, -1 for none, integers, shape (n, 2).
    """
    labels, answered = pairs.T
    given = answered >= 0
    matrix = metrics.confusion(labels[given], answered[given], emotions.COUNT)
    merged = np.where(pairs == emotions.CALM, emotions.NEUTRAL, pairs)
    recalls = [float((answered[labels == c] == c).mean()) for c in np.unique(labels)]
    return Score(
        len(pairs),
        float((labels == answered).mean()),
        float((merged[:, 0] == merged[:, 1]).mean()),
        float(np.mean(recalls)),
        matrix,
    )


def ferplus(recogniser: FaceRecogniser, data: FerPlus) -> FerPlusFigures:
    """Figures of the shipped face model on a part of FER+."""
    logits = np.stack([recogniser.logits(image) for image in data.images])
    return ferplus_figures(log_softmax(logits), recogniser.priors, recogniser.shares, data)


def ferplus_figures(
    log_probabilities: np.ndarray, priors: np.ndarray, shares: np.ndarray, data: FerPlus
) -> FerPlusFigures:
    """Figures of any model's answers.

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


def aligned_faces(
    pictures: Sequence[Picture], detector: Entry, pixels: int
) -> tuple[np.ndarray, np.ndarray]:
    """The faces that the live pipeline would read in photographs.

    Returns:
        Aligned grey faces, uint8, shape (n, pixels, pixels), and the index of each
        one's picture, shape (n,); pictures without a good face are left out.

    Raises:
        DatasetError: If there is none with a good face, or one cannot be read.
    """
    detect = Detector(detector)
    faces, owners = [], []
    for index, picture in enumerate(pictures):
        image = picture.read()
        found = detect(image)
        if not found:
            continue
        aligned = alignment.align(image, found[0].landmarks, pixels)
        if quality.reason(found[0], aligned) is None:
            faces.append(aligned)
            owners.append(index)
    if not faces:
        raise DatasetError(f"None of the {len(pictures)} photographs shows a face to be read.")
    return np.stack(faces), np.array(owners)


def speech(
    listed: Sequence[Clip],
    recogniser: VoiceRecogniser,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Score the shipped voice model on clips of speech, with and without adaptation.

    A clip is judged by its fullest window. The emotions are those the clips have:
    a data set without 'calm' is not asked for it.

    Args:
        listed: What to hear. A clip that cannot be read is named in the result.
        recogniser: The shipped one.
        seed: Of the order in which a speaker's clips are heard.
        progress: Called after each clip with the number that is done.

    Returns:
        The document of `report.document` with one fold, and `failed`.

    Raises:
        DatasetError: If no clip can be read.
    """
    started = time.perf_counter()
    hearings, read = [], []
    failed = {}
    for index, clip in enumerate(listed, start=1):
        try:
            sound = read_sound(clip.path)
            hearings.append(recogniser(voice_window.fullest(voice_window.windows(sound)).samples))
            read.append(clip)
        except RapportError as error:
            failed[str(clip.path)] = str(error)
        if progress:
            progress(index)
    if not read:
        raise DatasetError(f"None of the {len(listed)} clips can be read: {failed}.")
    labels = np.array([clip.emotion for clip in read])
    outputs = Outputs(hearings, labels, np.array([clip.speaker for clip in read]))
    asked = np.isin(np.arange(emotions.COUNT), labels)
    answers = {}
    for name, kind in calls.ADAPTATIONS.items():
        logs = calls.answer(recogniser.prior, outputs, kind, seed)
        logs = log_softmax(np.where(asked, logs, -np.inf))
        seconds = time.perf_counter() - started
        answers[name] = [FoldAnswer("all", labels, logs, seconds)]
    return report.document(
        dataset=sorted({clip.corpus for clip in read}),
        protocol="shipped model",
        recipe="default",
        modality="speech",
        seed=seed,
        commit=report.commit(),
        seconds=time.perf_counter() - started,
        clips=len(read),
        answers=answers,
    ) | {"failed": failed}
