"""Training and testing of the voice recogniser on made-up statistics."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from emotion import emotions
from emotion.datasets import corpora
from emotion.datasets.clips import Clip
from emotion.emotions import INDEX
from emotion.errors import DatasetError
from emotion.evaluation.protocols import speaker
from emotion.evaluation.simulated_calls import ADAPTATIONS
from emotion.impairments import conditions
from emotion.models.manifest import Manifest
from emotion.reports.model import Report
from emotion.training import export, voice_features, voice_training, whisper
from emotion.training.voice_features import Statistics
from emotion.training.voice_heads import Heads
from emotion.voice import log_mel
from emotion.voice.adaptation import Prior
from tests.training.test_whisper import made_up_weights

ACTORS = (1, 2, 3, 5, 8, 10)
RESULTS = ["none", "speaker-adapted", "speaker-adapted, one emotion"]
WIDTH = 24
PLACES = np.random.default_rng(5).normal(0, 1, (8, WIDTH))


@pytest.fixture(scope="module")
def ravdess(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    """Six actors with each emotion three times, read as the real corpus is."""
    folder = tmp_path_factory.mktemp("ravdess")
    for actor in ACTORS:
        for code in range(1, 9):
            for take in range(1, 4):
                (folder / f"03-01-{code:02}-01-01-{take:02}-{actor:02}.wav").touch()
    return corpora.ravdess(folder)


def corpus_of(name: str, kinds: Sequence[str], speakers: int = 3, each: int = 3) -> list[Clip]:
    return [
        Clip(Path(f"{name}/{kind}-{owner}-{take}.wav"), INDEX[kind], f"{name}-{owner}", name)
        for owner in range(speakers)
        for kind in kinds
        for take in range(each)
    ]


class Encoder:
    """A stand-in that says of a clip its emotion and its speaker's voice.

    The emotions are those of the clips as they are given, so calm is next to neutral.
    """

    def __init__(self, path: Path) -> None:
        path.write_bytes(b"any")
        self.path = path
        self.heard: list[list[Clip]] = []

    def __call__(
        self,
        clips: Sequence[Clip],
        encoder: Path,
        work: Path,
        hear: voice_features.Hear | None = None,
    ) -> Statistics:
        assert encoder == self.path
        rng = np.random.default_rng(len(clips))
        names = sorted({clip.speaker for clip in clips})
        voices = {name: np.random.default_rng(list(name.encode())) for name in names}
        offsets = {name: own.normal(0, 0.4, WIDTH) for name, own in voices.items()}
        rows = [PLACES[clip.emotion] + offsets[clip.speaker] for clip in clips]
        counts: dict[voice_features.Hear | None, int] = {
            None: 2,
            voice_features.readable: 1,
            voice_features.as_heard: 1,
        }
        count = counts.get(hear, 2 * len(conditions.named(rng, [])))
        values = np.stack(rows) + rng.normal(0, 0.3, (count, len(clips), WIDTH))
        self.heard.append(list(clips))
        failed = {Path("broken.wav"): "is no sound"} if hear is None else {}
        return Statistics(
            list(clips), values.astype(np.float16), failed, [frozenset()] * len(clips)
        )


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
    return voice_training.benchmark(
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
    some = len(range(0, 144, voice_training._EVERY))
    assert impaired.clips == some
    assert [len(heard) for heard in encoder.heard] == [144, some]
    assert set(impaired.accuracy) == {"as heard", "noise reduced"}
    for way in ("as heard", "noise reduced"):
        assert list(impaired.accuracy[way]) == list(conditions.named(rng, []))
        assert all(0.6 < share <= 1 for share in impaired.accuracy[way].values())


def test_error_without_an_encoder(ravdess: list[Clip], tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="needs --weights"):
        voice_training.benchmark(ravdess, [], "actor-5fold", "default", tmp_path)
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


def test_the_network_says_what_the_heads_say(tmp_path: Path, rng: np.random.Generator) -> None:
    path = tmp_path / "encoder.npz"
    np.savez(path, allow_pickle=False, **made_up_weights())
    features = rng.normal(0, 0.5, (3, whisper.FRAMES, log_mel.BANDS)).astype(np.float32)
    values = keras.ops.convert_to_numpy(whisper.build(path)(features))
    fitted = Heads(
        values.mean(axis=0),
        rng.uniform(0.5, 2, whisper.FEATURES).astype(np.float32),
        rng.normal(0, 0.1, (whisper.FEATURES, 16)).astype(np.float32),
        rng.normal(0, 1, 16).astype(np.float32),
    )
    logits = keras.ops.convert_to_numpy(voice_training.network(path, fitted)(features))
    for row, one in zip(logits, fitted(values), strict=True):
        np.testing.assert_allclose(row[:8], one.absolute, atol=2e-3)
        np.testing.assert_allclose(row[8:], one.relative, atol=2e-3)
    assert np.ptp(logits, axis=0).min() > 0.01


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    """A manifest of its own; what would be exported are the heads' weights."""
    manifest = Manifest(tmp_path)

    def export_weights(fitted: Heads, shape: tuple[int, ...], path: Path, bits: int) -> None:
        assert shape == (1, whisper.FRAMES, log_mel.BANDS)
        assert bits == 8
        path.write_bytes(fitted.kernel.tobytes())

    monkeypatch.setattr(voice_training, "Manifest", lambda: manifest)
    monkeypatch.setattr(voice_training, "network", lambda encoder, fitted: fitted)
    monkeypatch.setattr(export, "litert", export_weights)
    return manifest


