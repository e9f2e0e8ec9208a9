from pathlib import Path

import numpy as np
import pytest

from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.evaluation import voice_scoring
from emotion.models.shipped import Models
from emotion.readings.emotions import INDEX
from tests.media_makers import write_wav

HAPPY, SAD = INDEX["happy"], INDEX["sad"]


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
    result = voice_scoring.clips(
        [*clips, Clip(broken, SAD, "a", "h")], models, tmp_path, 0, done.append
    )
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
        voice_scoring.clips([Clip(tmp_path / "gone.wav", HAPPY, "a", "h")], models, tmp_path)
