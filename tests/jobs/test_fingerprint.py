import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

from emotion.jobs import fingerprint


def test_another_content_of_the_same_size_is_another_file(tmp_path: Path) -> None:
    first, second = tmp_path / "a.bin", tmp_path / "b.bin"
    first.write_bytes(b"12345678")
    second.write_bytes(b"12345679")
    assert fingerprint.of_file(first) != fingerprint.of_file(second)
    second.write_bytes(b"12345678")
    assert fingerprint.of_file(first) == fingerprint.of_file(second)


def test_a_file_that_changes_in_place_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"first content")
    before = fingerprint.of_file(path)
    path.write_bytes(b"other content")
    assert fingerprint.of_file(path) != before


def test_a_file_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert fingerprint.of_file(tmp_path / "gone.wav") == ""


def test_parts_differ_by_their_content_and_not_by_their_kind() -> None:
    assert fingerprint.of_parts("a", "b") == fingerprint.of_parts(b"ab")
    assert fingerprint.of_parts("a", "b") != fingerprint.of_parts("b", "a")


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package whose module `near` imports `far`, which is given; `other` nobody imports."""
    package = tmp_path / "of_two"
    package.mkdir()
    for name, content in {
        "__init__": "",
        "near": "from of_two import far\nVALUE = far.VALUE",
        "far": "VALUE = 1",
        "other": "VALUE = 1",
    }.items():
        (package / f"{name}.py").write_text(content)
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("of_two", "of_two.near", "of_two.far"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return package / "far.py"


def test_code_is_known_again_by_all_that_it_imports(far: Path) -> None:
    near = importlib.import_module("of_two.near")
    before = fingerprint.of_code((near,))
    (far.parent / "other.py").write_text("VALUE = 200")
    far.write_text('"""What it is."""\n\nVALUE = 1  # why\n"""What the value is."""')
    assert fingerprint.of_code((near,)) == before
    far.write_text("VALUE = 200")
    assert fingerprint.of_code((near,)) != before


def test_code_that_is_not_loaded_counts_as_well(far: Path) -> None:
    far.with_name("near.py").write_text("def value():\n    from of_two import far\n    return far")
    near = importlib.import_module("of_two.near")
    assert "of_two.far" not in sys.modules
    before = fingerprint.of_code((near,))
    far.write_text("VALUE = 200")
    assert fingerprint.of_code((near,)) != before


SOUND = ("recordings", "channels", "delays", "repeats", "joining", "opening", "tracks", "lengths")


@pytest.mark.parametrize(
    ("keeps", "changed"),
    [
        *(("emotion.training.voice_features", f"emotion.media.{name}") for name in SOUND),
        ("emotion.training.voice_features", "emotion.voice.activity"),
        ("emotion.training.voice_corpora", "emotion.training.voice_heads"),
        ("emotion.experiments.mfcc", "emotion.experiments.mfcc"),
        ("emotion.experiments.mfcc", "emotion.media.channels"),
        ("emotion.experiments.voice_folds", "emotion.evaluation.protocols"),
        ("emotion.experiments.voice_folds", "emotion.experiments.mfcc"),
        ("emotion.experiments.face_folds", "emotion.face.tracker"),
        ("emotion.experiments.face_folds", "emotion.face.alignment"),
        ("emotion.experiments.face_folds", "emotion.face.quality"),
        ("emotion.experiments.face_folds", "emotion.media.shown"),
    ],
)
def test_what_is_kept_depends_on_each_module_that_shapes_it(
    keeps: str, changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = ModuleType(keeps)  # Its name is enough, and Keras takes long to load.
    before = fingerprint.of_code((keeper,))
    path_of = fingerprint._path
    copy = tmp_path / "copy.py"
    copy.write_text(f"{path_of(changed).read_text()}\n_NEW = 1\n")
    monkeypatch.setattr(
        fingerprint, "_path", lambda name: copy if name == changed else path_of(name)
    )
    assert fingerprint.of_code((keeper,)) != before
