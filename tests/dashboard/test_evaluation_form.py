"""The form and the state of a run, under Streamlit's own test."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.evaluation_form import VIEW, VIEWS
from emotion.jobs.evaluation_run import Job
from tests.media_makers import write_wav

OpenPage = Callable[[str], AppTest]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "runs"
    monkeypatch.setenv("RAPPORT_RUNS", str(folder))
    return folder


@pytest.fixture
def data(speech: np.ndarray, tmp_path: Path) -> Path:
    for emotion in ("happy", "sad"):
        (tmp_path / "own" / emotion).mkdir(parents=True)
        write_wav(tmp_path / "own" / emotion / "a.wav", speech[:32_000])
    return tmp_path / "own"


@pytest.fixture
def form(runs: Path, open_page: OpenPage) -> AppTest:
    del runs
    app = open_page("model_evaluation")
    app.segmented_control(VIEW).set_value(VIEWS[1]).run()
    return app


def start(app: AppTest) -> None:
    next(button for button in app.button if button.label == "Start").click().run()


def until_ended(runs: Path) -> None:
    end = time.monotonic() + 120
    while Job(runs).running and time.monotonic() < end:
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [("", "Give the folder of the data set"), ("/none", "There is no folder /none")],
)
def test_a_folder_that_is_not_there_is_refused_at_once(
    folder: str, expected: str, form: AppTest, runs: Path
) -> None:
    form.text_input("run-folder").set_value(folder)
    start(form)
    assert expected in form.error[0].value
    assert not runs.exists()


def test_an_encoder_that_is_not_there_is_refused_at_once(form: AppTest, data: Path) -> None:
    form.segmented_control("what").set_value("Train and test by a protocol").run()
    form.text_input("run-folder").set_value(str(data))
    start(form)
    assert "Give the Whisper encoder's npz file" in form.error[0].value
    form.selectbox("modality").set_value("face").run()
    assert "random-frames" in form.selectbox("protocol").options


def test_a_run_goes_on_beside_the_page_and_its_report_is_shown(
    form: AppTest, runs: Path, data: Path
) -> None:
    form.selectbox("dataset").set_value("own")
    form.selectbox("modality").set_value("voice")
    form.text_input("run-folder").set_value(str(data))
    start(form)
    assert not form.exception
    assert Job(runs).state() is not None
    until_ended(runs)
    form.run()
    assert "Done in" in form.success[0].value
    next(button for button in form.button if button.label == "Show the report").click().run()
    assert not form.exception
    assert form.session_state[VIEW] == VIEWS[0]
    assert "Voice, own" in form.multiselect[0].options[0]


def test_a_folder_that_is_no_data_set_ends_with_its_sentence(
    form: AppTest, runs: Path, data: Path
) -> None:
    form.text_input("run-folder").set_value(str(data))
    start(form)
    until_ended(runs)
    form.run()
    assert "No RAVDESS speech in" in form.error[0].value.replace("\\", "")
    # Another one can begin.
    assert any(button.label == "Start" for button in form.button)


def test_ferplus_has_faces_alone(form: AppTest) -> None:
    form.selectbox("dataset").set_value("ferplus").run()
    assert "modality" not in [one.key for one in form.selectbox]
    assert "faces alone" in form.caption[0].value
