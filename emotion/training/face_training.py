"""Training of the face recogniser on FER+ and other faces.

The whole of VGG16 is tuned with the shares of the crowd's votes as soft labels
(Barsoum et al. 2016). The pictures grow from stage to stage (progressive resizing,
Howard 2018, fast.ai): the small ones cost a quarter and teach most, the last are of
the size that is served. Frequent classes are drawn less often than they occur, so
that the third of FER+ that is neutral does not crowd out fear and disgust. In the last
stages the filters are thin, which costs little once they are tuned, and faces from
elsewhere are added, which are larger and sharper than FER+'s.
"""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
from tqdm import tqdm

from emotion import emotions, files
from emotion.datasets import ferplus
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError, ModelError
from emotion.evaluation import calibration, ferplus_scoring, metrics, protocols, report
from emotion.face.recogniser import EMOTION_OF, FLOOR, FaceRecogniser, fold_ferplus
from emotion.impairments import face_variants
from emotion.models import shipped
from emotion.models.manifest import Manifest
from emotion.models.shipped import Models
from emotion.probability import log_softmax, softmax
from emotion.training import export, face_examples, face_sources, face_tuning, vgg16
from emotion.training.face_examples import Examples

_MODEL, _POSITION = "model.keras", "position.json"
_ALONE = "alone.keras"
"""The network before it has seen other faces than FER+'s."""

_CHECKPOINT = 100
"""Steps after which the run is kept."""

_ANSWERED = 96
"""Pictures that tell which filters matter when they are made thin."""


@dataclass(frozen=True)
class Stage:
    """A part of a run with a learning rate of its own.

    For larger pictures every filter meets another scale, for which the end of the
    cosine before is too slow (warm restarts, Loshchilov & Hutter 2017).

    Attributes:
        pixels: Width of the pictures.
        draws: Pictures to learn from.
        learning_rate: Peak of a linear rise and a fall along a cosine.
        frozen: Blocks of VGG16 that stay as they are. Edges are edges at any scale,
            and the first block takes a fifth of the time.
        share: Of the multiplications that is kept, see `vgg16.factored`.
        others: Share of the draws that are not FER+'s, where there are any.
        averaging: Momentum of the average over the stage's weights that it ends with
            (Polyak & Juditsky 1992); None for the weights of the last step.
    """

    pixels: int
    draws: int
    learning_rate: float
    frozen: tuple[str, ...] = ()
    share: float = 1.0
    others: float = 0.0
    averaging: float | None = None


@dataclass(frozen=True)
class FaceTraining:
    """What decides the outcome of a training run.

    Attributes:
        stages: What is done in turn.
        balance: A class with the share s of the data is drawn with a share in
            proportion to s ** (1 - balance): 0 as it is, 1 all classes alike.
        batch: Pictures a step.
        warm_up: Share of the steps of a stage for the rise of its learning rate.
        weight_decay: Of AdamW (Loshchilov & Hutter 2019).
        seed: Of the order of pictures, their variants and the new layer.
    """

    stages: tuple[Stage, ...] = (
        Stage(32, 80_000, 1e-4),
        Stage(40, 20_000, 2e-5),
        Stage(64, 16_000, 5e-5, ("block1",)),
        Stage(64, 76_800, 1e-4, ("block1",)),
        Stage(64, 38_400, 1e-4, share=1 / 3, others=0.15, averaging=0.99),
        Stage(64, 19_200, 5e-5, share=1 / 3, others=0.05, averaging=0.99),
    )
    balance: float = 0.5
    batch: int = 64
    warm_up: float = 0.05
    weight_decay: float = 1e-4
    seed: int = 0


