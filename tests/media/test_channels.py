import numpy as np
import pytest
import soxr

from emotion.media.channels import Mixer
from tests.media_makers import sine

TONE = sine(440, 1, 16_000)


@pytest.mark.parametrize("channels", [[TONE, -TONE], [np.zeros_like(TONE)] * 7 + [TONE]])
def test_what_is_inverted_or_silent_takes_nothing_away(channels: list[np.ndarray]) -> None:
    mixed = Mixer().mix(np.stack(channels), 16_000)
    assert mixed.dtype == np.float32
    # The first block is heard before the channels are compared.
    np.testing.assert_allclose(np.abs(mixed[800:]), np.abs(TONE[800:]), atol=1e-5)


def test_ordinary_stereo_is_the_mean() -> None:
    stereo = np.stack([TONE, TONE / 2])
    np.testing.assert_array_equal(Mixer().mix(stereo, 16_000), stereo.mean(axis=0))


@pytest.mark.parametrize("channel", [0, 1])
def test_a_channel_that_is_inverted_for_a_while_is_turned_there(
    channel: int, rng: np.random.Generator
) -> None:
    """A plug that is put in again, a track that an editor joined from two takes."""
    sound = rng.normal(0, 0.1, 160_000).astype(np.float32)
    stereo = np.stack([sound, sound])
    stereo[channel, 60_000:110_000] *= -1
    mixed = Mixer().mix(stereo, 16_000)
    lost = np.abs(mixed) < 0.5 * np.abs(sound)
    # What comes before it is noticed at each of the two places.
    assert lost[60_000:63_200].any()
    assert not lost[:60_000].any()
    assert not lost[63_200:110_000].any()
    assert not lost[113_200:].any()


def test_pieces_of_any_size_are_mixed_alike(rng: np.random.Generator) -> None:
    sound = rng.normal(0, 0.1, 64_000).astype(np.float32)
    stereo = np.stack([sound, np.where(np.arange(64_000) < 30_000, sound, -sound)])
    whole, mixer = Mixer().mix(stereo, 16_000), Mixer()
    pieces = [mixer.mix(stereo[:, start : start + 777], 16_000) for start in range(0, 64_000, 777)]
    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=1e-6)


def test_a_vowel_that_comes_late_is_not_turned() -> None:
    """Half a period later it cancels itself for as long as it is held."""
    rate, mixer = 16_000, Mixer()
    vowel, pause = sine(250, 0.12, rate), np.zeros(rate // 10, np.float32)
    rng = np.random.default_rng(1)
    noise = 0.3 * rng.normal(0, 1, 16_000).astype(np.float32)
    sound = np.concatenate([noise, vowel, noise, pause, vowel, noise])
    late = np.concatenate([np.zeros(32, np.float32), sound])[: len(sound)]
    stereo = np.stack([sound, late])
    np.testing.assert_array_equal(mixer.mix(stereo, rate), stereo.mean(axis=0))


@pytest.mark.parametrize("rate", [16_000, 48_000])
@pytest.mark.parametrize("seconds", [0.002, 0.01, 0.04])
def test_an_echo_is_left_out_once_it_is_noticed(
    seconds: float, rate: int, speech: np.ndarray
) -> None:
    """In a live call, where nobody can look ahead: after four seconds at most."""
    sound = soxr.resample(speech, 16_000, rate) if rate != 16_000 else speech
    echo = 0.8 * np.concatenate([np.zeros(round(rate * seconds), np.float32), sound])
    mixed = Mixer().mix(np.stack([echo[: len(sound)], sound]), rate)
    late = slice(round(4.1 * rate), None)
    np.testing.assert_array_equal(mixed[late], sound[late])


def test_who_is_heard_on_the_later_channel_alone_is_heard(speech: np.ndarray) -> None:
    echo = np.concatenate([np.zeros(160, np.float32), speech])[: len(speech)]
    silence = np.zeros(32_000, np.float32)
    other = 0.5 * speech[::-1]
    stereo = np.stack(
        [
            np.concatenate([speech, silence, np.zeros_like(speech)]),
            np.concatenate([echo, silence, other]),
        ]
    )
    mixed = Mixer().mix(stereo, 16_000)
    begun = len(speech) + len(silence) + 16_000
    assert np.corrcoef(mixed[begun:], stereo[1, begun:])[0, 1] > 0.99


def test_two_people_on_two_channels_are_no_echo(speech: np.ndarray) -> None:
    stereo = np.stack([speech, speech[::-1]])
    mixed = Mixer().mix(stereo, 16_000)
    # Before, one of them is silent.
    np.testing.assert_allclose(mixed[8_000:], stereo.mean(axis=0)[8_000:], atol=1e-6)
