"""The command line as a user runs it, in processes of its own."""

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from emotion import emotions
from emotion.cli import app
from tests import scenes
from tests.media_makers import sine, write_video, write_wav

ROOT = Path(__file__).resolve().parent.parent


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "emotion", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(
    face_image: np.ndarray, speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A call, its sound alone, its picture alone, a text and nothing."""
    folder = tmp_path_factory.mktemp("media")
    image = scenes.scene(face_image, [(30, 0, 0.8)], 320, 240)
    sound = np.repeat(speech[:16_000], 3)
    write_video(folder / "call.mp4", [image] * 10, 10, sound, 48_000)
    write_video(folder / "silent.mp4", [image] * 10, 10)
    write_wav(folder / "voice.wav", speech[:24_000])
    (folder / "bad.mp4").write_text("no video at all")
    (folder / "empty.wav").touch()
    return folder


@pytest.fixture(scope="module")
def done(folder: Path) -> subprocess.CompletedProcess[str]:
    """Good and bad files in one go."""
    names = "voice.wav", "bad.mp4", "call.mp4", "gone.mp4", "silent.mp4", "empty.wav"
    return run(
        "analyze",
        *(folder / name for name in names),
        "--json",
        folder / "out.jsonl",
        "--csv",
        folder / "out.csv",
    )


@pytest.fixture(scope="module")
def documents(done: subprocess.CompletedProcess[str], folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]


def test_bad_files_are_named_and_the_others_done(
    done: subprocess.CompletedProcess[str], folder: Path
) -> None:
    assert done.returncode == 1
    for name in ("bad.mp4", "gone.mp4", "empty.wav"):
        assert f"{folder / name}: " in done.stderr
        assert name not in done.stdout
    assert "3 of 6 files could not be read." in done.stderr
    assert "Traceback" not in done.stderr
    for name in ("call.mp4", "silent.mp4", "voice.wav"):
        assert name in done.stdout
        assert f"{folder / name}: " not in done.stderr


def test_one_document_a_file_in_order(documents: list[dict[str, Any]], folder: Path) -> None:
    assert [document["source"] for document in documents] == [
        str(folder / name) for name in ("voice.wav", "call.mp4", "silent.mp4")
    ]
    assert [len(document["readings"]) for document in documents] == [3, 2, 2]
    for document, seconds in zip(documents, (1.5, 1.0, 1.0), strict=True):
        assert document["duration"] == pytest.approx(seconds, abs=0.15)


def test_documents_have_the_promised_keys(documents: list[dict[str, Any]]) -> None:
    for document in documents:
        assert {"source", "duration", "readings", "summary"} <= document.keys()
        for index, reading in enumerate(document["readings"]):
            assert {"time", "face", "voice", "fused", "satisfaction"} <= reading.keys()
            assert reading["time"] == (index + 1) / 2
            for sense in ("face", "voice", "fused"):
                if reading[sense] is not None:
                    assert tuple(reading[sense]) == emotions.NAMES
                    assert sum(reading[sense].values()) == pytest.approx(1, abs=1e-4)
            if reading["satisfaction"] is not None:
                assert 0 <= reading["satisfaction"] <= 100
        summary = document["summary"]
        assert {"emotions", "face", "voice", "dominant", "satisfaction"} <= summary.keys()
        assert summary["dominant"] == max(summary["emotions"], key=summary["emotions"].get)
        for coverage in ("face_coverage", "voice_coverage"):
            assert 0 <= summary[coverage] <= 1


def test_each_sense_is_there_where_the_file_has_it(documents: list[dict[str, Any]]) -> None:
    voice, call, silent = documents
    assert voice["summary"]["face"] is None
    assert voice["summary"]["voice"] is not None
    assert {reading["face"] for reading in voice["readings"]} == {None}
    assert call["summary"]["face"] is not None
    assert call["summary"]["voice"] is not None
    assert silent["summary"]["voice"] is None
    assert silent["summary"]["face_coverage"] == 1
    for reading in silent["readings"]:
        assert reading["fused"] == reading["face"]


@pytest.mark.usefixtures("done")
def test_the_table_has_the_readings_of_all_files(
    folder: Path, documents: list[dict[str, Any]]
) -> None:
    with (folder / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert next(iter(rows[0])) == "source"
    assert Counter(row["source"] for row in rows) == {
        document["source"]: len(document["readings"]) for document in documents
    }
    flat = [reading for document in documents for reading in document["readings"]]
    for row, reading in zip(rows, flat, strict=True):
        assert float(row["time"]) == reading["time"]
        if reading["fused"] is None:
            assert row["fused_happy"] == ""
        else:
            happy = pytest.approx(reading["fused"]["happy"], abs=1e-5)
            assert float(row["fused_happy"]) == happy
    assert not list(folder.glob("*.part"))


def test_a_file_without_anything_to_read_is_no_failure(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "tone.wav", sine(440, 1, 16_000))
    done = CliRunner().invoke(app, ["analyze", str(path)])
    assert done.exit_code == 0
    assert "nothing could be read: no picture, no speech" in done.stdout


@pytest.mark.parametrize("option", ["--json", "--csv"])
def test_an_output_that_cannot_be_is_refused_before_any_work(
    option: str, folder: Path, tmp_path: Path
) -> None:
    for output, expected in (
        (tmp_path / "none" / "out", f"There is no folder {tmp_path / 'none'}"),
        (tmp_path, f"{tmp_path} is a folder"),
    ):
        done = CliRunner().invoke(app, ["analyze", str(folder / "voice.wav"), option, str(output)])
        assert done.exit_code == 2
        assert expected in done.stderr
        assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_link_stays_one(folder: Path, tmp_path: Path) -> None:
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    target.write_text("old")
    link.symlink_to(target)
    result = CliRunner().invoke(app, ["analyze", str(folder / "voice.wav"), "--csv", str(link)])
    assert result.exit_code == 0, result.output
    assert link.is_symlink()
    assert target.read_text().startswith("source,")


def test_a_pipe_is_written_to(folder: Path) -> None:
    done = run("analyze", folder / "voice.wav", "--json", "/dev/stdout")
    assert done.returncode == 0, done.stderr
    document = next(line for line in done.stdout.splitlines() if line.startswith("{"))
    assert json.loads(document)["source"].endswith("voice.wav")


def test_one_file_cannot_hold_both_results(folder: Path, tmp_path: Path) -> None:
    path = str(tmp_path / "both")
    result = CliRunner().invoke(
        app, ["analyze", str(folder / "voice.wav"), "--csv", path, "--json", path]
    )
    assert result.exit_code == 2
    assert "cannot hold both results" in result.output


def test_the_exit_status_of_a_process_tells_as_well(folder: Path, tmp_path: Path) -> None:
    done = run("analyze", folder / "voice.wav", "--json", tmp_path / "none" / "out.jsonl")
    assert done.returncode == 2
    assert f"There is no folder {tmp_path / 'none'}" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["evaluate", "imdb", "/none"], "No data set 'imdb' at /none"),
        (["evaluate", "tess", ".", "--modality", "face"], "tess has sound only"),
        (["benchmark", "ravdess", "/none"], "No RAVDESS"),
        (["benchmark", "home", ".", "--data", "x"], "A data set is given as NAME=PATH"),
        (["benchmark", "ravdess", "/none", "--recipe", "x"], "recipe should be default or paper"),
        (["benchmark", "ravdess", "/none", "--adapt", "x"], "adaptation should be none or speaker"),
        (
            ["evaluate", "home", "/none", "--modality", "x"],
            "modality should be fused or speech or face",
        ),
        (["evaluate", "home", "/none", "--modality", "speech"], "/none"),
        (["evaluate", "ravdess", "/none"], "No RAVDESS speech at /none"),
        (["evaluate", "ravdess", "/none", "--modality", "face"], "No RAVDESS speech at /none"),
        (["evaluate", "savee", "/none", "--modality", "face"], "No SAVEE at /none"),
        (["benchmark", "cremad", "/none", "--modality", "fused"], "No CREMA-D at /none"),
        (["benchmark", "x", ".", "--modality", "smell"], "should be speech or face or fused"),
        (
            ["benchmark", "x", ".", "--modality", "face", "--recipe", "paper"],
            "recipe for face should be default",
        ),
        (["tables", "README.md", "--reports", "/none"], "/none/"),
        (["tables", "/none.md"], "/none.md cannot be read"),
        (
            ["benchmark", "x", ".", "--modality", "face", "--conditions"],
            "--conditions is for the voice",
        ),
        (["benchmark", "x", ".", "--modality", "face", "--data", "a=b"], "--data is for the voice"),
        (["benchmark", "x", ".", "--weights", "/none.npz"], "There is no file /none.npz"),
        (["evaluate", "x", ".", "--modality", "face", "--conditions"], "for clips with picture"),
        (["evaluate", "ferplus", "/none"], "No FER+ in /none"),
        (["train", "face", "--data", "ferplus"], "NAME=PATH. Received: 'ferplus'"),
        (["train", "face", "--data", "ferplus=/none", "--data", "ravdess=/none"], "/none"),
        (["train", "face", "--data", "faces=/none"], "--data ferplus=PATH is needed"),
        (["train", "speech", "--data", "x", "--weights", "w.npz"], "Received: 'x'"),
    ],
)
def test_what_a_user_can_mend_is_one_sentence(arguments: list[str], expected: str) -> None:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert expected in done.stderr


def test_reading_needs_no_training_library() -> None:
    code = (
        "import sys\n"
        "import emotion.cli, emotion.analysis, emotion.call, emotion.live\n"
        "heavy = {'tensorflow', 'keras', 'torch', 'sklearn', 'streamlit', 'librosa'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
