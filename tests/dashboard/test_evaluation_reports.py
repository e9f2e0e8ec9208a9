"""Reports on their page, under Streamlit's own test."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import evaluation_words
from emotion.models.manifest import FOLDER
from emotion.reports import report_files, text
from emotion.reports.model import OptionalParts, Training
from tests.dashboard import reports

OpenPage = Callable[[str], AppTest]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of runs beside models that ship no report."""
    folder = tmp_path / "runs"
    models = shutil.copytree(
        FOLDER, tmp_path / "models", ignore=shutil.ignore_patterns("reports", "*.tflite")
    )
    monkeypatch.setenv("RAPPORT_RUNS", str(folder))
    monkeypatch.setenv("RAPPORT_MODELS", str(models))
    return folder


def texts(app: AppTest) -> str:
    found = [element.value for kind in (app.caption, app.markdown, app.info) for element in kind]
    return "\n".join(map(str, found)).replace("\\", "")


def metric(app: AppTest, name: str) -> str:
    return next(str(one.value) for one in app.metric if one.label == name)


@pytest.mark.usefixtures("runs")
def test_without_a_report_the_page_says_what_to_do(open_page: OpenPage) -> None:
    app = open_page("model_evaluation")
    assert "no report yet" in app.info[0].value
    assert not app.error


def test_the_latest_report_is_shown_in_detail(runs: Path, open_page: OpenPage) -> None:
    reports.write(runs, 1, reports.document(right=0.4))
    made = reports.document(right=0.8)
    reports.write(runs, 2, made)
    app = open_page("model_evaluation")
    figures = made.results["none"]
    assert metric(app, "Accuracy") == f"{text.percent(figures.accuracy)} %"
    recall = text.percent(figures.unweighted_average_recall)
    assert metric(app, "Mean recall") == f"{recall} %"
    help_of = {one.label: one.help for one in app.metric}
    assert help_of["Calibration error ↓"].startswith("Lower is better")
    assert "missing: 05" in texts(app)
    assert "0123abc" in texts(app)
    table = app.dataframe[0].value
    assert table["emotion"].tolist() == list(figures.recall)
    assert table.recall.tolist() == pytest.approx(
        [100 * (share or 0) for share in figures.recall.values()]
    )
    assert len(app.selectbox[0].options) == 2
    app.selectbox[0].set_value("speaker-adapted").run()
    assert not app.exception


def test_published_figures_stand_beside_it(runs: Path, open_page: OpenPage) -> None:
    reports.write(runs, 1, reports.document(right=0.9))
    app = open_page("model_evaluation")
    table = next(one.value for one in app.dataframe if "people tested" in one.value)
    own = table[table["system"] == "this report: Not adapted"].iloc[0]
    assert own["people tested"] == "held-out people"
    luna = table[table["system"].str.startswith("Luna-Jimenez 2022")].iloc[0]
    assert luna.accuracy == 81.82
    assert "split" in texts(app)


def test_two_reports_are_compared(runs: Path, open_page: OpenPage) -> None:
    one = reports.write(runs, 1, reports.document(right=0.95))
    other = reports.write(runs, 2, reports.document(right=0.4, seed=1))
    app = open_page("model_evaluation")
    app.multiselect[0].set_value([str(one), str(other)]).run()
    assert not app.exception
    assert "points more often on the 96 clips that both were tested on" in texts(app)
    assert "more than chance" in texts(app)
    table = next(one.value for one in app.dataframe if "report" in one.value)
    assert len(table) == 2
    assert table["Accuracy"].iloc[0] > table["Accuracy"].iloc[1]


def test_reports_of_other_clips_cannot_be_compared(runs: Path, open_page: OpenPage) -> None:
    made = reports.document()
    others = [f"x-{name}" for name in made.tested.file]
    tested = made.tested.model_copy(update={"file": others})
    strangers = made.model_copy(update={"tested": tested})
    one = reports.write(runs, 1, reports.document())
    other = reports.write(runs, 2, strangers)
    app = open_page("model_evaluation")
    app.multiselect[0].set_value([str(one), str(other)]).run()
    assert "no clip in common" in texts(app)


def test_a_report_of_1440_clips_lists_groups(runs: Path, open_page: OpenPage) -> None:
    reports.write(runs, 1, reports.document(1440))
    app = open_page("model_evaluation")
    group = next(one for one in app.segmented_control if one.label == "Accuracy by")
    assert set(group.options) == {"speaker", "intensity", "sex", "sentence"}
    group.set_value("sex").run()
    assert not app.exception


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: text.replace('"accuracy": 0', '"accuracy": 1', 1), "was changed after"),
        (lambda text: text.replace('"version": 3', '"version": 9'), "of version 9"),
        (lambda text: text[:100], "is no report"),
    ],
)
def test_a_bad_report_is_named_and_the_others_stay(
    change: Callable[[str], str], expected: str, runs: Path, open_page: OpenPage
) -> None:
    reports.write(runs, 1, reports.document())
    bad = reports.write(runs, 2, reports.document(seed=1))
    bad.write_text(change(bad.read_text()))
    app = open_page("model_evaluation")
    assert expected in app.error[0].value
    assert len(app.multiselect[0].options) == 1
    assert metric(app, "Accuracy")


