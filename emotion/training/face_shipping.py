"""The face model that is shipped: trained, calibrated, measured and exported."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from emotion.datasets import ferplus
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.evaluation import (
    calibration,
    ferplus_scoring,
    metrics,
    photograph_scoring,
    protocols,
    report,
)
from emotion.face.face_recogniser import EMOTION_OF, FLOOR, FaceRecogniser, fold_ferplus
from emotion.face.yunet import YuNet
from emotion.models import shipped, training_data
from emotion.models.manifest import Manifest
from emotion.models.shipped import Models
from emotion.models.training_data import TrainingData
from emotion.readings import emotions
from emotion.readings.probability import log_softmax, row_shares, softmax
from emotion.training import (
    export,
    face_examples,
    face_sources,
    face_training,
    face_tuning,
    vgg16,
)
from emotion.training.face_examples import FaceExamples

_PENALTY = 100.0
"""Stills of people who speak that an emphasis has to outweigh: with less, what is gained on them
is lost on FER+ and on photographs (`docs/experiments.md`)."""


def ship(
    path: Path,
    weights: str | Path | None,
    work: Path,
    *,
    faces: Path | None = None,
    wild: Path | None = None,
    speaking: Path | None = None,
    clips: Sequence[Clip] = (),
    seed: int = 0,
) -> dict[str, Any]:
    """Train on FER+ and other faces, and put the model in `models/`.

    The temperature and the emphasis of each emotion are those that make the labels of `speaking`
    likeliest, or, without that, the temperature alone is the one that makes FER2013Valid
    likeliest. The reliability, a power of 1 at most, is how far the network may be trusted on
    faces from a source that it was not trained on: people who speak, or else what it was on the
    photographs before it had seen any. What it takes each emotion for is counted on
    FER2013Valid and on photographs of people held out of training, each set counting alike.

    Args:
        path: Folder of FER+.
        weights: 'imagenet' to let Keras download the published weights, an npz file of VGG16,
            or None for random ones; with `wild` the network to tune.
        work: Folder outside the project for checkpoints.
        faces: Folder with a `faces.csv` of labelled photographs, four fifths of whose
            people are trained on; None to leave the reliability at 1.
        wild: Folder with a `faces.csv` of tightly cropped faces in the wild; None to train
            from VGG16's own weights. With it the network in `weights` is tuned instead.
        speaking: Folder with a `faces.csv` of people in the middle of speaking, such as SFEW's
            film stills, held out of training.
        clips: With picture, to be trained on too; those of RAVDESS's actors 01 and 05 are
            left out.
        seed: Of all randomness.

    Returns:
        What the manifest now says of the model.

    Raises:
        DatasetError: If a data set is not as described, or all clips are left out.
    """
    settings = face_training.FaceTraining(seed=seed)
    data, valid = ferplus.read(path, "train"), ferplus.read(path, "valid")
    manifest = Manifest()
    others = held_out = photographs = None
    known = [TrainingData("ferplus", len(data.images), note="FER2013Train")]
    if faces is not None:
        detector = shipped.detector(manifest.entry("face-detection"))
        others, held_out = face_examples.of_photographs(faces, detector)
        photographs = others + held_out
        known.append(TrainingData("faces", len(others.labels), note="labelled photographs"))
    trained = _for_training(clips) if clips else []
    if trained:
        seen = face_examples.clips(trained, Models.load())
        others = seen if others is None else others + seen
    counts = Counter(clip.corpus for clip in trained)
    known += [TrainingData(corpus, count) for corpus, count in sorted(counts.items())]
    if wild is None:
        model = face_training.train(data, valid, work, weights, settings, others)
        drawn = face_training.priors(
            data.votes, settings.balance, others, settings.stages[-1].others
        )
    else:
        model = tuned(data, work, Path(str(weights)), others, wild, manifest, seed)
        drawn = np.full(len(ferplus.LABELS), 1 / len(ferplus.LABELS))
        known.append(TrainingData("affectnet", note="faces in the wild"))
    last = settings.stages[-1]
    pixels = last.pixels
    file = "face_vgg16.tflite"
    served = vgg16.with_features(model)
    export.litert(served, (1, pixels, pixels, 1), manifest.folder / file, bits=8)
    vgg16.save(model, manifest.folder / "training" / "face_vgg16.npz")

    shares = data.votes.mean(axis=0)
    logits = face_training.predict(model, valid.images, pixels)
    temperature = calibration.temperature(logits + np.log(shares / drawn), valid.labels)
    exact = ferplus_scoring.figures(log_softmax(logits), drawn, shares, valid)
    fields: dict[str, Any] = {
        "file": file,
        "task": "Emotion of an aligned face",
        "format": "LiteRT, weights of 8 bits",
        "input": {
            "shape": [1, pixels, pixels, 1],
            "meaning": "grey levels 0 to 255 of a face aligned as in emotion/face/alignment.py",
        },
        "output": {
            "shape": [1, served.output.shape[1]],
            "labels": list(ferplus.LABELS),
            "meaning": "logits of the labels, then the features that they are made from",
        },
        "temperature": round(temperature, 4),
        "emphasis": [1.0] * emotions.COUNT,
        "reliability": 1.0,
        "confusion": np.eye(emotions.COUNT).tolist(),
        "ordinary": [1 / emotions.COUNT] * emotions.COUNT,
        "priors": [round(float(share), 5) for share in drawn],
        "shares": [round(float(share), 5) for share in shares],
        "licence": "CC BY 4.0 (VGG16, Oxford); FER+ labels MIT, FER2013 pictures for research"
        + "; AffectNet research only" * (wild is not None),
        "source": "VGG16 (Simonyan & Zisserman 2015), pre-trained on ImageNet",
        "training_data": training_data.written(known),
        "card": "face.md",
        "figures": [],
    }
    manifest.update("face", fields)
    recogniser = shipped.face(manifest.entry("face"))
    if speaking is not None:
        stills = _answers(recogniser, speaking, shipped.detector(manifest.entry("face-detection")))
        fields |= for_speaking(recogniser, stills)
        manifest.update("face", fields)
        recogniser = shipped.face(manifest.entry("face"))
    measured = ferplus_scoring.measure(recogniser, valid)

    def figure(measure: str, value: float, clips: int, protocol: str) -> dict[str, Any]:
        return {
            "measure": measure,
            "value": round(100 * value, 2),
            "data": "FER2013Valid",
            "protocol": protocol,
            "clips": clips,
            "seed": seed,
            "commit": report.commit(),
        }

    voted = EMOTION_OF[valid.labels]
    every, agreed = "most frequent vote", "more than half of the votes"
    fields["figures"] = [
        figure("accuracy", measured.accuracy, measured.pictures, every),
        figure("accuracy before export", exact.accuracy, exact.pictures, every),
        figure("accuracy", measured.accuracy_agreed, measured.pictures_agreed, agreed),
        figure(
            "unweighted average recall",
            measured.recall,
            measured.pictures,
            "most frequent vote, all classes equally frequent",
        ),
    ]
    confusions = [_shares(np.stack([recogniser(image) for image in valid.images]), voted)]
    if held_out is not None:
        labels = held_out.labels
        probabilities = np.stack([recogniser(image) for image in held_out.images])
        confusions.append(_shares(probabilities, labels))
        matrix = metrics.confusion(labels, probabilities.argmax(axis=1), emotions.COUNT)
        fields["figures"] += [
            {
                "measure": measure,
                "value": round(100 * value, 2),
                "data": "photographs of --data faces",
                "protocol": "other people, seven emotions, all equally frequent",
                "clips": len(labels),
                "seed": seed,
                "commit": report.commit(),
            }
            for measure, value in (
                ("accuracy", metrics.accuracy(matrix)),
                ("unweighted average recall", metrics.unweighted_average_recall(matrix)),
            )
        ]
    if speaking is not None:
        said = np.stack([recogniser.probabilities(row) for row in stills.logits])
        fields["reliability"] = round(power(said, stills.labels), 4)
    elif wild is not None and held_out is not None:
        # The network before has seen some of these people, so only the others can tell.
        said = np.stack([recogniser(image) for image in held_out.images])
        fields["reliability"] = round(power(said, held_out.labels), 4)
    elif photographs is not None:
        alone = face_training.before_others(work, settings, others)
        fields["reliability"] = round(_reliability(alone, data, valid, photographs, settings), 4)
    fields["confusion"] = np.mean(confusions, axis=0).round(4).tolist()
    neutral = valid.labels == ferplus.LABELS.index("neutral")
    fields["ordinary"] = ordinary(recogniser, valid.images[neutral])
    manifest.update("face", fields)
    return fields


def tuned(
    data: ferplus.FerPlus,
    work: Path,
    weights: Path,
    others: FaceExamples | None,
    wild: Path,
    manifest: Manifest,
    seed: int,
) -> keras.Model:
    """The network in a file, tuned on FER+, other faces and faces in the wild.

    Args:
        data: FER+'s pictures to train on.
        work: Folder outside the project for checkpoints.
        weights: npz or LiteRT file of the shipped face model, whose shares of classes the
            manifest has.
        others: Photographs to train on, or None.
        wild: Folder with a `faces.csv` of tightly cropped faces in the wild.
        manifest: Of the shipped models.
        seed: Of all randomness.

    Raises:
        DatasetError: If the faces in the wild are not as described.
        ModelError: If the weights are not of such a network.
    """
    count = len(ferplus.LABELS)
    before = np.array(manifest.entry("face").numbers("priors", count))
    model = vgg16.without_priors(vgg16.low_rank(weights, count), before)
    detector = shipped.detector(manifest.entry("face-detection"))
    sources = face_sources.of_ferplus(data, detector)
    if others is not None:
        sources.append(face_sources.of_photographs(others))
    sources.append(face_sources.in_the_wild(wild, detector))
    return face_tuning.tune(model, sources, work, face_tuning.Tuning(seed=seed))


@dataclass(frozen=True)
class Stills:
    """What a network says of people who speak.

    Attributes:
        logits: Of FER+'s classes, shape (n, 8).
        labels: Emotions, shape (n,), calm counting as neutral.
    """

    logits: np.ndarray
    labels: np.ndarray


def _answers(recogniser: FaceRecogniser, folder: Path, detector: YuNet) -> Stills:
    """Of the faces that are found in a folder with a `faces.csv`."""
    faces, labels = photograph_scoring.labelled_faces(folder, detector, recogniser.pixels)
    return Stills(np.stack([recogniser.logits(face) for face in faces]), labels)


def for_speaking(recogniser: FaceRecogniser, stills: Stills) -> dict[str, Any]:
    """The temperature and the emphasis of each emotion for people who speak.

    Args:
        recogniser: With a temperature and an emphasis of 1.
        stills: Of people held out of training. All emotions count alike.

    Returns:
        Fields of the manifest.
    """
    seen = np.delete(np.arange(emotions.COUNT), emotions.CALM)
    said = fold_ferplus(softmax(stills.logits), recogniser.priors, list(ferplus.LABELS))
    logs = np.log(np.maximum(said[:, seen], FLOOR))
    temperature, shift = calibration.temperature_and_shift(
        logs, np.searchsorted(seen, stills.labels), _PENALTY
    )
    emphasis = np.ones(emotions.COUNT)
    emphasis[seen] = np.exp(shift)
    return {
        "temperature": round(temperature, 4),
        "emphasis": [round(float(factor), 4) for factor in emphasis],
    }


def ordinary(recogniser: FaceRecogniser, images: np.ndarray) -> list[float]:
    """Geometric mean of what a model predicts for neutral faces, eight numbers that add up to 1.

    Args:
        recogniser: The model.
        images: Neutral faces, aligned, grey, uint8, shape (n, height, width), n > 0.
    """
    logs = [np.log(np.maximum(recogniser(image), FLOOR)) for image in images]
    return [round(float(share), 5) for share in softmax(np.mean(logs, axis=0))]


def power(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The power, from 0.2 to 1, that makes labels likeliest, all emotions counting alike.

    Args:
        probabilities: Shape (n, 8), 'neutral' standing for calm as well.
        labels: Emotions, shape (n,).
    """
    weights = 1 / np.bincount(labels)[labels]
    logs = np.log(np.maximum(probabilities, FLOOR))
    logs[:, emotions.CALM] = -np.inf

    def surprise(power: float) -> float:
        return float(-weights @ log_softmax(power * logs)[np.arange(len(labels)), labels])

    return float(min(np.linspace(0.2, 1, 41), key=surprise))


