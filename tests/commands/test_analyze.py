"""`rapport analyze` as a user runs it; in processes of its own where these are what is tested."""

import csv
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from emotion.commands import analyze
from emotion.commands.application import app
from emotion.conversation import analysis
from emotion.conversation.participants import Conversation
from emotion.readings import emotions
from emotion.readings.fusion import Reliability
from emotion.readings.reading import Prediction, Reading
from emotion.timeline.timeline import Timeline
from tests import media_makers, scenes
from tests.media_makers import sine, write_tracks, write_video, write_wav

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


def start(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own."""
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
    return start(
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
        # By the power of a quality of hardly less than 1.
        assert reading["fused"] == pytest.approx(reading["face"], abs=1e-3)


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


def test_one_file_cannot_hold_both_results(folder: Path, tmp_path: Path) -> None:
    path = str(tmp_path / "both")
    result = CliRunner().invoke(
        app, ["analyze", str(folder / "voice.wav"), "--csv", path, "--json", path]
    )
    assert result.exit_code == 2
    assert "cannot hold two results" in result.output


def test_the_exit_status_of_a_process_tells_as_well(folder: Path, tmp_path: Path) -> None:
    done = start("analyze", folder / "voice.wav", "--json", tmp_path / "none" / "out.jsonl")
    assert done.returncode == 2
    assert f"There is no folder {tmp_path / 'none'}" in done.stderr
    assert done.stdout == ""


def outputs(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def voices(folder: Path, tmp_path: Path) -> Path:
    """A folder with recordings in it and below it, in a mixture of names."""
    root = tmp_path / "recordings"
    voice = (folder / "voice.wav").read_bytes()
    for name in ("b.wav", "a/一.WAV", "a/deep/c.wav", ".hidden/d.wav", "notes.txt", "a/.e.wav"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(voice + bytes(len(name)))
    (root / "a" / "loop").symlink_to(root)
    (root / "link.wav").symlink_to("b.wav")
    return root


def test_a_folder_is_read_with_what_is_below_it(voices: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = run("analyze", voices, "--json", out)
    assert done.exit_code == 0, done.stderr
    sources = [json.loads(line)["source"] for line in out.read_text().splitlines()]
    names = [Path(source).relative_to(voices).as_posix() for source in sources]
    assert names == ["a/deep/c.wav", "a/一.WAV", "b.wav"]


def test_a_folder_without_recordings_is_said(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["analyze", str(tmp_path)])
    assert result.exit_code == 2
    assert "There is no recording in" in result.stderr


@pytest.mark.parametrize("way", ["itself", "link", "hard link", "of a folder", "other"])
@pytest.mark.parametrize("option", ["--json", "--csv"])
def test_a_recording_is_never_written_over(
    way: str, option: str, folder: Path, tmp_path: Path
) -> None:
    source, other = tmp_path / "x.wav", tmp_path / "y.wav"
    content = (folder / "voice.wav").read_bytes()
    source.write_bytes(content)
    target = tmp_path / "target.wav"
    given = [str(source)]
    if way == "itself":
        target = source
    elif way == "link":
        target.symlink_to(source)
    elif way == "hard link":
        target.hardlink_to(source)
    elif way == "of a folder":
        given, target = [str(tmp_path)], source
    else:
        other.write_bytes(content)
        given, target = [str(source), str(other)], other
    result = CliRunner().invoke(app, ["analyze", *given, option, str(target)])
    assert result.exit_code == 2
    assert "is what is to be read" in result.stderr
    assert source.read_bytes() == content


def test_old_results_stay_when_every_file_fails(folder: Path, tmp_path: Path) -> None:
    lines, table = tmp_path / "out.jsonl", tmp_path / "out.csv"
    for path in (lines, table):
        path.write_text("old results")
    done = run("analyze", folder / "bad.mp4", "--json", lines, "--csv", table)
    assert done.exit_code == 1
    assert lines.read_text() == table.read_text() == "old results"


def test_a_run_that_is_ended_leaves_what_it_did_and_another_goes_on(
    speech: np.ndarray, tmp_path: Path
) -> None:
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    count = 14
    for number in range(count):
        write_wav(recordings / f"{number:02}.wav", np.roll(speech[:32_000], 997 * number))
    lines, table = tmp_path / "out.jsonl", tmp_path / "out.csv"
    command = ["analyze", str(recordings), "--json", str(lines), "--csv", str(table)]
    process = subprocess.Popen(
        [sys.executable, "-m", "emotion", *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for _ in range(3):
        while "satisfaction" not in process.stdout.readline():
            pass
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume goes on from it" in errors
    assert "Traceback" not in errors
    kept = lines.read_text().splitlines()
    assert 3 <= len(kept) < count
    # Half of a line, as when a run is killed while it writes.
    lines.write_text("\n".join(kept) + "\n" + kept[0][:100])
    done = run(*command, "--resume")
    assert done.exit_code == 0, done.stderr
    documents = [json.loads(line) for line in lines.read_text().splitlines()]
    assert [Path(one["source"]).name for one in documents] == [f"{n:02}.wav" for n in range(count)]
    assert [json.dumps(one) for one in documents[: len(kept)]] == [
        json.dumps(json.loads(line)) for line in kept
    ]
    with table.open(newline="", encoding="utf-8") as file:
        assert len({row["source"] for row in csv.DictReader(file)}) == count


def test_what_is_done_is_done_again_when_it_is_another_recording(
    folder: Path, tmp_path: Path
) -> None:
    recording, lines = tmp_path / "x.wav", tmp_path / "out.jsonl"
    recording.write_bytes((folder / "voice.wav").read_bytes())
    assert run("analyze", recording, "--json", lines).exit_code == 0
    first = json.loads(lines.read_text())["input"]["sha256"]
    write_wav(recording, sine(440, 1, 16_000))
    assert run("analyze", recording, "--json", lines, "--resume").exit_code == 0
    (document,) = (json.loads(line) for line in lines.read_text().splitlines())
    assert document["input"]["sha256"] != first


def test_another_track_is_another_result(speech: np.ndarray, tmp_path: Path) -> None:
    silence = np.zeros(24_000, np.float32)
    path = write_tracks(tmp_path / "call.mka", [], [speech[:24_000], silence])
    lines = tmp_path / "out.jsonl"
    heard = []
    for options in ([], ["--audio-track", "2"], ["--audio-track", "2"], ["--channels", "mix"]):
        done = run("analyze", path, "--json", lines, "--resume", *options)
        assert done.exit_code == 0, done.stderr
        (document,) = (json.loads(line) for line in lines.read_text().splitlines())
        heard.append(document["summary"]["voice_coverage"] > 0)
    assert heard == [True, False, False, True]
    done = run("analyze", path, "--audio-track", "3")
    assert done.exit_code == 1
    assert "has 2 sound tracks, counted from 1. Received: 3" in done.stderr


def test_copies_have_results_of_their_own_after_going_on(folder: Path, tmp_path: Path) -> None:
    recordings, lines = tmp_path / "recordings", tmp_path / "out.jsonl"
    recordings.mkdir()
    command = ["analyze", str(recordings), "--json", str(lines)]
    for name in ("a.wav", "b.wav"):
        (recordings / name).write_bytes((folder / "voice.wav").read_bytes())
    assert CliRunner().invoke(app, command).exit_code == 0
    before = lines.read_text()
    (recordings / "c.wav").write_bytes((folder / "voice.wav").read_bytes())
    assert CliRunner().invoke(app, [*command, "--resume"]).exit_code == 0
    assert lines.read_text().startswith(before)
    sources = [json.loads(line)["source"] for line in lines.read_text().splitlines()]
    assert [Path(source).name for source in sources] == ["a.wav", "b.wav", "c.wav"]
    # One that is not there costs itself alone.
    done = CliRunner().invoke(app, [*command, str(recordings / "d.wav"), "--resume"])
    assert done.exit_code == 1
    assert "d.wav" in done.stderr
    assert len(lines.read_text().splitlines()) == 3


def test_a_mistake_of_ours_costs_its_file_alone(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = analysis.analyze_everyone

    def mistaken(path: Path, *arguments: Any, **options: Any) -> Conversation:
        if path.name == "a.wav":
            raise ZeroDivisionError("division by zero")
        return read(path, *arguments, **options)

    monkeypatch.setattr(analysis, "analyze_everyone", mistaken)
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).write_bytes((folder / "voice.wav").read_bytes())
    result = CliRunner().invoke(app, ["analyze", str(tmp_path)])
    assert result.exit_code == 1
    assert "a.wav: this is a mistake in Rapport; please report it (ZeroDivisionError" in (
        result.stderr
    )
    assert "b.wav" in result.stdout


def test_going_on_needs_something_to_go_on_from(folder: Path) -> None:
    result = CliRunner().invoke(app, ["analyze", str(folder / "voice.wav"), "--resume"])
    assert result.exit_code == 2
    assert "--resume goes on from the file of --json" in result.stderr


def test_a_full_disk_is_one_sentence(folder: Path) -> None:
    done = run("analyze", folder / "voice.wav", "--json", "/dev/full")
    assert done.exit_code == 2
    assert isinstance(done.exception, SystemExit)
    assert "/dev/full cannot be written: No space left on device." in done.stderr


def test_a_pipe_and_a_terminal_of_any_encoding_are_written_to(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "日本.wav"
    path.write_bytes((folder / "voice.wav").read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "emotion", "analyze", str(path), "--json", "/dev/stdout"],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"??.wav" in done.stdout
    document = next(line for line in done.stdout.splitlines() if line.startswith(b"{"))
    assert Path(json.loads(document)["source"]).name == "日本.wav"


@pytest.fixture(scope="module")
def two_channels(speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody speaks on the left, then on the right."""
    speech = speech[:64_000]
    silence = np.zeros(len(speech), np.float32)
    call = np.stack([np.append(speech, silence), np.append(silence, speech[::-1])])
    return write_wav(tmp_path_factory.mktemp("call") / "call.wav", call)


def test_two_speakers_have_readings_of_their_own(two_channels: Path, tmp_path: Path) -> None:
    outputs = "--csv", tmp_path / "call.csv", "--json", tmp_path / "call.jsonl"
    ended = run("analyze", two_channels, *outputs, "--customer", "right")
    assert ended.exit_code == 0, ended.stderr
    assert "carry different speakers" in ended.stdout
    documents = [json.loads(line) for line in (tmp_path / "call.jsonl").read_text().splitlines()]
    assert [one["participant"] for one in documents] == ["Left", "Right"]
    assert [one["role"] for one in documents] == ["salesperson", "customer"]
    table = pd.read_csv(tmp_path / "call.csv")
    assert set(table["participant"]) == {"Left", "Right"}
    assert set(table.loc[table["participant"] == "Right", "role"]) == {"customer"}
    counts = table["participant"].value_counts()
    assert counts["Left"] == counts["Right"]
    again = run("analyze", two_channels, *outputs, "--customer", "right", "--resume")
    assert again.exit_code == 0, again.stderr
    assert len((tmp_path / "call.jsonl").read_text().splitlines()) == 2


def test_what_is_not_read_of_a_call_is_said(
    face_image: np.ndarray, speech: np.ndarray, tmp_path: Path
) -> None:
    apart = write_tracks(tmp_path / "apart.mka", [], [speech[:32_000], speech[48_000:80_000]])
    done = run("analyze", apart)
    assert "Somebody speaks on its sound tracks 1 and 2, of which one is read" in done.stdout
    assert "Somebody speaks" not in run("analyze", apart, "--audio-track", "2").stdout
    # A picture that stands still moves no mouth.
    speech = speech[:64_000]
    image = scenes.scene(face_image, [(30, 0, 0.8)], 320, 240)
    silence = np.zeros(len(speech), np.float32)
    sound = np.stack([np.append(speech, silence), np.append(silence, speech[::-1])])
    frames = [image] * (sound.shape[1] // 16_000)
    video = write_video(tmp_path / "call.mkv", frames, 1, sound, 16_000)
    done = run("analyze", video)
    assert "Whose the face in the picture is was not found; --face says it: left or right." in (
        done.stdout
    )
    assert "Whose the face" not in run("analyze", video, "--face", "left").stdout


def test_two_speakers_on_one_channel_have_readings_of_their_own(tmp_path: Path) -> None:
    path = media_makers.take_turns(tmp_path / "role-play.wav")
    who = "--speakers", "2", "--customer", "speaker 2"
    ended = run("analyze", path, *who, "--csv", tmp_path / "talk.csv")
    assert ended.exit_code == 0, ended.stderr
    table = pd.read_csv(tmp_path / "talk.csv")
    assert set(zip(table["participant"], table["role"], strict=True)) == {
        ("Speaker 1", "salesperson"),
        ("Speaker 2", "customer"),
    }
    # Within its second half, the window of three seconds is one's alone.
    first = table[(table["time"] > 3) & (table["time"] < 5)]
    read = first.groupby("participant")["voice_reason"].apply(lambda given: given.isna().all())
    assert dict(read) == {"Speaker 1": True, "Speaker 2": False}
    # As it was called before.
    before = "--voices", "2", "--customer", "voice 2", "--csv", tmp_path / "before.csv"
    assert run("analyze", path, *before).exit_code == 0
    assert pd.read_csv(tmp_path / "before.csv").equals(table)


def test_one_channel_or_their_mix_is_one_timeline(two_channels: Path, tmp_path: Path) -> None:
    for channels in ("mix", "left"):
        path = tmp_path / f"{channels}.csv"
        ended = run("analyze", two_channels, "--channels", channels, "--csv", path)
        assert ended.exit_code == 0, ended.stderr
        assert pd.read_csv(path)["participant"].isna().all()


def test_everyone_in_the_picture(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "everyone.csv"
    ended = run("analyze", folder / "call.mp4", "--people", "--csv", path)
    assert ended.exit_code == 0, ended.stderr
    assert set(pd.read_csv(path)["participant"]) == {"Person 1"}


def test_a_track_or_a_name_that_is_not_there(folder: Path, two_channels: Path) -> None:
    for arguments, sentence in (
        ((folder / "call.mp4", "--audio-track", 2), "has 1 sound track, counted from 1"),
        ((folder / "voice.wav", "--channels", "split"), "can be split. voice.wav has 1"),
        (
            (two_channels, "--customer", "middle"),
            f"{two_channels}: Nobody has that name; choose one of Left, Right. Received: middle.",
        ),
        (
            (folder / "voice.wav", "--speakers", "2", "--customer", "speaker 2"),
            f"{folder / 'voice.wav'}: Only one speaker was found, who is called Speaker. "
            "Received: speaker 2.",
        ),
        (
            (folder / "call.mp4", "--people", "--customer", "anna"),
            f"{folder / 'call.mp4'}: Only one person was seen, who is called Person 1. "
            "Received: anna.",
        ),
    ):
        ended = run("analyze", *arguments)
        assert ended.exit_code == 1
        assert sentence in ended.stderr
    # As the only speaker was called before.
    assert (
        run("analyze", folder / "voice.wav", "--speakers", "2", "--customer", "voice").exit_code
        == 0
    )


def test_a_report_an_annotated_video_and_chapters_are_made_of_one_recording(
    folder: Path, tmp_path: Path
) -> None:
    report, video, chapters = (tmp_path / name for name in ("call.html", "out.mp4", "call.vtt"))
    made = ("--report", report, "--annotate", video, "--moments", chapters)
    source = (folder / "call.mp4").read_bytes()
    done = run("analyze", folder / "call.mp4", *made, "--people")
    assert done.exit_code == 0, done.stderr
    assert "<h1>call.mp4</h1>" in report.read_text()
    assert chapters.read_text().startswith("WEBVTT - call.mp4\n")
    assert "satisfaction" in run("analyze", video).stdout
    assert (folder / "call.mp4").read_bytes() == source

    for arguments, words in (
        ((folder, *made), "a folder"),
        ((folder / "call.mp4", folder / "voice.wav", *made), "2 names"),
        (
            (folder / "call.mp4", "--report", report, "--resume", "--json", tmp_path / "j"),
            "read now",
        ),
        ((folder / "call.mp4", "--annotate", tmp_path / "out.gif"), ".mp4, .mkv, .mov"),
        ((folder / "call.mp4", "--annotate", folder / "call.mp4"), "would be destroyed"),
        ((folder / "call.mp4", "--report", report, "--moments", report), "two results"),
        ((folder / "voice.wav", "--annotate", tmp_path / "no.mp4"), "no picture to draw on"),
    ):
        done = run("analyze", *arguments)
        assert done.exit_code == 2, done.stdout
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "no.mp4").exists()
    assert (folder / "call.mp4").read_bytes() == source


def test_what_a_recording_mostly_is_goes_by_time_as_on_the_page() -> None:
    calm, sure = np.full(emotions.COUNT, 0.05), np.full(emotions.COUNT, 0.001)
    calm[emotions.NAMES.index("neutral")] = 0.40
    calm[emotions.NAMES.index("happy")] = 0.30
    sure[emotions.NAMES.index("happy")] = 0.993
    silent = Prediction(None, "silence")
    readings = tuple(
        Reading(time, Prediction(face), silent, face, 50.0)
        for time, face in ((0.5, calm), (1.0, calm), (1.5, sure))
    )
    timeline = Timeline("call.mp4", 1.5, readings, Reliability(1.0, 1.0))
    assert timeline.summary().dominant == "happy"
    told = analyze.summary(timeline)
    assert "  neutral 67%, happy 33% of the time that was read" in told.splitlines()


def test_what_is_mostly_nothing_is_called_mixed() -> None:
    silent = Prediction(None, "silence")
    readings = tuple(
        Reading(0.5 * (1 + index), Prediction(face), silent, face, 50.0)
        for index, face in enumerate(np.eye(emotions.COUNT)[:3])
    )
    timeline = Timeline("call.mp4", 1.5, readings, Reliability(1.0, 1.0))
    first, *_ = (f"{name} 33%" for name in emotions.NAMES)
    assert f"  mixed: {first}, " in analyze.summary(timeline)
