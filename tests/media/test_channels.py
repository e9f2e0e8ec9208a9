import numpy as np
import pytest

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
