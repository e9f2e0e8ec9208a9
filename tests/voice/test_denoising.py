"""Noise reduction against the package that it is a streaming form of, and on its own."""

import noisereduce
import numpy as np
import pytest

from emotion.impairments import conditions
from emotion.media.samples import RATE
from emotion.voice import denoising

LENGTH = 48_000


@pytest.fixture
def clean(speech: np.ndarray) -> np.ndarray:
    """Half a second of near silence, then speech."""
    quiet = np.random.default_rng(4).normal(0, 1e-5, 8_000)
    return np.concatenate([quiet, speech[: LENGTH - 8_000]]).astype(np.float32)


def with_noise(sound: np.ndarray, rng: np.random.Generator, decibels: float) -> np.ndarray:
    return conditions.mix(sound, conditions.noise("white", len(sound), rng), decibels)


def power(samples: np.ndarray) -> float:
    return float(np.mean(samples.astype(float) ** 2))


def test_the_gate_is_noisereduce(clean: np.ndarray, rng: np.random.Generator) -> None:
    """As the package with its defaults, given the same noise."""
    noisy = with_noise(clean, rng, 5)
    ours = denoising.gate(noisy, 0.9)
    theirs = noisereduce.reduce_noise(
        y=noisy, sr=RATE, y_noise=noisy[:8_000], stationary=True, prop_decrease=0.9
    )
    assert np.corrcoef(ours, theirs)[0, 1] > 0.99
    assert power(ours - theirs) < 0.05 * power(theirs)


def test_a_gate_of_no_strength_changes_nothing(clean: np.ndarray) -> None:
    np.testing.assert_allclose(denoising.gate(clean, 0.0), clean, atol=1e-5)


@pytest.mark.parametrize("decibels", [0, 5, 10, 20])
def test_noise_is_measured(clean: np.ndarray, rng: np.random.Generator, decibels: float) -> None:
    found = denoising.above_noise(with_noise(clean, rng, decibels))
    assert found == pytest.approx(decibels, abs=3)


def test_clean_speech_is_left_alone(clean: np.ndarray) -> None:
    assert denoising.above_noise(clean) > denoising.CLEAN
    np.testing.assert_array_equal(denoising.reduce(clean, LENGTH), clean)


def test_noise_is_reduced_and_speech_is_kept(clean: np.ndarray, rng: np.random.Generator) -> None:
    noisy = with_noise(clean, rng, 5)
    before = noisy.copy()
    reduced = denoising.reduce(noisy, LENGTH, strength=0.9)
    assert reduced.dtype == np.float32
    assert reduced.shape == (LENGTH,)
    np.testing.assert_array_equal(noisy, before)
    quiet = slice(1_000, 7_000)
    assert power(reduced[quiet]) < power(noisy[quiet]) / 10
    assert power(reduced - clean) < power(noisy - clean)


def test_the_mode_decides(clean: np.ndarray, rng: np.random.Generator) -> None:
    noisy = with_noise(clean, rng, 5)
    np.testing.assert_array_equal(denoising.reduce(noisy, LENGTH, "off"), noisy)
    np.testing.assert_array_equal(
        denoising.reduce(noisy, LENGTH, "auto"), denoising.reduce(noisy, LENGTH, "on")
    )
    assert not np.array_equal(denoising.reduce(clean, LENGTH, "on"), clean)
    with pytest.raises(ValueError, match=r"auto, on, off\. Received: 'maybe'"):
        denoising.reduce(noisy, LENGTH, "maybe")


def test_less_noise_is_reduced_less() -> None:
    assert denoising.needed(denoising.NOISY - 1) == 1
    assert 0 < denoising.needed(15) < denoising.needed(12) < 1
    assert denoising.needed(denoising.CLEAN) == 0


def test_the_time_before_the_call_stays_silent(clean: np.ndarray, rng: np.random.Generator) -> None:
    heard = 24_000
    early = with_noise(clean, rng, 5)
    early[: LENGTH - heard] = 0
    reduced = denoising.reduce(early, heard)
    assert not reduced[: LENGTH - heard].any()
    assert power(reduced) < power(early)


def test_a_muted_microphone_is_no_noise(clean: np.ndarray, rng: np.random.Generator) -> None:
    """Digital silence before speech in noise does not make it a clean one."""
    muted = with_noise(clean, rng, 5)
    muted[:20_000] = 0
    assert denoising.above_noise(muted) == pytest.approx(5, abs=3)


@pytest.mark.parametrize("count", [0, 1, 500, 1_023])
def test_what_is_too_short_is_left_alone(count: int, rng: np.random.Generator) -> None:
    window = np.zeros(LENGTH, np.float32)
    window[LENGTH - count :] = rng.normal(0, 0.1, count)
    np.testing.assert_array_equal(denoising.reduce(window, count, "on"), window)


def test_silence_stays_silence() -> None:
    silence = np.zeros(LENGTH, np.float32)
    assert not denoising.reduce(silence, LENGTH, "on").any()
