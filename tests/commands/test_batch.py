"""`rapport analyze --out` in this process; with workers see `tests/batch/test_cluster.py`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import emotion.batch
from emotion.batch import output_folder
from emotion.batch.status import Status
from emotion.commands.application import app
from emotion.commands.batch import FEW
from tests.batch.recordings import corrupt, voices
from tests.media_makers import write_wav

ROOT = Path(__file__).resolve().parents[2]


def analyze(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["analyze", *map(str, arguments)])


@pytest.fixture
def calls(speech: np.ndarray, tmp_path: Path) -> Path:
    made = voices(tmp_path / "calls", speech, 3)
    corrupt(tmp_path / "calls", 1, made[0])
    return tmp_path / "calls"


def sources(out: Path) -> list[str]:
    return sorted(Path(line["source"]).name for line in output_folder.done(out))


def test_a_folder_is_filled_and_a_second_run_does_what_is_missing(
    calls: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = analyze(calls, "--out", out)
    assert first.exit_code == 1
    assert "4 of 4 recordings to read, in this process." in first.stderr
    assert "3 of 4 recordings read, 0 were there already, 1 could not be read" in first.stdout
    assert f"{calls / 'bad000.wav'}: " in first.stderr
    assert sources(out) == ["000.wav", "001.wav", "002.wav"]
    status = Status.read(out)
    assert status is not None
    assert (status.state, status.total, status.done, status.failed) == ("done", 4, 3, 1)
    (calls / "bad000.wav").write_bytes((calls / "001.wav").read_bytes())
    second = analyze(calls, "--out", out)
    assert second.exit_code == 0, second.stderr
    assert "1 of 4 recordings read, 3 were there already, 0 could not be read" in second.stdout
    assert output_folder.failures(out) == []


def test_the_lines_are_those_of_json(calls: Path, tmp_path: Path) -> None:
    out, lines = tmp_path / "out", tmp_path / "out.jsonl"
    assert analyze(calls / "000.wav", "--out", out).exit_code == 0
    assert analyze(calls / "000.wav", "--json", lines).exit_code == 0
    (document,) = (out / "documents").glob("*/*.jsonl")
    assert json.loads(document.read_text()) == json.loads(lines.read_text())


def test_other_options_are_read_again(calls: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert analyze(calls / "000.wav", "--out", out).exit_code == 0
    again = analyze(calls / "000.wav", "--out", out, "--denoise", "off")
    assert "1 of 1 recordings read" in again.stdout


def test_many_are_read_in_this_process_where_dask_is_not_installed(
    speech: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(emotion.batch, "cluster", raising=False)
    monkeypatch.setitem(sys.modules, "emotion.batch.cluster", None)
    voices(tmp_path / "calls", speech, FEW + 1, seconds=0.6)
    done = analyze(tmp_path / "calls", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert f"{FEW + 1} of {FEW + 1} recordings to read, in this process." in done.stderr
    assert "Dask" not in done.stderr
    asked = analyze(tmp_path / "calls", "--out", tmp_path / "other", "--workers", "2")
    assert asked.exit_code == 2
    assert "--workers needs Dask" in asked.stderr


def test_recordings_by_url(calls: Path, tmp_path: Path) -> None:
    done = analyze((calls / "000.wav").as_uri(), "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    (line,) = output_folder.done(tmp_path / "out")
    assert line["source"] == (calls / "000.wav").as_uri()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--workers", "2"], "Give one with --out"),
        (["--cluster", "tcp://127.0.0.1:1"], "Give one with --out"),
        (["--out", "out", "--json", "out.jsonl"], "Leave them out"),
        (["--out", "gone/out"], "There is no folder gone"),
        (["--out", "out", "--workers", "2", "--cluster", "tcp://x"], "Leave --workers out"),
    ],
)
def test_what_cannot_be_is_said_before_any_work(
    options: list[str], said: str, calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = analyze(calls, *options)
    assert done.exit_code == 2
    assert said in done.stderr
    assert not list(tmp_path.glob("out/readings"))


def test_a_url_without_a_folder_of_results_is_a_sentence() -> None:
    done = analyze("https://host.example/call.mp4")
    assert done.exit_code == 2
    assert "https://host.example/call.mp4 is a URL" in done.stderr


def test_a_folder_without_recordings_is_said(tmp_path: Path) -> None:
    done = analyze(tmp_path, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "There is no recording in" in done.stderr


def test_readings_do_not_depend_on_the_number_of_cores(speech: np.ndarray, tmp_path: Path) -> None:
    """One that was read otherwise where matrices were multiplied by two threads than by one.

    One is what this process has.
    """
    path = write_wav(tmp_path / "voice.wav", np.roll(speech, 1777 * 20)[:80_000])
    one, two = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    assert analyze(path, "--json", one).exit_code == 0
    subprocess.run(
        [sys.executable, "-m", "emotion", "analyze", str(path), "--json", str(two)],
        cwd=ROOT,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "2"},
        check=True,
        capture_output=True,
    )
    assert one.read_text() == two.read_text()
