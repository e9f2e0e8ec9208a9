"""Training of the voice recogniser: a linear head on a frozen, cut Whisper encoder.

The statistics of every window are computed once and kept in a folder outside the
project; a head then takes seconds to fit, so that every fold of a protocol can.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from emotion import emotions, mel
from emotion.audio import RATE
from emotion.datasets import speech
from emotion.datasets.speech import Clip
from emotion.evaluation import calibration, metrics
from emotion.evaluation.protocols import ACTOR_FOLDS, HELD_OUT_ACTORS, speaker
from emotion.manifest import Manifest
from emotion.media import read_sound
from emotion.probability import log_softmax, softmax
from emotion.training import export, whisper
from emotion.voice_window import HOP, VoiceWindows

_PART = 100
"""Clips whose features are stored together; an interrupted run loses at most these."""

_BATCH = 16
_COMPONENTS = 512
_STRENGTHS = (3e-4, 1e-3, 3e-3, 1e-2)


@dataclass(frozen=True)
class Corpus:
    """Clips with the statistics of their windows.

    Attributes:
        clips: In order.
        features: Of each window, float32, shape (n, 3072).
        clip: Index into `clips` for each window, int64, shape (n,).
    """

    clips: list[Clip]
    features: np.ndarray
    clip: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        """Emotion of each clip, int64, shape (clips,)."""
        return np.array([clip.emotion for clip in self.clips])

    @property
    def speakers(self) -> frozenset[str]:
        """Who is heard."""
        return frozenset(clip.speaker for clip in self.clips)

    def only(self, speakers: frozenset[str]) -> "Corpus":
        """The clips of some speakers."""
        kept = np.array([clip.speaker in speakers for clip in self.clips])
        chosen = kept[self.clip]
        place = np.cumsum(kept) - 1
        clips = [clip for clip, keep in zip(self.clips, kept, strict=True) if keep]
        return Corpus(clips, self.features[chosen], place[self.clip[chosen]])

    def without(self, speakers: frozenset[str]) -> "Corpus":
        """The clips of all other speakers."""
        return self.only(self.speakers - speakers)

    def by_clip(self, log_probabilities: np.ndarray) -> np.ndarray:
        """Mean of the log probabilities of each clip's windows, renormalised.

        Args:
            log_probabilities: Of the windows, shape (n, 8).

        Returns:
            Shape (clips, 8).
        """
        sums = np.zeros((len(self.clips), emotions.COUNT))
        np.add.at(sums, self.clip, log_probabilities)
        return log_softmax(sums / np.bincount(self.clip, minlength=len(self.clips))[:, None])

    def confusion(self, log_probabilities: np.ndarray) -> np.ndarray:
        """True emotion by answered one of the clips, from the windows' answers."""
        answers = self.by_clip(log_probabilities).argmax(axis=1)
        return metrics.confusion(self.labels, answers, emotions.COUNT)


@dataclass(frozen=True)
class Head:
    """A linear layer on raw statistics.

    Attributes:
        kernel: float32, shape (3072, 8).
        bias: float32, shape (8,).
    """

    kernel: np.ndarray
    bias: np.ndarray

    def log_probabilities(self, features: np.ndarray) -> np.ndarray:
        """Log probabilities of the eight emotions, shape (n, 8)."""
        return log_softmax(features @ self.kernel + self.bias)


def extract(clips: list[Clip], encoder: Path, work: Path, *, most: int = 8) -> Corpus:
    """Statistics of the windows that the live pipeline would read in each clip.

    A clip whose windows all hold too little speech gives its last one, so that no
    clip is lost to the voice activity detector.

    Args:
        clips: What to read.
        encoder: npz file of the Whisper encoder.
        work: Folder outside the project for the parts that are done.
        most: Windows a clip at most, evenly spread over those that can be read.
    """
    folder = work / "voice-features"
    folder.mkdir(parents=True, exist_ok=True)
    model = None
    features, owners = [], []
    for start in tqdm(range(0, len(clips), _PART), desc="features", unit="part"):
        part = clips[start : start + _PART]
        names = "\n".join(f"{clip.path}:{clip.path.stat().st_size}" for clip in part)
        digest = hashlib.sha256(f"{encoder.stat().st_size}\n{most}\n{names}".encode()).hexdigest()
        stored = folder / f"{digest[:20]}.npz"
        if not stored.is_file():
            model = model or whisper.build(encoder)
            _extract_part(part, model, most, stored)
        with np.load(stored) as file:
            features.append(file["features"])
            owners.append(file["clip"] + start)
    return Corpus(clips, np.concatenate(features).astype(np.float32), np.concatenate(owners))


