"""Which rule of late fusion to ship: face and voice that show the same emotion, but never met.

Answers of the shipped face to FER2013Valid and to photographs of people whom it was not
trained on, and of voices to speakers they were not trained on (RAVDESS, actor-5fold), are
put together at random: a voice with a face that shows the same emotion. As a face that
speaks shows what is felt only part of the time, it is a neutral face instead in some of the
pairs. No clip with both is used.

    python benchmarks/fusion_rules.py --ferplus PATH --faces PATH --ravdess PATH --encoder FILE
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from emotion import files
from emotion.datasets import corpora, ferplus
from emotion.evaluation import metrics, report, simulated_pairs
from emotion.evaluation.simulated_pairs import Answers
from emotion.experiments import voice_folds
from emotion.face.face_recogniser import EMOTION_OF
from emotion.models import shipped
from emotion.models.manifest import Manifest
from emotion.readings import emotions, fusion
from emotion.readings.fusion import Reliability
from emotion.readings.probability import row_shares
from emotion.reports.names import ResultName
from emotion.training import face_examples

SHOWN = (1.0, 0.5, 0.25)
"""Shares of the pairs in which the face shows what the voice does."""


def of_faces(options: argparse.Namespace) -> dict[str, Answers]:
    """What the shipped face says of pictures that it was not trained on."""
    manifest = Manifest()
    recogniser = shipped.face(manifest.entry("face"))
    valid = ferplus.read(options.ferplus, "valid")
    detector = shipped.detector(manifest.entry("face-detection"))
    _, others = face_examples.of_photographs(options.faces, detector)
    return {
        "FER2013Valid": Answers(
            np.stack([recogniser(image) for image in valid.images]), EMOTION_OF[valid.labels]
        ),
        "photographs": Answers(
            np.stack([recogniser(face) for face in others.images]), others.labels
        ),
    }


def of_voices(options: argparse.Namespace) -> Answers:
    """What voices say of held-out speakers, speaker-adapted."""
    clips = corpora.ravdess(options.ravdess)
    tried = voice_folds.trial(
        clips, [], "actor-5fold", "default", options.work, encoder=options.encoder
    )
    folds = tried.predictions[ResultName.ADAPTED]
    logs = np.concatenate([fold.log_probabilities for fold in folds])
    return Answers(np.exp(logs), np.concatenate([fold.labels for fold in folds]))


def paired(
    faces: Answers, voices: Answers, reliability: Reliability, shown: float, seed: int
) -> dict[str, dict[str, float]]:
    """Accuracy (%) and surprise (nats) of the voice alone and of each rule."""
    said: dict[str, list[np.ndarray]] = {name: [] for name in ("voice alone", *fusion.RULES)}
    labels = []
    for pair in simulated_pairs.pairs(faces, voices, shown, seed):
        labels.append(pair.emotion)
        assert pair.voice.probabilities is not None
        said["voice alone"].append(pair.voice.probabilities)
        for name, rule in fusion.RULES.items():
            fused = fusion.fuse(pair.face, pair.voice, reliability, rule)
            assert fused is not None
            said[name].append(fused)
    true = np.array(labels)
    return {
        name: {
            "accuracy": round(100 * float(np.mean(np.argmax(every, axis=1) == true)), 1),
            "surprise": round(
                metrics.negative_log_likelihood(np.log(np.array(every) + 1e-9), true), 3
            ),
        }
        for name, every in said.items()
    }


def main() -> None:
    """Compare the rules of fusion on simulated pairs and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("ferplus", "faces", "ravdess", "encoder"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=files.cache())
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    voices = of_voices(options)
    face = shipped.face(Manifest().entry("face"))
    matrix = metrics.confusion(voices.labels, voices.probabilities.argmax(axis=1), emotions.COUNT)
    confusion = row_shares(matrix)
    reliability = Reliability(face.reliability, 1.0, face.confusion, confusion)
    found: dict[str, Any] = {"commit": report.commit(), "seed": options.seed}
    for name, faces in of_faces(options).items():
        for shown in SHOWN:
            table = paired(faces, voices, reliability, shown, options.seed)
            found[f"{name}, shown in {shown:.0%}"] = table
            print(f"\n{name}, the face shows it in {shown:.0%} of the pairs")
            for rule, figures in table.items():
                print(f"  {rule:22} {figures['accuracy']:5.1f} %  {figures['surprise']:.3f}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
