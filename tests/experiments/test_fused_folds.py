"""Both senses and their fusion, fold by fold, on a small synthetic set."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from emotion.datasets import corpora
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.experiments import face_folds, fused_folds
from emotion.models.shipped import Models
from emotion.readings import fusion
from emotion.reports.model import Report
from emotion.training import voice_features
from emotion.training.voice_statistics import Statistics
from tests import scenes
from tests.media_makers import write_video

ACTORS = (1, 2, 3, 6)
CODES = {3: 2, 5: 4}
"""RAVDESS's codes of happy and angry, and our indices."""


@pytest.fixture(scope="module")
def clips(
    face_image: np.ndarray, speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> list[Clip]:
    """Happy faces and angry ones with stripes for a mouth, all of whom speak."""
    root = tmp_path_factory.mktemp("ravdess")
    smile = scenes.scene(face_image, [(30, 0, 0.8)], 320, 240)
    striped = smile.copy()
    striped[128:150, 95:145] = np.where(np.arange(22) // 3 % 2, 40, 200)[:, None, None]
    for actor in ACTORS:
        for repetition in (1, 2):
            for code, image in ((3, smile), (5, striped)):
                name = f"01-01-{code:02}-01-01-{repetition:02}-{actor:02}.mp4"
                moved = [np.roll(image, 2 * step + repetition, axis=1) for step in range(5)]
                light = [(one * (1 - 0.05 * actor)).astype(np.uint8) for one in moved]
                write_video(root / name, light, 5, speech[:16_000], 16_000)
    return corpora.ravdess(root, video=True)


@pytest.fixture(autouse=True, scope="module")
def voices() -> Iterator[None]:
    """Statistics in which the emotion shows, but not always."""

    def extract(given: list[Clip], *_: object) -> Statistics:
        rng = np.random.default_rng(1)
        places = np.random.default_rng(2).normal(0, 1, (8, 64))
        values = np.array([places[clip.emotion] for clip in given])
        noisy = values + rng.normal(0, 2.0, (2, *values.shape))
        return Statistics(
            list(given),
            noisy.astype(np.float16),
            {},
            [frozenset()] * len(given),
            np.ones(len(given), bool),
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(voice_features, "extract", extract)
        # Two are a choice as well, and half the work.
        patch.setattr(face_folds, "PENALTIES", (1e-3, 1e-1))
        patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
        yield


def run(clips: list[Clip], protocol: str, models: Models, work: Path) -> Report:
    return fused_folds.cross_validate(clips, models, protocol, work, work / "encoder.npz", work)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def by_person(
    clips: list[Clip], models: Models, work: Path
) -> tuple[Report, list[fusion.Reliability]]:
    """The report on people held out, and how far the senses were trusted for each answer."""
    trusted = []
    real = fusion.fuse

    def fuse(*given: Any) -> Any:
        trusted.append(given[2])
        return real(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fusion, "fuse", fuse)
        return run(clips, "loso", models, work), trusted


@pytest.mark.parametrize(("protocol", "folds"), [("loso", 4), ("actor-5fold", 3), ("random", 5)])
def test_every_rule_is_tested_on_each_fold(
    protocol: str,
    folds: int,
    clips: list[Clip],
    models: Models,
    work: Path,
    by_person: tuple[Report, list[fusion.Reliability]],
) -> None:
    result = by_person[0] if protocol == "loso" else run(clips, protocol, models, work)
    found = result.results
    others = [f"fused: {rule}" for rule in list(fusion.RULES)[1:]]
    assert list(found) == ["fused", "face", "voice", *others]
    for one in found.values():
        assert len(one.folds) == folds
        assert one.satisfaction is not None
        assert one.satisfaction.clips == one.clips
    # The faces are easy to tell apart, the voices are not.
    accuracy = {name: one.accuracy or 0.0 for name, one in found.items()}
    assert accuracy["face"] > 0.8
    assert accuracy["fused"] >= accuracy["voice"]


def test_held_out_people_decide_how_far_a_sense_is_trusted(
    by_person: tuple[Report, list[fusion.Reliability]],
) -> None:
    """Shares of the answers to clips that the senses had not learned from."""
    # The first ones are of the shipped models, by which the faces were watched.
    reliability = by_person[1][-1]
    assert isinstance(reliability, fusion.Reliability)
    assert 0 < reliability.voice <= 1
    # Happy and angry are known; of other emotions nothing is.
    np.testing.assert_allclose(reliability.face_confusion[[2, 4]].sum(axis=1), 1)
    assert not reliability.face_confusion[[0, 1, 3, 5, 6, 7]].any()


def test_an_unknown_protocol_is_refused(clips: list[Clip], models: Models, work: Path) -> None:
    with pytest.raises(DatasetError, match="no protocol 'random-frames'"):
        run(clips, "random-frames", models, work)


def test_one_actor_alone_cannot_be_split(clips: list[Clip], models: Models, work: Path) -> None:
    own = [clip for clip in clips if clip.speaker == "ravdess-01"]
    with pytest.raises(DatasetError, match="leaves out one speaker at a time"):
        run(own, "loso", models, work)
    with pytest.raises(DatasetError, match="found 4 clips of 2 emotions"):
        run(own, "random", models, work)
    few = [clip for clip in clips if clip.speaker in ("ravdess-01", "ravdess-02")]
    with pytest.raises(DatasetError, match="3 people to train on, or 3 clips of each"):
        run(few, "loso", models, work)
