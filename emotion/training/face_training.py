"""Training of the face recogniser on FER+ and other faces.

The whole of VGG16 is tuned with the shares of the crowd's votes as soft labels
(Barsoum et al. 2016). The pictures grow from stage to stage (progressive resizing,
Howard 2018, fast.ai): the small ones cost a quarter and improve it most, the last are of
the size that is served. Frequent classes are drawn less often than they occur, so
that the third of FER+ that is neutral does not crowd out fear and disgust. In the last
stages the convolutions are low-rank and separable, which costs little once they are tuned, and
faces from elsewhere are added, which are larger and sharper than FER+'s.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import keras
import numpy as np
from tqdm import tqdm

from emotion import files
from emotion.datasets import ferplus
from emotion.errors import ModelError
from emotion.impairments import face_variants
from emotion.jobs import fingerprint
from emotion.training import vgg16
from emotion.training.face_examples import FaceExamples

_MODEL, _POSITION = "model.keras", "position.json"
_ALONE = "alone.keras"
"""The network before it has seen other faces than FER+'s."""

_CHECKPOINT = 100
"""Steps after which the run is kept."""

_ANSWERED = 96
"""Pictures by which it is known what matters in the convolutions when they are made low-rank."""


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
    others: FaceExamples | None = None,
) -> keras.Model:
    """Tune VGG16 on faces, resuming what `work` holds of the same run.

    Args:
        data: What to train on.
        valid: What to report on after each stage; it decides nothing here.
        work: Folder outside the project for checkpoints and the log.
        weights: 'imagenet' to let Keras download the published weights, an npz file of VGG16,
            or None for random ones.
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
    files.write(folder / "settings.json", json.dumps(asdict(settings), indent=2))
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
    settings: FaceTraining, turn: int, data: ferplus.FerPlus, others: FaceExamples | None
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
    # Else the first step makes them, and TensorFlow traces it twice for that.
    model.optimizer.build(model.trainable_variables)


def draw_chances(votes: np.ndarray, balance: float) -> np.ndarray:
    """Chance of each picture to be drawn, shape (n,), adding up to 1.

    Args:
        votes: Share of each class, shape (n, c).
        balance: How far rare classes are drawn as often as frequent ones, from 0, not at all,
            to 1, just as often.
    """
    labels = votes.argmax(axis=1)
    shares = np.bincount(labels, minlength=len(ferplus.LABELS)) / len(labels)
    weights = shares[labels] ** -balance
    return weights / weights.sum()


def priors(
    votes: np.ndarray, balance: float, others: FaceExamples | None = None, share: float = 0.0
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
    """A grey picture at the model's size, float32 of shape (pixels, pixels), 0 to 255.

    Args:
        image: Grey, 0 to 255, shape (height, width).
        pixels: Width and height that it gets.
    """
    return cv2.resize(image, (pixels, pixels), interpolation=cv2.INTER_LINEAR).astype(np.float32)


def _digest(settings: FaceTraining, others: FaceExamples | None) -> str:
    """A name for the folder of a run; another setting is another run."""
    stated = json.dumps(asdict(settings), sort_keys=True)
    faces = [] if others is None else [others.images.tobytes(), others.votes.tobytes()]
    return fingerprint.of_parts(stated, *faces)[:12]


def before_others(work: Path, settings: FaceTraining, others: FaceExamples | None) -> keras.Model:
    """The network of a finished run as it was before it saw other faces than FER+'s.

    Args:
        work: Folder with the checkpoints of `train`.
        settings: Of the run.
        others: Of the run.
    """
    path = work / f"face-{_digest(settings, others)}" / _ALONE
    return keras.saving.load_model(path, compile=False)


def _save(folder: Path, model: keras.Model, stage: int, step: int) -> None:
    """Replace the checkpoint in two renames, so that a crash leaves a whole one."""
    with files.replacing(folder / _MODEL) as fresh:
        model.save(fresh)
    state = {"stage": stage, "step": step, "backend": keras.config.backend()}
    files.write(folder / _POSITION, json.dumps(state))
