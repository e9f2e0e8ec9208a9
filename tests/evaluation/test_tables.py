from pathlib import Path

import pytest

from emotion.errors import ReportError
from emotion.evaluation import report, tables
from tests.dashboard import reports

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    document = reports.document(8)
    figures = document["results"]["none"]
    document["clips"] = 1380
    document["results"] = {
        "none": figures | {"accuracy": 0.7616},
        "one emotion": figures | {"accuracy": 0.5, "ends": [0.1]},
    }
    (tmp_path / "voice.json").write_text(report.written(document))
    return tmp_path


def test_figures_are_those_of_the_report(folder: Path) -> None:
    text = (
        "| a | 1.0<!-- voice results none accuracy --> | ?<!-- voice clips --> |\n"
        'and 3<!-- voice results "one emotion" accuracy --> %, '
        '7<!-- voice results "one emotion" ends 0 -->'
    )
    done = tables.rebuilt(text, folder)
    assert tables.plain(done) == "| a | 76.2 | 1,380 |\nand 50.0 %, 10.0"
    assert tables.rebuilt(done, folder) == done
    assert "1.0 -> 76.2 (voice results none accuracy)" in tables.differences(text, done)
    lower = "fell by (-1.2<!-- voice results none accuracy -->) 1-2<!-- voice clips -->"
    expected = "fell by (76.2) 1-1,380"
    assert tables.plain(tables.rebuilt(lower, folder)) == expected


def test_text_without_figures_stays(folder: Path) -> None:
    text = "76.2 and <!-- a comment --> 5\n"
    assert tables.rebuilt(text, folder) == text


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("gone results", "gone.json cannot be read"),
        ("voice results speaker accuracy", "'speaker' is not among none, one emotion"),
        ("voice results none", "is no number"),
        ("voice clips more", "'more' is not among no more"),
    ],
)
def test_a_figure_that_no_report_has_is_an_error(way: str, expected: str, folder: Path) -> None:
    with pytest.raises(ReportError, match=expected):
        tables.rebuilt(f"1.0<!-- {way} -->", folder)


@pytest.mark.parametrize("name", ["README.md", "models/voice.md", "models/face.md"])
def test_every_shipped_figure_is_that_of_its_report(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "<!--" in text
    after = tables.rebuilt(text)
    assert after == text, tables.differences(text, after)


def test_every_shipped_report_is_whole() -> None:
    paths = sorted(tables.FOLDER.glob("*.json"))
    assert paths
    for path in paths:
        document = report.read(path)
        assert document["results"]
        assert document["commit"] != "unknown"
