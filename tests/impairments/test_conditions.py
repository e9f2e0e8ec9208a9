"""Conditions on synthetic speech, and on tones and clicks whose answer is known."""

import numpy as np
import pytest

from emotion.impairments import conditions
from emotion.media.samples import RATE
from tests.media_makers import sine


def talk(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Something like speech: a gliding voice with hiss, in syllables and pauses."""
    time = np.arange(round(seconds * RATE)) / RATE
    pitch = 2 * np.pi * np.cumsum(140 + 30 * np.sin(2 * np.pi * 0.7 * time)) / RATE
    voiced = sum(np.sin(number * pitch) / number for number in range(1, 20))
    rhythm = np.maximum(0, np.sin(2 * np.pi * rng.uniform(2, 4) * time + rng.uniform(0, 6)))
    made = 0.2 * rhythm * (voiced + 0.2 * rng.standard_normal(len(time)))
    return np.clip(made, -1, 1).astype(np.float32)


def power(samples: np.ndarray) -> float:
    return float(np.mean(np.square(samples, dtype=float)))


def share(samples: np.ndarray, low: float, high: float) -> float:
    """Share of the power between two frequencies, in Hz."""
    powers = np.abs(np.fft.rfft(samples)) ** 2
    frequency = np.fft.rfftfreq(len(samples), 1 / RATE)
    return float(powers[(frequency >= low) & (frequency < high)].sum() / powers.sum())


def lag(heard: np.ndarray, said: np.ndarray) -> float:
    """Seconds by which one sound comes after another."""
    size = 2 * len(said)
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size))
    place = int(np.argmax(np.fft.irfft(product, size)))
    return (place if place < len(said) else place - size) / RATE


@pytest.fixture
def talkers(rng: np.random.Generator) -> list[np.ndarray]:
    return [talk(seconds, rng) for seconds in (0.6, 1.0, 1.7)]


@pytest.mark.parametrize("kind", conditions.NOISES)
@pytest.mark.parametrize("length", [1, 100, 15_991, 48_000])
def test_noise_has_a_power_of_one(
    kind: str, length: int, talkers: list[np.ndarray], rng: np.random.Generator
) -> None:
    made = conditions.noise(kind, length, rng, talkers)
    assert made.shape == (length,)
    assert made.dtype == np.float32
    # Babble of a sample or two may fall on a pause of a voice.
    if kind != "babble" or length > 100:
        assert power(made) == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize("kind", conditions.NOISES)
def test_the_generator_decides_the_noise(kind: str, talkers: list[np.ndarray]) -> None:
    one, same, other = (
        conditions.noise(kind, 8_000, np.random.default_rng(seed), talkers) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert power(one - other) > 0.5


def test_white_noise_is_flat_and_office_noise_is_low(rng: np.random.Generator) -> None:
    white = conditions.noise("white", 48_000, rng)
    assert share(white, 0, 2_000) == pytest.approx(0.25, abs=0.02)
    office = conditions.noise("office", 48_000, rng)
    assert share(office, 0, 1_000) > 0.5
    # The mains.
    for frequency in (100, 200, 300, 500):
        beside = share(office, frequency + 20, frequency + 21)
        assert share(office, frequency - 0.5, frequency + 0.5) > 5 * beside


def test_babble_is_of_the_talkers_each_as_loud(rng: np.random.Generator) -> None:
    talkers = [sine(500, 0.5, RATE, level=0.9), sine(2_000, 0.7, RATE, level=0.009)]
    shares = []
    for _ in range(10):
        babble = conditions.noise("babble", 32_000, rng, talkers)
        shares.append([share(babble, 450, 550), share(babble, 1_950, 2_050)])
    np.testing.assert_allclose(np.sum(shares, axis=1), 1, atol=0.02)
    assert 0.1 < np.mean(shares, axis=0)[1] < 0.9


def test_babble_needs_voices(rng: np.random.Generator) -> None:
    with pytest.raises(ValueError, match="babble"):
        conditions.noise("babble", 100, rng)


def test_an_unknown_noise_is_refused(talkers: list[np.ndarray], rng: np.random.Generator) -> None:
    with pytest.raises(ValueError, match="'street'"):
        conditions.noise("street", 100, rng, talkers)


@pytest.mark.parametrize("decibels", [-5.0, 0.0, 5.0, 20.0])
def test_speech_is_as_far_above_the_noise_as_asked(
    decibels: float, rng: np.random.Generator
) -> None:
    samples = talk(2, rng)
    noise = 7 * conditions.noise("office", len(samples), rng)
    added = conditions.mix(samples, noise, decibels) - samples
    ratio = 20 * np.log10(conditions.loudness(samples)) - 10 * np.log10(power(added))
    assert ratio == pytest.approx(decibels, abs=0.01)
    np.testing.assert_allclose(np.corrcoef(added, noise)[0, 1], 1, atol=1e-5)


def test_pauses_do_not_count_for_loudness() -> None:
    tone = sine(1_000, 1, RATE)
    paused = np.concatenate([np.zeros(RATE // 2, np.float32), tone, np.zeros(RATE // 2)])
    assert conditions.loudness(tone) == pytest.approx(0.5 / np.sqrt(2), rel=1e-4)
    assert conditions.loudness(paused) == pytest.approx(conditions.loudness(tone), rel=1e-4)
    assert conditions.loudness(tone[:100]) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)
    assert conditions.loudness(np.zeros(RATE, np.float32)) < 1e-6


def test_gain_is_in_decibels_and_cuts_at_full_scale() -> None:
    tone = sine(100, 0.1, RATE)
    np.testing.assert_allclose(conditions.gain(tone, -20), tone / 10, rtol=1e-5)
    louder = conditions.gain(tone, 12)
    assert np.abs(louder).max() == 1
    assert np.mean(np.abs(louder) == 1) > 0.5
    small = np.abs(tone) < 0.2
    np.testing.assert_allclose(louder[small], tone[small] * 10**0.6, rtol=1e-5)


@pytest.mark.parametrize("seconds", [0.2, 0.4])
def test_a_room_smears_a_click_and_dies_away(seconds: float, rng: np.random.Generator) -> None:
    click = np.zeros(RATE, np.float32)
    click[1_600] = 0.9
    heard = conditions.distance(click, rng, seconds)
    assert power(heard) == pytest.approx(power(click), rel=1e-4)
    energy = np.square(heard, dtype=float)
    assert energy[:1_600].sum() < 1e-9
    # Two thirds of it come after the direct sound.
    assert energy[1_601:].sum() / energy.sum() == pytest.approx(2 / 3, abs=0.05)
    tenth = round(seconds * RATE / 10)
    early, late = (energy[1_601 + start :][:tenth].sum() for start in (0, 8 * tenth))
    assert 10 * np.log10(early / late) == pytest.approx(48, abs=2)
    assert energy[1_600 + 10 * tenth :].sum() < 1e-9


def test_a_room_keeps_the_loudness_of_speech(rng: np.random.Generator) -> None:
    samples = talk(2, rng)
    heard = conditions.distance(samples, rng)
    assert power(heard) == pytest.approx(power(samples), rel=0.01)
    # Pauses are filled.
    quiet = np.abs(samples) < 1e-3
    assert power(heard[quiet]) > 10 * power(samples[quiet])


@pytest.mark.parametrize("frequency", [60, 150, 250, 3_600, 5_000, 7_000])
def test_a_telephone_removes_what_is_outside_its_band(frequency: float) -> None:
    tone = sine(frequency, 1, RATE)
    heard = conditions.telephone(tone)
    # The ends of a tone are clicks, which have all frequencies.
    assert power(heard[1_600:-1_600]) < 1e-4 * power(tone)


@pytest.mark.parametrize("frequency", [400, 1_000, 3_200])
def test_a_telephone_passes_its_band_but_for_eight_bits(frequency: float) -> None:
    tone = sine(frequency, 1, RATE)
    left = (conditions.telephone(tone) - tone)[1_600:-1_600]
    # Mu-law of eight bits keeps 38 dB or so at any level.
    assert 1e-5 < power(left) / power(tone) < 1e-3


@pytest.mark.parametrize("codec", ["mp3", "opus"])
@pytest.mark.parametrize("length", [15_991, 48_000])
def test_a_codec_keeps_length_and_time(codec: str, length: int, rng: np.random.Generator) -> None:
    samples = talk(3, rng)[:length]
    heard = conditions.coded(samples, codec, 32_000)
    assert len(heard) == length
    assert abs(lag(heard, samples)) < 0.01
    assert np.corrcoef(heard, samples)[0, 1] > 0.8
    assert not np.allclose(heard, samples, atol=1e-3)


def test_fewer_bits_lose_more(rng: np.random.Generator) -> None:
    samples = talk(2, rng)
    losses = [power(conditions.coded(samples, "mp3", bits) - samples) for bits in (16_000, 64_000)]
    assert losses[0] > 2 * losses[1]


@pytest.mark.parametrize("length", [1, 100, 4_801, 16_000])
@pytest.mark.parametrize("level", [0.0, 0.1, 1.0])
def test_every_condition_gives_sound_of_the_same_length(
    length: int, level: float, talkers: list[np.ndarray], rng: np.random.Generator
) -> None:
    samples = np.clip(level * rng.standard_normal(length), -1, 1).astype(np.float32)
    before = samples.copy()
    for name, change in conditions.named(rng, talkers).items():
        heard = change(samples)
        assert heard.dtype == np.float32, name
        assert heard.shape == (length,), name
        assert np.isfinite(heard).all(), name
        np.testing.assert_array_equal(samples, before, err_msg=name)


def test_silence_stays_silent(talkers: list[np.ndarray], rng: np.random.Generator) -> None:
    """Noise is as loud as the speech demands, and there is none."""
    for name, change in conditions.named(rng, talkers).items():
        assert np.abs(change(np.zeros(8_000, np.float32))).max() < 1e-3, name


def test_all_conditions_but_clean_change_the_sound_the_same_way_by_seed(
    talkers: list[np.ndarray], rng: np.random.Generator
) -> None:
    samples = talk(1, rng)
    runs = [
        {name: change(samples) for name, change in conditions.named(seeded, talkers).items()}
        for seeded in (np.random.default_rng(5), np.random.default_rng(5))
    ]
    assert len(runs[0]) == 1 + 3 * len(conditions.NOISES) + 6
    np.testing.assert_array_equal(runs[0].pop("clean"), samples)
    for name, heard in runs[0].items():
        np.testing.assert_array_equal(heard, runs[1][name], err_msg=name)
        assert power(heard - samples) > 1e-4 * power(samples), name


def test_less_noise_is_nearer_to_clean(talkers: list[np.ndarray], rng: np.random.Generator) -> None:
    samples = talk(1, rng)
    found = conditions.named(rng, talkers)
    for kind in conditions.NOISES:
        added = [power(found[f"{kind} {db} dB"](samples) - samples) for db in (20, 10, 5)]
        np.testing.assert_allclose(10 * np.log10(np.divide(added, added[0])), [0, 10, 15], atol=0.1)


def test_transforms_are_of_lengths_without_large_factors() -> None:
    for length in (1, 1_600, 1_601, 47_981, 48_000, 61_333):
        size = conditions.transform_size(length)
        assert length <= size < length + RATE // 10
        for factor in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
            while size % factor == 0:
                size //= factor
        assert size == 1
