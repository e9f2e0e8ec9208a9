"""Recordings that change from one person to another."""

import cv2
import numpy as np
import pytest

from emotion.conversation.call import Call
from emotion.models.shipped import Models
from emotion.readings.reading import Reading
from tests import scenes


def read(models: Models, *shots: tuple[np.ndarray, float]) -> list[Reading]:
    """Readings of images, each shown for so many seconds."""
    call, readings, start = Call(models), [], 0.0
    for image, seconds in shots:
        for frame in scenes.frames(image[None], seconds, 5, start):
            readings += call.push_frame(frame)
        start += seconds
    return readings + call.finish()


@pytest.fixture(scope="module")
def people(face_image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two, in the same place."""
    return (
        scenes.scene(face_image, [(100, 20, 1)]),
        scenes.scene(scenes.someone_else(face_image), [(100, 20, 1)]),
    )


@pytest.fixture(scope="module")
def alone(models: Models, people: tuple[np.ndarray, np.ndarray]) -> list[Reading]:
    """Readings of the second one alone."""
    return read(models, (people[1], 4.5))


def mixed(one: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    return np.round((1 - share) * one + share * other).astype(np.uint8)


def test_a_cut_to_another_person_begins_anew(
    models: Models, people: tuple[np.ndarray, np.ndarray]
) -> None:
    """Neither readings nor satisfaction of the first one go on."""
    first, second = people
    both = read(models, (first, 4.0), (second, 4.0))
    alone = read(models, (second, 4.0))
    assert [reading.person for reading in both] == [1] * 7 + [2] * (len(both) - 7)
    for after, only in zip(both[-4:], alone[-4:], strict=True):
        scenes.assert_same_opinion(after.face, only.face)
        assert after.satisfaction == pytest.approx(only.satisfaction, abs=1)


@pytest.mark.parametrize("length", [0.4, 0.6, 1.0, 2.0])
def test_a_fade_to_another_person_begins_anew(
    length: float, alone: list[Reading], models: Models, people: tuple[np.ndarray, np.ndarray]
) -> None:
    steps = round(5 * length)
    fade = [(mixed(*people, step / steps), 0.2) for step in range(1, steps)]
    both = read(models, (people[0], 4.0), *fade, (people[1], 4.5))
    numbers = [reading.person for reading in both]
    assert numbers == sorted(numbers, key=lambda number: number or 0)
    assert set(numbers) == {1, 2}
    assert numbers.index(2) * 0.5 == pytest.approx(4 + length, abs=0.6)
    for after, only in zip(both[-4:], alone[-4:], strict=True):
        scenes.assert_same_opinion(after.face, only.face)
        assert after.satisfaction == pytest.approx(only.satisfaction, abs=1)


def test_who_comes_back_through_a_fade_is_the_same(
    models: Models, people: tuple[np.ndarray, np.ndarray]
) -> None:
    """As where a trainer fades to slides, or to another camera."""
    nearer = np.ascontiguousarray(people[0][:300, 60:593])
    nearer = np.asarray(cv2.resize(nearer, (640, 360)))
    fade = [(mixed(people[0], nearer, share), 0.2) for share in (0.2, 0.4, 0.6, 0.8)]
    readings = read(models, (people[0], 4.0), *fade, (nearer, 4.0))
    assert {reading.person for reading in readings} == {1}
