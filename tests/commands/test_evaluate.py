"""What `rapport evaluate` and `rapport cross-validate` refuse before any work."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emotion.commands.application import app
from emotion.datasets import corpora
from emotion.evaluation import protocols
from emotion.readings import emotions


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a list of clips, a clip, and a part of FER+."""
    folder = tmp_path / "data"
    for name in ("clips.csv", "happy/anna/1.mp4", "FER2013Valid/label.csv", "FER2013Valid/1.png"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


@pytest.mark.parametrize("way", ["itself", "link", "hard link"])
@pytest.mark.parametrize("option", ["--json", "--progress"])
@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["evaluate", "mine"], "clips.csv"),
        (["evaluate", "mine", "--modality", "voice"], "happy/anna/1.mp4"),
        (["evaluate", "ferplus"], "FER2013Valid/label.csv"),
        (["evaluate", "ferplus"], "FER2013Valid/1.png"),
        (["cross-validate", "mine"], "clips.csv"),
        (["cross-validate", "mine"], "happy/anna/1.mp4"),
    ],
)
def test_a_data_set_is_never_written_over(
    command: list[str], name: str, option: str, way: str, data: Path, tmp_path: Path
) -> None:
    target = data / name
    if way != "itself":
        target = tmp_path / "result.json"
        make = target.symlink_to if way == "link" else target.hardlink_to
        make(data / name)
    done = CliRunner().invoke(app, [*command[:2], str(data), *command[2:], option, str(target)])
    assert done.exit_code == 2
    assert f"{target} is what is to be read" in done.stderr
    assert (data / name).read_text() == name


def test_weights_and_other_data_sets_are_never_written_over(data: Path, tmp_path: Path) -> None:
    weights, other = tmp_path / "encoder.npz", tmp_path / "other"
    weights.write_text("weights")
    other.mkdir()
    (other / "clips.csv").write_text("list")
    command = ["cross-validate", "mine", str(data), "--weights", str(weights)]
    for target in (weights, other / "clips.csv"):
        done = CliRunner().invoke(
            app, [*command, "--data", f"other={other}", "--json", str(target)]
        )
        assert done.exit_code == 2
        assert "is what is to be read" in done.stderr
    assert weights.read_text() == "weights"
    assert (other / "clips.csv").read_text() == "list"


def test_an_earlier_report_beside_the_data_may_be_written_over(data: Path) -> None:
    report = data / "report.json"
    report.write_text("old")
    done = CliRunner().invoke(app, ["evaluate", "mine", str(data), "--json", str(report)])
    # It fails later, over the list.
    assert "clips.csv, line 1: the column 'path' is missing" in done.stderr
    assert report.read_text() == "old"


@pytest.mark.parametrize("command", ["evaluate", "cross-validate"])
def test_the_help_names_every_data_set_and_how_ones_own_lies(command: str) -> None:
    said = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "2000"}).stdout
    for name in (*corpora.KNOWN, *emotions.NAMES, "clips.csv", "path, emotion, speaker"):
        assert name in said


def test_the_help_names_every_protocol() -> None:
    # As wide as a terminal that breaks no line.
    said = CliRunner().invoke(app, ["cross-validate", "--help"], env={"COLUMNS": "300"}).stdout
    for one in protocols.ALL:
        assert re.search(rf"[<|]{one.name}[|>]", said), one.name
