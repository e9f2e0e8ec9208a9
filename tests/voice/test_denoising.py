import numpy as np
import pytest

from emotion.voice import denoising
from emotion.voice.windows import VoiceWindow

LENGTH = 48_000


def window(
    speech: np.ndarray, noise: np.ndarray, *, heard: int = LENGTH, quiet: int = 40
) -> VoiceWindow:
    """Noise throughout, and speech after some chunks of quiet."""
    mask = np.arange(94) >= quiet
    samples = speech[:LENGTH] * np.repeat(mask, 512)[-LENGTH:] + noise
    return VoiceWindow(3.0, samples.astype(np.float32), mask, loud=True, heard=heard)


def power(samples: np.ndarray) -> float:
    return float(np.mean(samples.astype(float) ** 2))


def test_clean_speech_is_left_alone(speech: np.ndarray, rng: np.random.Generator) -> None:
    clean = window(speech, rng.normal(0, 1e-4, LENGTH))
    assert clean.snr is not None
    assert clean.snr > denoising.MAX_SNR
    np.testing.assert_array_equal(denoising.reduce(clean), clean.samples)


def test_noise_is_reduced_and_speech_is_kept(speech: np.ndarray, rng: np.random.Generator) -> None:
    noisy = window(speech, rng.normal(0, 0.04, LENGTH))
    assert noisy.snr is not None
    assert noisy.snr < denoising.MAX_SNR
    before = noisy.samples.copy()
    reduced = denoising.reduce(noisy)
    assert reduced.dtype == np.float32
    assert reduced.shape == (LENGTH,)
    np.testing.assert_array_equal(noisy.samples, before)
    spoken = noisy.sample_mask()
    # 6 dB less between the words, away from their edges.
    quiet = slice(1000, 15_000)
    assert power(reduced[quiet]) < power(noisy.samples[quiet]) / 4
    assert power(reduced[spoken]) > 0.2 * power(speech[:LENGTH][spoken])
    assert power(reduced[spoken] - speech[:LENGTH][spoken]) < power(
        noisy.samples[spoken] - speech[:LENGTH][spoken]
    )


@pytest.mark.parametrize("quiet", [0, 94])
def test_speech_or_noise_alone_is_left_alone(
    quiet: int, speech: np.ndarray, rng: np.random.Generator
) -> None:
    one = window(speech, rng.normal(0, 0.05, LENGTH), quiet=quiet)
    np.testing.assert_array_equal(denoising.reduce(one), one.samples)


def test_a_muted_microphone_is_no_noise(speech: np.ndarray, rng: np.random.Generator) -> None:
    """Digital silence but for a breath too short to know the noise by."""
    noise = np.zeros(LENGTH)
    noise[:2000] = rng.normal(0, 0.9, 2000)
    muted = window(speech, noise)
    assert muted.snr is not None
    assert muted.snr < denoising.MAX_SNR
    np.testing.assert_array_equal(denoising.reduce(muted), muted.samples)


def test_the_time_before_the_call_is_no_noise(speech: np.ndarray, rng: np.random.Generator) -> None:
    early = window(speech, rng.normal(0, 0.04, LENGTH), heard=LENGTH - 40 * 512)
    np.testing.assert_array_equal(denoising.reduce(early), early.samples)
