"""What the documents say of the code is there."""

import ast
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from emotion.models.manifest import FOLDER, Manifest
from tests.media_makers import write_video

ROOT = Path(__file__).resolve().parents[1]

ROWS = [
    line
    for line in (ROOT / "docs" / "recordings.md")
    .read_text(encoding="utf-8")
    # What re-encodings change is measured, not tested.
    .partition("## Harmless")[0]
    .splitlines()
    if line.startswith("| ") and not line.endswith("| test |")
]


@cache
def named_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_table_of_recordings_has_rows() -> None:
    assert len(ROWS) > 40


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:40])
def test_each_row_of_the_table_of_recordings_names_a_test(row: str) -> None:
    found = re.search(r"\| ([a-z_/]+\.py): (test_[a-z0-9_]+) \|$", row)
    assert found is not None, row
    assert found[2] in named_in(ROOT / "tests" / found[1])


def test_the_readme_leads_to_it() -> None:
    assert "docs/recordings.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_lines_of_python_in_the_readme_run_as_they_stand(
    face_image: np.ndarray,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S
    )
    assert found
    write_video(tmp_path / "call.mp4", [face_image] * 10, 5)
    monkeypatch.chdir(tmp_path)
    for lines in found:
        exec(lines, {})
    assert "fused_happy" in capsys.readouterr().out


def test_the_card_of_the_face_has_the_figures_of_its_manifest() -> None:
    card = (FOLDER / "face.md").read_text(encoding="utf-8")
    figures = Manifest().entries["face"].fields["figures"]
    assert figures
    for figure in figures:
        said = f"{figure['value']:.1f} %"
        assert said in card, f"{figure['measure']} on {figure['data']} is {said}"
