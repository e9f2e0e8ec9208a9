"""How sure the fused prediction may be, fitted to faces and voices that never met."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.evaluation import metrics, photograph_scoring, report, simulated_calls, voice_scoring
from emotion.evaluation.simulated_pairs import Answers, Pair, pairs
from emotion.jobs import progress
from emotion.models.manifest import Manifest
from emotion.models.shipped import Models
from emotion.readings import fusion
from emotion.readings.emotions import CALM, NEUTRAL
from emotion.readings.fusion import GROUPS, Reliability

_POWERS = np.geomspace(0.4, 3, 61)

_FLOOR = 1e-6


@dataclass(frozen=True)
class Fit:
    """What fitting came to.

    Attributes:
        power: For `emotion.readings.fusion.Reliability`.
        pairs: How many it was fitted to.
        error: Expected calibration error with it, 0 to 1.
        error_before: Expected calibration error with a power of 1, 0 to 1.
    """

    power: float
    pairs: int
    error: float
    error_before: float


def fit(made: Sequence[Pair], reliability: Reliability) -> Fit:
    """The power that makes the pairs' emotions likeliest, all emotions counting alike.

    Neutral and calm are one here: the face does not distinguish them.

    Args:
        made: Pairs of a face and a voice.
        reliability: Of the two modalities; its own power does not matter.

    Raises:
        DatasetError: If there is no pair.
    """
    if not made:
        raise DatasetError("No face shows an emotion that is heard in any of the clips.")
    plain = replace(reliability, power=1.0)
    fused = [fusion.fuse(pair.face, pair.voice, plain) for pair in made]
    shares = np.array([one for one in fused if one is not None])
    shares[:, NEUTRAL] += shares[:, CALM]
    shares = np.maximum(shares[:, GROUPS], _FLOOR)
    groups = np.cumsum(GROUPS) - 1
    labels = groups[[NEUTRAL if pair.emotion == CALM else pair.emotion for pair in made]]
    weights = 1 / np.bincount(labels, minlength=GROUPS.sum())[labels]

    def raised(power: float) -> np.ndarray:
        powers = shares**power
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def surprise(power: float) -> float:
        return float(-weights @ np.log(raised(power)[np.arange(len(labels)), labels]))

    power = float(min(_POWERS, key=surprise))
    after, before = (
        metrics.expected_calibration_error(raised(one), labels) for one in (power, 1.0)
    )
    return Fit(round(power, 3), len(labels), after, before)


def ship(stills: Path, clips: Sequence[Clip], seed: int = 0) -> dict[str, Any]:
    """Fit the power of the shipped models' fusion and write it to the manifest.

    Args:
        stills: Folder with a `faces.csv` of people who trained no face model, best in the
            middle of speaking, such as SFEW's film stills.
        clips: With sound, of corpora that trained no voice model.
        seed: Of the order of the clips in a call and of the pairs.

    Returns:
        What the manifest now says of fusion.

    Raises:
        DatasetError: If a data set is not as described, or nothing in it can be read.
    """
    models = Models.load()
    faces = _faces(models, stills)
    with progress.bar("voices", "clip", len(clips)) as advance:
        read, outputs, _ = voice_scoring.heard(clips, models, advance)
    logs = simulated_calls.predict(models.voice.prior, outputs, "varied", seed)
    voices = Answers(np.exp(metrics.among(logs, outputs.labels)), outputs.labels)
    found = fit(list(pairs(faces, voices, fusion.SEEN, seed)), models.reliability)
    manifest = Manifest()
    fields = {
        "power": found.power,
        "pairs": found.pairs,
        "faces": f"{len(faces.labels)} of {stills.name}",
        "voices": ", ".join(sorted({clip.corpus for clip in read})),
        "shown": fusion.SEEN,
        "expected_calibration_error": round(found.error, 4),
        "expected_calibration_error_before": round(found.error_before, 4),
        "seed": seed,
        "commit": report.commit(),
    }
    manifest.update_fusion(fields)
    return fields


def _faces(models: Models, stills: Path) -> Answers:
    """What the shipped face model says of the faces that are found in photographs."""
    faces, labels = photograph_scoring.labelled_faces(stills, models.detector, models.face.pixels)
    said = [models.face(face) for face in progress.track(faces, "faces", "picture")]
    return Answers(np.stack(said), labels)
