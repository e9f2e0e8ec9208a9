"""Training and testing on faces of clips, fold by fold: what splits by frames hide.

The shipped network is left as it is; its last features of every frame, as a call sees them,
are computed once, and each fold fits a logistic regression to them. That is the transfer
learning of Naas & Sigg 2020 with the face network in place of ImageNet's, quick enough to be
done for every actor.
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from emotion import emotions, files
from emotion.call import FRAME_RATE, Call
from emotion.datasets import completeness
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError, RapportError
from emotion.evaluation import protocols, report
from emotion.evaluation.report import FoldAnswer
from emotion.face.recogniser import FaceRecogniser
from emotion.jobs import fingerprint, progress
from emotion.media.frames import Frame
from emotion.media.recordings import Recording
from emotion.models.shipped import Models
from emotion.reports.model import Report

FRAMES = "random-frames"
"""The protocol in which frames of one clip stand on both sides of a split."""

PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1)
"""Inverse strengths of the penalty on the weights that are tried."""

_INNER = 3
_ABSENT = 1e-6


@dataclass(frozen=True)
class Watched:
    """Clips with what the network sees in their frames.

    Attributes:
        clips: Those with a face that could be read.
        features: Of each, float32, shape (frames, 512).
        failed: Why the others could not be read.
    """

    clips: list[Clip]
    features: list[np.ndarray]
    failed: dict[str, str]


class _Notebook(FaceRecogniser):
    """A recogniser that keeps the features of every face that a call shows it."""

    def __init__(self, recogniser: FaceRecogniser) -> None:
        self.__dict__.update(recogniser.__dict__)
        self.noted: list[np.ndarray] = []

    def outputs(self, face: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logits, features = super().outputs(face)
        self.noted.append(features)
        return logits, features


def watch(clips: Sequence[Clip], models: Models, work: Path) -> Watched:
    """Features of all clips, from `work` where they are there already.

    Args:
        clips: What to watch; one that cannot be read is named in the result.
        models: The shipped ones.
        work: Folder outside the project for what is done.

    Raises:
        DatasetError: If no clip shows a face that can be read.
    """
    folder = work / "face-frames"
    folder.mkdir(parents=True, exist_ok=True)
    kept: list[Clip] = []
    features = []
    failed: dict[str, str] = {}
    for clip in progress.track(clips, "watching", "clip"):
        stored = folder / f"{_digest(clip, models)}.npy"
        try:
            if not stored.is_file():
                seen = _features(clip, models)
                with files.replacing(stored) as fresh:
                    np.save(fresh, seen)
            features.append(np.load(stored))
            kept.append(clip)
        except (RapportError, OSError) as error:
            failed[str(clip.path)] = str(error)
    if not kept:
        raise DatasetError(f"None of the {len(clips)} clips shows a face to be read: {failed}.")
    return Watched(kept, features, failed)


def _features(clip: Clip, models: Models) -> np.ndarray:
    notebook = _Notebook(models.face)
    call = Call(replace(models, face=notebook))
    with Recording(clip.path, frame_rate=FRAME_RATE / 0.9) as recording:
        for item in recording:
            if isinstance(item, Frame):
                call.push_frame(item)
    readings = call.finish()
    if not notebook.noted:
        reasons = sorted({one.face.reason for one in readings if one.face.reason})
        raise DatasetError(f"No face can be read in {clip.path}: {', '.join(reasons)}.")
    return np.array(notebook.noted, np.float32)


def _digest(clip: Clip, models: Models) -> str:
    content = fingerprint.of_file(clip.path)
    detector = hashlib.sha256(models.detector).hexdigest()
    text = f"{models.face.sha256}\n{detector}\n{clip.path.resolve()}\n{content}"
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def cross_validate(
    clips: Sequence[Clip], models: Models, protocol: str, work: Path, folder: Path, seed: int = 0
) -> Report:
    """Train and test by a protocol.

    Args:
        clips: With picture.
        models: The shipped ones.
        protocol: One of `protocols.of('face')`. Under 'random-frames' every frame is answered by
            itself, and frames of one clip are on both sides; under the others a clip is
            answered by the mean and deviation of its frames.
        work: Folder outside the project for features.
        folder: Of the data set.
        seed: Of random splits.

    Returns:
        The report, as of `report.document`, with `failed`.

    Raises:
        DatasetError: If the clips cannot be split so.
    """
    protocol = protocols.named(protocol, "face")
    started = time.perf_counter()
    watched = watch(clips, models, work)
    if protocol == FRAMES:
        inputs = np.concatenate(watched.features)
        owners = np.repeat(np.arange(len(watched.clips)), [len(one) for one in watched.features])
    else:
        inputs = np.array([summary(one) for one in watched.features])
        owners = np.arange(len(watched.clips))
    shown = [watched.clips[owner] for owner in owners]
    labels = np.array([clip.emotion for clip in shown])
    speakers = np.array([clip.speaker for clip in shown])
    answers = []
    splits = protocols.folds("random" if protocol == FRAMES else protocol, shown, seed)
    for fold in progress.track(splits, protocol, "fold"):
        begun = time.perf_counter()
        logs = fit(inputs, labels, speakers, fold)
        seconds = time.perf_counter() - begun
        answer = FoldAnswer(fold.name, labels[fold.test], logs, seconds, owners[fold.test])
        answers.append(answer)
    return report.document(
        dataset=sorted({clip.corpus for clip in watched.clips}),
        protocol=protocol,
        recipe="default",
        modality="face",
        seed=seed,
        commit=report.commit(),
        seconds=time.perf_counter() - started,
        clips=len(watched.clips),
        answers={"none": answers},
        tested=watched.clips,
        folders=[folder],
        failed=watched.failed,
        notes=completeness.notes(watched.clips),
    )


def summary(features: np.ndarray) -> np.ndarray:
    """A clip as the mean and the deviation of its frames: (frames, 512) to (1024,)."""
    return np.hstack([features.mean(axis=0), features.std(axis=0)])


def fit(
    inputs: np.ndarray, labels: np.ndarray, speakers: np.ndarray, fold: protocols.Fold
) -> np.ndarray:
    """Answers to what a fold tests by a logistic regression on what it trains on.

    Args:
        inputs: Shape (n, features).
        labels: Emotions, shape (n,).
        speakers: Of each, shape (n,).
        fold: Rows to train on and to test.

    Returns:
        Log probabilities of the tested, shape (m, 8).

    Raises:
        DatasetError: If there is one emotion alone to train on.
    """
    train = fold.train
    if len(np.unique(labels[train])) < 2:
        raise DatasetError(f"Fold {fold.name!r} has one emotion alone to train on.")
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=_penalty(inputs, labels, speakers, train))
    )
    model.fit(inputs[train], labels[train])
    shares = np.full((len(fold.test), emotions.COUNT), _ABSENT)
    shares[:, model.classes_] += model.predict_proba(inputs[fold.test])
    return np.log(shares / shares.sum(axis=1, keepdims=True))


def _penalty(
    inputs: np.ndarray, labels: np.ndarray, speakers: np.ndarray, train: np.ndarray
) -> float:
    """The one with most right answers on people left out of `train`, or on clips if few."""
    groups = speakers[train]
    rarest = int(np.bincount(labels[train])[np.unique(labels[train])].min())
    if len(np.unique(groups)) >= _INNER:
        splits = list(GroupKFold(_INNER).split(train, labels[train], groups))
    elif rarest >= _INNER:
        splits = list(StratifiedKFold(_INNER).split(train, labels[train]))
    else:
        return PENALTIES[len(PENALTIES) // 2]
    right = []
    for penalty in PENALTIES:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=penalty))
        right.append(
            sum(
                (
                    model.fit(inputs[train[own]], labels[train[own]]).predict(inputs[train[left]])
                    == labels[train[left]]
                ).sum()
                for own, left in splits
                if len(np.unique(labels[train[own]])) > 1
            )
        )
    return PENALTIES[int(np.argmax(right))]
