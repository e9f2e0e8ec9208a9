"""Tuning of a trained face recogniser on several collections at once."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from emotion import files
from emotion.errors import ModelError
from emotion.jobs import fingerprint
from emotion.training import vgg16
from emotion.training.face_sources import FaceSource, Mixture, loss

_MODEL, _POSITION = "model.keras", "position.json"

_CHECKPOINT = 250
"""Steps after which the run is kept."""


@dataclass(frozen=True)
class Tuning:
    """What decides the outcome of a tuning.

    Attributes:
        pixels: Width of the pictures.
        steps: In all.
        batch: Pictures a step.
        learning_rate: After the rise and before the fall, both linear: so a run can be
            ended early by its fall at any step.
        rise: Steps of the rise.
        fall: Steps of the fall.
        clipping: Longest gradient, over all weights together.
        frozen: Blocks of VGG16 that stay as they are.
        mixing: Chance that every picture of a batch has another one shine through (mixup).
        averaging: Momentum of the average over the weights that the run ends with.
        weight_decay: Of AdamW.
        kept: Share of the weights before the run in those after it (Wortsman et al. 2022,
            'Robust fine-tuning of zero-shot models'): what was known is forgotten less.
        precision: In which the convolutions compute, see `vgg16.with_precision`: bfloat16
            takes a third of the time where a processor multiplies it.
        seed: Of the order of pictures and their variants.
    """

    pixels: int = 64
    steps: int = 3600
    batch: int = 64
    learning_rate: float = 1e-4
    rise: int = 200
    fall: int = 2400
    clipping: float = 1.0
    frozen: tuple[str, ...] = ("block1",)
    mixing: float = 0.2
    averaging: float = 0.998
    weight_decay: float = 1e-3
    kept: float = 0.5
    precision: str = "mixed_bfloat16"
    seed: int = 0


class Trapezium(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that rises, stays and falls to nothing, in straight lines."""

    def __init__(self, peak: float, rise: int, fall: int, steps: int) -> None:
        """Take the numbers of a `Tuning`."""
        self.peak, self.rise, self.fall, self.steps = peak, rise, fall, steps

    def __call__(self, step: int) -> float:
        """The rate of a step, which counts from 0."""
        ops = keras.ops
        step = ops.cast(step, "float32")
        up, down = (step + 1) / self.rise, (self.steps - step) / self.fall
        return self.peak * ops.minimum(1.0, ops.minimum(up, down))

    def get_config(self) -> dict[str, float]:
        """The arguments, for Keras to store."""
        return {"peak": self.peak, "rise": self.rise, "fall": self.fall, "steps": self.steps}


def tune(
    model: keras.Model, sources: list[FaceSource], work: Path, settings: Tuning | None = None
) -> keras.Model:
    """Tune a recogniser, resuming what `work` holds of the same run.

    Args:
        model: From `vgg16.low_rank` or `emotion.training.face_training.train`, its logits free of
            class shares, see `vgg16.without_priors`.
        sources: What to learn from.
        work: Folder outside the project for checkpoints.
        settings: Of the run. Other settings, sources or first weights are another run.

    Returns:
        The tuned model: logits of FER+'s classes, as if all were equally frequent.

    Raises:
        ModelError: If an unfinished run was begun with another backend of Keras.
    """
    settings = settings or Tuning()
    before = [np.array(weight) for weight in model.get_weights()]
    folder = work / f"face-tuning-{_digest(settings, sources, before)}"
    folder.mkdir(parents=True, exist_ok=True)
    tuned, done = _begin(folder, settings, model)
    mixture = Mixture(sources)
    dropout = tuned.get_layer("dropout").seed_generator
    losses = []
    progress = tqdm(range(done, settings.steps), initial=done, total=settings.steps, desc="tuning")
    for step in progress:
        rng = np.random.default_rng((settings.seed, step))
        faces, targets = mixture.batch(settings.batch, settings.pixels, settings.mixing, rng)
        # Keras does not keep this state: a resumed run would leave out other features.
        dropout.state.assign(np.array([settings.seed, step], np.uint32))
        losses.append(float(tuned.train_on_batch(faces, targets)))
        progress.set_postfix(loss=f"{np.mean(losses[-100:]):.3f}", refresh=False)
        if (step + 1) % _CHECKPOINT == 0 and step + 1 < settings.steps:
            _save(folder, tuned, step + 1)
    if done < settings.steps:
        tuned.optimizer.finalize_variable_values(tuned.trainable_variables)
        _save(folder, tuned, settings.steps)
    after = tuned.get_weights()
    kept = settings.kept
    # The state of the dropout is no weight to be averaged.
    mixed = [
        kept * old + (1 - kept) * new if np.issubdtype(new.dtype, np.floating) else new
        for old, new in zip(before, after, strict=True)
    ]
    model.set_weights(mixed)
    return model


def _begin(folder: Path, settings: Tuning, model: keras.Model) -> tuple[keras.Model, int]:
    """The model and the steps done: from the checkpoint, or as given."""
    if (folder / _POSITION).is_file():
        state = json.loads((folder / _POSITION).read_text())
        backend, finished = keras.config.backend(), state["step"] >= settings.steps
        if not finished and state["backend"] != backend:
            raise ModelError(
                f"The run in {folder} was begun with KERAS_BACKEND={state['backend']}; go on with "
                f"that, or remove the folder. Received: {backend}."
            )
        own = {"Trapezium": Trapezium, "loss": loss}
        stored = keras.saving.load_model(folder / _MODEL, compile=not finished, custom_objects=own)
        return stored, state["step"]
    model = vgg16.with_precision(model, settings.precision)
    for layer in model.get_layer(vgg16.BACKBONE).layers:
        layer.trainable = not layer.name.startswith(settings.frozen)
    rate = Trapezium(settings.learning_rate, settings.rise, settings.fall, settings.steps)
    model.compile(
        optimizer=keras.optimizers.AdamW(
            rate,
            weight_decay=settings.weight_decay,
            global_clipnorm=settings.clipping,
            use_ema=True,
            ema_momentum=settings.averaging,
        ),
        loss=loss,
        jit_compile=False,  # XLA on a CPU takes three times as long for convolutions
    )
    # Else the first step makes them, and TensorFlow traces it twice for that.
    model.optimizer.build(model.trainable_variables)
    return model, 0


def _save(folder: Path, model: keras.Model, step: int) -> None:
    """Replace the checkpoint in two renames, so that a crash leaves a whole one."""
    with files.replacing(folder / _MODEL) as fresh:
        model.save(fresh)
    position = {"step": step, "backend": keras.config.backend()}
    files.write(folder / _POSITION, json.dumps(position))


def _digest(settings: Tuning, sources: list[FaceSource], before: list[np.ndarray]) -> str:
    """A name for the folder of a run; another setting is another run, but for what is kept."""
    stated = asdict(settings)
    del stated["kept"]
    parts: list[str | bytes] = [json.dumps(stated, sort_keys=True)]
    for source in sources:
        parts += [source.images.tobytes(), source.votes.tobytes()]
        parts.append(f"{source.share} {source.doubt}")
    parts += [weight.tobytes() for weight in before]
    return fingerprint.of_parts(*parts)[:12]
