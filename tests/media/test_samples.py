import numpy as np
import pytest
import soxr

from emotion.errors import MediaError
from emotion.media import samples
from tests.media_makers import sine

RATES = [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000]


def resampled(sound: np.ndarray, rate: int, pieces: list[int] | None = None) -> np.ndarray:
    """All of `sound` at 16 kHz, pushed in pieces that end at the given places."""
    resampler = samples.Resampler()
    parts = np.split(sound, pieces or [], axis=-1)
    return np.concatenate([*(resampler.resample(part, rate) for part in parts), resampler.flush()])


def quantised(wave: np.ndarray, dtype: str) -> np.ndarray:
    """A wave from -1 to 1 as FFmpeg stores it in a sample type."""
    if dtype == "uint8":
        return np.round(wave * 127.9 + 128).astype(np.uint8)
    if np.issubdtype(dtype, np.integer):
        return (wave.astype(np.float64) * 2.0 ** (np.iinfo(dtype).bits - 1) * 0.999).astype(dtype)
    return wave.astype(dtype)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "int64", "float32", "float64"])
def test_every_sample_type_gives_the_same_wave(dtype: str) -> None:
    wave = sine(440, 0.1, 16_000, level=0.9)
    mono = samples.to_mono(quantised(wave, dtype)[None])
    assert mono.dtype == np.float32
    assert mono.shape == wave.shape
    np.testing.assert_allclose(mono, wave, atol=1 / 100 if dtype == "uint8" else 2e-3)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "int64"])
