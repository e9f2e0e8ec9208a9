"""Vectors of speakers, by the model that is shipped, of voices that a synthesiser makes."""

from pathlib import Path

import numpy as np
import pytest

from emotion.errors import ModelError
from emotion.media.recordings import read_sound
from emotion.media.samples import RATE
from emotion.models.shipped import Models
from emotion.voice import speaker_embedding
from emotion.voice.speaker_embedding import BANDS, FRAMES, LENGTH, SIZE
from tests import media_makers

PIECE = round(LENGTH * RATE)


def test_pieces_of_one_voice_are_more_alike_than_those_of_two(
    models: Models, tmp_path: Path
) -> None:
    embedder = models.speaker_embedder()
    texts = (media_makers.SPOKEN, "The price is too high for us, and we have told you so before.")
    found = []
    for voice in ("en-us", "en-us+f3"):
        vectors = []
        for number, text in enumerate(texts):
            path = media_makers.speak(tmp_path / f"{voice}{number}.wav", text, voice=voice)
            sound = read_sound(path)[RATE // 4 :]
            vectors += [embedder(sound[start : start + PIECE]) for start in (0, PIECE)]
        found.append(np.array(vectors))
    one, other = found
    assert one.shape == (4, SIZE)
    np.testing.assert_allclose(np.linalg.norm(one, axis=1), 1, atol=1e-5)
    within = min((each @ each.T).min() for each in found)
    assert within > (one @ other.T).max() + 0.1


def test_features_are_those_of_the_definition(rng: np.random.Generator) -> None:
    sound = np.asarray(rng.normal(0, 0.1, PIECE), np.float32)
    logs = np.array([_band_logs(sound[start : start + 400]) for start in (0, 1600, 8000)])
    found = speaker_embedding.features(sound)
    assert found.shape == (FRAMES, BANDS)
    # What is common to all frames of the piece is taken away.
    np.testing.assert_allclose(
        np.diff(found[[0, 10, 50]], axis=0), np.diff(logs, axis=0), atol=0.01
    )
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-4)


def _band_logs(samples: np.ndarray) -> list[float]:
    """Logarithms of the bands of one frame, sum by sum."""
    frame = samples.astype(float) * 2**15
    frame -= frame.mean()
    frame = frame - 0.97 * np.concatenate([frame[:1], frame[:-1]])
    frame *= (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 399)) ** 0.85
    power = np.abs(np.fft.fft(frame, 512)[:257]) ** 2
    edges = np.linspace(_mel(20), _mel(8000), BANDS + 2)
    logs = []
    for low, middle, high in zip(edges, edges[1:], edges[2:], strict=False):
        total = 0.0
        for number in range(257):
            at = _mel(number * RATE / 512)
            if low < at < high:
                rising = at <= middle
                share = (at - low) / (middle - low) if rising else (high - at) / (high - middle)
                total += share * power[number]
        logs.append(float(np.log(total)))
    return logs


def _mel(hertz: float) -> float:
    return float(1127 * np.log(1 + hertz / 700))


def test_loudness_changes_nothing(rng: np.random.Generator) -> None:
    sound = np.asarray(rng.normal(0, 0.1, PIECE), np.float32)
    np.testing.assert_allclose(
        speaker_embedding.features(sound), speaker_embedding.features(0.1 * sound), atol=1e-3
    )


def test_another_length_is_refused(models: Models) -> None:
    with pytest.raises(ModelError, match="speaker"):
        models.speaker_embedder()(np.zeros(PIECE // 2, np.float32))
