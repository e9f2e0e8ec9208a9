from pathlib import Path

import pytest

from emotion.errors import ReportError
from emotion.evaluation import templates
from emotion.reports import report_files
from tests.dashboard import reports


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = reports.document(8)
    result = made.results["none"].model_copy(update={"macro_f1": 0.7616})
    other = made.results["none"].model_copy(update={"macro_f1": 0.5, "accuracy_95": (0.1, 0.9)})
    results = {"none": result, "one emotion": other}
    (tmp_path / "reports").mkdir()
    report_files.write(
        tmp_path / "reports" / "voice.json",
        made.model_copy(update={"clips": 1380, "results": results}),
    )
    return tmp_path / "reports"


def test_figures_are_those_of_the_report(folder: Path) -> None:
    text = (
        "| a | {{ voice results none macro_f1 }} | {{ voice clips }} |\n"
        'and {{ voice results "one emotion" macro_f1 }} %, '
        '{{ voice results "one emotion" accuracy_95 0 }}'
    )
    assert templates.rendered(text, folder) == "| a | 76.2 | 1,380 |\nand 50.0 %, 10.0"


def test_text_without_figures_stays(folder: Path) -> None:
    text = "76.2 and <!-- a comment --> {5} {{\n"
    assert templates.rendered(text, folder) == text


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("gone results", "gone.json cannot be read"),
        ("voice results speaker macro_f1", "'speaker' is not among none, one emotion"),
        ("voice results none", "is no number"),
        ("voice clips more", "'more' is not among no more"),
    ],
)
def test_a_figure_that_no_report_has_is_an_error(way: str, expected: str, folder: Path) -> None:
    with pytest.raises(ReportError, match=expected):
        templates.rendered(f"{{{{ {way} }}}}", folder)


def test_texts_are_whole_or_between_markers(folder: Path, tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / "docs" / "templates" / "docs").mkdir(parents=True)
    for name in ("README.md", "docs/results.md"):
        (root / "docs" / "templates" / name).write_text("{{ voice clips }}\n")
    begin, end = templates.MARKERS
    (root / "README.md").write_text(f"before\n{begin}\nold\n{end}\nafter\n")
    found = {text.path.name: text.wanted for text in templates.texts(root, folder)}
    assert found == {
        "README.md": f"before\n{begin}\n\n1,380\n\n{end}\nafter\n",
        "results.md": "1,380\n",
    }


def test_every_text_is_what_its_template_gives() -> None:
    texts = list(templates.texts())
    assert {"README.md", "results.md"} <= {text.path.name for text in texts}
    for text in texts:
        assert text.now == text.wanted, f"{text.path}: run `rapport results`"


def test_every_shipped_report_is_whole() -> None:
    paths = sorted(templates.FOLDER.glob("*.json"))
    assert paths
    for path in paths:
        report = report_files.read(path)
        assert report.results
        assert report.commit is not None
