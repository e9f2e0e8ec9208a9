"""Features and folds, and training of the voice, on a cluster: the same as on one machine."""

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from emotion.batch import cluster
from emotion.batch.cluster import Cluster, ClusterError
from emotion.commands.application import app
from emotion.datasets import corpora
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError, ModelError
from emotion.evaluation import report
from emotion.experiments import face_folds, fused_folds, voice_folds
from emotion.jobs import sharing
from emotion.jobs import workers as local_workers
from emotion.media.samples import RATE
from emotion.models.manifest import Manifest
from emotion.models.shipped import Models
from emotion.training import export, voice_features, voice_training
from emotion.training.voice_heads import Heads
from tests import scenes
from tests.batch import deadly
from tests.media_makers import write_video, write_wav
from tests.training import made_up_voices
from tests.training.made_up_voices import Encoder
from tests.training.test_whisper import narrow

# Workers start, and the same work is done without them and with them.
pytestmark = pytest.mark.timeout(300)

EMOTIONS = "happy", "sad"


@pytest.fixture(autouse=True, scope="module")
def _no_processes_beside_them() -> Iterator[None]:
    """What is not shared out is done here: processes of this machine would first be started."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_workers, "processes", lambda _: 0)
        yield


@pytest.fixture(scope="module")
def workers() -> Iterator[Cluster]:
    with cluster.local(2) as found:
        yield found


@pytest.fixture(scope="module")
def voices(speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Three people with two emotions each, one of them a text, and the encoder's file beside."""
    folder = tmp_path_factory.mktemp("voices")
    lines = ["path,emotion,speaker,corpus"]
    for number in range(6):
        name = f"{number}.wav"
        write_wav(folder / name, np.roll(speech, 9_000 * number)[: 3 * RATE])
        lines.append(f"{name},{EMOTIONS[number % 2]},person {number % 3},made")
    (folder / "3.wav").write_text("This is no sound.")
    (folder / "clips.csv").write_text("\n".join(lines))
    with narrow(folder):
        yield folder


