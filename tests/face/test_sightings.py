"""Heads in any position, and faces that are covered or cut off."""

import cv2
import numpy as np
import pytest

from emotion.face.detector import Detector, Face
from emotion.face.sightings import Sighting, Sightings
from emotion.media.frames import Frame
from emotion.models.shipped import Models
from tests.scenes import scene


@pytest.fixture
def sightings(models: Models) -> Sightings:
    return Sightings(Detector(models.detector), models.view, 64)


class Counting(Detector):
    """Says how often a picture was looked at."""

    count = 0

    def __call__(self, image: np.ndarray, quarters: int = 0, *, coarse: bool = False) -> list[Face]:
        self.count += 1
        return super().__call__(image, quarters, coarse=coarse)


def turned(image: np.ndarray, degrees: float) -> np.ndarray:
    """Head and shoulders turned against the clock in a grey room."""
    room = scene(image, [(160, 50, 1.8)], 800, 600)
    turn = cv2.getRotationMatrix2D((400, 300), degrees, 1)
    return cv2.warpAffine(room, turn, (800, 600), borderValue=(120, 120, 120))


def seen(sightings: Sightings, image: np.ndarray, seconds: float = 4.0) -> Sighting:
    """The largest face after some time of the same picture."""
    found: list[Sighting] = []
    for index in range(round(5 * seconds)):
        found = sightings.find(Frame(index / 5, image))
    return found[0]


@pytest.mark.parametrize("degrees", [0, 60, 90, 135, 180, 225, 270, 300])
def test_a_head_in_any_position_is_turned_upright(
    degrees: int, sightings: Sightings, models: Models, face_image: np.ndarray
) -> None:
    """To within the third of an eye distance by which the detector errs on tilted heads."""
    (upright,) = Detector(models.detector)(turned(face_image, 0))
    found = seen(sightings, turned(face_image, degrees))
    assert found.reason is None
    turn = cv2.getRotationMatrix2D((400, 300), degrees, 1)
    expected = upright.landmarks @ turn[:, :2].T + turn[:, 2]
    apart = float(np.hypot(*(upright.landmarks[1] - upright.landmarks[0])))
    assert np.hypot(*(found.face.landmarks - expected).T).max() < 0.35 * apart


def test_a_head_that_tips_over_is_read_again_soon_and_a_blur_costs_little(
    models: Models, face_image: np.ndarray
) -> None:
    detector = Counting(models.detector)
    sightings = Sightings(detector, models.view, 64)
    upright, over = turned(face_image, 0), turned(face_image, 180)
    for index in range(10):
        (found,) = sightings.find(Frame(index / 5, upright))
        assert found.reason is None
    detector.count = 0
    hidden = upright.copy()
    left, top, width, height = found.face.box.round().astype(int)
    hidden[top + height // 2 : top + height, left : left + width] = 120
    sightings.find(Frame(2.0, hidden))
    assert detector.count <= 4
    # Whoever stays that way is looked at in all positions, after a second.
    reasons = [sightings.find(Frame(2.2 + index / 5, over))[0].reason for index in range(15)]
    assert reasons[-1] is None


def test_an_empty_room_is_mostly_left_alone(models: Models, face_image: np.ndarray) -> None:
    detector = Counting(models.detector)
    sightings = Sightings(detector, models.view, 64)
    room = np.full((360, 640, 3), 120, np.uint8)
    for index in range(50):
        assert sightings.find(Frame(index / 5, room)) == []
    assert detector.count <= 70
    detector.count = 0
    for index in range(50, 60):
        assert sightings.find(Frame(index / 5, scene(face_image, [(100, 20, 1)])))
    # Where somebody is, the whole picture is looked at about every second time.
    assert detector.count <= 6


@pytest.mark.parametrize("level", [5, 40])
def test_sunglasses_cover_a_face(
    level: int, sightings: Sightings, models: Models, face_image: np.ndarray
) -> None:
    room = scene(face_image, [(100, 20, 1)])
    landmarks = Detector(models.detector)(room)[0].landmarks
    right, left = landmarks[:2].astype(float)
    apart = float(np.hypot(*(left - right)))
    for x, y in (right, left):
        box = (x, y + 0.03 * apart), (0.85 * apart, 0.5 * apart), 0.0
        cv2.ellipse(room, box, (level, level, level), -1)
    assert seen(sightings, room, 1).reason == "face covered"


def test_a_face_that_the_picture_cuts_off_is_covered(
    sightings: Sightings, models: Models, face_image: np.ndarray
) -> None:
    room = scene(face_image, [(100, 20, 1)])
    landmarks = Detector(models.detector)(room)[0].landmarks
    edge = round(float(landmarks[3:, 1].mean())) - 2
    found = sightings.find(Frame(0.0, np.ascontiguousarray(room[:edge])))
    assert all(one.reason == "face covered" for one in found)


def test_faces_are_judged_as_often_as_they_are_read(
    sightings: Sightings, face_image: np.ndarray
) -> None:
    room = scene(face_image, [(100, 20, 1)])
    judged = [sightings.find(Frame(index / 40, room))[0].aligned is not None for index in range(9)]
    assert judged == [True, False, False, False, True, False, False, False, True]


def test_a_camera_that_is_turned_is_followed_soon(models: Models, face_image: np.ndarray) -> None:
    sightings = Sightings(Detector(models.detector), models.view, 64)
    upright = scene(face_image, [(30, 30, 1)], 360, 360)
    lying = np.ascontiguousarray(np.rot90(upright))
    for index in range(5):
        assert sightings.find(Frame(index / 5, upright))
    found = [sightings.find(Frame(1 + index / 5, lying), cut=index == 0) for index in range(8)]
    assert found[-1]
    assert found[-1][0].reason is None