@pytest.mark.usefixtures("runs")
def test_a_report_can_be_added_from_a_file(open_page: OpenPage) -> None:
    app = open_page("model_evaluation")
    content = report_files.written(reports.document()).encode()
    app.file_uploader[0].set_value(("mine.json", content, "application/json")).run()
    assert not app.exception
    assert app.multiselect[0].options[0].startswith("mine.json: Voice, RAVDESS")
    app.file_uploader[0].set_value(("mine.json", b"{}", "application/json")).run()
    assert "mine.json is no report" in app.error[0].value.replace("\\", "")


@pytest.mark.usefixtures("runs")
def test_a_signed_report_with_a_wrong_inside_is_refused_and_not_kept(open_page: OpenPage) -> None:
    app = open_page("model_evaluation")
    content = json.loads(report_files.written(reports.document()))
    del content["tested"]["speaker"], content["digest"]
    bad = json.dumps(content | {"digest": report_files._digest(content)}).encode()
    app.file_uploader[0].set_value(("bad.json", bad, "application/json")).run()
    assert not app.exception
    assert "bad.json is not a whole report: tested" in app.error[0].value.replace("\\", "")
    good = report_files.written(reports.document()).encode()
    app.file_uploader[0].set_value(("good.json", good, "application/json")).run()
    assert not app.exception
    assert [option.partition(":")[0] for option in app.multiselect[0].options] == ["good.json"]


def test_people_the_voice_was_trained_on_are_counted(runs: Path, open_page: OpenPage) -> None:
    reports.write(runs, 1, reports.document().having(OptionalParts(seen_in_training=90)))
    app = open_page("model_evaluation")
    assert "90 of 96 clips are of people" in app.warning[0].value
    table = next(one.value for one in app.dataframe if "people tested" in one.value)
    own = table[table["system"] == "this report: Not adapted"].iloc[0]
    assert own["people tested"] == "also trained on"


def test_clips_that_could_not_be_read_are_listed(runs: Path, open_page: OpenPage) -> None:
    failed = OptionalParts(failed={"a.wav": "a.wav is empty."})
    reports.write(runs, 1, reports.document().having(failed))
    app = open_page("model_evaluation")
    assert app.expander[0].label == "1 clips could not be read"
    assert app.dataframe[0].value["reason"].tolist() == ["a.wav is empty."]


def test_a_table_is_fit_for_a_paper() -> None:
    table = pd.DataFrame({"emotion": ["happy_1", "sad"], "recall": [81.25, None]})
    text = evaluation_words.latex(table)
    assert r"\toprule" in text
    assert r"happy\_1 & 81.2 \\" in text
    assert r"sad & -- \\" in text


def test_a_precision_that_does_not_exist_is_a_dash(runs: Path, open_page: OpenPage) -> None:
    # One emotion that is never answered.
    made = reports.document(8, right=0.0)
    figures = made.results["none"]
    assert None in figures.precision.values()
    reports.write(runs, 1, made)
    app = open_page("model_evaluation")
    table = app.dataframe[0]
    assert table.value["precision"].isna().any()
    assert table.proto.placeholder == "–"
    assert all(one.proto.placeholder == "–" for one in app.dataframe if "accuracy" in one.value)


def cell_of_an_added_report() -> None:
    """A page with a cell of the confusion of a report whose labels are anyone's."""
    from dashboard import evaluation_reports
    from emotion.evaluation import comparison
    from tests.dashboard import reports

    bad = "![x](http://example.org/a.png)"
    answers = comparison.predictions(reports.document(), "none")
    labels = [bad, *reports.document().labels[1:]]
    evaluation_reports._cell(answers, labels, [{"x": bad, "y": bad}])


def test_labels_of_an_added_report_are_no_markdown() -> None:
    app = AppTest.from_function(cell_of_an_added_report).run()
    assert not app.exception
    assert "![" not in app.subheader[0].value
    assert app.subheader[0].value.replace("\\", "").startswith("![x](http://example.org/a.png), ")


def test_titles_say_what_a_report_is_of() -> None:
    made = reports.document().model_copy(update={"date": "2026-11-23T10:00:00+00:00"})
    assert (
        evaluation_words.title(made) == "Voice, RAVDESS, Five folds of actors, 96 clips, 2026-11-23"
    )
    trained_on = [Training(corpus=name) for name in ("ravdess", "tess", "emodb")]
    trained = made.having(OptionalParts(trained_on=trained_on)).model_copy(
        update={"recipe": "paper"}
    )
    assert ", recipe paper, trained on 2 more, " in evaluation_words.title(trained)
    assert json.loads(report_files.written(made))["dataset"] == ["ravdess"]


def test_every_change_of_the_choice_counts(runs: Path, open_page: OpenPage) -> None:
    paths = [
        str(reports.write(runs, number, reports.document(seed=number, right=0.3 * number)))
        for number in (1, 2, 3)
    ]
    app = open_page("model_evaluation")
    for chosen in (paths[:2], paths, paths[1:], paths[2:]):
        app.multiselect[0].set_value(chosen).run()
        assert app.multiselect[0].value == chosen
    app.segmented_control("evaluation-view").set_value("Models").run()
    app.segmented_control("evaluation-view").set_value("Reports").run()
    assert app.multiselect[0].value == paths[2:]


@pytest.mark.usefixtures("runs")
def test_an_added_report_stays_when_the_view_is_left(open_page: OpenPage) -> None:
    app = open_page("model_evaluation")
    content = report_files.written(reports.document()).encode()
    app.file_uploader[0].set_value(("mine.json", content, "application/json")).run()
    app.segmented_control("evaluation-view").set_value("Models").run()
    app.segmented_control("evaluation-view").set_value("Reports").run()
    assert app.multiselect[0].options[0].startswith("mine.json: Voice")