@pytest.fixture(scope="module")
def model(voices: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The encoder in the form that hears, which takes long to make."""
    return voice_features.network(voices / "narrow.npz", tmp_path_factory.mktemp("model"))


def folded(voices: Path, work: Path, *options: str, clips: Path | None = None) -> dict[str, object]:
    report = work.with_suffix(".json")
    arguments = ["--protocol", "loso", "--weights", voices / "narrow.npz", "--work", work]
    command = ["cross-validate", "made", clips or voices, *arguments, "--json", report, *options]
    done = CliRunner().invoke(app, list(map(str, command)))
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(report.read_text())
    # What is of a run and not of its answers; the digest is of all of these.
    for own in ("seconds", "command", "date", "digest"):
        found.pop(own)
    for result in found["results"].values():  # type: ignore[attr-defined]
        result.pop("seconds", None)
        for fold in result["folds"]:
            fold.pop("seconds", None)
    return found


@pytest.fixture(scope="module")
def films(
    face_image: np.ndarray, speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Four people who speak and either smile or have stripes for a mouth, and a text."""
    folder = tmp_path_factory.mktemp("films")
    smile = scenes.scene(face_image, [(30, 0, 0.8)], 320, 240)
    striped = smile.copy()
    striped[128:150, 95:145] = np.where(np.arange(22) // 3 % 2, 40, 200)[:, None, None]
    lines = ["path,emotion,speaker,corpus"]
    for number in range(8):
        light = (1 - 0.05 * number) * (striped if number % 2 else smile)
        frames = [np.roll(light.astype(np.uint8), 2 * step, axis=1) for step in range(3)]
        sound = np.roll(speech, 9_000 * number)[:16_000]
        write_video(folder / f"{number}.mp4", frames, 5, sound, 16_000)
        lines.append(f"{number}.mp4,{EMOTIONS[number % 2]},person {number // 2},made")
    (folder / "8.mp4").write_text("This is no film.")
    lines.append("8.mp4,sad,person 0,made")
    (folder / "clips.csv").write_text("\n".join(lines))
    return folder


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this machine keeps what it saw in the films."""
    return tmp_path_factory.mktemp("watched")


def stored(work: Path) -> dict[Path, int]:
    return {path.relative_to(work): path.stat().st_mtime_ns for path in work.rglob("*.npz")}


def test_cross_validation_on_a_cluster_is_the_same_and_goes_on(
    workers: Cluster, voices: Path, model: Path, tmp_path: Path
) -> None:
    plain, shared = tmp_path / "plain", tmp_path / "shared"
    for work in (plain, shared):
        work.mkdir()
        shutil.copy(model, work)
    expected = folded(voices, plain)
    assert list(expected["failed"]) == [str(voices / "3.wav")]  # type: ignore[call-overload]
    address = workers.address
    assert folded(voices, shared, "--cluster", address) == expected
    before = stored(shared)
    assert before.keys() == stored(plain).keys()
    # A run that was ended does what is missing, a part and a fold here.
    lost = [min(before), max(before)]
    for path in lost:
        (shared / path).unlink()
    assert folded(voices, shared, "--cluster", address) == expected
    after = stored(shared)
    assert {path for path in after if after[path] != before[path]} == set(lost)


def test_folds_of_many_clips_are_the_same(
    workers: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ravdess").mkdir()
    clips = made_up_voices.ravdess(tmp_path / "ravdess")
    encoder = Encoder(tmp_path / "encoder.npz")
    monkeypatch.setattr(voice_features, "extract", encoder)
    more = [made_up_voices.corpus_of("more", ["happy", "angry", "sad"])]

    def run(work: Path) -> list[object]:
        report = voice_folds.cross_validate(
            clips, more, "actor-5fold", "default", work, encoder=encoder.path
        )
        found = [result.model_dump() for result in report.results.values()]
        for result in found:
            for fold in result["folds"]:
                fold.pop("seconds", None)
        return list(found)

    expected = run(tmp_path / "plain")
    with sharing.to(workers):
        assert run(tmp_path / "shared") == expected


def test_a_worker_without_the_files_is_a_sentence_and_keeps_nothing(
    workers: Cluster, voices: Path
) -> None:
    part = voice_features._Part([Clip(voices / "0.wav", 0, "a", "made")], [[]]).from_anywhere()
    part.digests[voices / "elsewhere.wav"] = "7"
    listener = voice_features._Listener(b"", voice_features.as_heard)
    with pytest.raises(DatasetError, match=r"has no .*elsewhere\.wav, or another one"):
        list(workers.share(voice_features._heard, [part], listener))


def test_folds_of_both_senses_are_the_same_to_the_last_digit(
    workers: Cluster,
    voices: Path,
    films: Path,
    model: Path,
    watched: Path,
    models: Models,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The answers of every rule of fusion, before figures are made of them, which takes longer."""
    monkeypatch.setattr(voice_features, "network", lambda *_: model)
    monkeypatch.setattr(report, "document", lambda **found: found)
    clips = corpora.read("made", films, video=True)

    def run(work: Path) -> dict[str, Any]:
        encoder = voices / "narrow.npz"
        found: Any = fused_folds.cross_validate(clips, models, "loso", work, encoder, films)
        assert list(found["parts"].failed) == [str(films / "8.mp4")]
        return {
            f"{rule} {fold.name}": fold.log_probabilities
            for rule, folds in found["predictions"].items()
            for fold in folds
        }

    expected = run(watched)
    with sharing.to(workers):
        found = run(tmp_path)
    assert found.keys() == expected.keys()
    for name, logs in expected.items():
        np.testing.assert_array_equal(found[name], logs)
    for path in watched.glob("face-frames/*.npy"):
        np.testing.assert_array_equal(np.load(tmp_path / path.relative_to(watched)), np.load(path))


def test_cross_validation_of_faces_on_a_cluster_is_the_same(
    workers: Cluster, voices: Path, films: Path, watched: Path
) -> None:
    expected = folded(voices, watched, "--modality", "face", clips=films)
    asked = "--modality", "face", "--cluster", workers.address
    assert folded(voices, watched, *asked, clips=films) == expected


def test_a_worker_without_a_film_or_with_other_models_is_a_sentence(
    workers: Cluster, films: Path, models: Models
) -> None:
    clip = Clip(films / "0.mp4", 0, "a", "made")
    watcher = face_folds._Watcher(models)
    elsewhere = {films / "elsewhere.mp4": 7}
    with pytest.raises(DatasetError, match=r"has no .*elsewhere\.mp4, or another one"):
        list(workers.share(face_folds._watched, [(clip, elsewhere)], watcher))
    watcher._digests = models.digests | {"face": "0" * 64}
    with pytest.raises(ModelError, match="has other models"):
        list(workers.share(face_folds._watched, [(clip, {})], watcher))


def test_training_on_a_cluster_ships_the_same(
    workers: Cluster,
    voices: Path,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The command as it is typed; of the export, which takes long, the heads alone."""

    def export_heads(fitted: Heads, shape: object, path: Path, bits: int) -> None:
        del shape, bits
        path.write_bytes(fitted.kernel.tobytes() + fitted.bias.tobytes())

    monkeypatch.setattr(voice_training, "network", lambda encoder, fitted: fitted)
    monkeypatch.setattr(export, "litert", export_heads)

    def shipped(name: str, *options: str) -> tuple[str, bytes]:
        folder = tmp_path / name
        (folder / "work").mkdir(parents=True)
        shutil.copy(model, folder / "work")
        manifest = Manifest(folder)
        monkeypatch.setattr(voice_training, "Manifest", lambda: manifest)
        given = ["--data", f"made={voices}", "--weights", voices / "narrow.npz"]
        command = ["train", "voice", *given, "--work", folder / "work", *options]
        done = CliRunner().invoke(app, list(map(str, command)))
        assert done.exit_code == 0, done.output
        return manifest.path.read_text(), manifest.entry("voice").read()

    expected = shipped("plain")

    def not_here(*_: object) -> None:
        raise AssertionError("Clips were heard in processes of this machine.")

    monkeypatch.setattr(local_workers, "processes", lambda _: 1)
    monkeypatch.setattr(sharing, "_in_processes", not_here)
    assert shipped("shared", "--cluster", workers.address) == expected


def test_other_recipes_have_no_cluster(tmp_path: Path) -> None:
    command = ["cross-validate", "ravdess", str(tmp_path), "--recipe", "paper"]
    done = CliRunner().invoke(app, [*command, "--cluster", "tcp://127.0.0.1:1"])
    assert done.exit_code == 2
    assert "--cluster is for the recipe 'default' only." in done.output


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_worker_that_is_killed_costs_nothing(
    workers: Cluster,
    voices: Path,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clips = [
        Clip(voices / f"{number}.wav", number % 8, f"person {number % 3}", "made")
        for number in range(6)
    ]
    encoder = voices / "narrow.npz"
    monkeypatch.setattr(voice_features, "network", lambda *_: model)
    expected = voice_features.extract(clips, encoder, tmp_path / "a", voice_features.as_heard)
    with sharing.to(workers):
        found = voice_features.extract(clips, encoder, tmp_path / "b", deadly.deadly_once)
    assert (voices / "2.killed").exists()
    assert found.clips == expected.clips
    assert found.failed == expected.failed
    np.testing.assert_array_equal(found.values, expected.values)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_part_that_ends_every_worker_is_a_sentence(workers: Cluster) -> None:
    with pytest.raises(ClusterError, match="4 workers ended while they had the same part"):
        list(workers.share(deadly.end, [1], ""))
