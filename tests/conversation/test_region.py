"""A part of a picture, as a page draws it."""

import numpy as np
import pytest

from emotion.conversation.region import Region, RegionError


def test_a_part_is_cut_from_pictures_of_any_size() -> None:
    region = Region.drawn([0.25, 0.5, 0.5, 0.25])
    for height, width in ((480, 640), (1080, 1920), (7, 9)):
        image = np.arange(height * width * 3).reshape(height, width, 3)
        part, (left, top) = region.cut(image)
        assert (left, top) == (width // 4, height // 2)
        assert part.shape[0] == pytest.approx(height / 4, abs=1)
        assert part.shape[1] == pytest.approx(width / 2, abs=1)
        assert (part == image[top : top + part.shape[0], left : left + part.shape[1]]).all()


def test_what_reaches_beyond_the_picture_is_cut_off() -> None:
    assert Region.drawn([-0.5, 0, 1, 2]).box == pytest.approx((0, 0, 0.5, 1))
    part, corner = Region.drawn([0.9, 0.9, 5, 5]).cut(np.zeros((100, 100, 3)))
    assert part.shape == (10, 10, 3)
    assert corner == (90, 90)


@pytest.mark.parametrize(
    "box",
    [
        [0.5, 0.5, 0.01, 0.5],
        [0.5, 0.5, -0.2, 0.5],
        [1.5, 0.5, 0.5, 0.5],
        [0, 0, 1],
        [0, 0, 1, float("nan")],
        [0, 0, 1, "1"],
        "0011",
        7,
        {"left": 0},
    ],
)
def test_what_is_no_part_is_refused_in_a_sentence(box: object) -> None:
    with pytest.raises(RegionError, match="Received"):
        Region.drawn(box)