def _shares(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Share of the predictions (columns) for each emotion (rows), zeros for one without any."""
    return row_shares(metrics.confusion(labels, probabilities.argmax(axis=1), emotions.COUNT))


def _reliability(
    alone: keras.Model,
    data: ferplus.FerPlus,
    valid: ferplus.FerPlus,
    photographs: FaceExamples,
    settings: face_training.FaceTraining,
) -> float:
    """The `power` of a network on photographs that is trained on FER+ alone."""
    pixels = settings.stages[-1].pixels
    drawn, shares = face_training.priors(data.votes, settings.balance), data.votes.mean(axis=0)
    own = face_training.predict(alone, valid.images, pixels) + np.log(shares / drawn)
    logits = face_training.predict(alone, photographs.images, pixels)
    logits = logits / calibration.temperature(own, valid.labels)
    return power(fold_ferplus(softmax(logits), drawn, list(ferplus.LABELS)), photographs.labels)


def _for_training(clips: Sequence[Clip]) -> list[Clip]:
    """Clips but those of RAVDESS's actors 01 and 05, who test what is shipped."""
    kept = [clip for clip in clips if not protocols.held_out(clip)]
    if not kept:
        raise DatasetError(
            f"All {len(clips)} clips are of RAVDESS's actors 01 and 05, which are held out "
            "of training to test the model; give those of other people as well."
        )
    return kept