def train(
    data: ferplus.FerPlus,
    valid: ferplus.FerPlus,
    work: Path,
    weights: str | Path | None = "imagenet",
    settings: FaceTraining | None = None,
    others: Examples | None = None,
) -> keras.Model:
    """Tune VGG16 on faces, resuming what `work` holds of the same run.

    Args:
        data: What to train on.
        valid: What to report on after each stage; it decides nothing here.
        work: Folder outside the project for checkpoints and the log.
        weights: As for `vgg16.build`.
        settings: Of the run. A run with other settings in `work` is not resumed
            but starts in a folder of its own; so does one with other faces.
        others: Faces beside FER+'s for the stages that draw from them.

    Returns:
        The model after the last stage, from grey faces to logits of FER+'s classes.

    Raises:
        ModelError: If an unfinished run was begun with another backend of Keras.
    """
    settings = settings or FaceTraining()
    folder = work / f"face-{_digest(settings, others)}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.json").write_text(json.dumps(asdict(settings), indent=2))
    model, begun, done = _begin(folder, settings, weights)
    dropout = model.get_layer("dropout").seed_generator
    for turn in range(begun, len(settings.stages)):
        stage = settings.stages[turn]
        steps = stage.draws // settings.batch
        if done == 0:
            if turn and stage.others and not settings.stages[turn - 1].others:
                shutil.copyfile(folder / _MODEL, folder / _ALONE)
            if stage.share < (settings.stages[turn - 1].share if turn else 1.0):
                faces = np.stack([resize(image, stage.pixels) for image in data.images[:_ANSWERED]])
                model = vgg16.factored(model, faces[..., None], stage.share)
                dropout = model.get_layer("dropout").seed_generator
            _compile(model, settings, stage, steps)
        drawn = _draw(settings, turn, data, others)
        losses = []
        progress = tqdm(
            range(done, steps),
            initial=done,
            total=steps,
            desc=f"stage {turn + 1}/{len(settings.stages)}",
        )
        for step in progress:
            rng = np.random.default_rng((settings.seed, turn, step))
            chosen = drawn[step * settings.batch : (step + 1) * settings.batch]
            faces = np.stack([face_variants.face(image, stage.pixels, rng) for image, _ in chosen])
            votes = np.stack([votes for _, votes in chosen])
            # Keras does not keep this state: a resumed run would leave out other features.
            dropout.state.assign(np.array([settings.seed + turn, step], np.uint32))
            losses.append(float(model.train_on_batch(faces[..., None], votes)))
            progress.set_postfix(loss=f"{np.mean(losses[-100:]):.3f}", refresh=False)
            if (step + 1) % _CHECKPOINT == 0 and step + 1 < steps:
                _save(folder, model, turn, step + 1)
        if stage.averaging is not None:
            model.optimizer.finalize_variable_values(model.trainable_variables)
        _save(folder, model, turn + 1, 0)
        done = 0
        logits = predict(model, valid.images, stage.pixels)
        # On FER+'s own shares of classes instead of the ones that were drawn.
        shown = priors(data.votes, settings.balance, others, stage.others)
        shift = np.log(data.votes.mean(axis=0) / shown)
        correct = (logits + shift).argmax(axis=1) == valid.labels
        line = {
            "stage": turn + 1,
            "pixels": stage.pixels,
            "loss": float(np.mean(losses)),
            "valid_accuracy": float(correct.mean()),
            "valid_accuracy_agreed": float(correct[valid.agreed].mean()),
        }
        with (folder / "log.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")
        tqdm.write(json.dumps(line))
    return model


def _draw(
    settings: FaceTraining, turn: int, data: ferplus.FerPlus, others: Examples | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """What a stage learns from, in order: pictures and their votes."""
    stage = settings.stages[turn]
    rng = np.random.default_rng((settings.seed, turn))
    order = rng.choice(len(data.images), stage.draws, p=draw_chances(data.votes, settings.balance))
    drawn = [(data.images[index], data.votes[index]) for index in order]
    if others is not None and stage.others:
        chances = draw_chances(others.votes, settings.balance)
        instead = rng.choice(len(others.images), stage.draws, p=chances)
        for place in np.flatnonzero(rng.random(stage.draws) < stage.others):
            drawn[place] = others.images[instead[place]], others.votes[instead[place]]
    return drawn


def _begin(
    folder: Path, settings: FaceTraining, weights: str | Path | None
) -> tuple[keras.Model, int, int]:
    """The model, its stage and the steps done of it: from the checkpoint, or new."""
    if (folder / _POSITION).is_file():
        state = json.loads((folder / _POSITION).read_text())
        backend = keras.config.backend()
        if state["stage"] < len(settings.stages) and state["backend"] != backend:
            raise ModelError(
                f"The run in {folder} was begun with KERAS_BACKEND={state['backend']}; go on with "
                f"that, or remove the folder. Received: {backend}."
            )
        # The optimizer belongs to a backend, and every stage has a fresh one.
        model = keras.saving.load_model(folder / _MODEL, compile=state["step"] > 0)
        return model, state["stage"], state["step"]
    keras.utils.set_random_seed(settings.seed)
    return vgg16.build(len(ferplus.LABELS), weights=weights), 0, 0


def _compile(model: keras.Model, settings: FaceTraining, stage: Stage, steps: int) -> None:
    """Give a model the fresh optimizer of a stage, and freeze what it leaves alone."""
    for layer in model.get_layer(vgg16.BACKBONE).layers:
        layer.trainable = not layer.name.startswith(stage.frozen)
    warm_up = round(settings.warm_up * steps)
    peak = stage.learning_rate
    average = {"use_ema": True, "ema_momentum": stage.averaging} if stage.averaging else {}
    rate = keras.optimizers.schedules.CosineDecay(
        peak / 20, steps - warm_up, alpha=0.0, warmup_target=peak, warmup_steps=warm_up
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay, **average),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        jit_compile=False,  # XLA on a CPU takes three times as long for convolutions
    )


