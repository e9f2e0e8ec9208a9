"""Rapport as a package: built, installed elsewhere, and used from there."""

import ast
import importlib.metadata
import os
import platform
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

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
    code = "import emotion; print(emotion.__file__); from emotion.__main__ import main; main()"
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
    assert not endings & {".wav", ".mp4", ".flac"}
    # Weights may be arrays; kept features and training weights are not installed.
    arrays = {path.name for path in installed.rglob("*.npz")}
    assert arrays == {"face_view.npz"}


def test_every_locked_version_is_for_this_python() -> None:
    """As `uv` passes over what a package says of newer versions of Python, and pip does not."""
    locked = [Requirement(line) for line in (ROOT / "constraints.txt").read_text().splitlines()]
    here = {one.name for one in locked if one.marker is None or one.marker.evaluate()}
    limits = {}
    for name in here:
        try:
            known = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        limits[name] = known.json.get("requires_python")
    assert {"numpy", "streamlit", "backports-strenum"} <= limits.keys()
    unfit = {
        name: limit
        for name, limit in limits.items()
        if limit and platform.python_version() not in SpecifierSet(limit)
    }
    assert unfit == {}


SERVING = ("app.py", "dashboard", "pages", "emotion")
WITH_EXTRAS = {
    "emotion/training": {"train"},
    "emotion/experiments": {"train"},
    "emotion/batch": {"scale", "s3"},
    "benchmarks": {"train", "scale", "dev"},
    "docs": {"dev"},
    "tests": {"train", "scale", "dev", "deploy"},
}
"""Extras whose packages code may import besides those of serving, by where it lies."""

COMPARED = {"fer", "ten_vad", "webrtcvad"}
"""What benchmarks/ sets Rapport beside; each says how it is installed."""


def test_every_package_that_is_imported_is_declared() -> None:
    """One that only another package asks for is gone with the next version of that one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    core = _names(project["dependencies"])
    extras = {name: _names(of) for name, of in project["optional-dependencies"].items()}
    modules = importlib.metadata.packages_distributions()
    undeclared = set()
    for top in (*SERVING, "benchmarks", "docs", "tests"):
        for path in sorted((ROOT / top).rglob("*.py")) or [ROOT / top]:
            place = path.relative_to(ROOT).as_posix()
            more = {
                extra
                for start, wanted in WITH_EXTRAS.items()
                if place.startswith(f"{start}/")
                for extra in wanted
            }
            declared = core.union(*(extras[extra] for extra in more))
            for module in _imported(path) - COMPARED:
                owners = {_normal(name) for name in modules.get(module, [module])}
                if not owners & declared:
                    undeclared.add((place, module))
    assert undeclared == set()


def _names(requirements: list[str]) -> set[str]:
    return {_normal(Requirement(one).name) for one in requirements}


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _imported(path: Path) -> set[str]:
    """Packages of others that a file imports, also within its functions."""
    named = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            named |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            named.add(node.module.partition(".")[0])
    ours = {path.stem for path in ROOT.iterdir()} | {
        path.stem for path in (ROOT / "docs").iterdir()
    }
    return named - set(sys.stdlib_module_names) - ours
