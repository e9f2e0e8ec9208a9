"""Training of the view of a face: upright or turned, clear or covered."""

import io
import warnings
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from emotion import files
from emotion.datasets import face_photographs, ferplus
from emotion.errors import DatasetError
from emotion.evaluation import report
from emotion.face import alignment, quality, view
from emotion.face.detector import Detector, Face
from emotion.face.portrait import LENGTH
from emotion.face.view import COVERED, KINDS, TURNED, ViewModel
from emotion.jobs import progress
from emotion.models import shipped, training_data
from emotion.models.manifest import Manifest
from emotion.models.training_data import TrainingData
from emotion.training import face_covers

PHOTOGRAPHS, FER_PICTURES = 600, 1_200
"""Faces that are looked at of each collection: more make the file no better."""

CLEAR, TURNED_KIND, EYES_COVERED, MOUTH_COVERED = range(len(KINDS))

_PIXELS = 64
_HIDDEN, _PENALTY, _EPOCHS = 24, 0.3, 30
_SPREAD = 0.02
"""Is added to the deviation of each value, so that those which hardly vary count little."""

_HELD_OUT = 4
"""One of so many people on the photographs is not trained on."""

_SAME, _OTHER = 0.33, 0.6
"""Distance of landmarks from where they should be, in widths of the face, up to which a
detector found the eyes and the mouth, and from which it found something else."""

_LEFT_OUT = (quality.TOO_SMALL, quality.TURNED_AWAY, quality.BLURRED)


@dataclass(frozen=True)
class ViewExamples:
    """Aligned faces and what is with them.

    Attributes:
        aligned: Grey, uint8, shape (n, 64, 64).
        kinds: Indices into `emotion.face.view.KINDS`, shape (n,).
        drawn: Whether each was drawn over, turned or relit, bool, shape (n,).
    """

    aligned: np.ndarray
    kinds: np.ndarray
    drawn: np.ndarray


def examples(images: Iterable[np.ndarray], detector: Detector, seed: int = 0) -> ViewExamples:
    """Each picture as it is, turned, and with covers, as far as the detector finds a face there.

    Args:
        images: BGR, uint8, a face in the middle of each.
        detector: Finds it.
        seed: Of what is drawn.

    Raises:
        DatasetError: If no picture shows a face that can be read.
    """
    rng = np.random.default_rng(seed)
    aligned, kinds, drawn = [], [], []
    for image in images:
        for number, (kind, one) in enumerate(_of(image, detector, rng)):
            aligned.append(one)
            kinds.append(kind)
            drawn.append(number > 0)
    if not aligned:
        raise DatasetError("No picture shows a face that can be read. Give others.")
    return ViewExamples(np.stack(aligned), np.array(kinds), np.array(drawn))


