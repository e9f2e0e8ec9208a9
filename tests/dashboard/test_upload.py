"""The analysis of an upload in a thread of its own."""

import gc
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard import upload as module
from dashboard.upload import Job
from emotion.analysis import analyze
from emotion.models.shipped import Models
from emotion.timeline import Timeline
from tests import media_makers

RATE = 16_000


def test_a_job_ends_with_a_timeline(models: Models, speech: np.ndarray, tmp_path: Path) -> None:
    content = media_makers.write_wav(tmp_path / "talk.wav", speech, RATE).read_bytes()
    job = Job("one", "folder/talk.wav", content, models)
    job.wait(60)
    assert job.done
    assert (job.name, job.content, job.share) == ("talk.wav", content, 1.0)
    assert job.timeline is not None
    assert job.timeline.source == "talk.wav"


def test_a_job_that_nobody_keeps_ends_early(
    models: Models, rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of ADTS and its like the length is not known, and they end early all the same."""
    ends = []

    def watched(*arguments: Any, **options: Any) -> Timeline:
        try:
            return analyze(*arguments, **options)
        except Exception as error:
            ends.append(type(error))
            raise

    monkeypatch.setattr(module, "analyze", watched)
    noise = (0.01 * rng.standard_normal(600 * RATE)).astype(np.float32)
    path = media_makers.write_sound(tmp_path / "long.aac", noise, RATE, codec="aac")
    job = Job("two", "long.aac", path.read_bytes(), models)
    (thread,) = [t for t in threading.enumerate() if t.name == "rapport-review"]
    assert not job.done
    del job
    gc.collect()
    thread.join(60)
    assert ends == [module._AbandonedError]
