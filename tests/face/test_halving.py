"""Pictures of half the width and height."""

import numpy as np
import pytest

from emotion.face.halving import halved


@pytest.mark.parametrize(
    ("shape", "size", "result", "times"),
    [
        ((720, 1280, 3), (320, 180), (180, 320, 3), 4),
        ((720, 1280), (321, 181), (360, 640), 2),
        ((101, 203), (50, 25), (25, 50), 4),
        ((60, 60), (31, 31), (60, 60), 1),
        ((1, 900), (4, 1), (1, 900), 1),
    ],
)
def test_it_stays_as_large_as_what_is_wanted(
    shape: tuple[int, ...], size: tuple[int, int], result: tuple[int, ...], times: int
) -> None:
    image, found = halved(np.zeros(shape, np.uint8), size)
    assert (image.shape, found) == (result, times)


def test_each_pixel_is_the_mean_of_those_that_it_stands_for(rng: np.random.Generator) -> None:
    image = rng.integers(0, 256, (64, 96, 3), np.uint8)
    small, times = halved(image, (24, 16))
    blocks = image.reshape(16, times, 24, times, 3).mean(axis=(1, 3))
    # Each halving rounds.
    np.testing.assert_allclose(small, blocks, atol=1)