def fit(given: ViewExamples, seed: int = 0) -> dict[str, np.ndarray]:
    """The arrays of a `emotion.face.view.ViewModel`.

    Args:
        given: To learn from; mirrored and, the clear ones, turned by any angle as well.
        seed: Of weights, order and angles.
    """
    rng = np.random.default_rng(seed)
    clear = given.aligned[given.kinds == CLEAR]
    spun = _spun(clear, len(clear) // 4 + 1, rng)
    aligned = np.concatenate([given.aligned, spun])
    kinds = np.concatenate([given.kinds, np.full(len(spun), TURNED_KIND)])
    aligned = np.concatenate([aligned, aligned[:, :, ::-1]])
    values = np.array([view.inputs(np.ascontiguousarray(one)) for one in aligned])
    kinds = np.tile(kinds, 2)
    middle, spread = values.mean(axis=0), values.std(axis=0) + _SPREAD
    network = MLPClassifier(
        (_HIDDEN,), alpha=_PENALTY, batch_size=64, max_iter=_EPOCHS, random_state=seed
    )
    with warnings.catch_warnings():
        # It is stopped after so many epochs on purpose, before it learns by heart.
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit((values - middle) / spread, kinds)
    hidden, output = network.coefs_
    first, second = network.intercepts_
    return {
        "mean": values[kinds == CLEAR, :LENGTH].mean(axis=0).astype(np.float16),
        "weights_hidden": (hidden / spread[:, None]).astype(np.float16),
        "bias_hidden": (first - (middle / spread) @ hidden).astype(np.float32),
        "weights_output": output.astype(np.float16),
        "bias_output": second.astype(np.float32),
    }


def measure(model: ViewModel, given: ViewExamples) -> dict[str, tuple[float, int]]:
    """How often a model is right at the thresholds of the core.

    Args:
        model: To ask.
        given: Faces that it was not trained on.

    Returns:
        Shares, 0 to 1, each with the number of faces that it is of, by what they say.
    """
    seen = [model(one) for one in given.aligned]
    turned = np.array([one.turned >= TURNED for one in seen])
    covered = np.array([one.covered >= COVERED for one in seen])
    untouched = (given.kinds == CLEAR) & ~given.drawn
    found = {}
    for name, answers, rows in (
        ("clear faces called covered", covered, untouched),
        ("clear faces called turned", turned, untouched),
        ("turned faces found", turned, given.kinds == TURNED_KIND),
        ("eyes behind opaque glasses found", covered, given.kinds == EYES_COVERED),
        ("mouth or half covered found", covered, given.kinds == MOUTH_COVERED),
    ):
        if rows.any():
            found[name] = float(answers[rows].mean()), int(rows.sum())
    return found


def ship(
    ferplus_folder: Path, photographs: Path, seed: int = 0, *, tested: Path | None = None
) -> dict[str, Any]:
    """Train on FER+'s training part and photographs, measure, and write the shipped file.

    Args:
        ferplus_folder: Folder of FER+, with its labels and pictures.
        photographs: Folder with a `faces.csv`; one of four people on them is held out.
        seed: Of pictures, covers and weights.
        tested: Another folder with a `faces.csv`, whose pictures are held out of training.

    Returns:
        What the manifest now says of the model.

    Raises:
        DatasetError: If a data set cannot be read.
    """
    manifest = Manifest()
    detector = Detector(shipped.detector(manifest.entry("face-detection")))
    listed = _some(face_photographs.read(photographs), PHOTOGRAPHS, seed)
    held_out = [one for one in listed if _person(one.path) % _HELD_OUT == 0]
    kept = [one for one in listed if _person(one.path) % _HELD_OUT]
    faces = _some(list(ferplus.read(ferplus_folder, "train").images), FER_PICTURES, seed)
    given = [
        *(face_photographs.with_margin(one.read()) for one in kept),
        *(face_photographs.with_margin(np.repeat(one[..., None], 3, axis=2)) for one in faces),
    ]
    arrays = fit(examples(progress.track(given, "pictures", "picture"), detector, seed), seed)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    content = buffer.getvalue()
    figures = []
    sources = {"photographs of people held out": held_out}
    if tested is not None:
        sources[tested.name] = face_photographs.read(tested)
    for name, of in sources.items():
        drawn = examples(
            (face_photographs.with_margin(one.read()) for one in of), detector, seed + 1
        )
        figures += [
            {
                "measure": what,
                "value": round(100 * share, 2),
                "data": name,
                "protocol": "held-out pictures, covers drawn",
                "clips": count,
                "seed": seed,
                "commit": report.commit(),
            }
            for what, (share, count) in measure(ViewModel(content), drawn).items()
        ]
    files.write(manifest.folder / "face_view.npz", content)
    fields = {
        "file": "face_view.npz",
        "task": "Whether an aligned face is upright and uncovered, and its shape",
        "format": "NumPy arrays",
        "input": {
            "shape": [view.INPUTS],
            "meaning": "gradients and shades of an aligned face, see emotion/face/view.py",
        },
        "output": {"shape": [len(KINDS)], "labels": list(KINDS), "meaning": "logits"},
        "licence": "research only (FER2013 is among its pictures)",
        "source": "trained here",
        "training_data": training_data.written(
            [
                TrainingData("ferplus", len(faces), note="FER2013Train"),
                TrainingData("faces", len(kept), note="photographs"),
            ]
        ),
        "card": "face-view.md",
        "figures": figures,
    }
    manifest.update("face-view", fields)
    return fields


def _of(
    image: np.ndarray, detector: Detector, rng: np.random.Generator
) -> Iterator[tuple[int, np.ndarray]]:
    """The face of a picture as it is, and then what becomes of it, each with its kind."""
    face = _nearest(detector(image), np.array(image.shape[1::-1]) / 2)
    if face is None or quality.yaw(face.landmarks) > 0.6:
        return
    aligned = alignment.align(image, face.landmarks, _PIXELS)
    if quality.reason(face, aligned):
        return
    yield CLEAR, aligned
    marks = face.landmarks.astype(float)

    def tilted(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return face_covers.turned(picture, marks, float(rng.normal(0, 10)), rng)

    made: list[tuple[int | None, np.ndarray, np.ndarray]] = []
    for limits, count in (((-45, 45), 2), ((50, 310), 3)):
        for _ in range(count):
            made.append((None, *face_covers.turned(image, marks, rng.uniform(*limits), rng)))
    made.append((CLEAR, face_covers.glasses(image, marks, rng, opaque=False), marks))
    for _ in range(2):
        made.append((EYES_COVERED, *tilted(face_covers.glasses(image, marks, rng, opaque=True))))
    for _ in range(3):
        made.append((MOUTH_COVERED, *tilted(face_covers.over_the_mouth(image, marks, rng))))
    made.append((MOUTH_COVERED, face_covers.over_one_half(image, marks, rng), marks))
    for kind, picture, places in made:
        if rng.random() < 0.8:
            picture = face_covers.in_other_light(picture, rng)
        seen = _nearest(detector(picture), places.mean(axis=0))
        if seen is None:
            continue
        aligned = alignment.align(picture, seen.landmarks, _PIXELS)
        if quality.reason(seen, aligned) in _LEFT_OUT:
            continue
        away = _away(seen, places)
        if kind in (None, CLEAR):
            # Turned or not, what counts is whether eyes and mouth are where they were found.
            if away < _SAME:
                yield CLEAR, aligned
            elif away > _OTHER and kind is None:
                yield TURNED_KIND, aligned
        else:
            yield kind, aligned


def _nearest(faces: Sequence[Face], place: np.ndarray) -> Face | None:
    """The face around a place, if there is one."""

    def distance(face: Face) -> float:
        return float(np.hypot(*(face.box[:2] + face.box[2:] / 2 - place)))

    near = min(faces, key=distance, default=None)
    return near if near is not None and distance(near) < near.box[2] else None


def _away(face: Face, places: np.ndarray) -> float:
    """Largest distance of a landmark from its place, in widths of the face."""
    eyes = float(np.hypot(*(places[1] - places[0]))) + 1
    down = float(np.hypot(*(places[3:].mean(axis=0) - places[:2].mean(axis=0))))
    return float(np.hypot(*(face.landmarks - places).T).max()) / max(eyes, down)


def _spun(aligned: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Clear faces turned within their aligned pictures, where a detector did not have a say."""
    found = []
    for one in aligned[rng.integers(0, len(aligned), count)]:
        middle = 32 + rng.normal(0, 3), 30 + rng.normal(0, 4)
        turn = cv2.getRotationMatrix2D(middle, rng.uniform(50, 310), rng.uniform(0.8, 1.25))
        place = np.asarray(turn, float)
        place[:, 2] += rng.normal(0, 4, 2)
        border = cv2.BORDER_REPLICATE if rng.random() < 0.6 else cv2.BORDER_REFLECT
        found.append(cv2.warpAffine(one, place, (_PIXELS, _PIXELS), borderMode=border))
    return np.array(found)


def _some(given: list[Any], count: int, seed: int) -> list[Any]:
    order = np.random.default_rng(seed).permutation(len(given))[:count]
    return [given[index] for index in sorted(order)]


def _person(path: Path) -> int:
    """A number of whoever is on a photograph: the digits at the end of its name count pictures."""
    return zlib.crc32(path.stem.rstrip("0123456789").encode())