def test_what_is_shipped_stands_in_the_manifest(
    ravdess: list[Clip], encoder: Encoder, shipped: Manifest, tmp_path: Path
) -> None:
    more = corpus_of("more", ["happy", "angry", "sad"])
    fields = voice_training.ship([ravdess, more], encoder.path, tmp_path / "work", {"ravdess": 4.0})
    entry = shipped.entry("voice")
    assert entry.read()
    assert entry.fields.items() >= fields.items()
    assert Prior.read(entry.field("adaptation")).known.all()
    assert entry.field("output", "shape") == [1, 16]
    assert entry.field("output", "labels") == list(emotions.NAMES)
    # Actors 01 and 05 are heard by nothing that is shipped.
    assert entry.field("training_data") == [
        "more, 27 clips, weight 1",
        "ravdess, 96 clips, weight 4",
    ]
    figures = entry.field("figures")
    # RAVDESS alone has all of its emotions, so it is not left out as a whole.
    assert {(figure["data"], figure["protocol"], figure["clips"]) for figure in figures} == {
        (data, f"{unknown} not trained on, adaptation: {name}", clips)
        for data, unknown, clips in (
            ("more", "corpus", 27),
            ("more", "speaker", 27),
            ("ravdess", "speaker", 96),
        )
        for name in ADAPTATIONS
    }
    recalls = [figure["value"] for figure in figures if "recall" in figure["measure"]]
    assert len(recalls) == 9
    assert all(60 < recall <= 100 for recall in recalls)
    assert all(re.fullmatch(r"[0-9a-f]{4,40}|unknown", figure["commit"]) for figure in figures)


def test_held_out_actors_change_nothing_that_is_shipped(
    ravdess: list[Clip], encoder: Encoder, shipped: Manifest, tmp_path: Path
) -> None:
    del shipped
    heard = encoder(ravdess, encoder.path, tmp_path)
    kept = np.flatnonzero([clip.speaker not in (speaker(1), speaker(5)) for clip in ravdess])
    found = []

    def extract(clips: list[Clip], *_: object) -> Statistics:
        return heard.at(np.array([ravdess.index(clip) for clip in clips]))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(voice_features, "extract", extract)
        for data in (heard, heard.at(kept)):
            found.append(voice_training.ship([data.clips], encoder.path, tmp_path / "work", {}))
    assert found[0] == found[1]


def test_error_for_one_speaker_with_emotions_of_her_own(
    encoder: Encoder, shipped: Manifest, tmp_path: Path
) -> None:
    many = corpus_of("many", ["happy", "angry", "sad"])
    alone = corpus_of("alone", ["happy", "surprised"], speakers=1)
    with pytest.raises(DatasetError, match=r"alone alone has .* Found: alone-0"):
        voice_training.ship([many, alone], encoder.path, tmp_path / "work", {})
    assert not shipped.path.exists()