def _extract_part(part: list[Clip], model: keras.Model, most: int, stored: Path) -> None:
    mels, owners = [], []
    for index, clip in enumerate(part):
        samples = read_sound(clip.path)
        # A clip shorter than one hop is heard as if the call went on silently.
        missing = max(0, round(HOP * RATE) - len(samples))
        windows = list(VoiceWindows().push(np.pad(samples, (0, missing))))
        readable = [window for window in windows if window.reason is None] or windows[-1:]
        for position in np.unique(np.linspace(0, len(readable) - 1, most).round().astype(int)):
            mels.append(mel.log_mel(readable[position].samples))
            owners.append(index)
    outputs = [
        model.predict_on_batch(np.stack(mels[first : first + _BATCH]))
        for first in range(0, len(mels), _BATCH)
    ]
    fresh = stored.with_suffix(".part.npz")
    np.savez(fresh, features=np.concatenate(outputs).astype(np.float16), clip=np.array(owners))
    fresh.replace(stored)


def fit(corpus: Corpus, strengths: Sequence[float]) -> list[Head]:
    """Multinomial logistic regression on principal components, classes balanced.

    Args:
        corpus: What to fit on.
        strengths: Inverse penalties; there is a head for each, and the components,
            which take longest, are shared.
    """
    scaler = StandardScaler().fit(corpus.features)
    scaled = scaler.transform(corpus.features)
    # A sixth of the directions hold what matters, and fit twenty times as fast.
    count = min(_COMPONENTS, *scaled.shape)
    axes = PCA(count, svd_solver="covariance_eigh").fit(scaled)
    projected, labels = axes.transform(scaled), corpus.labels[corpus.clip]
    heads = []
    for strength in strengths:
        model = LogisticRegression(C=strength, max_iter=300, tol=1e-3, class_weight="balanced")
        model.fit(projected, labels)
        # The three linear steps are one.
        folded = (model.coef_ @ axes.components_) / scaler.scale_
        kernel = np.zeros((corpus.features.shape[1], emotions.COUNT), np.float32)
        # An emotion without an example gets no chance rather than an even one.
        bias = np.full(emotions.COUNT, -20.0, np.float32)
        kernel[:, model.classes_] = folded.T
        centre = scaler.mean_ + axes.mean_ * scaler.scale_
        bias[model.classes_] = model.intercept_ - folded @ centre
        heads.append(Head(kernel, bias))
    return heads


def cross_validate(
    corpus: Corpus, folds: Sequence[frozenset[str]], strengths: Sequence[float]
) -> np.ndarray:
    """Log probabilities of windows from heads that never heard their speaker.

    Args:
        corpus: To train and test on.
        folds: Speakers to leave out, fold by fold; the others train. Together they
            are all speakers.
        strengths: As for `fit`.

    Returns:
        Shape (strengths, windows, 8).
    """
    speakers = np.array([clip.speaker for clip in corpus.clips])[corpus.clip]
    result = np.full((len(strengths), len(speakers), emotions.COUNT), np.nan)
    for fold in tqdm(folds, desc="folds", leave=False):
        tested = np.isin(speakers, list(fold))
        for index, head in enumerate(fit(corpus.without(fold), strengths)):
            result[index, tested] = head.log_probabilities(corpus.features[tested])
    return result


def choose_strength(corpus: Corpus) -> float:
    """The penalty that does best on speakers left out, in three folds of them."""
    order = sorted(corpus.speakers)
    folds = [frozenset(order[first::3]) for first in range(3)]
    answers = cross_validate(corpus, folds, _STRENGTHS)
    accuracies = [metrics.accuracy(corpus.confusion(logs)) for logs in answers]
    return _STRENGTHS[int(np.argmax(accuracies))]


def actor_folds(corpus: Corpus) -> list[frozenset[str]]:
    """The folds of `actor-5fold` as the speakers that the corpus has of them."""
    return [corpus.speakers & {speaker(actor) for actor in fold} for fold in ACTOR_FOLDS]


