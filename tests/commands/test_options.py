"""Names of files as shells and scripts hand them on."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from emotion.commands.application import app
from emotion.commands.options import CallKind, ProtocolChoice
from emotion.evaluation import protocols
from emotion.store.drafts import KINDS
from tests.media_makers import write_wav


@pytest.fixture
def folder(speech: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_wav(tmp_path / "a.wav", speech[:16_000])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_choices_are_those_that_there_are() -> None:
    assert set(CallKind) == set(KINDS)
    assert set(ProtocolChoice) == {one.name for one in protocols.ALL} | {"leave-one-speaker-out"}


def test_a_name_may_begin_with_a_dash(folder: Path) -> None:
    (folder / "a.wav").rename(folder / "-a.wav")
    done = CliRunner().invoke(app, ["analyze", "-a.wav", "--csv", "out.csv"])
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("-a.wav  1.0 s")
    # What is no file is an option.
    done = CliRunner().invoke(app, ["analyze", "-b.wav"])
    assert done.exit_code == 2
    assert "No such option" in done.stderr


def test_no_name_is_not_the_folder_where_one_is(folder: Path) -> None:
    done = CliRunner().invoke(app, ["analyze", "", "a.wav"])
    assert done.exit_code == 2
    assert "One of the names is empty" in done.stderr


def test_a_name_breaks_no_line_and_tells_a_terminal_nothing(folder: Path) -> None:
    (folder / "a.wav").rename(folder / "a\n\x1b[31m.wav")
    (folder / "b\n.wav").touch()
    done = CliRunner().invoke(app, ["analyze", "."])
    assert done.exit_code == 1
    assert done.stdout.startswith("a??[31m.wav  1.0 s")
    assert done.stderr.startswith("b?.wav: b?.wav is empty")


def test_a_dash_alone_is_no_output(folder: Path) -> None:
    done = CliRunner().invoke(app, ["analyze", "a.wav", "--csv", "-"])
    assert done.exit_code == 2
    assert "- is no name of a file to write" in done.stderr
    assert [path.name for path in folder.iterdir()] == ["a.wav"]


def test_a_recording_that_is_not_read_is_not_written_over_either(folder: Path) -> None:
    write_wav(folder / "b.wav", np.zeros(16_000))
    before = (folder / "b.wav").read_bytes()
    # The name of the table was forgotten.
    for option in ("--csv", "--json", "--report"):
        done = CliRunner().invoke(app, ["analyze", option, "b.wav", "a.wav"])
        assert done.exit_code == 2
        assert "b.wav is a recording, and would be destroyed" in done.stderr
    assert (folder / "b.wav").read_bytes() == before
