"""Rapport as a package: built, installed elsewhere, and used from there."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.media_makers import write_wav

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the content of the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_models_come_with_it(installed: Path, speech: np.ndarray, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "voice.wav", speech[:48_000])
    code = "import emotion; print(emotion.__file__); from emotion.__main__ import app; app()"
    done = subprocess.run(
        [sys.executable, "-c", code, "analyze", str(path)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert str(installed) in done.stdout
    assert "satisfaction" in done.stdout


def test_nothing_of_the_tests_and_no_media_is_in_it(installed: Path) -> None:
    names = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert names == {"emotion", "dashboard"}
    endings = {path.suffix for path in installed.rglob("*") if path.is_file()}
    assert not endings & {".wav", ".mp4", ".flac", ".npz"}
