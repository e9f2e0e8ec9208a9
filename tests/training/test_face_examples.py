"""Faces with one label each, from photographs and from clips made here."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.datasets import corpora, ferplus
from emotion.errors import DatasetError
from emotion.models.shipped import Models
from emotion.readings import emotions
from emotion.training import face_examples
from emotion.training.face_examples import PIXELS, FaceExamples
from tests import scenes
from tests.media_makers import write_video


def test_a_label_is_a_crowd_that_nearly_agrees(rng: np.random.Generator) -> None:
    labels = np.arange(emotions.COUNT)
    images = rng.integers(0, 256, (8, PIXELS, PIXELS), np.uint8)
    made = FaceExamples.of(images, labels)
    np.testing.assert_allclose(made.votes.sum(axis=1), 1, rtol=1e-6)
    named = [ferplus.LABELS[index] for index in made.votes.argmax(axis=1)]
    assert named == [
        "neutral",
        "neutral",
        "happiness",
        "sadness",
        "anger",
        "fear",
        "disgust",
        "surprise",
    ]
    assert made.votes.max(axis=1).min() > 0.9
    both = made + made
    assert both.images.shape == (16, PIXELS, PIXELS)
    assert both.votes.shape == (16, 8)
    np.testing.assert_array_equal(both.labels, np.tile(labels, 2))


def test_people_on_photographs_are_on_one_side(
    face_image: np.ndarray, tmp_path: Path, models: Models
) -> None:
    rows = ["path,emotion"]
    for person in range(12):
        for number in (1, 2):
            name = f"person{chr(97 + person)}_{number:04}.jpg"
            cv2.imwrite(str(tmp_path / name), face_image)
            rows.append(f"{name},{'calm' if number == 1 else 'disgusted'}")
    (tmp_path / "faces.csv").write_text("\n".join(rows))
    trained, tested = face_examples.of_photographs(tmp_path, models.detector)
    assert len(trained.images) + len(tested.images) == 24
    for part in (trained, tested):
        # Both pictures of everyone.
        assert len(part.images) > 0
        assert (part.labels == emotions.CALM).sum() == len(part.images) / 2
        assert part.images.dtype == np.uint8


def test_photographs_of_too_few_people_are_refused(
    face_image: np.ndarray, tmp_path: Path, models: Models
) -> None:
    cv2.imwrite(str(tmp_path / "one_1.jpg"), face_image)
    (tmp_path / "faces.csv").write_text("path,emotion\none_1.jpg,happy\n")
    with pytest.raises(DatasetError, match=r"too few people.*: 1 by the names"):
        face_examples.of_photographs(tmp_path, models.detector)


def test_clips_give_their_good_faces(
    face_image: np.ndarray, tmp_path: Path, models: Models
) -> None:
    seen = scenes.scene(face_image, [(30, 0, 0.8)], 320, 240)
    empty = np.full_like(seen, 90)
    for name, frames in (("03", [seen] * 30), ("04", [empty] * 15 + [seen] * 15)):
        write_video(tmp_path / f"01-01-{name}-01-01-01-02.mp4", frames, 10)
    made = face_examples.clips(corpora.ravdess(tmp_path, video=True), models)
    counts = np.bincount(made.labels, minlength=8)
    # Three seconds, and one and a half, at two a second.
    assert counts[emotions.INDEX["happy"]] == pytest.approx(6, abs=1)
    assert counts[emotions.INDEX["sad"]] == pytest.approx(3, abs=1)
    assert counts.sum() == len(made.images)
    assert made.images.shape[1:] == (PIXELS, PIXELS)


def test_clips_without_a_face_are_refused(tmp_path: Path, models: Models) -> None:
    path = tmp_path / "01-01-03-01-01-01-02.mp4"
    write_video(path, [np.full((240, 320, 3), 90, np.uint8)] * 10, 10)
    listed = corpora.ravdess(tmp_path, video=True)
    with pytest.raises(DatasetError, match="None of the 1 clips shows a face"):
        face_examples.clips(listed, models)
    path.write_bytes(b"no video")
    with pytest.raises(DatasetError, match=path.name):
        face_examples.clips(listed, models)
