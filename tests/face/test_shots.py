"""Cuts between pictures of a call."""

import numpy as np
import pytest

from emotion.face.shots import Shots, miniature
from tests.scenes import scene


@pytest.mark.parametrize("size", [(640, 360), (1920, 1080), (40, 30)])
def test_another_picture_is_a_cut(size: tuple[int, int], face_image: np.ndarray) -> None:
    shots = Shots()
    here = scene(face_image, [(0.1 * size[0], 0, size[1] / 300)], *size)
    assert not any(shots.cut(miniature(here)) for _ in range(4))
    assert shots.cut(miniature(255 - here))
    assert not shots.cut(miniature(255 - here))


def test_someone_who_moves_is_none(face_image: np.ndarray) -> None:
    shots = Shots()
    pictures = [scene(face_image, [(20 * index, 20, 1)]) for index in range(15)]
    assert not any(shots.cut(miniature(picture)) for picture in pictures)


def test_light_that_rises_is_none(face_image: np.ndarray) -> None:
    shots = Shots()
    picture = scene(face_image, [(100, 20, 1)])
    shares = np.linspace(1, 0, 20)
    assert not any(shots.cut(miniature((picture * share).astype(np.uint8))) for share in shares)
