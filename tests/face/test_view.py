"""What an aligned picture shows of a face."""

import io

import numpy as np
import pytest

from emotion.errors import ModelError
from emotion.face import alignment, portrait
from emotion.face.detector import Detector
from emotion.face.tracker import OTHER
from emotion.face.view import CLEAR, TURNED, ViewModel
from emotion.models.shipped import Models
from tests.scenes import someone_else


def aligned(models: Models, image: np.ndarray, pixels: int = 64) -> np.ndarray:
    return alignment.align(image, Detector(models.detector)(image)[0].landmarks, pixels)


def test_an_upright_face_is_clear(models: Models, face_image: np.ndarray) -> None:
    view = models.view(aligned(models, face_image))
    assert view.clear > 0.9
    assert view.weight == 1
    assert view.clear + view.turned + view.covered == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(view.portrait) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_face_that_lies_is_not(quarters: int, models: Models, face_image: np.ndarray) -> None:
    picture = np.ascontiguousarray(np.rot90(aligned(models, face_image), quarters))
    assert models.view(picture).clear < CLEAR
    assert models.view(picture).turned > TURNED - 0.4


def test_one_face_in_other_light_and_size_is_alike(models: Models, face_image: np.ndarray) -> None:
    first = models.view(aligned(models, face_image)).portrait
    for share, pixels in ((0.5, 64), (1.0, 96)):
        other = aligned(models, (face_image * share).astype(np.uint8), pixels)
        assert models.view(other).portrait @ first > 0.9


def test_two_faces_are_not(models: Models, face_image: np.ndarray) -> None:
    first = models.view(aligned(models, face_image)).portrait
    second = models.view(aligned(models, someone_else(face_image))).portrait
    assert second @ first < OTHER


def test_an_even_picture_has_no_shape() -> None:
    assert np.abs(portrait.gradients(np.full((64, 64), 90, np.uint8))).max() == 0


def test_a_file_that_is_no_model_is_named() -> None:
    content = io.BytesIO()
    np.savez(content, mean=np.zeros(512))
    for wrong in (b"junk", content.getvalue()):
        with pytest.raises(ModelError, match=r"is not a model for emotion\.face\.view"):
            ViewModel(wrong)
