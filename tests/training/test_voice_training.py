"""Training of the shipped voice recogniser on synthetic statistics."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest

from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.evaluation.protocols import speaker
from emotion.evaluation.simulated_calls import ADAPTATIONS
from emotion.models.manifest import Manifest
from emotion.models.training_data import TrainingData
from emotion.readings import emotions
from emotion.training import export, voice_features, voice_training, whisper
from emotion.training.voice_heads import Heads
from emotion.training.voice_statistics import Statistics
from emotion.voice import log_mel
from emotion.voice.adaptation import Prior
from tests.training import made_up_voices
from tests.training.made_up_voices import Encoder, corpus_of
from tests.training.test_whisper import made_up_weights


@pytest.fixture(scope="module")
def ravdess(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    return made_up_voices.ravdess(tmp_path_factory.mktemp("ravdess"))


@pytest.fixture
def encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Encoder:
    made = Encoder(tmp_path / "encoder.npz")
    monkeypatch.setattr(voice_features, "extract", made)
    return made


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
    assert entry.training_data == (
        TrainingData("more", 27),
        TrainingData("ravdess", 96, weight=4.0),
    )
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
