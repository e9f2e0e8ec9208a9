"""The form and the state of a run, under Streamlit's own test."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import evaluation_form
from dashboard import evaluation_names as names
from dashboard.evaluation_form import VIEW, VIEWS
from emotion.jobs.evaluation_run import EvaluationRun, RunState
from emotion.models.manifest import FOLDER
from emotion.reports import report_files
from emotion.reports.names import ProtocolName
from tests.dashboard import reports
from tests.media_makers import write_wav

OpenPage = Callable[..., AppTest]


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
def form(runs: Path, data: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    del runs
    monkeypatch.setenv("RAPPORT_DATASETS", str(data))
    monkeypatch.setenv("RAPPORT_ALLOW_RUNS", "1")
    return open_page("model_evaluation", {VIEW: VIEWS[1]})


def start(app: AppTest) -> None:
    next(button for button in app.button if button.label == "Start").click().run()


def until_ended(runs: Path) -> None:
    end = time.monotonic() + 120
    while EvaluationRun(runs).running and time.monotonic() < end:
        time.sleep(0.2)


def test_only_data_sets_of_the_setting_are_offered(form: AppTest, data: Path) -> None:
    offered = form.selectbox("run-folder").options
    assert [option.split(" ")[0] for option in offered] == ["own", "happy", "sad"]
    assert str(data.parent) in offered[0]


def test_without_data_sets_the_page_says_how_to_offer_some(
    runs: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    del runs
    monkeypatch.delenv("RAPPORT_DATASETS", raising=False)
    monkeypatch.setenv("RAPPORT_ALLOW_RUNS", "1")
    app = open_page("model_evaluation", {VIEW: VIEWS[1]})
    assert "RAPPORT_DATASETS" in app.info[0].value
    assert not any(button.label == "Start" for button in app.button)


def test_who_opens_the_page_from_elsewhere_may_run_nothing(
    runs: Path, data: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    del runs
    monkeypatch.setenv("RAPPORT_DATASETS", str(data))
    monkeypatch.delenv("RAPPORT_ALLOW_RUNS", raising=False)
    # Everybody may open it, which does not mean that they may use the server's data sets.
    monkeypatch.setenv("RAPPORT_ALLOW_ANYONE", "1")
    monkeypatch.setattr("dashboard.server_data.st.get_option", lambda name: "0.0.0.0")
    app = open_page("model_evaluation", {VIEW: VIEWS[1]})
    assert "RAPPORT_ALLOW_RUNS=1" in app.info[0].value
    assert not any(button.label == "Start" for button in app.button)


def test_an_encoder_that_is_not_there_is_refused_at_once(form: AppTest, runs: Path) -> None:
    form.segmented_control("what").set_value("Train and test by a protocol").run()
    start(form)
    assert "no npz file of the Whisper encoder" in form.error[0].value
    assert not runs.exists()
    form.selectbox("modality").set_value("face").run()
    assert any("Random frames" in option for option in form.selectbox("protocol").options)


def test_a_run_goes_on_beside_the_page_and_its_report_is_shown(
    form: AppTest, runs: Path, data: Path
) -> None:
    # Another report was looked at before, and shall not be in the way.
    reports.write(runs, 1, reports.document())
    form.segmented_control(VIEW).set_value(VIEWS[0]).run()
    form.multiselect[0].set_value([form.multiselect[0].options[1]]).run()
    form.segmented_control(VIEW).set_value(VIEWS[1]).run()
    form.selectbox("dataset").set_value("own")
    form.selectbox("modality").set_value("voice")
    start(form)
    assert not form.exception
    assert EvaluationRun(runs).state() is not None
    until_ended(runs)
    form.run()
    assert "Done in" in form.success[0].value
    next(button for button in form.button if button.label == "Show the report").click().run()
    assert not form.exception
    assert form.session_state[VIEW] == VIEWS[0]
    assert "Voice, own-own" in form.multiselect[0].options[0]
    assert form.multiselect[0].value == [str(EvaluationRun(runs).state().report)]  # type: ignore[union-attr]


def test_a_folder_that_is_no_data_set_ends_with_its_sentence(
    form: AppTest, runs: Path, data: Path
) -> None:
    start(form)
    until_ended(runs)
    form.run()
    assert "No RAVDESS speech in" in form.error[0].value.replace("\\", "")
    # Another one can begin.
    assert any(button.label == "Start" for button in form.button)


def chosen(app: AppTest) -> dict[str | None, object]:
    """What stands in the form, by the key of each field."""
    fields = [*app.selectbox, *app.number_input, app.segmented_control("what")]
    return {str(field.key): field.value for field in fields}


def fill(form: AppTest) -> dict[str | None, object]:
    """Choose otherwise in every field than what stands there first."""
    form.segmented_control("what").set_value("Train and test by a protocol").run()
    form.selectbox("dataset").set_value("savee").run()
    form.selectbox("modality").set_value("voice").run()
    form.selectbox("protocol").set_value("random").run()
    form.selectbox("recipe").set_value("paper").run()
    form.number_input("seed").set_value(7).run()
    folder = form.selectbox("run-folder")
    folder.set_value(folder.options[-1]).run()
    assert not form.exception
    filled = chosen(form)
    assert {"dataset", "modality", "protocol", "recipe", "seed", "run-folder"} <= set(filled)
    return filled


@pytest.mark.parametrize("other", ["Reports", "Models"])
def test_what_was_chosen_is_there_after_another_view(form: AppTest, other: str) -> None:
    filled = fill(form)
    form.segmented_control(VIEW).set_value(other).run()
    form.segmented_control(VIEW).set_value(VIEWS[1]).run()
    assert chosen(form) == filled


def test_what_was_chosen_is_there_after_fields_that_were_not_shown(form: AppTest) -> None:
    filled = fill(form)
    form.selectbox("dataset").set_value("ferplus").run()
    form.segmented_control("what").set_value("The shipped models").run()
    assert "protocol" not in chosen(form)
    form.selectbox("dataset").set_value("savee").run()
    form.segmented_control("what").set_value("Train and test by a protocol").run()
    assert chosen(form) == filled


def test_what_was_chosen_is_there_while_and_after_a_run_that_fails(
    form: AppTest, runs: Path
) -> None:
    filled = fill(form)
    start(form)
    assert chosen(form) == filled
    until_ended(runs)
    form.run()
    assert form.error
    assert chosen(form) == filled


def test_what_was_chosen_is_there_after_a_run_was_cancelled(form: AppTest, runs: Path) -> None:
    filled = fill(form)
    start(form)
    state = EvaluationRun(runs).state()
    assert state is not None
    EvaluationRun(runs).cancel(state.run)
    form.run()
    assert chosen(form) == filled
    assert any(button.label == "Start" and not button.disabled for button in form.button)


def test_a_protocol_that_the_modality_has_not_is_left(form: AppTest) -> None:
    fill(form)
    form.selectbox("modality").set_value("face").run()
    form.selectbox("protocol").set_value("random-frames").run()
    form.selectbox("modality").set_value("voice").run()
    assert not form.exception
    assert form.selectbox("protocol").value == "loso"


def test_every_data_set_and_protocol_has_a_name_and_a_sentence(form: AppTest) -> None:
    form.segmented_control("what").set_value("Train and test by a protocol").run()
    for name, one in names.OFFERED.items():
        if name != "ferplus":
            form.selectbox("dataset").set_value(name).run()
            assert one.title in form.selectbox("dataset").options
            assert one.sentence in [caption.value for caption in form.caption]
    for protocol in ProtocolName:
        assert names.protocol(protocol).title
        assert names.protocol(protocol).sentence
    assert set(DATA) <= set(names.DATA_SETS)


DATA = {
    name for path in (FOLDER / "reports").glob("*.json") for name in report_files.read(path).dataset
}
"""Data sets in the shipped reports."""


def test_ferplus_has_faces_alone(form: AppTest) -> None:
    form.selectbox("dataset").set_value("ferplus").run()
    assert "modality" not in [one.key for one in form.selectbox]
    assert any("faces alone" in caption.value for caption in form.caption)


@pytest.mark.parametrize(
    ("done", "words"),
    [
        (0, "Face and voice, pass 1 of 2: 0 of 52 clips"),
        (51, "Face and voice, pass 1 of 2: 51 of 52 clips"),
        (52, "Face and voice, pass 2 of 2: 0 of 52 clips"),
        (104, "Face and voice, pass 2 of 2: 52 of 52 clips"),
    ],
)
def test_clips_that_are_read_twice_are_not_twice_as_many(done: int, words: str) -> None:
    state = RunState(
        "running", "Face and voice", "fused", "clip", done, 104, 2, None, 61.0, "", None, 1
    )
    assert evaluation_form.how_far(state) == f"{words}, 01:01 so far"
