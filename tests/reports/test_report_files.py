import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emotion.errors import ReportError
from emotion.models.manifest import FOLDER
from emotion.reports import report_files
from emotion.reports.model import OverTime, Training
from tests.evaluation.test_report import listed


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    made = listed()
    report_files.write(path, made)
    assert report_files.read(path) == made
    assert report_files.written(made) == path.read_text()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "bad.json is no report: it should be JSON"),
        ("[1, 2]", "keys version and results. Found: none"),
        ('{"source": "a.mp4", "readings": []}', "Found: source, readings"),
        ('{"version": 1, "results": {}}', "of version 1; this Rapport reads version 3"),
        ('{"version": 3, "results": {}}', "not a whole report: digest is missing"),
    ],
)
def test_what_is_no_report_is_refused(content: str, expected: str) -> None:
    with pytest.raises(ReportError, match=expected):
        report_files.parse(content, "bad.json")


def test_a_report_edited_by_hand_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(report_files.written(listed()).replace('"accuracy": 0.5', '"accuracy": 0.9'))
    with pytest.raises(ReportError, match=r"report.json was changed after it had been written"):
        report_files.read(path)


def test_a_report_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be read: No such file"):
        report_files.read(tmp_path / "gone.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReportError, match="it is no text"):
        report_files.read(tmp_path / "binary.json")


def signed(content: dict[str, Any]) -> str:
    """A report whose digest is right, whatever is in it."""
    body = {key: value for key, value in content.items() if key != "digest"}
    return json.dumps(body | {"digest": report_files._digest(body)})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"clips": "many"}, "clips: input should be a valid integer"),
        ({"results": {"none": {}}}, r"results\.none\.clips: field required"),
        ({"results": {}}, "results: .*at least 1 item"),
        ({"failed": ["a.wav"]}, "failed: input should be an object"),
        ({"labels": None}, "labels: input should be a valid array"),
        ({"modality": "smell"}, "modality: string should match pattern"),
        ({"labels": ["happy"]}, "the report: tested has emotions that are not among the labels"),
        ({"tested": {}}, "the report: .*are of clips that tested does not list"),
        ({"surprise": 1}, "surprise: extra inputs are not permitted"),
    ],
)
def test_a_signed_report_with_a_wrong_type_inside_is_one_sentence(
    change: dict[str, Any], expected: str
) -> None:
    content = json.loads(report_files.written(listed())) | change
    with pytest.raises(
        ReportError, match=rf"bad\.json is not a whole report: {expected}"
    ) as caught:
        report_files.parse(signed(content), "bad.json")
    assert "\n" not in str(caught.value)


SHIPPED = FOLDER / "reports"


def test_every_shipped_report_is_read_and_would_be_written_as_it_is() -> None:
    paths = sorted(SHIPPED.glob("*.json"))
    assert len(paths) > 10
    for path in paths:
        assert report_files.written(report_files.read(path)) == path.read_text(), path.name


def at(content: Any, *way: str | int) -> Any:
    for name in way:
        content = content[name]
    return content


def put(*way: str | int, to: Any) -> Callable[[dict[str, Any]], None]:
    """A change that puts something into a report."""

    def change(content: dict[str, Any]) -> None:
        at(content, *way[:-1])[way[-1]] = to

    return change


def without(*way: str | int) -> Callable[[dict[str, Any]], None]:
    """A change that takes something out of a report."""

    def change(content: dict[str, Any]) -> None:
        del at(content, *way[:-1])[way[-1]]

    return change


