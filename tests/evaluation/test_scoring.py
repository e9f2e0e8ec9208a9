import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from emotion import fusion
from emotion.datasets.clips import Clip
from emotion.emotions import INDEX
from emotion.errors import DatasetError
from emotion.evaluation import scoring
from emotion.impairments import degradations
from emotion.jobs import workers
from emotion.models.shipped import Models
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
    assert result.tested["file"] == ["voice.wav", "gone.mp4", f"{both.parent.name}/both.mp4"]
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


def test_speech_is_scored_with_and_without_adaptation(
    models: Models, speech: np.ndarray, tmp_path: Path
) -> None:
    clips = [
        Clip(
            write_wav(tmp_path / f"{index}.wav", speech[start : start + 32_000]), emotion, "a", "h"
        )
        for index, (start, emotion) in enumerate([(0, HAPPY), (16_000, SAD), (8_000, HAPPY)])
    ]
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound")
    done: list[int] = []
    result = scoring.speech([*clips, Clip(broken, SAD, "a", "h")], models, tmp_path, 0, done.append)
    assert done == [1, 2, 3, 4]
    assert list(result.failed) == [str(broken)]
    assert list(result.results) == ["none", "speaker-adapted", "speaker-adapted, one emotion"]
    for found in result.results.values():
        assert found.clips == 3
        matrix = np.array(found.confusion)
        # Only emotions that the clips have are answered.
        assert matrix[[HAPPY, SAD]][:, [HAPPY, SAD]].sum() == matrix.sum() == 3


def test_speech_that_cannot_be_read_at_all_is_an_error(models: Models, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="None of the 1 clips can be read"):
        scoring.speech([Clip(tmp_path / "gone.wav", HAPPY, "a", "h")], models, tmp_path)


def test_faces_are_scored_with_and_without_a_baseline(
    models: Models, face_image: np.ndarray, tmp_path: Path
) -> None:
    """Two neutral clips are what the baseline is taken from, and are not scored with it."""
    image = scenes.scene(face_image, [(30, 0, 0.8)], 320, 240)
    empty = np.full((240, 320, 3), 90, np.uint8)
    videos = {"face": [image] * 8, "empty": [empty] * 8}
    paths = {
        name: write_video(tmp_path / f"{name}.mp4", shown, 5) for name, shown in videos.items()
    }
    paths["gone"] = tmp_path / "gone.mp4"
    listed = [
        Clip(paths[name], emotion, "a", "made")
        for name, emotion in (
            ("face", HAPPY),
            ("gone", SAD),
            ("face", NEUTRAL),
            ("face", CALM),
            ("empty", SAD),
            ("face", NEUTRAL),
            ("face", NEUTRAL),
        )
    ]
    told: list[int] = []
    result = scoring.face(listed, models, tmp_path, told.append)
    # Seven clips, and then three in the light of the baseline.
    assert told == list(range(1, 11))
    assert "gone.mp4" in result.failed[str(paths["gone"])]
    assert "no face" in result.failed[str(paths["empty"])]
    assert result.clips == 5
    assert tuple(result.results) == scoring.FACE_RESULTS
    counts = {name: found.clips for name, found in result.results.items()}
    assert counts == {"none": 5, "mean of frames": 5, "personal baseline": 3}
    for found in result.results.values():
        matrix = np.array(found.confusion)
        # A face cannot tell calm, so it counts as neutral.
        assert matrix[CALM].sum() == matrix[:, CALM].sum() == 0
        assert matrix[HAPPY].sum() == 1


def test_without_neutral_clips_there_is_no_baseline_to_report(
    models: Models, face_image: np.ndarray, tmp_path: Path
) -> None:
    image = scenes.scene(face_image, [(30, 0, 0.8)], 320, 240)
    path = write_video(tmp_path / "face.mp4", [image] * 6, 5)
    result = scoring.face([Clip(path, HAPPY, "a", "made")], models, tmp_path)
    assert list(result.results) == ["none", "mean of frames"]
    with pytest.raises(DatasetError, match="None of the 1 clips shows a face"):
        scoring.face([Clip(tmp_path / "gone.mp4", HAPPY, "a", "made")], models, tmp_path)
