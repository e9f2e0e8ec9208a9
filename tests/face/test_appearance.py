"""A real person in other places, light and clothes."""

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
    return appearance.describe(image, face)


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
    found = appearance.describe(image, face)
    assert np.isfinite(found).all()
    assert float(np.linalg.norm(found)) <= 1 + 1e-5


def test_a_chest_out_of_the_picture_leaves_the_head(
    detect: Detector, face_image: np.ndarray
) -> None:
    image = scene(face_image, [(100, 20, 1)])
    (face,) = detect(image)
    bottom = int(face.box[1] + 1.25 * face.box[3])
    whole = appearance.describe(image, face)
    cut = appearance.describe(image[:bottom], face)
    half = len(whole) // 2
    assert not cut[half:].any()
    np.testing.assert_allclose(
        cut[:half], whole[:half] / np.linalg.norm(whole[:half]), rtol=1e-4, atol=1e-6
    )
