"""An evaluation in a process of its own: a real one, that ends, fails or is cancelled."""

import json
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from emotion.errors import ReportError
from emotion.jobs.evaluation_run import EvaluationRun, RunState
from emotion.reports import report_files
from tests.media_makers import write_wav


@pytest.fixture
def data(speech: np.ndarray, tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    for index, emotion in enumerate(["happy", "sad"]):
        (folder / emotion).mkdir(parents=True)
        write_wav(folder / emotion / f"{index}.wav", speech[:32_000])
    return folder


@pytest.fixture
def job(tmp_path: Path) -> EvaluationRun:
    return EvaluationRun(tmp_path / "runs")


def ended(job: EvaluationRun, seconds: float = 120) -> RunState:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        state = job.state()
        if state is not None and state.status != "running":
            return state
        time.sleep(0.1)
    raise AssertionError("it does not end")


def test_before_the_first_there_is_nothing(job: EvaluationRun) -> None:
    assert job.state() is None
    assert not job.running
    assert job.reports == []
    job.cancel(1)
    assert not job.folder.exists()


def test_an_evaluation_leaves_its_report(job: EvaluationRun, data: Path) -> None:
    job.start(["evaluate", "own", str(data), "--modality", "voice"], "Voice, own")
    state = job.state()
    assert state is not None
    assert (state.status, state.title) == ("running", "Voice, own")
    # Another server asks the folder, and so sees the same.
    assert EvaluationRun(job.folder).running
    with pytest.raises(ReportError, match="running already: Voice, own"):
        EvaluationRun(job.folder).start(["evaluate", "own", str(data)], "another")
    state = ended(job)
    assert state.status == "done", state
    assert (state.done, state.total, state.unit) == (2, 2, "clip")
    assert state.report is not None
    document = report_files.read(state.report)
    assert document.tested.file == ["happy/0.wav", "sad/1.wav"]
    assert document.command is not None
    assert "--json" not in document.command
    assert job.reports == [state.report]
    assert not job.running


def test_a_failure_says_why_and_the_next_can_begin(job: EvaluationRun, data: Path) -> None:
    shutil.rmtree(data / "happy")
    (data / "glad").mkdir()
    job.start(["evaluate", "own", str(data), "--modality", "voice"], "Voice, own")
    state = ended(job)
    assert state.status == "failed"
    assert "named after no emotion: glad" in state.message
    assert state.report is None
    job.start(["evaluate", "own", "/none", "--modality", "voice"], "again")
    assert "/none" in ended(job).message
    job.start(["evaluate", "own", str(data), "--modality", "smell"], "no such modality")
    assert "'smell' is not one of" in ended(job).message


def test_a_cancelled_evaluation_is_gone_with_all_its_processes(
    job: EvaluationRun, data: Path
) -> None:
    for index in range(20):
        shutil.copy(data / "sad" / "1.wav", data / "sad" / f"more-{index}.wav")
    job.start(["evaluate", "own", str(data), "--modality", "voice"], "Voice, own")
    begun = job.state()
    assert begun is not None
    group = begun.run
    # A button of an earlier run is not one of this.
    job.cancel(group + 1)
    assert job.running
    end = time.monotonic() + 60
    family: list[psutil.Process] = []
    while time.monotonic() < end and not family:
        time.sleep(0.1)
        family = psutil.Process(group).children(recursive=True)
    assert family
    job.cancel(group)
    state = job.state()
    assert state is not None
    assert state.status == "cancelled"
    assert job.reports == []
    assert not psutil.pid_exists(group)
    assert [one for one in family if one.is_running()] == []
    job.start(["evaluate", "own", "/none", "--modality", "voice"], "after it")
    assert ended(job).title == "after it"


def test_a_number_that_went_to_another_process_is_no_evaluation(job: EvaluationRun) -> None:
    job.folder.mkdir()
    about = {"title": "Voice", "pid": os.getpid(), "began": 0.0, "report": "report-1.json"}
    (job.folder / "job.json").write_text(json.dumps(about))
    assert not job.running
    # Or this test would end here.
    job.cancel(os.getpid())
    state = job.state()
    assert state is not None
    assert state.status == "failed"


def test_of_two_who_begin_at_once_one_begins(job: EvaluationRun, data: Path) -> None:
    arguments = ["evaluate", "own", str(data), "--modality", "voice"]

    def begin(title: str) -> str:
        try:
            EvaluationRun(job.folder).start(arguments, title)
        except ReportError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(begin, ["first", "second"]))
    assert said[0] == ""
    assert "running already" in said[1]
    state = job.state()
    assert state is not None
    job.cancel(state.run)


def test_a_folder_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="cannot be written to"):
        EvaluationRun(tmp_path / "file" / "runs").start(["evaluate"], "x")
