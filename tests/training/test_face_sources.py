"""Faces of several collections, drawn so that the collection tells nothing."""

from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from emotion.datasets.ferplus import FerPlus
from emotion.models.shipped import Models
from emotion.training import face_sources
from emotion.training.face_sources import FaceSource, Mixture


def source(counts: list[int], grey: int, share: float, doubt: float = 0.0) -> FaceSource:
    """Flat pictures of one grey level with labels of so many of each class."""
    counts = counts + [0] * (8 - len(counts))
    votes = np.full((sum(counts), 8), 0.1 / 8, np.float32)
    votes[np.arange(len(votes)), np.repeat(np.arange(8), counts)] += 0.9
    return FaceSource(np.full((len(votes), 48, 48), grey, np.uint8), votes, share, doubt)


def test_classes_are_drawn_more_alike_than_they_occur() -> None:
    one = source([90, 10], 100, 1.0)
    assert one.chances(0.5)[:90].sum() == pytest.approx(0.75)
    assert one.chances(1.0)[:90].sum() == pytest.approx(0.5)
    assert one.priors(0.5).sum() == pytest.approx(1)


def test_sources_are_drawn_at_their_shares() -> None:
    mixture = Mixture([source([20], 100, 1.0), source([0, 500], 100, 3.0, doubt=0.25)])
    rng = np.random.default_rng(0)
    faces, targets = mixture.batch(2000, 16, 0.0, rng)
    assert faces.shape == (2000, 16, 16, 1)
    assert faces.dtype == targets.dtype == np.float32
    assert targets[:, 1].mean() == pytest.approx(0.9 * 0.75 + 0.0125, abs=0.03)
    assert (targets[:, 16] == 0.25).mean() == pytest.approx(0.75, abs=0.03)


def test_what_the_source_says_of_the_class_costs_nothing() -> None:
    """The best answer to pictures that say nothing is 'all alike', in every source."""
    rng = np.random.default_rng(1)
    mixture = Mixture([source([90, 10], 50, 1.0), source([10, 90], 200, 1.0)])
    _, targets = mixture.batch(4000, 8, 0.0, rng)

    def mean(logits: np.ndarray) -> float:
        rows = np.tile(np.asarray(logits, np.float32), (len(targets), 1))
        return float(keras.ops.mean(face_sources.loss(targets, rows)))

    even = mean(np.zeros(8))
    for index in range(2):
        assert mean(np.eye(8)[index] * 0.5) > even
        assert mean(np.eye(8)[index] * -0.5) > even


def test_a_doubted_label_gives_way_to_the_network() -> None:
    rows = np.zeros((2, 35), np.float32)
    rows[:, 0] = rows[:, 17] = rows[:, 34] = 1
    rows[1, 16] = 0.5
    logits = np.tile(np.eye(8, dtype=np.float32)[1] * 4, (2, 1))
    sure, doubted = keras.ops.convert_to_numpy(face_sources.loss(rows, logits))
    assert doubted < 0.6 * sure


def test_a_batch_may_be_mixed() -> None:
    mixture = Mixture([source([5, 5], 100, 1.0)])
    _, targets = mixture.batch(8, 16, 1.0, np.random.default_rng(2))
    assert 0.5 <= targets[0, 34] <= 1
    assert (targets[:, 34] == targets[0, 34]).all()
    assert sorted(map(tuple, targets[:, :17])) == sorted(map(tuple, targets[:, 17:34]))


def test_of_a_class_that_a_source_lacks_its_pictures_say_nothing() -> None:
    only = np.eye(8, dtype=np.float32)[[0, 1, 1, 2]]
    images = np.zeros((4, 48, 48), np.uint8)
    _, targets = Mixture([FaceSource(images, only, 1.0)]).batch(
        50, 8, 0.0, np.random.default_rng(3)
    )
    plain = np.zeros((50, 8), np.float32)
    other = plain + 5 * np.eye(8, dtype=np.float32)[7]
    one, two = (keras.ops.convert_to_numpy(face_sources.loss(targets, x)) for x in (plain, other))
    np.testing.assert_allclose(one, two, atol=1e-5)


def test_faces_in_the_wild_are_those_of_one_camera(
    models: Models, face_image: np.ndarray, tmp_path: Path
) -> None:
    crop = cv2.resize(face_image, (48, 48), interpolation=cv2.INTER_AREA)
    names = ["affectnet_angry_a.png", "ffhq_happy_a.png", "ffhq_neutral_b.png"]
    for name in names:
        cv2.imwrite(str(tmp_path / name), crop)
    lines = [f"{name},{name.split('_')[1]}" for name in names]
    (tmp_path / "faces.csv").write_text("\n".join(["path,emotion", *lines]))
    ours = face_sources.in_the_wild(tmp_path, models.detector)
    np.testing.assert_array_equal(ours.votes, np.eye(8, dtype=np.float32)[[4]])


def test_ferplus_is_learned_as_it_is_and_aligned(models: Models, face_image: np.ndarray) -> None:
    grey = cv2.cvtColor(face_image, cv2.COLOR_BGR2GRAY)
    crop = cv2.resize(grey, (48, 48), interpolation=cv2.INTER_AREA)
    images = np.stack([crop, np.full((48, 48), 90, np.uint8)])
    data = FerPlus(images, np.eye(8, dtype=np.float32)[:2], np.ones(2, bool))
    whole, aligned = face_sources.of_ferplus(data, models.detector)
    assert whole.images.shape == (2, 48, 48)
    assert aligned.images.shape == (1, 96, 96)
    np.testing.assert_array_equal(aligned.votes, data.votes[:1])
