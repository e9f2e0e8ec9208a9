"""Training of the voice recogniser that is shipped."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.evaluation import metrics, protocols, report, simulated_calls
from emotion.evaluation.simulated_calls import ADAPTATIONS, CALLS, Outputs
from emotion.jobs import fingerprint, progress
from emotion.models import training_data
from emotion.models.manifest import Manifest
from emotion.models.training_data import TrainingData
from emotion.readings import emotions
from emotion.readings.probability import row_shares
from emotion.training import (
    export,
    speaker_prior,
    voice_corpora,
    voice_features,
    voice_heads,
    whisper,
)
from emotion.training.voice_corpora import Fitting
from emotion.training.voice_heads import Heads
from emotion.training.voice_statistics import Statistics
from emotion.voice import log_mel
from emotion.voice.adaptation import Prior

_HELD_OUT_PARTS = 3
_LIMIT = 12.0


def ship(
    datasets: Sequence[Sequence[Clip]],
    encoder: Path,
    work: Path,
    emphasis: dict[str, float],
    seed: int = 0,
    *,
    only_tested: Sequence[str] = (),
) -> dict[str, Any]:
    """Fit what is shipped on all corpora but for RAVDESS's actors 01 and 05; export it.

    The adaptation is learned from predictions for held-out speakers, both in surroundings that are
    known, from other speakers of their corpus, and in such that are not. The temperature
    is that of held-out speakers of the corpora that have an emotion of their own, if there are any,
    on any window of a clip as the live pipeline meets them and not on the fullest alone.

    Args:
        datasets: Clips of each.
        encoder: npz file of the Whisper encoder.
        work: Folder outside the project for features.
        emphasis: How much more the clips of a corpus count than those of others.
        seed: Of training and of simulated calls.
        only_tested: Corpora that train and tune nothing; the figures say what is heard of them.

    Returns:
        What the manifest now says of the model.
    """
    voice_corpora.check(only_tested, [clip for clips in datasets for clip in clips])
    heard = voice_corpora.heard(datasets, encoder, work, only_tested)
    measured = np.flatnonzero(np.isin(heard.corpora, only_tested))
    left_out = np.array([protocols.held_out(clip) for clip in heard.clips])
    left_out[measured] = True
    data = heard.at(np.flatnonzero(~left_out))
    data = data.without_voices_of(heard.at(np.flatnonzero(left_out)).clips)
    every = np.arange(len(data.clips))
    unseen = {
        str(name): np.flatnonzero(data.corpora != name)
        for name in np.unique(data.corpora)
        if set(data.labels[data.corpora == name]) <= set(data.labels[data.corpora != name])
    }
    parts = _speakers_left_out(data)
    # All at once, because the workers of a cluster can share them.
    given = [*unseen.values(), *(np.setdiff1d(every, rows) for rows in parts), every]
    stored = {rows.tobytes(): _file_of_heads(data.at(rows), emphasis, work, seed) for rows in given}
    wanted = [(stored[rows.tobytes()], rows, np.setdiff1d(every, rows)) for rows in given]
    voice_corpora.fit_missing(Fitting(data, emphasis, seed), wanted, "voice heads")

    def heads(rows: np.ndarray) -> Heads:
        return voice_corpora.kept(stored[rows.tobytes()])[0]

    def any_window(rows: np.ndarray) -> Statistics:
        return voice_features.extract(data.at(rows).clips, encoder, work, voice_features.readable)

    groups: dict[tuple[str, str], Outputs] = {}
    calibrated = []
    left = [(heads(np.setdiff1d(every, rows)), rows) for rows in parts]
    for name in progress.track(np.unique(data.corpora), "held-out corpora", "corpus"):
        corpus = str(name)
        mine = data.corpora == corpus
        elsewhere = corpus in unseen
        if elsewhere:
            fitted = heads(unseen[corpus])
            groups[corpus, "corpus"] = voice_corpora.predict(fitted, data.at(np.flatnonzero(mine)))
        of_corpus = [(fitted, rows[mine[rows]]) for fitted, rows in left if mine[rows].any()]
        if of_corpus:
            groups[corpus, "speaker"] = _joined(
                [voice_corpora.predict(fitted, data.at(rows)) for fitted, rows in of_corpus]
            )
        if not elsewhere:
            if not of_corpus:
                raise DatasetError(
                    f"{corpus} alone has some of its emotions, so its speakers are left out in "
                    "turn: two are needed at least. Found: "
                    f"{', '.join(np.unique(data.speakers[mine]))}."
                )
            calibrated.append(
                _joined(
                    [voice_corpora.predict(fitted, any_window(rows)) for fitted, rows in of_corpus]
                )
            )
    prior = speaker_prior.fit(list(groups.values()), seed, calibrated)
    fitted = heads(every)
    manifest = Manifest()
    file = "voice_whisper.tflite"
    shape = (1, whisper.FRAMES, log_mel.BANDS)
    export.litert(network(encoder, fitted), shape, manifest.folder / file, bits=8)
    for name in only_tested:
        rows = np.flatnonzero(heard.corpora == name)
        groups[name, "corpus"] = voice_corpora.predict(fitted, heard.at(rows))
    fields = _fields(file, data, groups, prior, emphasis, seed)
    manifest.update("voice", fields)
    return fields


def network(encoder: Path, fitted: Heads) -> keras.Model:
    """The encoder with heads: log-mel features (n, 300, 80) to logits (n, 16).

    Args:
        encoder: npz file of the Whisper encoder.
        fitted: The heads.

    Raises:
        ModelError: If the file is not such an encoder.
    """
    base = whisper.build(encoder)
    scaled = layers.Normalization(mean=fitted.mean, variance=fitted.deviation**2)(base.output)
    # Whole numbers of 8 bits need inputs of one scale; without the limit the converter
    # would move the scale into the weights and lose it again.
    limited = layers.Lambda(
        lambda x: ops.clip(x, -_LIMIT, _LIMIT), output_shape=(whisper.FEATURES,)
    )(scaled)
    dense = layers.Dense(2 * emotions.COUNT, name="logits")
    model = keras.Model(base.input, dense(limited), name="whisper_voice")
    dense.set_weights([fitted.kernel, fitted.bias])
    return model


def _speakers_left_out(data: Statistics) -> list[np.ndarray]:
    """Rows of clips to leave out, part by part, so that all speakers are left out once.

    But for those who are alone in their corpus.
    """
    part = np.full(len(data.clips), -1)
    for corpus in np.unique(data.corpora):
        speakers = np.unique(data.speakers[data.corpora == corpus])
        if len(speakers) > 1:
            for place, speaker in enumerate(speakers):
                part[(data.speakers == speaker) & (data.corpora == corpus)] = (
                    place % _HELD_OUT_PARTS
                )
    return [
        np.flatnonzero(part == place) for place in range(_HELD_OUT_PARTS) if (part == place).any()
    ]


def _file_of_heads(data: Statistics, emphasis: dict[str, float], work: Path, seed: int) -> Path:
    """Where heads for some clips are kept, that an interrupted run may have left."""
    code = fingerprint.of_code((voice_corpora,))
    made_of = [code, data.digest, repr(sorted(emphasis.items())), str(seed)]
    folder = work / "voice-heads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{fingerprint.of_parts(chr(10).join(made_of))[:20]}.npz"


def _joined(parts: Sequence[Outputs]) -> Outputs:
    return Outputs(
        [logits for part in parts for logits in part.logits],
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.speakers for part in parts]),
        np.concatenate([part.remembered for part in parts]),
    )


def _confusion(groups: dict[tuple[str, str], Outputs], prior: Prior, seed: int) -> np.ndarray:
    """Predictions (columns) for each emotion (rows) of held-out speakers, as shares, shape (8, 8).

    In calls, speaker-adapted; each corpus that has an emotion counts alike.
    """
    shares, known = np.zeros((2, emotions.COUNT, emotions.COUNT))
    for (_, unknown), group in groups.items():
        if unknown != "speaker":
            continue
        logs = simulated_calls.predict(prior, group, CALLS[0], seed)
        matrix = metrics.confusion(group.labels, logs.argmax(axis=1), emotions.COUNT)
        shares += row_shares(matrix)
        known += matrix.sum(axis=1, keepdims=True) > 0
    return np.asarray(shares / np.maximum(known, 1))


def _fields(
    file: str,
    data: Statistics,
    groups: dict[tuple[str, str], Outputs],
    prior: Prior,
    emphasis: dict[str, float],
    seed: int,
) -> dict[str, Any]:
    """What the manifest says of the shipped model."""
    figures = []
    for (corpus, unknown), group in groups.items():
        for adapted, kind in ADAPTATIONS.items():
            logs = metrics.among(simulated_calls.predict(prior, group, kind, seed), group.labels)
            matrix = metrics.confusion(group.labels, logs.argmax(axis=1), emotions.COUNT)
            measures = {
                "unweighted average recall": metrics.unweighted_average_recall(matrix),
                "expected calibration error": metrics.expected_calibration_error(
                    np.exp(logs), group.labels
                ),
            }
            figures += [
                {
                    "measure": measure,
                    "value": round(100 * value, 2),
                    "data": corpus,
                    "protocol": f"{unknown} not trained on, adaptation: {adapted}",
                    "clips": len(group.labels),
                    "seed": seed,
                    "commit": report.commit(),
                }
                for measure, value in measures.items()
            ]
    return {
        "file": file,
        "task": "Emotion of a voice from 3 s of sound",
        "format": "LiteRT, weights of 8 bits",
        "input": {
            "shape": [1, whisper.FRAMES, log_mel.BANDS],
            "meaning": "log-mel features of 3 s at 16 kHz, see emotion/voice/log_mel.py",
        },
        "output": {
            "shape": [1, 2 * emotions.COUNT],
            "labels": list(emotions.NAMES),
            "meaning": "logits for any speaker, then logits up to an offset of the speaker",
        },
        "adaptation": prior.document(),
        "confusion": _confusion(groups, prior, seed).round(4).tolist(),
        "reliability": 1.0,
        "licence": "Encoder MIT (OpenAI); heads as the training data: not for commercial use",
        "source": "Whisper base (Radford et al. 2023), four of six blocks",
        "training_data": training_data.written(
            TrainingData(
                str(corpus),
                int((data.corpora == corpus).sum()),
                emphasis.get(str(corpus), 1.0),
            )
            for corpus in np.unique(data.corpora)
        ),
        "penalties": vars(voice_heads.DEFAULT),
        "card": "voice.md",
        "figures": figures,
    }