def benchmark(path: Path, encoder: Path, work: Path) -> dict[str, Any]:
    """Train and test by the protocol `actor-5fold` of RAVDESS.

    In each fold the penalty is chosen, and the head fitted, on the training actors
    alone. A clip's answer is the mean of the log probabilities of its windows.

    Returns:
        Accuracy, recall and confusion over all clips, and the figures of each fold.
    """
    corpus = extract(speech.ravdess(path), encoder, work)
    total = np.zeros((emotions.COUNT, emotions.COUNT), np.int64)
    folds = []
    for fold in actor_folds(corpus):
        trained, tested = corpus.without(fold), corpus.only(fold)
        strength = choose_strength(trained)
        head = fit(trained, [strength])[0]
        matrix = tested.confusion(head.log_probabilities(tested.features))
        total += matrix
        folds.append({"actors": sorted(fold), "penalty": strength} | _figures(matrix))
        tqdm.write(json.dumps(folds[-1]))
    return {
        "dataset": "ravdess",
        "protocol": "actor-5fold",
        "modality": "speech",
        "seed": None,
        "commit": export.commit(),
        **_figures(total),
        "labels": list(emotions.NAMES),
        "confusion": total.tolist(),
        "folds": folds,
    }


def _figures(matrix: np.ndarray) -> dict[str, Any]:
    return {
        "clips": int(matrix.sum()),
        "accuracy": round(metrics.accuracy(matrix), 4),
        "unweighted_average_recall": round(metrics.unweighted_average_recall(matrix), 4),
    }


def ship(path: Path, encoder: Path, work: Path) -> dict[str, Any]:
    """Fit the head on RAVDESS without actors 01 and 05, and put the model in `models/`.

    The temperature comes from heads that did not hear the speaker.

    Returns:
        What the manifest now says of the model.
    """
    # Features of all clips are kept, so that benchmark and shipping share them.
    every = extract(speech.ravdess(path), encoder, work)
    corpus = every.without(frozenset(speaker(actor) for actor in HELD_OUT_ACTORS))
    strength = choose_strength(corpus)
    logs = cross_validate(corpus, actor_folds(corpus), [strength])[0]
    labels = corpus.labels[corpus.clip]
    temperature = calibration.temperature(logs, labels)
    matrix = corpus.confusion(logs)
    error = metrics.expected_calibration_error(softmax(logs / temperature), labels)

    head = fit(corpus, [strength])[0]
    model = whisper.build(encoder, emotions.COUNT)
    model.get_layer("logits").set_weights([head.kernel, head.bias])
    manifest = Manifest()
    file = "voice_whisper.tflite"
    # In 8 bits the head's inputs of large scale would drown the others.
    export.litert(model, (1, whisper.FRAMES, mel.BANDS), manifest.folder / file, bits=16)

    def figure(measure: str, value: float) -> dict[str, Any]:
        return {
            "measure": measure,
            "value": round(100 * value, 2),
            "data": "RAVDESS speech without actors 01 and 05",
            "protocol": "actor-5fold",
            "clips": len(corpus.clips),
            "seed": None,
            "commit": export.commit(),
        }

    fields = {
        "file": file,
        "task": "Emotion of a voice from 3 s of sound",
        "format": "LiteRT, weights of 16 bits",
        "input": {
            "shape": [1, whisper.FRAMES, mel.BANDS],
            "meaning": "log-mel features of 3 s at 16 kHz, see emotion/mel.py",
        },
        "output": {
            "shape": [1, emotions.COUNT],
            "labels": list(emotions.NAMES),
            "meaning": "logits",
        },
        "temperature": round(temperature, 4),
        "reliability": 1.0,
        "licence": "Encoder MIT (OpenAI); head CC BY-NC-SA 4.0 as RAVDESS: not for commercial use",
        "source": "Whisper base (Radford et al. 2023), four of six blocks",
        "training_data": ["RAVDESS speech, 22 actors"],
        "card": "voice.md",
        "figures": [
            figure("accuracy", metrics.accuracy(matrix)),
            figure("unweighted average recall", metrics.unweighted_average_recall(matrix)),
            figure("expected calibration error of windows", error),
        ],
    }
    manifest.update("voice", fields)
    return fields
