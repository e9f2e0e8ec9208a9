import cv2
import numpy as np
import pytest

from emotion.face import alignment
from emotion.face.alignment import EYE_DISTANCE, EYES
from emotion.face.detector import Detector
from emotion.models.shipped import Models

LANDMARKS = np.array([[130, 100], [170, 100], [150, 120], [136, 140], [164, 140]], np.float32)


def turned(landmarks: np.ndarray, degrees: float, scale: float, width: int) -> np.ndarray:
    """Rotation and scale about the middle of a square picture of a width, shape (2, 3)."""
    return np.array(cv2.getRotationMatrix2D((width / 2, width / 2), degrees, scale))


def dots(landmarks: np.ndarray, width: int, height: int, radius: int) -> np.ndarray:
    """A black picture with a white dot on each eye."""
    image = np.zeros((height, width, 3), np.uint8)
    for x, y in landmarks[:2]:
        cv2.circle(image, (round(float(x)), round(float(y))), radius, (255, 255, 255), cv2.FILLED)
    return image


@pytest.mark.parametrize("pixels", [48, 64, 96])
@pytest.mark.parametrize("degrees", [-150, -30, 0, 15, 90])
@pytest.mark.parametrize("scale", [0.6, 1.0, 4.0])
def test_eyes_are_put_where_they_belong(pixels: int, degrees: float, scale: float) -> None:
    width = round(300 * scale)
    matrix = turned(LANDMARKS, degrees, 1, width)
    landmarks = (LANDMARKS * scale) @ matrix[:, :2].T + matrix[:, 2]
    image = dots(landmarks, width, width, max(2, round(4 * scale)))
    aligned = alignment.align(image, landmarks.astype(np.float32), pixels)
    assert aligned.shape == (pixels, pixels)
    assert aligned.dtype == np.uint8
    rows, columns = np.indices(aligned.shape)
    middle = EYES * pixels
    for side in (-1, 1):
        half = aligned.astype(float) * ((columns - middle[0]) * side > 0)
        centre = np.array([(columns * half).sum(), (rows * half).sum()]) / half.sum()
        # The person's right eye is on the left of the picture. The scale is a mean of
        # two distances, so the eyes may be a little nearer together.
        assert centre[1] == pytest.approx(middle[1], abs=1)
        assert abs(centre[0] - middle[0]) == pytest.approx(pixels * EYE_DISTANCE / 2, abs=3)


@pytest.mark.parametrize("degrees", [-40, -15, 25])
def test_a_tilted_head_is_seen_upright(
    degrees: float, models: Models, face_image: np.ndarray
) -> None:
    found = Detector(models.detector)(face_image)[0]
    upright = alignment.align(face_image, found.landmarks, 64).astype(float)
    matrix = turned(found.landmarks, degrees, 1, 300)
    tilted = cv2.warpAffine(face_image, matrix, (300, 300), borderMode=cv2.BORDER_REPLICATE)
    landmarks = found.landmarks @ matrix[:, :2].T + matrix[:, 2]
    again = alignment.align(tilted, landmarks.astype(np.float32), 64).astype(float)
    # The middle, where the corners that the rotation cut off do not matter.
    difference = np.abs(upright - again)[12:52, 12:52]
    assert difference.mean() < 6


@pytest.mark.parametrize("scale", [0.5, 2.0, 8.0])
def test_size_makes_no_difference(scale: float, models: Models, face_image: np.ndarray) -> None:
    found = Detector(models.detector)(face_image)[0]
    once = alignment.align(face_image, found.landmarks, 48).astype(float)
    scaled = cv2.resize(face_image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    other = alignment.align(scaled, found.landmarks * scale, 48).astype(float)
    assert np.abs(once - other).mean() < 8


def test_a_large_face_does_not_alias() -> None:
    """Stripes finer than the result's pixels come out grey, not as a pattern."""
    image = np.zeros((1200, 1200, 3), np.uint8)
    image[:, ::2] = 255
    aligned = alignment.align(image, LANDMARKS * 4, 64)
    assert aligned.std() < 20


@pytest.mark.parametrize("shift", [(-130, 0), (160, 0), (0, -100), (0, 190), (-100, 150)])
def test_a_face_at_the_edge_goes_on_as_the_edge(shift: tuple[int, int]) -> None:
    image = np.full((300, 300, 3), 77, np.uint8)
    aligned = alignment.align(image, LANDMARKS + np.array(shift, np.float32), 64)
    np.testing.assert_array_equal(aligned, np.full((64, 64), 77))


@pytest.mark.parametrize("far", [-5000.0, 400.0, 5000.0])
@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_landmarks_far_outside_do_no_harm(far: float, scale: float) -> None:
    image = np.full((200, 300, 3), 77, np.uint8)
    aligned = alignment.align(image, LANDMARKS * np.float32(scale) + np.float32(far), 64)
    np.testing.assert_array_equal(aligned, np.full((64, 64), 77))


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (16, 16)])
def test_tiny_pictures_do_no_harm(size: tuple[int, int]) -> None:
    assert alignment.align(np.zeros((*size, 3), np.uint8), LANDMARKS, 64).shape == (64, 64)


def test_landmarks_in_one_point_do_no_harm() -> None:
    image = np.full((100, 100, 3), 77, np.uint8)
    assert alignment.align(image, np.full((5, 2), 50, np.float32), 64).shape == (64, 64)


def test_the_picture_is_not_changed(face_image: np.ndarray) -> None:
    """It is read-only: writing to it would raise."""
    alignment.align(face_image, LANDMARKS, 64)
