"""Figures of the models that are shipped, on data they have never seen."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emotion import alignment, emotions, quality, voice_window
from emotion.analysis import analyze
from emotion.baseline import Baseline
from emotion.call import FRAME_RATE, Call, Models
from emotion.datasets.ferplus import LABELS, FerPlus
from emotion.datasets.pictures import Picture
from emotion.datasets.speech import Clip
from emotion.detector import Detector
from emotion.errors import DatasetError, RapportError
from emotion.evaluation import calls, metrics, report
from emotion.evaluation.calls import Outputs
from emotion.evaluation.report import FoldAnswer
from emotion.expression import Expression
from emotion.manifest import Entry
from emotion.media import Frame, Recording, read_sound
from emotion.probability import log_softmax
from emotion.recogniser import EMOTION_OF, FLOOR, FaceRecogniser, VoiceRecogniser

SENSES = ("face", "speech", "fused")

FACE_RESULTS = ("none", "mean of frames", "personal baseline")
"""What is reported of faces: as a call reads them; the mean over frames of what the
network says, without regard to time; and as a call reads someone whose neutral face it
has seen before."""

_NEUTRAL_CLIPS = 2
"""Clips that a personal baseline is taken from."""

_LONGEST = 600.0
"""Seconds of a clip, before which every look is kept."""


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


def ferplus_document(recogniser: FaceRecogniser, data: FerPlus, split: str) -> dict[str, Any]:
    """All figures of the shipped face model on a part of FER+.

    Args:
        recogniser: The shipped one.
        data: The part.
        split: Its name, see `emotion.datasets.ferplus.read`.

    Returns:
        The document of `report.document` over FER+'s eight classes: with its own shares of
        classes, over all pictures and over those on which more than half of the crowd
        agree, and with all classes equally frequent. `emotions` has the figures over ours,
        as a call reads them.
    """
    started = time.perf_counter()
    logits = np.stack([recogniser.logits(image) for image in data.images])
    said = np.stack([recogniser.probabilities(row) for row in logits])
    own, even = (
        log_softmax((logits + np.log(shares / recogniser.priors)) / recogniser.temperature)
        for shares in (recogniser.shares, 1.0)
    )
    agreed = data.agreed
    answers = {
        "most frequent vote": (data.labels, own),
        "more than half of the votes": (data.labels[agreed], own[agreed]),
        "classes equally frequent": (data.labels, even),
    }
    heard = np.log(np.maximum(said, FLOOR))
    return _document(
        "face", answers, started, ["ferplus"], len(data.labels), protocol=split, labels=LABELS
    ) | {"emotions": report.figures(EMOTION_OF[data.labels], heard, emotions.NAMES)}


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
        answers[name] = labels, log_softmax(np.where(asked, logs, -np.inf))
    corpora = sorted({clip.corpus for clip in read})
    return _document("speech", answers, started, corpora, len(read), seed=seed) | {"failed": failed}


def face(
    listed: Sequence[Clip], models: Models, progress: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """Score the shipped face model on clips with picture, their sound left aside.

    The first two neutral clips of each person serve as personal baseline, and are not
    scored in the result of that name. Calm counts as neutral: a face alone cannot tell.

    Args:
        listed: What to watch. A clip that cannot be read, or in which no face can, is
            named in the result.
        models: The shipped ones.
        progress: Called after each clip with the number that is done.

    Returns:
        The document of `report.document` with one fold, its results `FACE_RESULTS`, the
        last only if someone has neutral clips to spare; and `failed`.

    Raises:
        DatasetError: If no clip can be read.
    """
    started = time.perf_counter()
    answers: dict[str, list[tuple[int, np.ndarray]]] = {name: [] for name in FACE_RESULTS}
    failed: dict[str, str] = {}
    known: dict[str, Baseline] = {}
    read = 0
    # Neutral clips first, so that everyone's baseline is known when it is needed.
    served: dict[str, int] = {}
    ordered = sorted(listed, key=lambda clip: clip.emotion != emotions.NEUTRAL)
    for index, clip in enumerate(ordered, start=1):
        label = emotions.NEUTRAL if clip.emotion == emotions.CALM else clip.emotion
        try:
            logs, person = _watch(clip, models)
            answers["none"].append((label, logs))
            answers["mean of frames"].append((label, _mean(person)))
            read += 1
            if clip.emotion == emotions.NEUTRAL and served.get(clip.speaker, 0) < _NEUTRAL_CLIPS:
                served[clip.speaker] = served.get(clip.speaker, 0) + 1
                begun = known.get(clip.speaker) or models.baseline
                known[clip.speaker] = _watch(clip, models, begun)[1].baseline or begun
            elif clip.speaker in known:
                logs, _ = _watch(clip, models, known[clip.speaker])
                answers["personal baseline"].append((label, logs))
        except RapportError as error:
            failed[str(clip.path)] = str(error)
        if progress:
            progress(index)
    if not read:
        raise DatasetError(f"None of the {len(listed)} clips shows a face to be read: {failed}.")
    corpora = sorted({clip.corpus for clip in listed})
    joined = {
        name: (np.array([label for label, _ in given]), np.array([logs for _, logs in given]))
        for name, given in answers.items()
        if given
    }
    return _document("face", joined, started, corpora, read) | {"failed": failed}


def _document(
    modality: str,
    answers: Mapping[str, tuple[np.ndarray, np.ndarray]],
    started: float,
    dataset: Sequence[str],
    clips: int,
    *,
    protocol: str = "shipped model",
    seed: int = 0,
    labels: Sequence[str] = emotions.NAMES,
) -> dict[str, Any]:
    """The document of one fold; answers are true labels and log probabilities."""
    seconds = time.perf_counter() - started
    return report.document(
        dataset=dataset,
        protocol=protocol,
        recipe="default",
        modality=modality,
        seed=seed,
        commit=report.commit(),
        seconds=seconds,
        clips=clips,
        answers={
            name: [FoldAnswer("all", true, logs, seconds)] for name, (true, logs) in answers.items()
        },
        labels=labels,
    )


def _watch(
    clip: Clip, models: Models, baseline: Baseline | None = None
) -> tuple[np.ndarray, Expression]:
    """What a call reads in a clip's face on average, log probabilities, and in whose face."""
    call = Call(models, patience=_LONGEST, baseline=baseline)
    with Recording(clip.path, frame_rate=FRAME_RATE / 0.9) as recording:
        for item in recording:
            if isinstance(item, Frame):
                call.push_frame(item)
    readings = call.finish()
    said = [one.face.probabilities for one in readings if one.face.probabilities is not None]
    person = call.person
    if not said or person is None or all(look.logs is None for look in person.looks):
        reasons = sorted({one.face.reason for one in readings if one.face.reason})
        raise DatasetError(f"No face can be read in {clip.path}: {', '.join(reasons)}.")
    return np.log(np.maximum(np.mean(said, axis=0), FLOOR)), person


def _mean(person: Expression) -> np.ndarray:
    """Log of the mean probabilities over all good looks, of which there is one at least."""
    looks = [look.logs for look in person.looks if look.logs is not None]
    return np.asarray(np.log(np.mean(np.exp(looks), axis=0)))
