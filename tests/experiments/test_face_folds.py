"""Benchmarks of faces on small synthetic sets in RAVDESS's form."""

from pathlib import Path

import numpy as np
import pytest

from emotion.datasets import corpora
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.evaluation import watched_clips
from emotion.experiments import face_folds
from emotion.jobs import fingerprint
from emotion.models.shipped import Models
from tests import scenes
from tests.media_makers import write_video

ACTORS = (1, 2, 3)
SMILES, SNARLS = 3, 5
"""RAVDESS's codes of happy and angry."""


@pytest.fixture(scope="module")
def folder(face_image: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph that smiles, and one with stripes for a mouth, by actors of another light."""
    root = tmp_path_factory.mktemp("ravdess")
    smile = scenes.scene(face_image, [(30, 0, 0.8)], 320, 240)
    striped = smile.copy()
    striped[128:150, 95:145] = np.where(np.arange(22) // 3 % 2, 40, 200)[:, None, None]
    for actor in ACTORS:
        light = 1 - 0.1 * actor
        place = root / f"Actor_{actor:02}"
        place.mkdir()
        for repetition in (1, 2):
            for code, image in ((SMILES, smile), (SNARLS, striped)):
                name = f"01-01-{code:02}-01-01-{repetition:02}-{actor:02}.mp4"
                moved = [np.roll(image, 2 * step + repetition, axis=1) for step in range(5)]
                write_video(place / name, [(one * light).astype(np.uint8) for one in moved], 5)
    return root


@pytest.fixture(scope="module")
def clips(folder: Path) -> list[Clip]:
    return corpora.ravdess(folder, video=True)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.mark.parametrize(
    ("protocol", "folds"), [("random-frames", 5), ("random", 5), ("actor-5fold", 3), ("loso", 3)]
)
def test_every_protocol_tests_each_fold(
    protocol: str, folds: int, clips: list[Clip], work: Path, models: Models
) -> None:
    result = face_folds.cross_validate(clips, models, protocol, work, work)
    assert (result.modality, result.protocol) == ("face", protocol)
    assert result.clips == len(clips) == 12
    found = result.results["none"]
    assert len(found.folds) == folds
    if protocol in ("actor-5fold", "loso"):
        assert found.clips == 12
    # Two faces that differ as much as these are told apart, even those of strangers.
    assert (found.accuracy or 0) > 0.7


def test_what_was_watched_is_not_watched_again(
    clips: list[Clip], work: Path, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = face_folds.watch(clips, models, work)
    monkeypatch.setattr(watched_clips, "features", None)
    again = face_folds.watch(clips, models, work)
    for one, other in zip(first.features, again.features, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.shape[1] == 512
    # What another version of the code has kept is of no use.
    monkeypatch.setattr(fingerprint, "of_code", lambda modules: "another version")
    with pytest.raises(TypeError, match="NoneType"):
        face_folds.watch(clips, models, work)


def test_clips_without_a_face_are_named(
    clips: list[Clip], work: Path, models: Models, tmp_path: Path
) -> None:
    grey = np.full((240, 320, 3), 90, np.uint8)
    empty = write_video(tmp_path / "empty.mp4", [grey] * 5, 5)
    gone = tmp_path / "gone.mp4"
    others = [Clip(path, 2, "a", "made") for path in (empty, gone)]
    watched = face_folds.watch([*clips, *others], models, work)
    assert watched.clips == clips
    assert set(watched.failed) == {str(empty), str(gone)}
    assert "no face" in watched.failed[str(empty)]
    with pytest.raises(DatasetError, match="None of the 2 clips shows a face"):
        face_folds.watch(others, models, work)


def test_an_unknown_protocol_is_refused(clips: list[Clip], work: Path, models: Models) -> None:
    with pytest.raises(DatasetError, match="There is no protocol 'leave-one-corpus-out' for face"):
        face_folds.cross_validate(clips, models, "leave-one-corpus-out", work, work)


def test_one_actor_alone_cannot_be_split_by_actors(
    clips: list[Clip], work: Path, models: Models
) -> None:
    own = [clip for clip in clips if clip.speaker == clips[0].speaker]
    with pytest.raises(DatasetError, match="'loso'"):
        face_folds.cross_validate(own, models, "loso", work, work)
    assert face_folds.cross_validate(own, models, "random-frames", work, work).clips == 4
