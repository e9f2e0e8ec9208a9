"""Results of `rapport analyze` that an earlier run left, and those that nobody may lose."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from emotion.commands.application import app
from tests.media_makers import write_wav

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["analyze", *map(str, arguments)])


@pytest.fixture
def folder(speech: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with two recordings."""
    write_wav(tmp_path / "a.wav", speech[:16_000])
    write_wav(tmp_path / "b.wav", speech[16_000:32_000])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_results_with_other_settings_are_not_lost(folder: Path) -> None:
    lines = folder / "out.jsonl"
    assert run("a.wav", "b.wav", "--json", lines).exit_code == 0
    before = lines.read_bytes()
    done = run("a.wav", "--json", lines, "--resume", "--denoise", "off")
    assert done.exit_code == 2
    assert "holds results of b.wav, which were read with other settings" in done.stderr
    assert lines.read_bytes() == before
    # All of them are read again: nothing is lost.
    assert run("a.wav", "b.wav", "--json", lines, "--resume", "--denoise", "off").exit_code == 0
    settings = [json.loads(line)["input"]["settings"] for line in lines.read_text().splitlines()]
    assert [one["denoise"] for one in settings] == ["off", "off"]


def test_what_holds_no_results_is_not_gone_on_from(folder: Path) -> None:
    notes = folder / "notes.txt"
    notes.write_text("call a.wav back\n")
    done = run("a.wav", "--json", notes, "--resume")
    assert done.exit_code == 2
    assert "notes.txt holds no results of --json to go on from" in done.stderr
    assert notes.read_text() == "call a.wav back\n"


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text there")
def test_a_name_that_is_no_text_is_gone_on_from_as_well(folder: Path) -> None:
    (folder / "a.wav").rename(folder / os.fsdecode(b"caf\xe9.wav"))
    for _ in range(2):
        done = run(".", "--json", "out.jsonl", "--resume")
        assert done.exit_code == 0, done.stderr
        lines = (folder / "out.jsonl").read_text().splitlines()
        assert [json.loads(line)["source"] for line in lines] == ["b.wav", "caf?.wav"]


def test_all_results_are_kept_where_only_the_first_lines_are_looked_at(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "emotion", "analyze", "a.wav", "b.wav", "--csv", "out.csv"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    assert process.wait() == 0, errors
    assert b"Traceback" not in errors
    sources = {line.split(",")[0] for line in (folder / "out.csv").read_text().splitlines()[1:]}
    assert sources == {"a.wav", "b.wav"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
def test_what_cannot_be_printed_is_one_sentence(folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "emotion", "analyze", folder / "a.wav"],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2
    assert b"What was read cannot be printed: No space left on device." in done.stderr
    assert b"Traceback" not in done.stderr
