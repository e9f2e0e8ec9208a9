"""Cross-validation of the voice recogniser on synthetic statistics."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.evaluation.protocols import speaker
from emotion.experiments import voice_folds
from emotion.impairments import conditions
from emotion.readings import emotions
from emotion.readings.emotions import INDEX
from emotion.reports.model import Report
from emotion.training import voice_features
from tests.training import made_up_voices
from tests.training.made_up_voices import Encoder, corpus_of

RESULTS = ["none", "speaker-adapted", "speaker-adapted, one emotion"]


@pytest.fixture(scope="module")
def ravdess(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    return made_up_voices.ravdess(tmp_path_factory.mktemp("ravdess"))


@pytest.fixture
def encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Encoder:
    made = Encoder(tmp_path / "encoder.npz")
    monkeypatch.setattr(voice_features, "extract", made)
    return made


def run(
    clips: Sequence[Clip],
    others: Sequence[Sequence[Clip]],
    protocol: str,
    encoder: Encoder,
    **options: Any,
) -> Report:
    work = encoder.path.parent / "work"
    return voice_folds.cross_validate(
        clips, others, protocol, "default", work, encoder=encoder.path, **options
    )


def trained_on(report: Report) -> list[str]:
    return [one.corpus for one in report.trained_on]


def files(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_actors_are_tested_by_heads_that_did_not_hear_them(
    ravdess: list[Clip], encoder: Encoder
) -> None:
    document = run(ravdess, [], "actor-5fold", encoder, seed=3)
    assert document.dataset == trained_on(document) == ["ravdess"]
    assert (document.protocol, document.recipe) == ("actor-5fold", "default")
    assert (document.modality, document.seed) == ("voice", 3)
    assert document.clips == len(ravdess) == 144
    assert document.failed == {"broken.wav": "is no sound"}
    assert document.impaired is None
    assert list(document.results) == RESULTS
    for result in document.results.values():
        assert result.clips == 144
        assert (result.accuracy or 0) > 0.8
        names = [fold.name for fold in result.folds]
        assert names == ["actors 02, 05", "actor 03", "actor 10", "actor 08", "actor 01"]
    assert len({result.expected_calibration_error for result in document.results.values()}) > 1


def test_finished_folds_are_not_trained_again(
    ravdess: list[Clip], encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = encoder.path.parent / "work"
    few = [clip for clip in ravdess if clip.speaker in (speaker(1), speaker(2), speaker(3))]
    first = run(few, [], "actor-5fold", encoder)
    before = files(work)
    assert len(before) == 3
    with monkeypatch.context() as patch:
        patch.setattr("emotion.training.voice_heads.fit", None)
        again = run(few, [], "actor-5fold", encoder)
    assert files(work) == before
    assert again.results == first.results
    # An interrupted run goes on with the fold that is missing.
    lost = min(before)
    lost.unlink()
    run(few, [], "actor-5fold", encoder)
    changed = files(work)
    assert {path for path in before if changed[path] != before[path]} == {lost}
    # Another seed is another benchmark.
    run(few, [], "actor-5fold", encoder, seed=1)
    assert len(files(work)) == 6
    # Clips that sound otherwise are others, whatever they are called.
    monkeypatch.setattr(made_up_voices, "PLACES", -made_up_voices.PLACES)
    run(few, [], "actor-5fold", encoder)
    assert len(files(work)) == 9


def test_clips_that_a_call_would_not_remember_adapt_nothing(
    ravdess: list[Clip], encoder: Encoder
) -> None:
    few = [clip for clip in ravdess if clip.speaker in (speaker(1), speaker(2), speaker(3))]
    found = run(few, [], "actor-5fold", encoder).results
    assert found["speaker-adapted"].folds != found["none"].folds
    encoder.remembers = False
    found = run(few, [], "actor-5fold", encoder).results
    assert found["speaker-adapted"].accuracy == found["none"].accuracy
    assert found["speaker-adapted"].confusion == found["none"].confusion


def test_others_are_trained_on_and_not_tested(ravdess: list[Clip], encoder: Encoder) -> None:
    few = [clip for clip in ravdess if clip.emotion in (2, 4)]
    more = corpus_of("more", ["happy", "angry", "sad"])
    document = run(few, [more], "actor-5fold", encoder)
    assert document.dataset == ["ravdess"]
    assert trained_on(document) == ["more", "ravdess"]
    assert document.clips == len(few)
    assert encoder.heard == [few, more]
    # Sad was learned, so it can be answered, but it is no true emotion here.
    assert set(document.results["none"].recall) == {"happy", "angry"}
    assert (document.results["none"].accuracy or 0) > 0.8


def test_each_corpus_is_tested_by_heads_of_the_others(encoder: Encoder) -> None:
    first = corpus_of("first", ["neutral", "calm", "happy", "angry", "sad"])
    others = [
        corpus_of("second", ["calm", "happy", "angry", "disgusted"]),
        corpus_of("third", ["neutral", "happy", "angry", "sad"]),
    ]
    document = run(first, others, "leave-one-corpus-out", encoder)
    assert document.dataset == trained_on(document) == ["first", "second", "third"]
    assert list(document.results) == RESULTS
    for result in document.results.values():
        assert [fold.name for fold in result.folds] == ["first", "second", "third"]
        assert set(result.recall) == {*("neutral", "calm", "happy", "angry", "sad", "disgusted")}
    # Each corpus is asked for its own emotions.
    counts = [fold.figures.clips for fold in document.results["none"].folds]
    assert counts == [45, 36, 36]
    assert document.clips == 117
    assert document.failed == {"broken.wav": "is no sound"}


def test_some_clips_are_heard_under_noise_if_asked_for(
    ravdess: list[Clip], encoder: Encoder, rng: np.random.Generator
) -> None:
    document = run(ravdess, [], "actor-5fold", encoder, impaired=True)
    impaired = document.impaired
    assert impaired is not None
    some = len(range(0, 144, voice_folds._EVERY))
    assert impaired.clips == some
    assert [len(heard) for heard in encoder.heard] == [144, some]
    assert set(impaired.accuracy) == {"as heard", "noise reduced"}
    for way in ("as heard", "noise reduced"):
        assert list(impaired.accuracy[way]) == list(conditions.named(rng, []))
        assert all(0.6 < share <= 1 for share in impaired.accuracy[way].values())


def test_error_without_an_encoder(ravdess: list[Clip], tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="needs --weights"):
        voice_folds.cross_validate(ravdess, [], "actor-5fold", "default", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_error_for_clips_that_cannot_be_split(ravdess: list[Clip], encoder: Encoder) -> None:
    alone = [clip for clip in ravdess if clip.speaker == speaker(1)]
    with pytest.raises(DatasetError, match="actor-5fold"):
        run(alone, [], "actor-5fold", encoder)


def test_a_corpus_that_is_only_tested_trains_nothing(encoder: Encoder) -> None:
    first = corpus_of("first", ["neutral", "happy", "angry"])
    second = corpus_of("second", ["neutral", "happy", "angry"])
    # Its own names are all wrong, so whoever learned from it would be as well.
    swapped = {"neutral": "happy", "happy": "angry", "angry": "neutral"}
    wrong = [
        replace(
            clip, path=Path("x") / clip.path, emotion=INDEX[swapped[emotions.NAMES[clip.emotion]]]
        )
        for clip in corpus_of("third", ["neutral", "happy", "angry"])
    ]
    document = run(first, [second, wrong], "leave-one-corpus-out", encoder, only_tested=["third"])
    assert trained_on(document) == ["first", "second"]
    assert document.dataset == ["first", "second", "third"]
    with pytest.raises(DatasetError, match=r"some of first, second.* Received: fourth"):
        run(first, [second], "leave-one-corpus-out", encoder, only_tested=["fourth"])
    with pytest.raises(DatasetError, match="one should be left to train on"):
        run(first, [], "loso", encoder, only_tested=["first"])
