"""Training and testing of face, voice and their late fusion, fold by fold.

Nothing is fitted to examples of both: within the training part of a fold, people are left
out in turn, and what each modality predicts for those it did not learn from gives its
temperature, its reliability and its confusion. With these the modalities, now fitted to the
whole training part, are fused on the people who are tested.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.model_selection import GroupKFold, StratifiedKFold
from threadpoolctl import threadpool_limits

from emotion.datasets import completeness
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.evaluation import calibration, metrics, protocols, report
from emotion.evaluation.protocols import Fold
from emotion.evaluation.report import FoldPredictions
from emotion.experiments import face_folds
from emotion.jobs import progress, sharing
from emotion.models.shipped import Models
from emotion.readings import emotions, fusion
from emotion.readings.fusion import Reliability
from emotion.readings.probability import log_softmax, row_shares
from emotion.readings.reading import Prediction
from emotion.reports.model import OptionalParts, Report
from emotion.reports.names import Modality, ResultName, fused_by
from emotion.training import voice_features, voice_heads
from emotion.training.voice_statistics import Statistics

_INNER = 3


@dataclass(frozen=True)
class _Senses:
    """Clips with what both networks make of them.

    Attributes:
        clips: Those whose face and voice could be read.
        faces: Mean and deviation over frames of the face's features, shape (n, 1024).
        voices: What the voice's encoder says of them.
        failed: Why the others could not be read.
    """

    clips: list[Clip]
    faces: np.ndarray
    voices: Statistics
    failed: dict[str, str]


def cross_validate(
    clips: Sequence[Clip],
    models: Models,
    protocol: str,
    work: Path,
    encoder: Path,
    folder: Path,
    seed: int = 0,
) -> Report:
    """Train and test both modalities and every rule of fusion by a protocol.

    Args:
        clips: With picture and sound.
        models: The shipped ones, whose face network gives the features.
        protocol: One of `protocols.of('fused')`.
        work: Folder outside the project for features.
        encoder: npz file of the Whisper encoder.
        folder: Of the data set.
        seed: Of random splits.

    Returns:
        The report, as of `report.document`, with the results 'fused', 'face', 'voice' and,
        for every other rule of fusion, 'fused: RULE'; with `failed`.

    Raises:
        DatasetError: If the clips cannot be split so.
    """
    protocol = protocols.named(protocol, Modality.FUSED)
    started = time.perf_counter()
    senses = _read(clips, models, work, encoder)
    predictions: dict[str, list[FoldPredictions]] = {}
    splits = protocols.folds(protocol, senses.clips, seed)
    done = sharing.share(_predicted, splits, (senses, seed))
    found = dict(progress.track(done, protocol, "fold", len(splits)))
    for place, fold in enumerate(splits):
        of_fold, seconds = found[place]
        labels = np.array([senses.clips[row].emotion for row in fold.test])
        for name, logs in of_fold.items():
            prediction = FoldPredictions(fold.name, labels, logs, seconds, fold.test)
            predictions.setdefault(name, []).append(prediction)
    return report.document(
        dataset=sorted({clip.corpus for clip in senses.clips}),
        protocol=protocol,
        recipe="default",
        modality=Modality.FUSED,
        seed=seed,
        commit=report.commit(),
        seconds=time.perf_counter() - started,
        clips=len(senses.clips),
        predictions=predictions,
        tested=senses.clips,
        folders=[folder],
        parts=OptionalParts(failed=senses.failed, notes=completeness.notes(senses.clips)),
    )


def _read(clips: Sequence[Clip], models: Models, work: Path, encoder: Path) -> _Senses:
    watched = face_folds.watch(clips, models, work)
    heard = voice_features.extract(watched.clips, encoder, work)
    row_of = {clip.path: row for row, clip in enumerate(heard.clips)}
    kept = [row for row, clip in enumerate(watched.clips) if clip.path in row_of]
    shown = [watched.features[row] for row in kept]
    return _Senses(
        [watched.clips[row] for row in kept],
        np.array([face_folds.summary(one) for one in shown]),
        heard.at(np.array([row_of[watched.clips[row].path] for row in kept], int)),
        watched.failed | {str(path): reason for path, reason in heard.failed.items()},
    )


def _predicted(known: tuple[_Senses, int], fold: Fold) -> tuple[dict[str, np.ndarray], float]:
    """What `_fold` says, and the seconds it took."""
    begun = time.perf_counter()
    # Sums that threads share are rounded otherwise, and a worker has one thread.
    with threadpool_limits(1, user_api="blas"):
        return _fold(known[0], fold, known[1]), time.perf_counter() - begun


def _fold(senses: _Senses, fold: Fold, seed: int) -> dict[str, np.ndarray]:
    """Log probabilities of the tested clips by modality and by rule."""
    labels = np.array([clip.emotion for clip in senses.clips])
    inner: dict[str, list[np.ndarray]] = {"face": [], "voice": []}
    order = []
    tested = [senses.clips[row] for row in fold.test]
    # Who is tested is not behind anyone's voice either.
    heard = senses.voices.without_voices_of(tested)
    for part in _inner(senses, fold):
        order.append(part.test)
        inner["face"].append(_faces(senses, part))
        inner["voice"].append(_voices(heard, part, seed))
    known = labels[np.concatenate(order)]
    outer = {"face": _faces(senses, fold), "voice": _voices(heard, fold, seed)}
    calibrated, recalls, confusions = {}, {}, {}
    for sense, logs in outer.items():
        every = np.concatenate(inner[sense])
        calibrated[sense] = log_softmax(logs / calibration.temperature(every, known))
        matrix = metrics.confusion(known, every.argmax(axis=1), emotions.COUNT)
        recalls[sense] = max(metrics.unweighted_average_recall(matrix), 1e-3)
        confusions[sense] = row_shares(matrix)
    reliability = Reliability(
        recalls["face"], recalls["voice"], confusions["face"], confusions["voice"]
    )
    fused = {
        ResultName.FUSED if name == next(iter(fusion.RULES)) else fused_by(name): np.array(
            [
                _pool(face, voice, reliability, rule)
                for face, voice in zip(calibrated["face"], calibrated["voice"], strict=True)
            ]
        )
        for name, rule in fusion.RULES.items()
    }
    return {ResultName.FUSED: fused.pop(ResultName.FUSED)} | calibrated | fused


def _pool(
    face: np.ndarray, voice: np.ndarray, reliability: Reliability, rule: fusion.Rule
) -> np.ndarray:
    shares = fusion.fuse(Prediction(np.exp(face)), Prediction(np.exp(voice)), reliability, rule)
    assert shares is not None
    return np.log(np.maximum(shares, 1e-6))


def _inner(senses: _Senses, fold: Fold) -> list[Fold]:
    """Parts of the training clips to leave out in turn: people, or clips where those are few."""
    labels = np.array([senses.clips[row].emotion for row in fold.train])
    groups = np.array([senses.clips[row].speaker for row in fold.train])
    rarest = int(np.bincount(labels)[np.unique(labels)].min())
    if len(np.unique(groups)) >= _INNER:
        splits = GroupKFold(_INNER).split(fold.train, labels, groups)
    elif rarest >= _INNER:
        splits = StratifiedKFold(_INNER).split(fold.train, labels)
    else:
        raise DatasetError(
            f"Fold {fold.name!r} should have {_INNER} people to train on, or {_INNER} clips of "
            f"each emotion. Found: {len(np.unique(groups))} and {rarest}."
        )
    return [Fold(fold.name, fold.train[own], fold.train[left]) for own, left in splits]


def _faces(senses: _Senses, fold: Fold) -> np.ndarray:
    labels = np.array([clip.emotion for clip in senses.clips])
    speakers = np.array([clip.speaker for clip in senses.clips])
    return face_folds.fit(senses.faces, labels, speakers, fold)


def _voices(heard: Statistics, fold: Fold, seed: int) -> np.ndarray:
    tested = heard.at(fold.test)
    data = heard.at(fold.train).without_voices_of(tested.clips)
    fitted = voice_heads.fit(data, {}, seed=seed)
    return log_softmax(np.array([one.absolute for one in fitted(tested.values[0])]))
