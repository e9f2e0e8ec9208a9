"""The recipe 'paper' of the voice benchmark: a small network on MFCCs, from scratch.

A baseline of the kind that Naas & Sigg 2020 ('Real-time Emotion Recognition for
Sales') build: noise is reduced, the sound becomes mel-frequency cepstral coefficients,
and a small convolutional network learns from nothing but the training clips. It
shows what the pre-trained recogniser is worth, and is not shipped.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import librosa
import noisereduce
import numpy as np
from keras import layers
from tqdm import tqdm

from emotion import files
from emotion.datasets.clips import Clip
from emotion.jobs import fingerprint
from emotion.media.recordings import read_sound
from emotion.media.samples import RATE
from emotion.readings import emotions
from emotion.readings.probability import log_softmax

COEFFICIENTS = 40
FRAMES = 94
"""Frames of 3 s: a new one each 512 samples, librosa's own choice."""

_LENGTH = 3 * RATE
_HOP = 512
_SHORTEST = 1_024
"""Samples of the spectral gate's window; it fails on shorter sound."""

_PART = 100
"""Clips whose features are stored together; an interrupted run loses at most these."""

_FILTERS = (64, 128, 128, 128)
_EPOCHS = 60
_BATCH = 32
_LEARNING_RATE = 1e-3


@dataclass(frozen=True)
class Network:
    """A trained network with the scale of what it was trained on.

    Attributes:
        model: From standardised features to logits.
        mean: Of each coefficient over all training clips and frames, shape (40,).
        deviation: Of each coefficient over all training clips and frames, above 0, shape (40,).
    """

    model: keras.Model
    mean: np.ndarray
    deviation: np.ndarray

    def log_probabilities(self, features: np.ndarray) -> np.ndarray:
        """Log probabilities of the eight emotions.

        Args:
            features: From `extract`, shape (n, FRAMES, 40).

        Returns:
            Shape (n, 8).
        """
        scaled = (features - self.mean) / self.deviation
        logits = [np.zeros((0, emotions.COUNT), np.float32)]
        for start in range(0, len(scaled), _BATCH):
            logits.append(np.asarray(self.model.predict_on_batch(scaled[start : start + _BATCH])))
        return log_softmax(np.concatenate(logits))


def extract(clips: Sequence[Clip], work: Path) -> np.ndarray:
    """MFCCs of the middle 3 s of each clip after noise reduction.

    Args:
        clips: What to read.
        work: Folder outside the project for the parts that are done; parts that another version
            of the code has made are made anew.

    Returns:
        float32, shape (clips, FRAMES, 40).
    """
    folder = work / "mfcc-features"
    folder.mkdir(parents=True, exist_ok=True)
    code = fingerprint.of_code((sys.modules[__name__],))
    features = [np.zeros((0, FRAMES, COEFFICIENTS), np.float32)]
    for start in tqdm(range(0, len(clips), _PART), desc="MFCCs", unit="part"):
        paths = [clip.path.resolve() for clip in clips[start : start + _PART]]
        names = "\n".join(f"{path}:{fingerprint.of_file(path)}" for path in paths)
        digest = fingerprint.of_parts(f"{code}\n{names}")[:20]
        stored = folder / f"{digest}.npy"
        if not stored.is_file():
            found = np.stack([coefficients(read_sound(path)) for path in paths])
            with files.replacing(stored) as fresh:
                np.save(fresh, found)
        features.append(np.load(stored))
    return np.concatenate(features)


def coefficients(samples: np.ndarray) -> np.ndarray:
    """MFCCs of the middle 3 s of a clip; a shorter one has silence around it.

    Args:
        samples: 16 kHz, float32 from -1 to 1, shape (n,).

    Returns:
        float32, shape (FRAMES, 40).
    """
    # The gate takes the whole clip, pauses at its ends included, as the noise's profile.
    reduced = noisereduce.reduce_noise(
        y=_padded(samples, _SHORTEST), sr=RATE, stationary=True, clip_noise_stationary=False
    )
    heard = _padded(np.nan_to_num(np.asarray(reduced, np.float32)), _LENGTH)
    start = (len(heard) - _LENGTH) // 2
    middle = heard[start : start + _LENGTH]
    found = librosa.feature.mfcc(y=middle, sr=RATE, n_mfcc=COEFFICIENTS, hop_length=_HOP)
    return np.asarray(found.T, np.float32)


def _padded(samples: np.ndarray, least: int) -> np.ndarray:
    """Sound with silence before and after it, evenly, where it is shorter than `least`."""
    missing = max(0, least - len(samples))
    return np.pad(samples, (missing // 2, missing - missing // 2))


def fit(features: np.ndarray, labels: np.ndarray, seed: int) -> Network:
    """Train a network on clips.

    The number of epochs is fixed, as there are no clips to stop early by. On a CPU
    the same seed gives the same network.

    Args:
        features: From `extract`, shape (n, FRAMES, 40).
        labels: Emotions, int, shape (n,).
        seed: Of the first weights, the order of clips and dropout. All of Keras's
            and numpy's global randomness is set by it.
    """
    keras.utils.set_random_seed(seed)
    mean = features.mean(axis=(0, 1), dtype=np.float64).astype(np.float32)
    deviation = np.maximum(features.std(axis=(0, 1), dtype=np.float64), 1e-3).astype(np.float32)
    model = _build()
    steps = _EPOCHS * -(-len(features) // _BATCH)
    rate = keras.optimizers.schedules.CosineDecay(_LEARNING_RATE, steps)
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,  # XLA on a CPU is slow for convolutions
    )
    # Else the first step makes them, and TensorFlow traces it twice for that.
    model.optimizer.build(model.trainable_variables)
    scaled = (features - mean) / deviation
    model.fit(scaled, labels, batch_size=_BATCH, epochs=_EPOCHS, verbose=0)
    return Network(model, mean, deviation)


def _build() -> keras.Model:
    """Four blocks of convolution over time, 155,000 weights."""
    sound = keras.Input((FRAMES, COEFFICIENTS))
    x = sound
    for index, filters in enumerate(_FILTERS):
        width = 5 if index < 2 else 3
        x = layers.Conv1D(filters, width, padding="same", use_bias=False)(x)
        # A slow average would not have arrived after the few steps of a small corpus.
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
        x = layers.MaxPooling1D(2)(x)
        x = layers.Dropout(0.2)(x)
    x = layers.GlobalAveragePooling1D()(x)
    x = layers.Dropout(0.3)(x)
    return keras.Model(sound, layers.Dense(emotions.COUNT)(x))
