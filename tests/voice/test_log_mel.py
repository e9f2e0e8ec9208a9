import librosa
import numpy as np
import pytest

from emotion.voice import log_mel
from tests.media_makers import sine


def whisper_features(samples: np.ndarray) -> np.ndarray:
    """The features as Radford et al. define them, by librosa."""
    power = librosa.feature.melspectrogram(
        y=samples,
        sr=16_000,
        n_fft=400,
        hop_length=160,
        window="hann",
        n_mels=80,
        power=2,
        pad_mode="reflect",
    )[:, :-1]
    logs = np.log10(np.maximum(power, 1e-10))
    return (np.maximum(logs, logs.max() - 8) + 4).T / 4


def test_filters_are_librosas() -> None:
    expected = librosa.filters.mel(sr=16_000, n_fft=400, n_mels=80).T
    assert log_mel.filters().dtype == np.float32
    np.testing.assert_allclose(log_mel.filters(), expected, rtol=1e-4, atol=1e-8)


def test_features_of_speech_are_whispers(speech: np.ndarray) -> None:
    samples = speech[: 3 * 16_000]
    np.testing.assert_allclose(log_mel.log_mel(samples), whisper_features(samples), atol=1e-3)


def test_features_of_noise_are_whispers(rng: np.random.Generator) -> None:
    samples = rng.normal(0, 0.1, 16_000).astype(np.float32)
    np.testing.assert_allclose(log_mel.log_mel(samples), whisper_features(samples), atol=1e-3)


@pytest.mark.parametrize("length", [0, 1, 159, 160, 399, 400, 401, 1599, 1600, 48_000])
def test_shape_and_finite_for_any_length(length: int, rng: np.random.Generator) -> None:
    features = log_mel.log_mel(rng.normal(0, 0.1, length).astype(np.float32))
    assert features.dtype == np.float32
    assert features.shape == (length // 160, 80)
    assert np.isfinite(features).all()


def test_silence_is_constant() -> None:
    assert np.ptp(log_mel.log_mel(np.zeros(16_000, np.float32))) == 0


def test_loudness_shifts_all_alike(rng: np.random.Generator) -> None:
    samples = rng.normal(0, 0.1, 16_000).astype(np.float32)
    shift = log_mel.log_mel(samples / 10) - log_mel.log_mel(samples)
    np.testing.assert_allclose(shift, np.log10(1 / 100) / 4, atol=1e-4)


@pytest.mark.parametrize("frequency", [200, 1000, 4000])
def test_a_tone_is_loudest_in_its_own_band(frequency: int) -> None:
    centres = librosa.mel_frequencies(n_mels=82, fmax=8000)[1:-1]
    features = log_mel.log_mel(sine(frequency, 1, 16_000)).mean(axis=0)
    assert abs(int(features.argmax()) - int(np.abs(centres - frequency).argmin())) <= 1
