"""Mouths that open and close in real aligned faces."""

import numpy as np
import pytest

from emotion.face import alignment
from emotion.face.detector import Detector, Face
from emotion.face.mouth import MouthMotion
from emotion.models.shipped import Models
from tests import scenes


@pytest.fixture(scope="module")
def face(models: Models, face_image: np.ndarray) -> Face:
    return Detector(models.detector)(face_image)[0]


def motion(
    pictures: list[np.ndarray], face: Face, shifts: list[float] | None = None
) -> float | None:
    """The movement in pictures a fifth of a second apart, seen with landmarks that tremble."""
    mouth = MouthMotion()
    for index, picture in enumerate(pictures):
        landmarks = face.landmarks + (0.0 if shifts is None else shifts[index])
        mouth.observe(index / 5, alignment.align(picture, landmarks, 64))
    return mouth.at((len(pictures) - 1) / 5)


def test_a_mouth_that_speaks_moves_more_than_a_still_one(
    face_image: np.ndarray, face: Face
) -> None:
    corners = face.landmarks[3:]
    speaking = [
        scenes.open_mouth(face_image, corners, amount) for amount in (0, 0.5, 0.1, 0.6, 0.2)
    ]
    moving, still = motion(speaking, face), motion([face_image] * 5, face)
    assert moving is not None
    assert still is not None
    assert moving - still > 0.6


def test_landmarks_that_tremble_are_no_speech(
    face_image: np.ndarray, face: Face, rng: np.random.Generator
) -> None:
    shifts = list(rng.normal(0, 1.5, 9))
    amounts = (0, 0.5, 0.1, 0.6, 0.2, 0.5, 0, 0.4, 0.1)
    speaking = [scenes.open_mouth(face_image, face.landmarks[3:], amount) for amount in amounts]
    moving, trembling = motion(speaking, face, shifts), motion([face_image] * 9, face, shifts)
    assert moving is not None
    assert trembling is not None
    assert moving - trembling > 0.5


def test_nothing_is_known_of_one_observation_or_after_a_gap(
    face_image: np.ndarray, face: Face
) -> None:
    aligned = alignment.align(face_image, face.landmarks, 64)
    mouth = MouthMotion()
    mouth.observe(0.0, aligned)
    assert mouth.at(0.0) is None
    mouth.observe(2.0, aligned)
    assert mouth.at(2.0) is None
    mouth.observe(2.2, aligned)
    assert mouth.at(2.2) is not None
    assert mouth.at(4.0) is None
