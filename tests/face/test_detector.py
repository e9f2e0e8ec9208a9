import cv2
import numpy as np
import pytest

from emotion.face.detector import Detector, Face
from emotion.models.shipped import Models
from tests import scenes


@pytest.fixture
def detector(models: Models) -> Detector:
    return Detector(models.detector)


def check(face: Face, image: np.ndarray) -> None:
    height, width = image.shape[:2]
    assert face.box.shape == (4,)
    assert face.landmarks.shape == (5, 2)
    assert 0 < face.score <= 1
    left, top, wide, high = face.box
    right_eye, left_eye, nose, mouth_right, mouth_left = face.landmarks
    for x, y in face.landmarks:
        assert left - 0.2 * wide < x < left + 1.2 * wide
        assert top - 0.2 * high < y < top + 1.2 * high
    assert 0 <= left + wide / 2 <= width
    assert 0 <= top + high / 2 <= height
    assert right_eye[0] < left_eye[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(mouth_right[1], mouth_left[1])


def test_one_face_with_its_landmarks(detector: Detector, face_image: np.ndarray) -> None:
    (face,) = detector(face_image)
    check(face, face_image)


def test_several_faces_largest_first(detector: Detector, face_image: np.ndarray) -> None:
    image = scenes.scene(face_image, [(0, 120, 0.5), (330, 0, 1.0), (170, 150, 0.7)])
    faces = detector(image)
    areas = [float(face.box[2] * face.box[3]) for face in faces]
    assert len(faces) == 3
    assert areas == sorted(areas, reverse=True)
    for face in faces:
        check(face, image)


@pytest.mark.parametrize(
    ("width", "height"), [(640, 480), (480, 640), (1280, 720), (720, 1280), (1920, 1080)]
)
def test_the_same_face_in_pictures_of_any_size(
    width: int, height: int, detector: Detector, face_image: np.ndarray
) -> None:
    scale = min(width, height) / 400
    small = detector(face_image)[0]
    image = scenes.scene(face_image, [(0.1 * width, 0.1 * height, scale)], width, height)
    (face,) = detector(image)
    check(face, image)
    expected = small.landmarks * scale + [0.1 * width, 0.1 * height]
    assert np.abs(face.landmarks - expected).max() < 0.12 * face.box[2]


def test_4k(detector: Detector, face_image: np.ndarray) -> None:
    image = scenes.scene(face_image, [(1500, 300, 3.0)], 3840, 2160)
    (face,) = detector(image)
    check(face, image)
    assert 200 < face.box[2] < 350


@pytest.mark.parametrize("pixels", [96, 40])
def test_a_small_face_in_a_large_picture(
    detector: Detector, face_image: np.ndarray, pixels: int
) -> None:
    """Someone at the far end of a room, or in the gallery of a call in a shared tab."""
    scale = pixels / detector(face_image)[0].box[2]
    image = scenes.scene(face_image, [(900, 300, scale)], 1920, 1080)
    assert len(detector(image)) == 1


@pytest.mark.parametrize(("light", "noise"), [(0.3, 3), (0.05, 3), (0.03, 0)])
def test_a_face_in_the_dark(
    detector: Detector, face_image: np.ndarray, light: float, noise: float
) -> None:
    (bright,) = detector(face_image)
    grain = np.random.default_rng(0).normal(0, noise, face_image.shape)
    dark = np.clip(light * face_image + grain, 0, 255).astype(np.uint8)
    (face,) = detector(dark)
    np.testing.assert_allclose(face.landmarks, bright.landmarks, atol=0.1 * bright.box[2])


def test_grey_pictures(detector: Detector, face_image: np.ndarray) -> None:
    grey = cv2.cvtColor(cv2.cvtColor(face_image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    (face,) = detector(grey)
    check(face, grey)


def test_sizes_may_change_from_picture_to_picture(
    detector: Detector, face_image: np.ndarray
) -> None:
    first = detector(face_image)[0]
    detector(scenes.scene(face_image, [(0, 0, 1)], 1280, 720))
    detector(scenes.scene(face_image, [(0, 0, 1)], 360, 640))
    np.testing.assert_array_equal(detector(face_image)[0].landmarks, first.landmarks)


def test_views_of_other_memory_order(detector: Detector, face_image: np.ndarray) -> None:
    mirrored = detector(face_image[:, ::-1])
    np.testing.assert_array_equal(
        mirrored[0].box, detector(np.ascontiguousarray(face_image[:, ::-1]))[0].box
    )


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 700), (700, 1), (16, 16), (3, 4000), (360, 640), (2160, 3840)]
)
@pytest.mark.parametrize("kind", ["black", "noise"])
def test_no_face_is_no_error(
    size: tuple[int, int], kind: str, detector: Detector, rng: np.random.Generator
) -> None:
    image = (
        np.zeros((*size, 3), np.uint8)
        if kind == "black"
        else rng.integers(0, 256, (*size, 3), np.uint8)
    )
    assert detector(image) == []


def test_a_face_in_16_pixels_is_no_error(detector: Detector, face_image: np.ndarray) -> None:
    tiny = cv2.resize(face_image[40:190, 70:220], (16, 16), interpolation=cv2.INTER_AREA)
    assert len(detector(tiny)) <= 1


def test_a_crowd_is_bounded(detector: Detector, face_image: np.ndarray) -> None:
    places = [(x, y, 0.45) for y in range(0, 700, 140) for x in range(0, 1200, 140)]
    assert len(detector(scenes.scene(face_image, places, 1280, 720))) == 16
