"""Training of the face recogniser on FER+.

The whole of VGG16 is tuned with the shares of the crowd's votes as soft labels
(Barsoum et al. 2016). The pictures grow from round to round (progressive resizing,
Howard 2018, fast.ai): the small ones cost a quarter and teach most, the last are of
the size that is served. Frequent classes are drawn less often than they occur, so
that the third of FER+ that is neutral does not crowd out fear and disgust.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
from tqdm import tqdm

from emotion import emotions
from emotion.datasets import ferplus, pictures
from emotion.errors import ModelError
from emotion.evaluation import calibration, metrics, shipped
from emotion.manifest import Manifest
from emotion.probability import log_softmax, softmax
from emotion.recogniser import FaceRecogniser
from emotion.training import augmentation, export, vgg16

_MODEL, _POSITION = "model.keras", "position.json"
_CHECKPOINT = 100
"""Steps after which the run is kept."""


@dataclass(frozen=True)
class FaceTraining:
    """What decides the outcome of a training run.

    Attributes:
        sizes: Width in pixels of the pictures of each round, in turn.
        draws: Pictures a round.
        last: Share of the last round that is run, more than 0, to 1; the largest
            pictures cost most.
        restart: Peak of the learning rate in the last round, as a share of the
            first one: for larger pictures every filter meets another scale, for
            which the end of the first cosine is too slow (warm restarts,
            Loshchilov & Hutter 2017).
        balance: A class with the share s of the data is drawn with a share in
            proportion to s ** (1 - balance): 0 as it is, 1 all classes alike.
        batch: Pictures a step.
        learning_rate: Peak of a linear rise and a fall along a cosine.
        warm_up: Share of all steps for the rise.
        weight_decay: Of AdamW (Loshchilov & Hutter 2019).
        seed: Of the order of pictures, their variants and the new layer.
    """

    sizes: tuple[int, ...] = (32, 32, 32, 32, 40, 64)
    draws: int = 20_000
    last: float = 0.8
    restart: float = 0.5
    balance: float = 0.5
    batch: int = 64
    learning_rate: float = 1e-4
    warm_up: float = 0.05
    weight_decay: float = 1e-4
    seed: int = 0


def train(
    data: ferplus.FerPlus,
    valid: ferplus.FerPlus,
    work: Path,
    weights: str | Path | None = "imagenet",
    settings: FaceTraining | None = None,
) -> keras.Model:
    """Tune VGG16 on FER+, resuming what `work` holds of the same run.

    Args:
        data: What to train on.
        valid: What to report on after each round; it decides nothing here.
        work: Folder outside the project for checkpoints and the log.
        weights: As for `vgg16.build`.
        settings: Of the run. A run with other settings in `work` is not resumed
            but starts in a folder of its own.

    Returns:
        The model after the last round, from grey faces to logits of FER+'s classes.

    Raises:
        ModelError: If an unfinished run was begun with another backend of Keras.
    """
    settings = settings or FaceTraining()
    folder = work / f"face-{_digest(settings)}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.json").write_text(json.dumps(asdict(settings), indent=2))
    steps = settings.draws // settings.batch
    end = steps * len(settings.sizes) - round(steps * (1 - settings.last))
    model, done = _begin(folder, settings, steps, end, weights)
    dropout = model.get_layer("dropout").seed_generator
    chances = draw_chances(data, settings.balance)
    # On FER+'s own shares of classes instead of the ones that were drawn.
    shift = np.log(data.votes.mean(axis=0) / priors(data, settings.balance))
    while done < end:
        turn = done // steps
        pixels = settings.sizes[turn]
        order = np.random.default_rng((settings.seed, turn)).choice(
            len(data.images), settings.draws, p=chances
        )
        losses = []
        last = min((turn + 1) * steps, end)
        if turn == len(settings.sizes) - 1 and done == turn * steps:
            # Edges are edges at any scale, and the first block takes a fifth of the time.
            for layer in model.get_layer("vgg16").layers:
                layer.trainable = not layer.name.startswith("block1_")
            _compile(model, settings, settings.learning_rate * settings.restart, last - done)
        progress = tqdm(range(done, last), desc=f"round {turn + 1}/{len(settings.sizes)}")
        for step in progress:
            within = step - turn * steps
            rng = np.random.default_rng((settings.seed, turn, within))
            chosen = order[within * settings.batch : (within + 1) * settings.batch]
            faces = np.stack([augmentation.face(data.images[i], pixels, rng) for i in chosen])
            # Keras does not keep this state: a resumed run would leave out other features.
            dropout.state.assign(np.array([settings.seed, step], np.uint32))
            losses.append(float(model.train_on_batch(faces[..., None], data.votes[chosen])))
            progress.set_postfix(loss=f"{np.mean(losses[-100:]):.3f}", refresh=False)
            done = step + 1
            if (within + 1) % _CHECKPOINT == 0 or done == last:
                _save(folder, model, done)
        correct = (predict(model, valid.images, pixels) + shift).argmax(axis=1) == valid.labels
        line = {
            "round": turn + 1,
            "pixels": pixels,
            "loss": float(np.mean(losses)),
            "valid_accuracy": float(correct.mean()),
            "valid_accuracy_agreed": float(correct[valid.agreed].mean()),
        }
        with (folder / "log.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")
        tqdm.write(json.dumps(line))
    return model


def _begin(
    folder: Path, settings: FaceTraining, steps: int, end: int, weights: str | Path | None
) -> tuple[keras.Model, int]:
    """The model and the steps that are done: from the checkpoint, or new."""
    if (folder / _POSITION).is_file():
        state = json.loads((folder / _POSITION).read_text())
        done, backend = state["step"], keras.config.backend()
        if done < end and state["backend"] != backend:
            raise ModelError(
                f"The run in {folder} was begun with KERAS_BACKEND={state['backend']}; go on with "
                f"that, or remove the folder. Received: {backend}."
            )
        # The optimizer belongs to a backend; a finished network to none.
        return keras.saving.load_model(folder / _MODEL, compile=done < end), done
    keras.utils.set_random_seed(settings.seed)
    model = vgg16.build(len(ferplus.LABELS), weights=weights)
    _compile(model, settings, settings.learning_rate, steps * len(settings.sizes))
    return model, 0


def _compile(model: keras.Model, settings: FaceTraining, peak: float, steps: int) -> None:
    """Give a model a fresh optimizer whose rate rises to a peak and falls to 0."""
    warm_up = round(settings.warm_up * steps)
    rate = keras.optimizers.schedules.CosineDecay(
        peak / 20, steps - warm_up, alpha=0.0, warmup_target=peak, warmup_steps=warm_up
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        jit_compile=False,  # XLA on a CPU takes three times as long for convolutions
    )


def draw_chances(data: ferplus.FerPlus, balance: float) -> np.ndarray:
    """Chance of each picture to be drawn, shape (n,), adding up to 1."""
    shares = np.bincount(data.labels, minlength=len(ferplus.LABELS)) / len(data.labels)
    weights = shares[data.labels] ** -balance
    return weights / weights.sum()


def priors(data: ferplus.FerPlus, balance: float) -> np.ndarray:
    """Share of each class in what the network is shown, shape (8,), adding up to 1."""
    return draw_chances(data, balance) @ data.votes


def predict(model: keras.Model, images: np.ndarray, pixels: int) -> np.ndarray:
    """Logits of grey pictures.

    Args:
        model: From `train`.
        images: uint8, shape (n, height, width).
        pixels: Width and height at which the model sees them.

    Returns:
        float32, shape (n, classes).
    """
    batches = []
    for start in range(0, len(images), 64):
        chosen = images[start : start + 64]
        faces = np.stack([resize(image, pixels) for image in chosen])
        batches.append(keras.ops.convert_to_numpy(model(faces[..., None], training=False)))
    return np.concatenate(batches)


def resize(image: np.ndarray, pixels: int) -> np.ndarray:
    """A grey picture at the model's size, float32 of shape (pixels, pixels), 0 to 255."""
    return cv2.resize(image, (pixels, pixels), interpolation=cv2.INTER_LINEAR).astype(np.float32)


