"""Random variants of synthetic sounds."""

import numpy as np
import pytest

from emotion.impairments import voice_variants
from emotion.media.samples import RATE
from tests.media_makers import sine


@pytest.fixture(scope="module")
def talkers() -> list[np.ndarray]:
    """Hiss in syllables, in place of people."""
    rng = np.random.default_rng(11)
    made = []
    for seconds in (0.5, 1.2):
        time = np.arange(round(seconds * RATE)) / RATE
        rhythm = np.maximum(0, np.sin(2 * np.pi * rng.uniform(2, 4) * time))
        made.append((0.1 * rhythm * rng.standard_normal(len(time))).astype(np.float32))
    return made


@pytest.mark.parametrize("length", [1, 100, 8_011, 16_000])
@pytest.mark.parametrize("level", [0.0, 0.1, 1.0])
def test_variants_are_sound_of_about_the_length(
    length: int, level: float, talkers: list[np.ndarray], rng: np.random.Generator
) -> None:
    samples = np.clip(level * rng.standard_normal(length), -1, 1).astype(np.float32)
    before = samples.copy()
    lengths = []
    for seed in range(30):
        variant = voice_variants.vary(samples, np.random.default_rng(seed), talkers)
        assert variant.dtype == np.float32
        assert variant.ndim == 1
        assert np.isfinite(variant).all()
        assert np.abs(variant).max(initial=0) <= 1
        lengths.append(len(variant))
    np.testing.assert_array_equal(samples, before)
    assert np.abs(np.array(lengths) - length).max() <= 0.1 * length + 1
    if length > 1_000:
        assert max(lengths) > 1.05 * length
        assert min(lengths) < 0.95 * length


def test_the_generator_decides_the_variant(talkers: list[np.ndarray]) -> None:
    samples = talkers[1]
    for seed in range(15):
        one, same = (
            voice_variants.vary(samples, np.random.default_rng(seed), talkers) for _ in range(2)
        )
        np.testing.assert_array_equal(one, same)
    lengths = {
        len(voice_variants.vary(samples, np.random.default_rng(seed), talkers))
        for seed in range(15)
    }
    assert len(lengths) > 10


def test_speed_and_pitch_change_together(talkers: list[np.ndarray]) -> None:
    """A tone keeps its number of periods, whatever else becomes of it."""
    tone = sine(1_000, 1, RATE, level=0.3)
    for seed in range(30):
        variant = voice_variants.vary(tone, np.random.default_rng(seed), talkers)
        windowed = variant * np.hanning(len(variant))
        assert np.argmax(np.abs(np.fft.rfft(windowed))) == pytest.approx(1_000, abs=2)


def test_loudness_and_balance_vary(talkers: list[np.ndarray], rng: np.random.Generator) -> None:
    samples = (0.05 * rng.standard_normal(RATE)).astype(np.float32)
    levels, balances = [], []
    for seed in range(60):
        variant = voice_variants.vary(samples, np.random.default_rng(seed), talkers)
        powers = np.abs(np.fft.rfft(variant)) ** 2
        low, high = np.array_split(powers[: len(powers) * 3 // 8], 2)
        levels.append(10 * np.log10(np.mean(variant.astype(float) ** 2)))
        balances.append(10 * np.log10(high.sum() / low.sum()))
    assert np.ptp(levels) > 12
    assert np.ptp(balances) > 1
    # Neither way is preferred.
    assert abs(np.median(balances)) < 1


def test_given_talkers_are_always_heard(talkers: list[np.ndarray]) -> None:
    """Silence gives them no level to be heard at, so a tone stands for the speaker."""
    tone = sine(1_000, 1, RATE, level=0.3)
    for seed in range(20):
        alone, among = (
            voice_variants.vary(tone, np.random.default_rng(seed), given) for given in ([], talkers)
        )
        assert not np.array_equal(alone, among)
