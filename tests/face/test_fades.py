"""Fades between pictures of a call."""

from collections.abc import Callable

import numpy as np
import pytest

from emotion.face.fades import Fades
from emotion.face.shots import Shots, miniature
from tests import scenes

Shot = Callable[[float], np.ndarray]


@pytest.fixture(scope="module")
def shots(face_image: np.ndarray) -> tuple[Shot, Shot]:
    """Two people who sway, by the time."""
    other = scenes.someone_else(face_image)[::-1, ::-1]

    def first(time: float) -> np.ndarray:
        return scenes.scene(face_image, [(100 + 3 * np.sin(5 * time), 20, 1)])

    def second(time: float) -> np.ndarray:
        return scenes.scene(other, [(180 + 3 * np.sin(4 * time), 20, 1.1)])

    return first, second


def mixed(shots: tuple[Shot, Shot], time: float, share: float) -> np.ndarray:
    """A share, from 0 to 1, of the second laid over the first."""
    first, second = shots
    if 0 < share < 1:
        return np.round((1 - share) * first(time) + share * second(time)).astype(np.uint8)
    return second(time) if share >= 1 else first(time)


def found(
    picture: Callable[[float], np.ndarray], rate: float, begin: float = 0.0, end: float = 8.0
) -> list[float]:
    """When each fade is noticed to be over, and since when, in turn."""
    fades, times = Fades(), []
    for index in range(round(begin * rate), round(end * rate)):
        since = fades.ended(index / rate, miniature(picture(index / rate)))
        if since is not None:
            times += [index / rate, since]
    return times


@pytest.mark.parametrize(
    ("length", "rate"),
    [(0.5, 5), (0.5, 8), (0.5, 25), (1.0, 5), (1.0, 8), (1.0, 25), (2.0, 5), (2.0, 8)],
)
def test_a_fade_is_noticed_when_it_is_over(
    length: float, rate: float, shots: tuple[Shot, Shot]
) -> None:
    times = found(lambda time: mixed(shots, time, (time - 4) / length), rate, 2, 5.5 + length)
    assert len(times) == 2
    assert -0.1 * length <= times[0] - (4 + length) <= 0.25 + 1 / rate
    assert times[1] == pytest.approx(4, abs=0.15 * length + 1 / rate)


@pytest.mark.parametrize("rate", [5, 8])
@pytest.mark.parametrize("length", [0.1, 0.2, 0.3, 0.4])
def test_a_short_fade_is_noticed_as_one_or_as_a_cut(
    length: float, rate: int, shots: tuple[Shot, Shot]
) -> None:
    """Whenever it begins between two pictures."""
    for late in (0.0, 0.5):
        fades, cuts, noticed = Fades(), Shots(), []
        for index in range(3 * rate, round(5.5 * rate)):
            time = index / rate
            small = miniature(mixed(shots, time, (time - 4 - late / rate) / length))
            cut = cuts.cut(small)
            if cut or fades.ended(time, small) is not None:
                noticed.append(time)
        assert noticed
        assert all(4 <= time <= 4.3 + length + 2 / rate for time in noticed)


def test_a_cut_is_none(shots: tuple[Shot, Shot]) -> None:
    assert found(lambda time: shots[time >= 4](time), 5) == []


def test_somebody_who_moves_is_none(face_image: np.ndarray) -> None:
    assert found(lambda time: scenes.scene(face_image, [(60 * time, 20, 1)]), 5) == []
    assert found(lambda time: scenes.scene(face_image, [(100, 20, 1 + 0.1 * time)]), 5) == []


def test_light_that_changes_is_none(shots: tuple[Shot, Shot]) -> None:
    def picture(time: float) -> np.ndarray:
        return (shots[0](0) * np.clip(1 - 0.4 * (time - 4), 0.3, 1)).astype(np.uint8)

    assert found(picture, 5) == []


def test_pictures_of_one_colour_are_light_that_changes() -> None:
    plain = np.full((90, 160, 3), 128, np.uint8)
    assert found(lambda time: (plain * np.clip(time / 4, 0, 1)).astype(np.uint8), 5) == []