def _digest(settings: FaceTraining) -> str:
    """A name for the folder of a run; another setting is another run."""
    stated = json.dumps(asdict(settings), sort_keys=True)
    return hashlib.sha256(stated.encode()).hexdigest()[:12]


def _save(folder: Path, model: keras.Model, step: int) -> None:
    """Replace the checkpoint in two renames, so that a crash leaves a whole one."""
    fresh = folder / "fresh.keras"
    model.save(fresh)
    fresh.replace(folder / _MODEL)
    mark = folder / "fresh.json"
    mark.write_text(json.dumps({"step": step, "backend": keras.config.backend()}))
    mark.replace(folder / _POSITION)


def ship(
    path: Path, faces: Path | None, weights: str | Path | None, work: Path, seed: int = 0
) -> dict[str, Any]:
    """Train on FER+ and put the model in `models/`.

    The temperature is the one that makes FER2013Valid likeliest. The reliability, a
    power of 1 at most, and the gains of the emotions are fitted to photographs from
    another source (see `adapt`): how far the network may be trusted on faces that are
    not like FER+'s, and which emotions it then sees too often.

    Args:
        path: Folder of FER+.
        faces: Folder with a `faces.csv` of labelled photographs, or None to leave
            the reliability and the gains at 1.
        weights: As for `vgg16.build`.
        work: Folder outside the project for checkpoints.
        seed: Of all randomness.

    Returns:
        What the manifest now says of the model.
    """
    settings = FaceTraining(seed=seed)
    data, valid = ferplus.read(path, "train"), ferplus.read(path, "valid")
    model = train(data, valid, work, weights, settings)
    pixels = settings.sizes[-1]
    manifest = Manifest()
    file = "face_vgg16.tflite"
    export.litert(model, (1, pixels, pixels, 1), manifest.folder / file, bits=8)

    drawn, shares = priors(data, settings.balance), data.votes.mean(axis=0)
    logits = predict(model, valid.images, pixels)
    temperature = calibration.temperature(logits + np.log(shares / drawn), valid.labels)
    exact = shipped.ferplus_figures(log_softmax(logits), drawn, shares, valid)
    fields: dict[str, Any] = {
        "file": file,
        "task": "Emotion of an aligned face",
        "format": "LiteRT, weights of 8 bits",
        "input": {
            "shape": [1, pixels, pixels, 1],
            "meaning": "grey levels 0 to 255 of a face aligned as in emotion/alignment.py",
        },
        "output": {
            "shape": [1, len(ferplus.LABELS)],
            "labels": list(ferplus.LABELS),
            "meaning": "logits",
        },
        "temperature": round(temperature, 4),
        "reliability": 1.0,
        "gains": [1.0] * emotions.COUNT,
        "priors": [round(float(share), 5) for share in drawn],
        "shares": [round(float(share), 5) for share in shares],
        "licence": "CC BY 4.0 (VGG16, Oxford); FER+ labels MIT, FER2013 pictures for research",
        "source": "VGG16 (Simonyan & Zisserman 2015), pre-trained on ImageNet",
        "training_data": ["FER+ FER2013Train"],
        "card": "face.md",
        "figures": [],
    }
    manifest.update("face", fields)
    recogniser = FaceRecogniser(manifest.entry("face"))
    measured = shipped.ferplus(recogniser, valid)

    def figure(measure: str, value: float, clips: int, protocol: str) -> dict[str, Any]:
        return {
            "measure": measure,
            "value": round(100 * value, 2),
            "data": "FER2013Valid",
            "protocol": protocol,
            "clips": clips,
            "seed": seed,
            "commit": export.commit(),
        }

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
    if faces is not None:
        probabilities, labels = _photographs(recogniser, manifest, faces)
        power, gains = adapt(probabilities, labels)
        fields["reliability"] = round(power, 4)
        fields["gains"] = [round(float(gain), 4) for gain in gains]
        matrix = metrics.confusion(labels, probabilities.argmax(axis=1), emotions.COUNT)
        fields["figures"] += [
            {
                "measure": measure,
                "value": round(100 * value, 2),
                "data": "photographs of --data faces",
                "protocol": "seven emotions, before the gains that are fitted to them",
                "clips": len(labels),
                "seed": seed,
                "commit": export.commit(),
            }
            for measure, value in (
                ("accuracy", metrics.accuracy(matrix)),
                ("unweighted average recall", metrics.unweighted_average_recall(matrix)),
            )
        ]
    manifest.update("face", fields)
    return fields


