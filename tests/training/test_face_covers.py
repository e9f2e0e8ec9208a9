"""Covers that are drawn over a real face."""

from collections.abc import Callable

import numpy as np
import pytest

from emotion.face.detector import Detector
from emotion.models.shipped import Models
from emotion.training import face_covers

Cover = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


@pytest.fixture(scope="module")
def landmarks(models: Models, face_image: np.ndarray) -> np.ndarray:
    return Detector(models.detector)(face_image)[0].landmarks.astype(float)


def changed(before: np.ndarray, after: np.ndarray, place: np.ndarray, radius: float) -> float:
    """Share of the pixels around a place that are other ones."""
    y, x = np.mgrid[: before.shape[0], : before.shape[1]]
    near = np.hypot(x - place[0], y - place[1]) < radius
    return float((np.abs(before.astype(int) - after).max(axis=2) > 12)[near].mean())


def opaque(image: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return face_covers.glasses(image, landmarks, rng, opaque=True)


@pytest.mark.parametrize(
    ("cover", "hidden", "seen"),
    [(opaque, "eyes", "mouth"), (face_covers.over_the_mouth, "mouth", "eyes")],
)
def test_what_is_covered_is_hidden_and_the_rest_is_seen(
    cover: Cover, hidden: str, seen: str, face_image: np.ndarray, landmarks: np.ndarray
) -> None:
    places = {"eyes": landmarks[:2], "mouth": landmarks[3:].mean(axis=0, keepdims=True)}
    drawn = [cover(face_image, landmarks, np.random.default_rng(seed)) for seed in range(12)]
    share = {
        name: np.mean([changed(face_image, one, place, 8) for one in drawn for place in of])
        for name, of in places.items()
    }
    assert share[hidden] > 0.7
    assert share[seen] < 0.3
    # Each is another one.
    assert len({one.tobytes() for one in drawn}) == len(drawn)


def test_frames_leave_the_eyes_to_be_seen(face_image: np.ndarray, landmarks: np.ndarray) -> None:
    framed = face_covers.glasses(face_image, landmarks, np.random.default_rng(0), opaque=False)
    assert 0 < (framed != face_image).any(axis=2).mean() < 0.05
    assert np.mean([changed(face_image, framed, eye, 4) for eye in landmarks[:2]]) < 0.5


def test_half_a_face_is_hidden(face_image: np.ndarray, landmarks: np.ndarray) -> None:
    for seed in range(6):
        drawn = face_covers.over_one_half(face_image, landmarks, np.random.default_rng(seed))
        hidden = [changed(face_image, drawn, eye, 6) > 0.5 for eye in landmarks[:2]]
        assert sum(hidden) == 1


def test_landmarks_turn_with_their_picture(
    face_image: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator
) -> None:
    marked = np.zeros_like(face_image)
    x, y = landmarks[2].round().astype(int)
    marked[y - 3 : y + 4, x - 3 : x + 4, 1] = 255
    turned, places = face_covers.turned(marked, landmarks, 130.0, rng)
    found = np.argwhere(turned[..., 1].astype(int) - turned[..., 0] > 100).mean(axis=0)[::-1]
    np.testing.assert_allclose(found, places[2], atol=1.5)


def test_nothing_that_is_given_is_changed(
    face_image: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator
) -> None:
    before = face_image.copy()
    opaque(face_image, landmarks, rng)
    face_covers.over_the_mouth(face_image, landmarks, rng)
    relit = face_covers.in_other_light(face_image, rng)
    np.testing.assert_array_equal(face_image, before)
    assert relit.dtype == np.uint8
    assert (relit != before).any()
