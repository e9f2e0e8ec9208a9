"""The parts of Rapport depend on each other one way only."""

import ast
import functools
import runpy
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def architecture() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "architecture.py"))


@pytest.fixture(scope="module")
def arrows(architecture: dict[str, Any]) -> dict[str, set[str]]:
    """Which rooms each room imports."""
    found: dict[str, set[str]] = architecture["arrows"]()
    return found


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def packages(folder: str) -> dict[str, set[str]]:
    """The packages that each file of a folder imports, at its top or within."""
    found = {}
    for path in (ROOT / folder).rglob("*.py"):
        names: set[str] = set()
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
        found[path.relative_to(ROOT).as_posix()] = names
    return found


def test_no_room_imports_itself_by_way_of_others(
    architecture: dict[str, Any], arrows: dict[str, set[str]]
) -> None:
    assert architecture["circles"](arrows) == []


def test_a_circle_would_be_found(architecture: dict[str, Any]) -> None:
    circle = {"a": {"b"}, "b": {"c"}, "c": {"b"}}
    assert architecture["circles"](circle) == ["b", "c"]


def test_an_arrow_that_a_longer_way_says_is_not_drawn(architecture: dict[str, Any]) -> None:
    given = {"a": {"b", "c", "d"}, "b": {"c"}, "c": {"d"}, "d": set()}
    assert architecture["drawn"](given) == {"a": {"b"}, "b": {"c"}, "c": {"d"}, "d": set()}


def test_no_two_files_and_no_two_classes_share_a_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for folder in ("emotion", "dashboard", "pages", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.stem.startswith("__") or path.parent.name == "migrations":
                continue
            place = path.relative_to(ROOT).as_posix()
            places[path.name].append(place)
            for node in ast.walk(parsed(path)):
                if isinstance(node, ast.ClassDef):
                    places[f"class {node.name}"].append(place)
    assert len(places) > 400
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_pages_know_the_dashboard_and_the_dashboard_the_core(arrows: dict[str, set[str]]) -> None:
    assert "dashboard" in arrows["pages"]
    assert "pages" not in arrows["dashboard"]
    for room, targets in arrows.items():
        if room.startswith("emotion/"):
            assert not targets & {"pages", "dashboard", "benchmarks", "app.py"}, room


def test_the_core_knows_no_page_and_serving_no_tensorflow() -> None:
    for path, names in packages("emotion").items():
        assert not names & {"streamlit", "streamlit_webrtc", "aiortc", "tests"}, path
        if not path.startswith(("emotion/training", "emotion/experiments")):
            assert not names & {"tensorflow", "keras"}, path


def test_no_file_is_longer_than_a_reader_holds_in_mind() -> None:
    for folder in ("emotion", "dashboard", "pages", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path


def test_the_picture_of_the_house_is_of_today(architecture: dict[str, Any]) -> None:
    written = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert written == architecture["page"](architecture["arrows"]())
