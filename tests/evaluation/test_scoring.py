import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.evaluation import scoring
from emotion.impairments import degradations
from emotion.jobs import workers
from emotion.models.shipped import Models
from emotion.readings import fusion
from emotion.readings.emotions import INDEX
from emotion.reports import text
from emotion.reports.model import Report
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
