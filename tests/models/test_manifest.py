"""A copy of what is shipped, damaged in every way that a checkout gets damaged."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from emotion.errors import ModelError
from emotion.models.manifest import FOLDER, Manifest
from emotion.models.shipped import Models

DETECTION = "face_detection_yunet_2023mar.tflite"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The manifest and the smallest of the models."""
    for name in ("manifest.json", DETECTION):
        shutil.copy(FOLDER / name, tmp_path)
    return tmp_path


def edit(folder: Path, **fields: Any) -> None:
    """Change fields of the face detector; None takes one away."""
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    for name, value in fields.items():
        document["models"]["face-detection"][name] = value
        if value is None:
            del document["models"]["face-detection"][name]
    path.write_text(json.dumps(document))


def test_what_is_shipped_is_whole() -> None:
    manifest = Manifest()
    assert {"face-detection", "face", "voice"} <= manifest.entries.keys()
    for name, entry in manifest.entries.items():
        assert entry.name == name
        assert len(entry.read()) == entry.field("bytes")


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        *((name, str) for name in ("task", "licence", "source", "card", "format")),
        *((name, dict) for name in ("input", "output")),
        ("training_data", list),
    ],
)
def test_every_shipped_model_is_described(field: str, kind: type) -> None:
    for entry in Manifest().entries.values():
        said = entry.field(field)
        assert isinstance(said, kind), entry.name
        assert said, f"{entry.name} says nothing of its {field}"


def test_content_is_that_of_the_file(folder: Path) -> None:
    assert Manifest(folder).entry("face-detection").read() == (folder / DETECTION).read_bytes()


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / DETECTION).unlink()
    with pytest.raises(ModelError, match=rf"{DETECTION} is missing.*Restore"):
        Manifest(folder).entry("face-detection").read()


@pytest.mark.parametrize("place", [0, 100_000, -1])
def test_one_changed_byte_is_found(place: int, folder: Path) -> None:
    content = bytearray((folder / DETECTION).read_bytes())
    expected = hashlib.sha256(content).hexdigest()
    content[place] ^= 1
    (folder / DETECTION).write_bytes(content)
    with pytest.raises(ModelError) as caught:
        Manifest(folder).entry("face-detection").read()
    for part in (DETECTION, expected, hashlib.sha256(content).hexdigest()):
        assert part in str(caught.value)


def test_a_file_that_is_cut_off_is_found(folder: Path) -> None:
    path = folder / DETECTION
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"1,000 bytes"):
        Manifest(folder).entry("face-detection").read()


def test_models_are_not_loaded_from_an_incomplete_folder(folder: Path) -> None:
    with pytest.raises(ModelError, match=r"face_vgg16\.tflite is missing"):
        Models.load(folder)


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"No manifest at .*manifest\.json"):
        Models.load(tmp_path)


def test_a_missing_model_is_named_with_those_there_are(folder: Path) -> None:
    with pytest.raises(ModelError, match=r"No model 'gait'.*face-detection, face, voice"):
        Manifest(folder).entry("gait")


def test_a_missing_field_is_named(folder: Path) -> None:
    entry = Manifest(folder).entry("face-detection")
    with pytest.raises(ModelError, match=r"'face-detection' has no 'colour' in .*manifest\.json"):
        entry.field("colour")
    with pytest.raises(ModelError, match=r"no 'input\.colour'"):
        entry.field("input", "colour")
    with pytest.raises(ModelError, match=r"no 'bytes\.shape'"):
        entry.field("bytes", "shape")
    assert entry.field("input", "shape") == entry.field("input")["shape"]


@pytest.mark.parametrize("field", ["file", "sha256"])
def test_a_manifest_without_file_or_hash_is_none(field: str, folder: Path) -> None:
    edit(folder, **{field: None})
    with pytest.raises(ModelError, match=rf"manifest\.json is not a manifest.*{field}"):
        Manifest(folder).entry("face")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"models": []}', b'{"models": {"face": 1}}', b"\xff\xfe"]
)
def test_other_files_are_no_manifests(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"manifest\.json is not a manifest"):
        Manifest(tmp_path).entry("face")


def test_an_update_hashes_the_file_and_keeps_the_other_models(folder: Path) -> None:
    before = json.loads((folder / "manifest.json").read_text())
    manifest = Manifest(folder)
    assert "gait" not in manifest.entries
    (folder / "gait.tflite").write_bytes(b"steps")
    manifest.update("gait", {"file": "gait.tflite", "task": "Walking"})
    after = json.loads((folder / "manifest.json").read_text())
    gait = after["models"].pop("gait")
    assert after == before
    assert gait == {
        "file": "gait.tflite",
        "sha256": hashlib.sha256(b"steps").hexdigest(),
        "bytes": 5,
        "task": "Walking",
    }
    assert manifest.entry("gait").read() == b"steps"
    assert Manifest(folder).entry("gait").field("task") == "Walking"


def test_an_update_of_a_model_replaces_what_was_said_of_it(folder: Path) -> None:
    (folder / DETECTION).write_bytes(b"new")
    Manifest(folder).update("face-detection", {"file": DETECTION, "task": "Another"})
    entry = Manifest(folder).entry("face-detection")
    assert entry.read() == b"new"
    assert set(entry.fields) == {"file", "sha256", "bytes", "task"}
    assert sorted(file.name for file in folder.iterdir()) == [DETECTION, "manifest.json"]


def test_an_update_can_begin_a_manifest(tmp_path: Path) -> None:
    (tmp_path / "face.tflite").write_bytes(b"face")
    Manifest(tmp_path).update("face", {"file": "face.tflite"})
    assert Manifest(tmp_path).entry("face").read() == b"face"


def test_an_update_without_its_file_changes_nothing(folder: Path) -> None:
    before = (folder / "manifest.json").read_bytes()
    with pytest.raises(FileNotFoundError):
        Manifest(folder).update("gait", {"file": "gait.tflite"})
    assert (folder / "manifest.json").read_bytes() == before


def test_how_sure_fusion_may_be_is_read_and_written(folder: Path) -> None:
    manifest = Manifest(folder)
    models = json.loads(manifest.path.read_text())["models"]
    manifest.update_fusion({"power": 1.25})
    assert manifest.fusion_power == 1.25
    assert json.loads(manifest.path.read_text())["models"] == models


def test_fusion_of_which_nothing_is_said_is_left_as_it_is(folder: Path) -> None:
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    document.pop("fusion", None)
    path.write_text(json.dumps(document))
    assert Manifest(folder).fusion_power == 1.0


@pytest.mark.parametrize("power", [0, -1, "1", None, True])
def test_error_for_a_power_that_is_none(power: Any, folder: Path) -> None:
    manifest = Manifest(folder)
    manifest.update_fusion({"power": power})
    with pytest.raises(ModelError, match=r"'power' of 'fusion'.*above 0"):
        _ = manifest.fusion_power