def draw_chances(votes: np.ndarray, balance: float) -> np.ndarray:
    """Chance of each picture to be drawn, shape (n,), adding up to 1."""
    labels = votes.argmax(axis=1)
    shares = np.bincount(labels, minlength=len(ferplus.LABELS)) / len(labels)
    weights = shares[labels] ** -balance
    return weights / weights.sum()


def priors(
    votes: np.ndarray, balance: float, others: Examples | None = None, share: float = 0.0
) -> np.ndarray:
    """Share of each class in what the network is shown, shape (8,), adding up to 1.

    Args:
        votes: Of FER+'s pictures, shape (n, 8).
        balance: As of `FaceTraining`.
        others: Faces beside FER+'s.
        share: Of those among all that are drawn, as of a `Stage`.
    """
    shown = draw_chances(votes, balance) @ votes
    if others is None:
        return shown
    theirs = draw_chances(others.votes, balance) @ others.votes
    return (1 - share) * shown + share * theirs


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


def _digest(settings: FaceTraining, others: Examples | None) -> str:
    """A name for the folder of a run; another setting is another run."""
    stated = json.dumps(asdict(settings), sort_keys=True)
    digest = hashlib.sha256(stated.encode())
    if others is not None:
        digest.update(others.images.tobytes() + others.votes.tobytes())
    return digest.hexdigest()[:12]


def _save(folder: Path, model: keras.Model, stage: int, step: int) -> None:
    """Replace the checkpoint in two renames, so that a crash leaves a whole one."""
    with files.replacing(folder / _MODEL) as fresh:
        model.save(fresh)
    state = {"stage": stage, "step": step, "backend": keras.config.backend()}
    files.write(folder / _POSITION, json.dumps(state))


