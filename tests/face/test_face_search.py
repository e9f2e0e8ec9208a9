"""Faces that stay, move, come and go, found in parts of pictures."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from emotion.face.detector import Detector, Face
from emotion.face.face_search import FaceSearch, overlap
from emotion.face.yunet import YuNet
from emotion.models.shipped import Models
from tests.scenes import Place, scene


class _Watched(Detector):
    """Counts how often it looks at whole pictures."""

    def __init__(self, network: YuNet) -> None:
        super().__init__(network)
        self.whole = self.coarse = 0

    def __call__(self, image: np.ndarray, quarters: int = 0, *, coarse: bool = False) -> list[Face]:
        self.whole += not coarse
        self.coarse += coarse
        return super().__call__(image, quarters, coarse=coarse)


@pytest.fixture
def detector(models: Models) -> _Watched:
    return _Watched(models.detector)


def looked(
    detector: Detector,
    person: np.ndarray,
    places: Callable[[int], Sequence[Place]],
    count: int,
    rate: float = 5.0,
    size: tuple[int, int] = (1280, 720),
) -> list[list[Face]]:
    """What is found in each picture of a scene that moves."""
    search, found = FaceSearch(detector), []
    before: list[Place] = []
    for index in range(count):
        if index == 0 or before != list(places(index)):
            before = list(places(index))
            image = scene(person, before, *size)
        found.append(search(index / rate, image))
    return found


@pytest.mark.parametrize(
    ("scale", "size"),
    [
        *((scale, (640, 480)) for scale in (0.5, 1.0, 2.0)),
        (1.0, (854, 480)),
        (0.5, (1280, 720)),
        (2.0, (1280, 720)),
        (1.0, (1920, 1080)),
    ],
)
def test_a_face_that_moves_is_found_where_it_is(
    scale: float, size: tuple[int, int], detector: _Watched, models: Models, face_image: np.ndarray
) -> None:
    def sway(index: int) -> Place:
        return 150 + 40 * scale * np.sin(index), 20 + 5 * index, scale

    (still,) = Detector(models.detector)(face_image)
    for index, (face,) in enumerate(
        looked(detector, face_image, lambda index: [sway(index)], 10, size=size)
    ):
        left, top, _ = sway(index)
        expected = still.landmarks * scale + [left, top]
        if index < 5 or scale < 2:
            assert np.abs(face.landmarks - expected).max() < 0.12 * scale * still.box[2]


def test_a_face_that_stays_is_seen_alike_in_every_picture(
    detector: _Watched, face_image: np.ndarray
) -> None:
    """Whether the whole picture was looked at or a part of it."""
    found = looked(detector, face_image, lambda _: [(210, 33, 1.3)], 16)
    for (face,) in found[2:]:
        np.testing.assert_allclose(face.landmarks, found[1][0].landmarks, atol=0.5)


@pytest.mark.parametrize(
    ("rate", "scale", "whole", "coarse"),
    [(5.0, 2, 2, 4), (8.0, 2, 2, 2), (1.0, 2, 10, 0), (5.0, 0.5, 5, 0), (8.0, 0.5, 4, 0)],
)
def test_the_whole_picture_is_looked_at_as_often_as_somebody_may_come(
    rate: float,
    scale: float,
    whole: int,
    coarse: int,
    detector: _Watched,
    face_image: np.ndarray,
) -> None:
    """And as finely as who may come can be read beside who is there."""
    looked(detector, face_image, lambda _: [(100, 20, scale)], 10, rate)
    assert (detector.whole, detector.coarse) == (whole, coarse)


@pytest.mark.parametrize("comes", range(5, 12))
@pytest.mark.parametrize(("rate", "scale"), [(5.0, 1.0), (5.0, 1.6), (8.0, 1.6), (25.0, 1.0)])
def test_who_comes_is_seen_within_half_a_second(
    rate: float, comes: int, scale: float, detector: _Watched, face_image: np.ndarray
) -> None:
    def places(index: int) -> list[Place]:
        both: list[Place] = [(100, 50, scale), (750, 60, 0.8)]
        return both[: 1 + (index >= comes)]

    found = looked(detector, face_image, places, comes + math.ceil(0.41 * rate) + 3, rate)
    seen = next(index for index, faces in enumerate(found) if len(faces) == 2)
    assert 0 <= (seen - comes) / rate <= 0.41
    assert all(len(faces) == 2 for faces in found[seen:])


def test_who_leaves_is_gone_at_once(detector: _Watched, face_image: np.ndarray) -> None:
    def places(index: int) -> list[Place]:
        both: list[Place] = [(100, 50, 1), (700, 60, 0.8)]
        return both[: 2 - (index >= 5)]

    counts = [len(faces) for faces in looked(detector, face_image, places, 8)]
    assert counts == [2] * 5 + [1] * 3


def test_a_leap_is_followed(detector: _Watched, face_image: np.ndarray) -> None:
    """To where the part around the face does not reach."""
    found = looked(detector, face_image, lambda index: [(100 + 500 * (index % 2), 50, 1)], 6)
    assert [round(float(faces[0].box[0]) / 100) for faces in found] == [2, 7] * 3


def test_a_face_of_40_pixels_is_kept_in_sight(detector: _Watched, face_image: np.ndarray) -> None:
    scale = 40 / float(detector(face_image)[0].box[2])
    found = looked(detector, face_image, lambda _: [(900, 300, scale)], 10, size=(1920, 1080))
    assert all(len(faces) == 1 for faces in found)


def test_a_small_face_behind_a_large_one_is_seen_within_little_more_than_a_second(
    detector: _Watched, face_image: np.ndarray
) -> None:
    scale = 45 / float(detector(face_image)[0].box[2])

    def places(index: int) -> list[Place]:
        both: list[Place] = [(100, 50, 2.5), (1400, 300, scale)]
        return both[: 1 + (index >= 3)]

    found = looked(detector, face_image, places, 16, size=(1920, 1080))
    seen = next(index for index, faces in enumerate(found) if len(faces) == 2)
    assert 3 <= seen <= 9
    assert all(len(faces) == 2 for faces in found[seen:])


def test_two_who_pass_each_other_are_never_one_face_twice(
    detector: _Watched, face_image: np.ndarray
) -> None:
    def walk(index: int) -> list[Place]:
        return [(440 - 20 * index, 60, 0.8), (20 + 20 * index, 95, 0.8)]

    for faces in looked(detector, face_image[30:210, 75:215], walk, 20):
        for index, face in enumerate(faces):
            assert all(overlap(face, other) < 0.5 for other in faces[index + 1 :])


def test_a_crowd_is_looked_at_as_a_whole(detector: _Watched, face_image: np.ndarray) -> None:
    places: list[Place] = [(x, y, 0.45) for y in (0, 200, 400) for x in range(0, 1100, 180)]
    found = looked(detector, face_image, lambda _: places, 4)
    assert detector.whole + detector.coarse == 4
    assert all(len(faces) == 16 for faces in found)


def test_nothing_is_expected_where_it_was_after_a_cut_or_in_pictures_of_another_size(
    detector: _Watched, face_image: np.ndarray
) -> None:
    search = FaceSearch(detector)
    search(0.0, scene(face_image, [(100, 20, 1)], 1280, 720))
    search(0.1, scene(face_image, [(100, 20, 1)], 1280, 720), cut=True)
    (face,) = search(0.2, scene(face_image, [(60, 20, 1)], 640, 480))
    assert detector.whole == 3
    search(0.3, scene(face_image, [(60, 20, 1)], 640, 480))
    assert detector.whole == 3
    assert 100 < face.box[0] < 200


def test_the_edge_of_a_picture(detector: _Watched, face_image: np.ndarray) -> None:
    """Faces that are cut off, further from picture to picture."""
    found = looked(detector, face_image, lambda index: [(-20.0 * index, -8.0 * index, 1)], 20)
    assert len(found[0]) == 1
    assert found[-1] == []


def test_overlap_of_boxes() -> None:
    def face(*box: float) -> Face:
        return Face(np.array(box, np.float32), np.zeros((5, 2), np.float32), 1.0)

    assert overlap(face(0, 0, 10, 10), face(0, 0, 10, 10)) == pytest.approx(1)
    assert overlap(face(0, 0, 10, 10), face(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert overlap(face(0, 0, 10, 10), face(10, 0, 10, 10)) == 0
    assert overlap(face(0, 0, 0, 0), face(0, 0, 0, 0)) == 0