def column(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """A change that gives every tested clip the same value."""

    def change(content: dict[str, Any]) -> None:
        tested = content["tested"]
        tested[name] = [value] * len(tested[name])

    return change


def names(measure: str) -> Callable[[dict[str, Any]], None]:
    """A change that calls the classes of a measure otherwise."""

    def change(content: dict[str, Any]) -> None:
        result = content["results"]["none"]
        result[measure] = {f"not {name}": share for name, share in result[measure].items()}

    return change


def reversed_ends(content: dict[str, Any]) -> None:
    content["results"]["none"]["accuracy_95"].reverse()


def one_more_clip(content: dict[str, Any]) -> None:
    content["results"]["none"]["confusion"][0][0] += 1


def another_prediction(content: dict[str, Any]) -> None:
    predictions = content["results"]["none"]["predictions"]
    predictions["prediction"][0] = (predictions["prediction"][0] + 1) % 8


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(without("tested", "file"), "tested: .*not equally long", id="no files"),
        pytest.param(without("tested", "speaker"), "tested: .*speaker 0", id="no speakers"),
        pytest.param(without("tested", "corpus"), "tested: .*corpus 0", id="no corpora"),
        pytest.param(without("tested", "emotion"), "tested: .*emotion 0", id="no emotions"),
        pytest.param(put("tested", "sex", to=["male"]), "tested: .*sex 1", id="one sex"),
        pytest.param(column("file", 3), r"tested\.file\.0: .*string", id="files of numbers"),
        pytest.param(column("file", None), r"tested\.file\.0: .*string", id="files of null"),
        pytest.param(column("emotion", 8), "the report: tested has emotions", id="ninth emotion"),
        pytest.param(put("tested", "taste", to=[]), r"tested\.taste: extra", id="unknown column"),
        pytest.param(put("tested", to={}), "the report: .*does not list", id="no clips listed"),
        pytest.param(
            put("results", "none", "precision", to={}), "not of the same", id="no precision"
        ),
        pytest.param(put("results", "none", "f1", to={}), "not of the same classes", id="no F1"),
        pytest.param(names("recall"), "not of the same classes", id="recall of others"),
        pytest.param(
            lambda content: [names(one)(content) for one in ("recall", "precision", "f1")],
            "are not of those that occur",
            id="figures of others",
        ),
        pytest.param(
            put(
                "impaired", to={"clips": 4, "accuracy": {"a": {"clean": 1.0}, "b": {"noise": 1.0}}}
            ),
            "impaired: .*not under the same conditions",
            id="uneven conditions",
        ),
        pytest.param(
            put("impaired", to={"clips": 4, "accuracy": {}}),
            r"impaired\.accuracy: .*1",
            id="no way",
        ),
        pytest.param(
            put("impaired", to={"clips": 4, "accuracy": {"a": {}}}),
            r"impaired\.accuracy\.a: .*1",
            id="no condition",
        ),
        pytest.param(
            put("results", "none", "satisfaction", "confusion", to=[[1380]]),
            r"satisfaction: .*not of the same classes",
            id="satisfaction of one class",
        ),
        pytest.param(
            put("clips", to=-5), r"clips: .*greater than or equal to 0", id="clips below 0"
        ),
        pytest.param(
            put("results", "none", "clips", to=-5), r"none\.clips: .*greater", id="answers below 0"
        ),
        pytest.param(
            put("results", "none", "confusion", 0, 0, to=-1),
            r"confusion\.0\.0: .*greater than or equal to 0",
            id="confusion below 0",
        ),
        pytest.param(one_more_clip, "count 1381 clips, not 1380", id="one clip too many"),
        pytest.param(
            put("results", "none", "accuracy", to=0.99), "accuracy is not", id="another accuracy"
        ),
        pytest.param(
            put("results", "none", "reliability", to=[]), "reliability does not", id="no bins"
        ),
        pytest.param(
            reversed_ends, r"accuracy_95: the low end .* is above", id="reversed interval"
        ),
        pytest.param(
            put("results", "none", "accuracy_95", to=[None, 0.5]), "two ends or none", id="half"
        ),
        pytest.param(another_prediction, "not those that its confusion counts", id="prediction"),
        pytest.param(put("results", "none", "folds", to=[]), r"folds: .*1 item", id="no fold"),
        pytest.param(
            without("results", "none", "folds", 0), "the folds do not come to", id="a fold less"
        ),
        pytest.param(put("dataset", to=[]), "dataset: .*1 item", id="no data set"),
        pytest.param(put("labels", to=["happy"] * 8), "labels: a name occurs twice", id="labels"),
        pytest.param(put("date", to="yesterday"), "date: 'yesterday' is no date", id="yesterday"),
        pytest.param(put("date", to="2026-11-29T16:00:00"), "is no date", id="date without zone"),
        pytest.param(
            put("date", to="20261129T160000+00:00"), "is no date", id="date without dashes"
        ),
        pytest.param(
            put("protocol", to="guess"), "protocol: 'guess' is no protocol", id="protocol"
        ),
        pytest.param(
            put("trained_on", 0, "weight", to=-1.0), r"weight: .*greater than 0", id="weight"
        ),
        pytest.param(put("seconds", to=-1.0), r"seconds: .*greater", id="seconds"),
        pytest.param(put("seen_in_training", to=10**6), "more than the 1380 clips", id="seen"),
    ],
)
def test_a_signed_report_with_a_wrong_inside_is_one_sentence(
    change: Callable[[dict[str, Any]], object], expected: str
) -> None:
    content = json.loads((SHIPPED / "voice-actor-5fold.json").read_text())
    change(content)
    with pytest.raises(
        ReportError, match=rf"bad\.json is not a whole report: .*{expected}"
    ) as caught:
        report_files.parse(signed(content), "bad.json")
    assert "\n" not in str(caught.value)


