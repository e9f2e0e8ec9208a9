import json
from pathlib import Path
from typing import Any

import pytest

from emotion.errors import ReportError
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
        ({"labels": ["happy"]}, "the report: .*is not of 1 classes"),
        ({"tested": {"file": ["a.wav"], "corpus": []}}, "the report: .*not equally long"),
        ({"tested": {"file": ["a.wav"]}}, "the report: .*are of what is not there"),
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