def ship(
    path: Path,
    weights: str | Path | None,
    work: Path,
    *,
    faces: Path | None = None,
    wild: Path | None = None,
    clips: Sequence[Clip] = (),
    seed: int = 0,
) -> dict[str, Any]:
    """Train on FER+ and other faces, and put the model in `models/`.

    The temperature is the one that makes FER2013Valid likeliest. The reliability, a power
    of 1 at most, is how far the network may be trusted on faces from a source that it was
    not trained on: what it was on the photographs before it had seen any. What it takes each
    emotion for is counted on FER2013Valid and on photographs of people held out of training,
    each set counting alike.

    Args:
        path: Folder of FER+.
        weights: As for `vgg16.build`.
        work: Folder outside the project for checkpoints.
        faces: Folder with a `faces.csv` of labelled photographs, four fifths of whose
            people are trained on; None to leave the reliability at 1.
        wild: Folder with a `faces.csv` of tightly cropped faces in the wild; None to train
            from VGG16's own weights. With it the network in `weights` is tuned instead.
        clips: With picture, to be trained on too; those of RAVDESS's actors 01 and 05 are
            left out.
        seed: Of all randomness.

    Returns:
        What the manifest now says of the model.

    Raises:
        DatasetError: If a data set is not as described, or all clips are left out.
    """
    settings = FaceTraining(seed=seed)
    data, valid = ferplus.read(path, "train"), ferplus.read(path, "valid")
    manifest = Manifest()
    others = held_out = photographs = None
    if faces is not None:
        others, held_out = face_examples.photographs(faces, manifest.entry("face-detection").read())
        photographs = others + held_out
    trained = _for_training(clips) if clips else []
    if trained:
        seen = face_examples.clips(trained, Models.load())
        others = seen if others is None else others + seen
    if wild is None:
        model = train(data, valid, work, weights, settings, others)
        drawn = priors(data.votes, settings.balance, others, settings.stages[-1].others)
    else:
        model = tuned(data, work, Path(str(weights)), others, wild, manifest, seed)
        drawn = np.full(len(ferplus.LABELS), 1 / len(ferplus.LABELS))
    last = settings.stages[-1]
    pixels = last.pixels
    file = "face_vgg16.tflite"
    served = vgg16.with_features(model)
    export.litert(served, (1, pixels, pixels, 1), manifest.folder / file, bits=8)

    shares = data.votes.mean(axis=0)
    logits = predict(model, valid.images, pixels)
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
        "reliability": 1.0,
        "confusion": np.eye(emotions.COUNT).tolist(),
        "ordinary": [1 / emotions.COUNT] * emotions.COUNT,
        "priors": [round(float(share), 5) for share in drawn],
        "shares": [round(float(share), 5) for share in shares],
        "licence": "CC BY 4.0 (VGG16, Oxford); FER+ labels MIT, FER2013 pictures for research",
        "source": "VGG16 (Simonyan & Zisserman 2015), pre-trained on ImageNet",
        "training_data": ["FER+ FER2013Train"]
        + ["photographs of --data faces"] * (faces is not None)
        + ["faces in the wild of --data affectnet"] * (wild is not None)
        + sorted({clip.corpus for clip in trained}),
        "card": "face.md",
        "figures": [],
    }
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
    if wild is not None and held_out is not None:
        # The network before has seen some of these people, so only the others can tell.
        said = np.stack([recogniser(image) for image in held_out.images])
        fields["reliability"] = round(power(said, held_out.labels), 4)
    elif photographs is not None:
        alone = keras.saving.load_model(
            work / f"face-{_digest(settings, others)}" / _ALONE, compile=False
        )
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
    others: Examples | None,
    wild: Path,
    manifest: Manifest,
    seed: int,
) -> keras.Model:
    """The network in a file, tuned on FER+, other faces and faces in the wild.

    Args:
        data: FER+'s pictures to train on.
        work: As for `ship`.
        weights: As for `vgg16.thin`; of the shipped face model, whose shares of classes
            the manifest has.
        others: Photographs to train on, or None.
        wild: As for `ship`.
        manifest: Of the shipped models.
        seed: Of all randomness.

    Raises:
        DatasetError: If the faces in the wild are not as described.
        ModelError: If the weights are not of such a network.
    """
    count = len(ferplus.LABELS)
    before = np.array(manifest.entry("face").numbers("priors", count))
    model = vgg16.without_priors(vgg16.thin(weights, count), before)
    detector = manifest.entry("face-detection").read()
    sources = face_sources.of_ferplus(data, detector)
    if others is not None:
        sources.append(face_sources.of_photographs(others))
    sources += face_sources.in_the_wild(wild, detector)
    return face_tuning.tune(model, sources, work, face_tuning.Tuning(seed=seed))


def ordinary(recogniser: FaceRecogniser, images: np.ndarray) -> list[float]:
    """Geometric mean of what a model says of neutral faces, eight numbers that add up to 1."""
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
    """Share of the answers (columns) to each emotion (rows), zeros for one without any."""
    matrix = metrics.confusion(labels, probabilities.argmax(axis=1), emotions.COUNT)
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


def _reliability(
    alone: keras.Model,
    data: ferplus.FerPlus,
    valid: ferplus.FerPlus,
    photographs: Examples,
    settings: FaceTraining,
) -> float:
    """The `power` of a network on photographs that is trained on FER+ alone."""
    pixels = settings.stages[-1].pixels
    drawn, shares = priors(data.votes, settings.balance), data.votes.mean(axis=0)
    own = predict(alone, valid.images, pixels) + np.log(shares / drawn)
    logits = predict(alone, photographs.images, pixels)
    logits = logits / calibration.temperature(own, valid.labels)
    return power(fold_ferplus(softmax(logits), drawn, list(ferplus.LABELS)), photographs.labels)


def _for_training(clips: Sequence[Clip]) -> list[Clip]:
    """Clips but those of RAVDESS's actors 01 and 05, who test what is shipped."""
    left_out = {protocols.speaker(actor) for actor in protocols.HELD_OUT_ACTORS}
    kept = [clip for clip in clips if clip.speaker not in left_out]
    if not kept:
        raise DatasetError(
            f"All {len(clips)} clips are of RAVDESS's actors 01 and 05, who test the model and "
            "train nothing; give those of other people as well."
        )
    return kept
