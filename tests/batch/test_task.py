import json
from pathlib import Path

import numpy as np
import pytest

from emotion.batch import task
from emotion.batch.sources import Source
from emotion.conversation import analysis
from emotion.errors import ModelError
from emotion.models.shipped import Models
from tests.batch.recordings import SETTINGS
from tests.media_makers import write_wav


@pytest.fixture
def voice(speech: np.ndarray, tmp_path: Path) -> Path:
    return write_wav(tmp_path / "voice.wav", speech[:40_000])


def test_a_worker_reads_as_this_process_does(models: Models, voice: Path) -> None:
    """With one thread and models of its own, to the last digit that is written."""
    outcome = task.read(Source(str(voice), "1", "2026-01-01"), settings(models))
    assert outcome.error is None
    document = json.loads(outcome.documents)
    assert document.pop("input")["settings"]["models"] == models.digests
    assert document == json.loads(json.dumps(analysis.analyze(voice, models).document()))
    assert outcome.duration == pytest.approx(2.5, abs=0.1)
    assert outcome.worker


def test_everyone_has_a_line(models: Models, speech: np.ndarray, tmp_path: Path) -> None:
    both = np.stack([speech[:40_000], speech[20_000:60_000]])
    path = write_wav(tmp_path / "call.wav", both)
    split = settings(models) | {"tracks": [None, None, "split"]}
    outcome = task.read(Source(str(path), "1", "2026-01-01"), split)
    lines = [json.loads(line) for line in outcome.documents.splitlines()]
    assert [line["input"]["participant"] for line in lines] == [0, 1]
    assert len({line["participant"] for line in lines}) == 2


def test_a_bad_recording_is_an_outcome(models: Models, tmp_path: Path) -> None:
    path = tmp_path / "bad.wav"
    path.write_text("no sound")
    outcome = task.read(Source(str(path), "1", "2026-01-01"), settings(models))
    assert outcome.error is not None
    assert "bad.wav" in outcome.error
    assert not outcome.documents
    assert not outcome.mistake


def test_other_models_are_refused(models: Models, voice: Path) -> None:
    other = settings(models) | {"models": models.digests | {"face": "0" * 64}}
    with pytest.raises(ModelError, match="has other models"):
        task.read(Source(str(voice), "1", "2026-01-01"), other)


def settings(models: Models) -> dict[str, object]:
    return SETTINGS | {"models": models.digests}
