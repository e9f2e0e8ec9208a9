"""A real person in other places, light and clothes."""

import cv2
import numpy as np
import pytest

from emotion.face import appearance
from emotion.face.detector import Detector, Face
from emotion.face.tracker import ALIKE
from emotion.models.shipped import Models
from tests.scenes import recoloured, scene


@pytest.fixture
def detect(models: Models) -> Detector:
    return Detector(models.detector)


def described(detect: Detector, image: np.ndarray) -> np.ndarray:
    (face,) = detect(image)
    return description(image, face)


def description(image: np.ndarray, face: Face) -> np.ndarray:
    found = appearance.describe(image, face)
    assert found is not None
    return found


def turned(image: np.ndarray, face: Face, degrees: float) -> tuple[np.ndarray, Face]:
    """A picture and the face in it, turned about the middle of the picture."""
    middle = image.shape[1] / 2, image.shape[0] / 2
    turn = np.asarray(cv2.getRotationMatrix2D(middle, degrees, 1), float)
    marks = face.landmarks @ turn[:, :2].T + turn[:, 2]
    centre = turn[:, :2] @ (face.box[:2] + face.box[2:] / 2) + turn[:, 2]
    sides = face.box[2:] if round(degrees / 90) % 2 == 0 else face.box[:1:-1]
    box = np.concatenate([centre - sides / 2, sides])
    picture = cv2.warpAffine(image, turn, image.shape[1::-1])
    return picture, Face(box.astype(np.float32), marks.astype(np.float32), face.score)


@pytest.mark.parametrize("degrees", [90, 180, -90, 20])
def test_a_head_that_lies_looks_like_itself(
    degrees: float, detect: Detector, face_image: np.ndarray
) -> None:
    image = scene(face_image, [(30, 30, 1)], 360, 360)
    (face,) = detect(image)
    found = description(*turned(image, face, degrees))
    assert appearance.likeness(description(image, face), found) > ALIKE


def test_where_the_chest_is_of_a_head_between_is_not_known(
    detect: Detector, face_image: np.ndarray
) -> None:
    image = scene(face_image, [(30, 30, 1)], 360, 360)
    (face,) = detect(image)
    assert appearance.describe(*turned(image, face, 45)) is None


def test_a_person_is_alike_in_other_places_sizes_and_light(
    detect: Detector, face_image: np.ndarray
) -> None:
    first = described(detect, scene(face_image, [(100, 20, 1)]))
    assert np.linalg.norm(first) == pytest.approx(1, abs=1e-5)
    for image in (
        scene(face_image, [(300, 60, 0.8)]),
        scene((face_image * 0.85).astype(np.uint8), [(100, 20, 1)]),
        scene(face_image, [(0, 0, 3)], 1920, 1080)[::2, ::2],
    ):
        assert appearance.likeness(first, described(detect, image)) > ALIKE


def test_another_ones_colours_are_not_alike(detect: Detector, face_image: np.ndarray) -> None:
    one, other = (
        described(detect, scene(image, [(100, 20, 1)]))
        for image in (face_image, recoloured(face_image))
    )
    assert appearance.likeness(one, other) < ALIKE


@pytest.mark.parametrize("box", [(-500, 0, 80, 100), (40, 30, 0, 0), (0, 0, 5000, 5000)])
def test_boxes_beyond_the_picture_do_no_harm(box: tuple[int, ...]) -> None:
    image = np.full((90, 160, 3), 120, np.uint8)
    face = Face(np.array(box, np.float32), np.zeros((5, 2), np.float32), 0.9)
    found = description(image, face)
    assert np.isfinite(found).all()
    assert float(np.linalg.norm(found)) <= 1 + 1e-5


def test_a_chest_out_of_the_picture_leaves_the_head(
    detect: Detector, face_image: np.ndarray
) -> None:
    image = scene(face_image, [(100, 20, 1)])
    (face,) = detect(image)
    bottom = int(face.box[1] + 1.25 * face.box[3])
    whole = description(image, face)
    cut = description(image[:bottom], face)
    half = len(whole) // 2
    assert not cut[half:].any()
    np.testing.assert_allclose(
        cut[:half], whole[:half] / np.linalg.norm(whole[:half]), rtol=1e-4, atol=1e-6
    )
