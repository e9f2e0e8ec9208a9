import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from emotion.datasets.clips import Clip
from emotion.errors import DatasetError, ModelError
from emotion.evaluation import scoring
from emotion.impairments import degradations
from emotion.jobs import workers
from emotion.models.manifest import Manifest
from emotion.models.shipped import Models
from emotion.readings import fusion
from emotion.readings.emotions import INDEX
from emotion.reports import text
from emotion.reports.model import Report
from emotion.reports.names import Modality
from tests import scenes
from tests.media_makers import write_video, write_wav


def predicted(report: Report, name: str) -> list[int]:
    """What a result says of each clip."""
    found = report.results[name].predictions
    assert found is not None
    return found.prediction


NEUTRAL, CALM, HAPPY, SAD = (INDEX[name] for name in ("neutral", "calm", "happy", "sad"))


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory, face_image: np.ndarray, speech: np.ndarray
) -> Path:
    """A clip of a face that speaks."""
    image = scenes.scene(face_image, [(30, 0, 0.8)], 320, 240)
    path = tmp_path_factory.mktemp("both") / "both.mp4"
    return write_video(path, [image] * 10, 5, speech[:32_000], 16_000)


def test_clips_are_scored_by_sense_and_rule_and_bad_ones_named(
    models: Models, speech: np.ndarray, both: Path, tmp_path: Path
) -> None:
    voice = write_wav(tmp_path / "voice.wav", speech[:24_000])
    gone = tmp_path / "gone.mp4"
    told: list[int] = []
    clips = [Clip(path, HAPPY, "a", "made") for path in (voice, gone, both)]
    result = scoring.clips(clips, models, tmp_path, advance=told.append)
    assert told == [1, 2, 3]
    assert list(result.failed) == [str(gone)]
    assert "gone.mp4" in result.failed[str(gone)]
    others = [f"fused: {rule}" for rule in list(fusion.RULES)[1:]]
    assert list(result.results) == ["fused", "face", "voice", *others]
    assert result.tested.file == ["voice.wav", "gone.mp4", f"{both.parent.name}/both.mp4"]
    for sense, unanswered in (("face", 2), ("voice", 1), ("fused", 1)):
        found = result.results[sense]
        assert found.clips == 3
        assert sum(found.unanswered) == unanswered
        # The one that cannot be read is wrong as well.
        right = found.confusion[HAPPY][HAPPY]
        assert found.accuracy == found.recall["happy"] == pytest.approx(right / 3, abs=1e-4)
        assert found.predictions is not None
        assert found.satisfaction is not None
        assert found.predictions.prediction.count(-1) == unanswered
        assert found.satisfaction.clips == 3
    over_time = result.over_time
    assert over_time is not None
    assert over_time.readings > 2
    assert 0 <= over_time.satisfaction <= 1
    # What one sense alone says is what is fused of it.
    alone, fused = (predicted(result, name)[0] for name in ("voice", "fused"))
    assert alone == fused


def test_many_clips_are_read_side_by_side_with_the_same_result(
    models: Models, both: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = [Clip(both, HAPPY, "a", "made"), Clip(tmp_path / "gone.mp4", SAD, "a", "made")]
    alone = scoring.clips(clips, models, tmp_path)
    monkeypatch.setattr(workers, "_FEW", 2)
    # Streamlit's AppTest leaves its page as the main module, which new processes would run.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    beside = scoring.clips(clips, models, tmp_path)
    assert beside.failed == alone.failed
    for name, found in alone.results.items():
        assert beside.results[name].predictions == found.predictions


def test_impaired_clips_are_scored_under_each_condition(
    models: Models, both: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_FEW", 100)
    result = scoring.clips([Clip(both, HAPPY, "a", "made")], models, tmp_path, impaired=True)
    impaired = result.impaired
    assert impaired is not None
    assert impaired.clips == 1
    for name, found in result.results.items():
        assert list(impaired.accuracy[name]) == list(degradations.NAMES)
        assert impaired.accuracy[name]["as recorded"] == found.accuracy
    assert "blurred picture" in text.summary(result)


def test_clips_that_cannot_be_read_at_all_are_an_error(models: Models, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="None of the 1 clips can be read"):
        scoring.clips([Clip(tmp_path / "gone.mp4", HAPPY, "a", "made")], models, tmp_path)


@pytest.fixture
def retrained(models: Models, tmp_path: Path) -> Callable[..., Models]:
    """The shipped models with a manifest that says what one of them was trained on."""

    def make(**data: Any) -> Models:
        document = json.loads((models.folder / "manifest.json").read_text())
        for name, of_model in data.items():
            document["models"][name]["training_data"] = of_model
        (tmp_path / "manifest.json").write_text(json.dumps(document))
        return replace(models, folder=tmp_path)

    return make


def of_speakers(*speakers: str) -> list[Clip]:
    return [Clip(Path("a.wav"), HAPPY, name, name.rpartition("-")[0]) for name in speakers]


def test_people_in_the_training_of_the_model_that_is_scored_are_counted(
    retrained: Callable[..., Models],
) -> None:
    # A name may hold a comma: nothing is taken out of sentences.
    known = retrained(face=[{"corpus": "tess, old"}], voice=[{"corpus": "ravdess", "clips": 9}])
    clips = of_speakers("ravdess-01", "ravdess-02", "ravdess-05", "ravdess-07", "tess, old-A")
    for modality, seen, by in (
        (Modality.VOICE, 2, {"voice": 2}),
        (Modality.FACE, 1, {"face": 1}),
        (Modality.FUSED, 3, {"face": 1, "voice": 2}),
    ):
        found = scoring.provenance(known, modality, clips)
        assert (found.seen_in_training, found.seen_by_model) == (seen, by)
        assert found.models == {name: entry.sha256 for name, entry in Manifest().entries.items()}


def test_what_is_shipped_says_whom_its_voice_has_heard(models: Models) -> None:
    clips = of_speakers("ravdess-01", "ravdess-02", "tess-OAF", "casia-1", "savee-DC")
    assert scoring.provenance(models, Modality.VOICE, clips).seen_by_model == {"voice": 2}
    # The face has seen photographs only.
    assert scoring.provenance(models, Modality.FACE, clips).seen_in_training == 0


def test_pictures_that_may_have_trained_the_face_are_counted() -> None:
    manifest = Manifest()
    assert scoring.picture_provenance(manifest, "faces", 40).seen_by_model == {"face": 40}
    assert scoring.picture_provenance(manifest, "ferplus", 0).seen_in_training == 0
    assert scoring.picture_provenance(manifest, "sfew", 40).seen_in_training == 0


def test_a_manifest_of_sentences_is_refused_before_anything_is_read(
    retrained: Callable[..., Models], tmp_path: Path
) -> None:
    known = retrained(voice=["ravdess, 1320 clips, weight 1"])
    told: list[int] = []
    clips = [Clip(tmp_path / "gone.wav", HAPPY, "a", "made")]
    with pytest.raises(ModelError, match=r"'training_data' of the model 'voice' in .*'?ravdess"):
        scoring.clips(clips, known, tmp_path, advance=told.append)
    assert told == []