def test_names_in_a_refused_report_break_no_line() -> None:
    content = json.loads((SHIPPED / "voice-actor-5fold.json").read_text())
    content["results"]["a\n# b"] = {}
    with pytest.raises(ReportError, match=r"results\.a # b\.clips: field required"):
        report_files.parse(signed(content), "bad.json")


def test_a_share_beyond_its_range_is_refused() -> None:
    content = json.loads(report_files.written(listed()))
    content["results"]["none"]["accuracy"] = 1.5
    with pytest.raises(ReportError, match=r"results\.none\.accuracy: .*less than or equal to 1"):
        report_files.parse(signed(content), "bad.json")


def version_2() -> dict[str, Any]:
    """The same report as it was written up to version 0.1."""
    content = json.loads(report_files.written(listed()))
    result = content["results"]["none"]
    columns = result.pop("predictions")
    columns["answer"] = columns.pop("prediction")
    return content | {
        "version": 2,
        "modality": "speech",
        "commit": "unknown",
        "results": {
            "none": result | {"answers": columns},
            "speaker": result,
            "fused, mean": result,
        },
        "acquainted": 2,
        "trained_on": ["ravdess"],
        "impaired": {"clips": 1, "as heard": {"clean": 0.5}, "speech": {"clean": 0.25}},
        "over_time": {"readings": 4, "satisfaction_accuracy": 0.5},
    }


def test_a_report_of_version_2_is_brought_up() -> None:
    found = report_files.parse(signed(version_2()), "old.json")
    assert list(found.results) == ["none", "speaker-adapted", "fused: mean"]
    assert (found.modality, found.commit, found.seen_in_training) == ("voice", None, 2)
    assert found.trained_on == [Training(corpus="ravdess")]
    assert found.results["none"].predictions == listed().results["none"].predictions
    assert found.impaired is not None
    assert found.impaired.accuracy == {"as heard": {"clean": 0.5}, "voice": {"clean": 0.25}}
    assert found.over_time == OverTime(readings=4, satisfaction=0.5)


def test_a_report_of_version_2_with_a_wrong_type_inside_is_one_sentence() -> None:
    changes: list[dict[str, Any]] = [
        {"results": []},
        {"impaired": 3},
        {"over_time": {}},
        {"modality": None},
    ]
    for change in changes:
        with pytest.raises(ReportError, match=r"old\.json is not a whole report"):
            report_files.parse(signed(version_2() | change), "old.json")
