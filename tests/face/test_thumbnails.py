"""Thumbnails of people in real pictures."""

import cv2
import numpy as np
import pytest

from emotion.face.detector import Detector, Face
from emotion.face.thumbnails import PIXELS, Thumbnails
from emotion.models.shipped import Models
from tests import scenes


def found(models: Models, image: np.ndarray) -> Face:
    return Detector(models.detector)(image)[0]


def picture(thumbnails: Thumbnails, person: int) -> np.ndarray:
    content = np.frombuffer(thumbnails.jpegs()[person], np.uint8)
    decoded = cv2.imdecode(content, cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded


def test_the_face_fills_the_thumbnail(models: Models, face_image: np.ndarray) -> None:
    room = scenes.scene(face_image, [(120.0, 20.0, 1.0)])
    thumbnails = Thumbnails()
    thumbnails.offer(3, room, found(models, room), 0.8)
    small = picture(thumbnails, 3)
    assert small.shape == (PIXELS, PIXELS, 3)
    # Enlarged again, the detector finds the face in its middle.
    face = found(models, cv2.resize(small, None, fx=4, fy=4))
    middle = (face.box[:2] + face.box[2:] / 2) / (4 * PIXELS)
    assert middle == pytest.approx([0.5, 0.5], abs=0.12)


def test_the_best_sighting_stays(models: Models, face_image: np.ndarray) -> None:
    near = scenes.scene(face_image, [(120.0, 20.0, 1.0)])
    far = scenes.scene(face_image, [(120.0, 20.0, 0.5)])
    thumbnails = Thumbnails()
    thumbnails.offer(1, near, found(models, near), 0.8)
    before = picture(thumbnails, 1)
    thumbnails.offer(1, far, found(models, far), 0.8)
    thumbnails.offer(1, near, found(models, near), 0.2)
    np.testing.assert_array_equal(picture(thumbnails, 1), before)


def test_a_face_at_the_edge_of_the_picture(models: Models, face_image: np.ndarray) -> None:
    room = scenes.scene(face_image, [(-60.0, -20.0, 1.0)])
    thumbnails = Thumbnails()
    thumbnails.offer(1, room, found(models, room), 0.5)
    assert picture(thumbnails, 1).shape == (PIXELS, PIXELS, 3)