def test_integers_fill_the_range_from_minus_one_to_one(dtype: str) -> None:
    limits = np.iinfo(dtype)
    low, middle, high = samples.to_mono(
        np.array(
            [[limits.min, (limits.max // 2 + 1) if dtype == "uint8" else 0, limits.max]], dtype
        )
    )
    assert low == -1
    assert middle == 0
    assert 0.99 < high <= 1


def test_floats_beyond_full_scale_are_clipped() -> None:
    assert samples.to_mono(np.array([[-7.0, 0.25, 1e30]])).tolist() == [-1, 0.25, 1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_and_infinity_are_silence(dtype: type[np.floating]) -> None:
    data = np.array([[np.nan, np.inf, -np.inf, 0.5]], dtype)
    assert samples.to_mono(data).tolist() == [0, 0, 0, 0.5]


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_channels_are_averaged(channels: int, rng: np.random.Generator) -> None:
    data = rng.uniform(-1, 1, (channels, 1000))
    np.testing.assert_allclose(samples.to_mono(data), data.mean(axis=0), atol=1e-6)


def test_one_dimension_is_one_channel() -> None:
    wave = sine(300, 0.05, 16_000)
    np.testing.assert_array_equal(samples.to_mono(wave), samples.to_mono(wave[None]))


@pytest.mark.parametrize("shape", [(), (0, 10), (1, 2, 3), (16_000, 2), (65, 1)])
def test_other_shapes_are_refused_by_name(shape: tuple[int, ...]) -> None:
    with pytest.raises(MediaError, match=r"channels, samples.*Received"):
        samples.to_mono(np.zeros(shape))


@pytest.mark.parametrize("shape", [(2, 1), (64, 1), (65, 1024), (512, 1024), (100, 0)])
def test_many_channels_are_sound(shape: tuple[int, int]) -> None:
    assert samples.to_float(np.zeros(shape)).shape == shape


@pytest.mark.parametrize("dtype", [np.uint16, np.complex64, bool, object])
def test_other_types_are_refused_by_name(dtype: type) -> None:
    with pytest.raises(MediaError, match=np.dtype(dtype).name):
        samples.to_mono(np.zeros((1, 4), dtype))


@pytest.mark.parametrize("rate", RATES)
def test_a_sine_stays_that_sine_at_any_rate(rate: int) -> None:
    out = resampled(sine(440, 1, rate), rate)
    assert out.dtype == np.float32
    assert abs(len(out) - samples.RATE) <= 1
    expected = sine(440, 1, samples.RATE)
    # At its ends a filter sees the silence around the sound.
    np.testing.assert_allclose(out[800:-800], expected[800 : len(out) - 800], atol=2e-3)


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_resampling_in_pieces_is_that_of_the_whole(rate: int, rng: np.random.Generator) -> None:
    # Sound without the highest tenth of the band, where filters may differ.
    noise = rng.normal(0, 0.1, 2 * min(rate, samples.RATE)).astype(np.float32)
    spectrum = np.fft.rfft(noise)
    spectrum[int(len(spectrum) * 0.8) :] = 0
    band = np.fft.irfft(spectrum, 2 * rate) * 2 * rate / len(noise)
    band = (band * np.hanning(len(band))).astype(np.float32)
    ours = resampled(band, rate, [len(band) // 3, len(band) // 2])
    theirs = soxr.resample(band, rate, samples.RATE, "HQ")
    assert len(ours) == len(theirs)
    np.testing.assert_allclose(ours, theirs, atol=2e-3)


def test_what_16_khz_cannot_hold_is_removed() -> None:
    out = resampled(sine(11_000, 1, 48_000, level=0.9), 48_000)
    assert np.sqrt(np.mean(out[800:-800] ** 2)) < 1e-3


def test_16_khz_passes_unchanged(rng: np.random.Generator) -> None:
    samples = rng.uniform(-1, 1, 5000).astype(np.float32)
    np.testing.assert_array_equal(resampled(samples, 16_000), samples)


@pytest.mark.parametrize("rate", RATES)
def test_odd_pieces_give_the_same_as_one_piece(rate: int, rng: np.random.Generator) -> None:
    samples = rng.integers(-20_000, 20_000, (2, rate // 2)).astype(np.int16)
    ends = [0, 1, 2, *sorted(rng.integers(3, samples.shape[1], 25).tolist())]
    np.testing.assert_array_equal(resampled(samples, rate, ends), resampled(samples, rate))


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_digital_silence_stays_digital_silence(rate: int) -> None:
    out = resampled(np.zeros((2, rate), np.int16), rate)
    assert len(out) == samples.RATE
    assert not out.any()


def test_nan_does_not_spread() -> None:
    samples = sine(440, 0.5, 48_000)
    samples[1000] = np.nan
    samples[2000] = np.inf
    assert np.isfinite(resampled(samples, 48_000)).all()


@pytest.mark.parametrize("first", [8_000, 44_100, 48_000])
@pytest.mark.parametrize("second", [16_000, 48_000, 96_000])
def test_a_change_of_rate_loses_no_sound(first: int, second: int) -> None:
    resampler = samples.Resampler()
    out = np.concatenate(
        [
            resampler.resample(sine(440, 0.5, first), first),
            resampler.resample(sine(440, 0.5, second)[None], second),
            resampler.flush(),
        ]
    )
    assert abs(len(out) - samples.RATE) <= 2


def test_a_change_of_layout_and_type_goes_unnoticed() -> None:
    wave = sine(440, 1, 48_000)
    stereo = (np.stack([wave, wave]) * 32767).astype(np.int16)
    resampler = samples.Resampler()
    out = np.concatenate(
        [
            resampler.resample(wave[:24_000], 48_000),
            resampler.resample(stereo[:, 24_000:], 48_000),
            resampler.flush(),
        ]
    )
    np.testing.assert_allclose(out, resampled(wave, 48_000), atol=1e-3)


@pytest.mark.parametrize("rate", [-48_000, 0, 999, 768_001, 10**9])
def test_absurd_rates_are_refused_with_the_value(rate: int) -> None:
    with pytest.raises(MediaError, match=f"Received: {rate}"):
        samples.Resampler().resample(np.zeros(10, np.float32), rate)


def test_flush_empties_and_starts_afresh() -> None:
    resampler = samples.Resampler()
    assert len(resampler.flush()) == 0
    resampler.resample(sine(440, 0.1, 48_000), 48_000)
    resampler.flush()
    assert len(resampler.flush()) == 0
    again = np.concatenate([resampler.resample(sine(440, 0.1, 48_000), 48_000), resampler.flush()])
    np.testing.assert_array_equal(again, resampled(sine(440, 0.1, 48_000), 48_000))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_sound_beyond_full_scale_is_scaled_and_not_clipped(dtype: type) -> None:
    wave = sine(440, 1, 16_000, 0.5)
    loud = samples.Resampler().resample((32_768 * wave[None]).astype(dtype), 16_000)
    # Its shape is that of the wave.
    np.testing.assert_allclose(loud, wave / np.abs(wave).max(), atol=1e-3)


def test_what_a_codec_adds_to_full_scale_is_cut_off() -> None:
    wave = sine(440, 1, 16_000, 1.2).astype(np.float32)
    heard = samples.Resampler().resample(wave[None], 16_000)
    np.testing.assert_allclose(heard, np.clip(wave, -1, 1), atol=1e-6)


def test_a_click_is_cut_off_and_makes_nothing_quiet() -> None:
    wave = sine(440, 1, 16_000, 0.5).astype(np.float32)
    clicked = wave.copy()
    clicked[[100, 8_000]] = 30_000, -5_000
    heard = samples.Resampler().resample(clicked[None], 16_000)
    assert list(heard[[100, 8_000]]) == [1, -1]
    np.testing.assert_allclose(np.delete(heard, [100, 8_000]), np.delete(wave, [100, 8_000]))
