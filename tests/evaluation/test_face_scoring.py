import re
from pathlib import Path

import numpy as np
import pytest

from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.evaluation import face_scoring
from emotion.models.shipped import Models
from emotion.readings.emotions import INDEX
from tests import scenes
from tests.media_makers import write_video

NEUTRAL, CALM, HAPPY, SAD = (INDEX[name] for name in ("neutral", "calm", "happy", "sad"))


def test_faces_are_scored_with_and_without_a_baseline(
    models: Models, face_image: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
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
    result = face_scoring.clips(listed, models, tmp_path)
    # Seven clips, and then three in the light of the baseline: both bars end full.
    ended = re.findall(r"([a-z, ]+): 100%[^\r\n]*?\| (\d+/\d+) ", capsys.readouterr().err)
    assert set(ended) == {("face", "7/7"), ("face, with a baseline", "3/3")}
    assert "gone.mp4" in result.failed[str(paths["gone"])]
    assert "no face" in result.failed[str(paths["empty"])]
    assert result.clips == 5
    assert tuple(result.results) == face_scoring.RESULTS
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
    result = face_scoring.clips([Clip(path, HAPPY, "a", "made")], models, tmp_path)
    assert list(result.results) == ["none", "mean of frames"]
    with pytest.raises(DatasetError, match="None of the 1 clips shows a face"):
        face_scoring.clips([Clip(tmp_path / "gone.mp4", HAPPY, "a", "made")], models, tmp_path)
