"""Training of the view of a face on one real face."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.datasets import ferplus
from emotion.errors import DatasetError
from emotion.face.detector import Detector
from emotion.face.view import KINDS, ViewModel
from emotion.models.manifest import Manifest
from emotion.models.shipped import Models
from emotion.training import face_view_training
from emotion.training.face_view_training import ViewExamples
from tests import scenes


@pytest.fixture(scope="module")
def pictures(face_image: np.ndarray) -> list[np.ndarray]:
    """A face in other sizes and places."""
    return [
        scenes.scene(face_image, [(10 + 4 * index, 6, 0.7 + 0.03 * index)], 300, 280)
        for index in range(8)
    ]


@pytest.fixture(scope="module")
def given(models: Models, pictures: list[np.ndarray]) -> ViewExamples:
    return face_view_training.examples(pictures, Detector(models.detector), seed=1)


def model_of(arrays: dict[str, np.ndarray]) -> ViewModel:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return ViewModel(buffer.getvalue())


def test_every_kind_is_made_of_every_picture(given: ViewExamples) -> None:
    assert set(given.kinds) == set(range(len(KINDS)))
    assert given.aligned.shape == (len(given.kinds), 64, 64)
    assert (~given.drawn).sum() == 8
    assert set(given.kinds[~given.drawn]) == {face_view_training.CLEAR}


def test_the_same_seed_makes_the_same(
    models: Models, pictures: list[np.ndarray], given: ViewExamples
) -> None:
    again = face_view_training.examples(pictures[:3], Detector(models.detector), seed=1)
    np.testing.assert_array_equal(again.aligned, given.aligned[: len(again.aligned)])
    other = face_view_training.examples(pictures[:2], Detector(models.detector), seed=2)
    assert not np.array_equal(other.aligned[1], given.aligned[1])


def test_what_is_learned_is_known_again(given: ViewExamples) -> None:
    arrays = face_view_training.fit(given)
    model = model_of(arrays)
    answers = [model(one) for one in given.aligned]
    clear = np.array([one.clear > 0.5 for one in answers])
    assert (clear == (given.kinds == face_view_training.CLEAR)).mean() > 0.9
    measured = face_view_training.measure(model, given)
    assert measured["clear faces called covered"] == (0.0, 8)
    assert measured["mouth or half covered found"][0] > 0.3


def test_pictures_without_a_face_are_refused(models: Models) -> None:
    wall = np.full((200, 200, 3), 120, np.uint8)
    with pytest.raises(DatasetError, match="No picture shows a face"):
        face_view_training.examples([wall], Detector(models.detector))


def test_what_is_shipped_stands_in_the_manifest(
    tmp_path: Path, models: Models, pictures: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, tested = tmp_path / "faces", tmp_path / "others"
    for place, shown in ((folder, pictures[:4]), (tested, pictures[:2])):
        place.mkdir()
        lines = ["path,emotion"]
        for index, picture in enumerate(shown):
            name = f"{'abcdefgh'[index]}1.png"
            cv2.imwrite(str(place / name), picture)
            lines.append(f"{name},happy")
        (place / "faces.csv").write_text("\n".join(lines))
    shipped = tmp_path / "models"
    shipped.mkdir()
    for name in ("face-detection",):
        entry = Manifest().entry(name)
        (shipped / entry.path.name).write_bytes(entry.path.read_bytes())
        Manifest(shipped).update(name, entry.fields)
    monkeypatch.setattr(face_view_training, "Manifest", lambda: Manifest(shipped))

    class Faces:
        images = np.stack([cv2.resize(one[40:240, 60:260, 1], (48, 48)) for one in pictures[:3]])

    monkeypatch.setattr(ferplus, "read", lambda *_: Faces)
    fields = face_view_training.ship(tmp_path, folder, tested=tested)
    entry = Manifest(shipped).entry("face-view")
    said = ViewModel(entry.read())(cv2.resize(pictures[0][..., 0], (64, 64)))
    assert said.clear + said.turned + said.covered == pytest.approx(1)
    assert entry.fields.items() >= fields.items()
    assert {one["data"] for one in fields["figures"]} >= {"others"}
    assert entry.training_data[0].corpus == "ferplus"
    assert entry.training_data[0].clips == 3