def adapt(probabilities: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """The power and the gains that make labels likeliest, all emotions counting alike.

    The model is p(c) ~ (gain(c) * p(c)) ** power: vector scaling (Guo et al. 2017) with
    one common scale. Soft labels of FER+ lean to neutral, and so does a network that
    has learnt them, beyond what its priors explain; the gains take that back. For each
    power they come from a fixed point, at which every emotion is expected as often as
    it occurs.

    Args:
        probabilities: Shape (n, 8), 'neutral' standing for calm as well.
        labels: Emotions, shape (n,).

    Returns:
        The power, from 0.2 to 1, and the gains, shape (8,), 1 for neutral.
    """
    present = np.bincount(labels, minlength=emotions.COUNT)
    weights = 1 / present[labels]
    weights /= weights.sum()
    known = present > 0
    logs = np.log(np.maximum(probabilities, 1e-4))
    logs[:, ~known] = -np.inf
    best = (np.inf, 1.0, np.ones(emotions.COUNT))
    for power in np.linspace(0.2, 1, 41):
        shift = np.zeros(emotions.COUNT)
        for _ in range(200):
            expected = weights @ softmax(power * logs + shift)
            shift[known] -= np.log(expected[known] * known.sum())
        scaled = log_softmax(power * logs + shift)
        surprise = float(-weights @ scaled[np.arange(len(labels)), labels])
        if surprise < best[0]:
            gains = np.exp((shift - shift[emotions.NEUTRAL]) / power)
            best = (surprise, float(power), np.where(known, gains, 1.0))
    return best[1], best[2]


def _photographs(
    recogniser: FaceRecogniser, manifest: Manifest, faces: Path
) -> tuple[np.ndarray, np.ndarray]:
    """What the model says of photographs from elsewhere, shape (n, 8), and their labels."""
    listed = pictures.read(faces)
    aligned, owners = shipped.aligned_faces(
        listed, manifest.entry("face-detection"), recogniser.pixels
    )
    labels = np.array([listed[owner].emotion for owner in owners])
    return np.stack([recogniser(face) for face in aligned]), labels
