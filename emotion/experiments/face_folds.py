"""Training and testing on faces of clips, fold by fold: what splits by frames hide.

The shipped network is left as it is; its last features of every frame, as a call sees them,
are computed once, and each fold fits a logistic regression to them. That is the transfer
learning of Naas & Sigg 2020 with the face network in place of ImageNet's, quick enough to be
done for every actor.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from emotion import files
from emotion.datasets import completeness
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError, RapportError
from emotion.evaluation import protocols, report, watched_clips
from emotion.evaluation.report import FoldPredictions
from emotion.jobs import fingerprint, progress, shared_files, sharing, worker_models
from emotion.models.shipped import Models
from emotion.readings import emotions
from emotion.reports.model import OptionalParts, Report
from emotion.reports.names import Modality, ProtocolName, ResultName

FRAMES = ProtocolName.RANDOM_FRAMES
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


def watch(clips: Sequence[Clip], models: Models, work: Path) -> Watched:
    """Features of all clips, from `work` where they are there already.

    What is missing is watched here, or wherever `emotion.jobs.sharing` says.

    Args:
        clips: What to watch; one that cannot be read is named in the result.
        models: The shipped ones.
        work: Folder outside the project for what is done.

    Raises:
        DatasetError: If no clip shows a face that can be read.
    """
    folder = work / "face-frames"
    folder.mkdir(parents=True, exist_ok=True)
    stored = [folder / f"{_digest(clip, models)}.npy" for clip in clips]
    missing = [place for place, path in enumerate(stored) if not path.is_file()]
    # Whoever watches may be in another folder.
    asked = [replace(clips[place], path=clips[place].path.absolute()) for place in missing]
    items = [(clip, shared_files.digests([clip.path])) for clip in asked]
    failed: dict[str, str] = {}
    done = sharing.share(_watched, items, _Watcher(models)) if items else iter(())
    for number, seen in progress.track(done, "watching", "clip", len(items)):
        place = missing[number]
        if isinstance(seen, str):
            failed[str(clips[place].path)] = seen
            continue
        with files.replacing(stored[place]) as fresh:
            np.save(fresh, seen)
    named = [str(clip.path) for clip in clips]
    kept = [place for place, name in enumerate(named) if name not in failed]
    # In the order of the clips, whoever was done first.
    failed = {name: failed[name] for name in named if name in failed}
    if not kept:
        raise DatasetError(f"None of the {len(clips)} clips shows a face to be read: {failed}.")
    return Watched(
        [clips[place] for place in kept], [np.load(stored[place]) for place in kept], failed
    )


class _Watcher:
    """The models in whichever process watches: elsewhere its own, which are to be the same."""

    def __init__(self, models: Models) -> None:
        self._digests = models.digests
        self._here: Models | None = models

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_here": None}

    @property
    def models(self) -> Models:
        return self._here or worker_models.models(self._digests)


def _watched(watcher: _Watcher, item: tuple[Clip, dict[Path, str]]) -> np.ndarray | str:
    """The features of a clip, or why it cannot be read."""
    clip, digests = item
    shared_files.check(digests)
    models = watcher.models
    try:
        # Sums that threads share are rounded otherwise, and a worker has one thread.
        with threadpool_limits(1, user_api="blas"):
            return watched_clips.features(clip, models)
    except (RapportError, OSError) as error:
        return str(error)


def _digest(clip: Clip, models: Models) -> str:
    content = fingerprint.of_file(clip.path)
    code = fingerprint.of_code((sys.modules[__name__],))
    made_by = f"{models.face.sha256}\n{models.detector.sha256}\n{code}"
    text = f"{made_by}\n{clip.path.resolve()}\n{content}"
    return fingerprint.of_parts(text)[:20]


def cross_validate(
    clips: Sequence[Clip], models: Models, protocol: str, work: Path, folder: Path, seed: int = 0
) -> Report:
    """Train and test by a protocol.

    Args:
        clips: With picture.
        models: The shipped ones.
        protocol: One of `protocols.of('face')`. Under 'random-frames' every frame is predicted by
            itself, and frames of one clip are on both sides; under the others a clip is
            predicted by the mean and deviation of its frames.
        work: Folder outside the project for features.
        folder: Of the data set.
        seed: Of random splits.

    Returns:
        The report, as of `report.document`, with `failed`.

    Raises:
        DatasetError: If the clips cannot be split so.
    """
    protocol = protocols.named(protocol, Modality.FACE)
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
    splits = protocols.folds(ProtocolName.RANDOM if protocol == FRAMES else protocol, shown, seed)
    done = sharing.share(_predicted, splits, (inputs, labels, speakers))
    found = dict(progress.track(done, protocol, "fold", len(splits)))
    predictions = [
        FoldPredictions(fold.name, labels[fold.test], *found[place], owners[fold.test])
        for place, fold in enumerate(splits)
    ]
    return report.document(
        dataset=sorted({clip.corpus for clip in watched.clips}),
        protocol=protocol,
        recipe="default",
        modality=Modality.FACE,
        seed=seed,
        commit=report.commit(),
        seconds=time.perf_counter() - started,
        clips=len(watched.clips),
        predictions={ResultName.PLAIN: predictions},
        tested=watched.clips,
        folders=[folder],
        parts=OptionalParts(failed=watched.failed, notes=completeness.notes(watched.clips)),
    )


def summary(features: np.ndarray) -> np.ndarray:
    """A clip as the mean and the deviation of its frames, shape (1024,).

    Args:
        features: Of the clip's frames, shape (frames, 512).
    """
    return np.hstack([features.mean(axis=0), features.std(axis=0)])


def _predicted(
    known: tuple[np.ndarray, np.ndarray, np.ndarray], fold: protocols.Fold
) -> tuple[np.ndarray, float]:
    """What `fit` says, and the seconds it took."""
    begun = time.perf_counter()
    return fit(*known, fold), time.perf_counter() - begun


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
    # As on a worker; more threads take longer, besides.
    with threadpool_limits(1, user_api="blas"):
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
    """The one with most right predictions on people left out of `train`, or on clips if few."""
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
