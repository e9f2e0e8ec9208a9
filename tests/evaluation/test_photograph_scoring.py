"""Photographs of faces, scored as a call would read them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.datasets.face_photographs import Picture
from emotion.errors import DatasetError
from emotion.evaluation import photograph_scoring
from emotion.models.shipped import Models
from emotion.readings import emotions

HAPPY = emotions.INDEX["happy"]


@pytest.fixture
def images(face_image: np.ndarray) -> list[np.ndarray]:
    empty = np.full((200, 200, 3), 90, np.uint8)
    small = cv2.resize(face_image, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    return [empty, face_image, small, face_image]


def test_faces_of_photographs_keep_their_owner(
    models: Models, images: list[np.ndarray], tmp_path: Path
) -> None:
    listed = []
    for index, image in enumerate(images):
        path = tmp_path / f"{index}.png"
        cv2.imwrite(str(path), image)
        listed.append(Picture(path, HAPPY))
    faces, owners = photograph_scoring.aligned_faces(listed, models.detector, 64)
    assert faces.shape == (2, 64, 64)
    assert faces.dtype == np.uint8
    assert owners.tolist() == [1, 3]
    with pytest.raises(DatasetError, match="None of the 1 photographs"):
        photograph_scoring.aligned_faces(listed[:1], models.detector, 64)


def test_a_tight_crop_is_found_with_a_margin(
    models: Models, face_image: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / "tight.png"
    cv2.imwrite(str(path), cv2.resize(face_image, (48, 48), interpolation=cv2.INTER_AREA))
    faces, _ = photograph_scoring.aligned_faces(
        [Picture(path, HAPPY)], models.detector, 64, margin=True, poor=True
    )
    assert faces.shape == (1, 64, 64)


def test_a_photograph_without_a_face_is_wrong_and_films_count_alike(
    models: Models, images: list[np.ndarray], tmp_path: Path
) -> None:
    empty, face, _, _ = images
    shown = models.face(
        photograph_scoring.aligned_faces(
            [_written(tmp_path / "probe.png", face)], models.detector, models.face.pixels
        )[0][0]
    ).argmax()
    name = emotions.NAMES[int(shown)]
    rows = ["path,emotion,movie"]
    for index, (image, film) in enumerate([(face, "A"), (empty, "B"), (face, "A"), (face, "A")]):
        cv2.imwrite(str(tmp_path / f"{index}.png"), image)
        rows.append(f"{index}.png,{name},{film}")
    (tmp_path / "faces.csv").write_text("\n".join(rows))
    found = photograph_scoring.document(models.face, tmp_path, models.detector, "stills")
    assert found.results["none"].accuracy == 0.75
    assert sum(found.results["none"].unanswered) == 1
    assert found.films is not None
    assert (found.films.films, found.films.accuracy) == (2, 0.5)


def _written(path: Path, image: np.ndarray) -> Picture:
    cv2.imwrite(str(path), image)
    return Picture(path, HAPPY)


def test_a_folder_gives_faces_with_what_they_show(
    models: Models, images: list[np.ndarray], tmp_path: Path
) -> None:
    """Photographs without a face are left out, poor faces are not, and calm is neutral."""
    for index, image in enumerate(images):
        cv2.imwrite(str(tmp_path / f"{index}.png"), image)
    rows = ["0.png,sad", "1.png,calm", "2.png,angry", "3.png,happy"]
    (tmp_path / "faces.csv").write_text("\n".join(["path,emotion", *rows]))
    faces, labels = photograph_scoring.labelled_faces(tmp_path, models.detector, 64)
    assert faces.shape == (3, 64, 64)
    assert labels.tolist() == [emotions.NEUTRAL, emotions.INDEX["angry"], HAPPY]
