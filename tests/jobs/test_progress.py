import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from emotion.jobs import progress


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "progress.json"
    progress.tell(path)
    yield path
    progress.tell(None)


def test_each_item_is_told(told: Path) -> None:
    seen = []
    for item in progress.track(["a", "b"], "reading", "clip"):
        seen.append((item, json.loads(told.read_text())))
    assert [item for item, _ in seen] == ["a", "b"]
    assert seen[0][1] == {"title": "reading", "unit": "clip", "done": 0, "total": 2, "left": None}
    assert seen[1][1]["done"] == 1
    assert seen[1][1]["left"] >= 0
    last = json.loads(told.read_text())
    assert (last["done"], last["left"]) == (2, 0)
    assert [path.name for path in told.parent.iterdir()] == [told.name]


def test_items_without_a_length_need_a_total(told: Path) -> None:
    assert list(progress.track(iter("abc"), "x", "part", 3)) == ["a", "b", "c"]
    assert json.loads(told.read_text())["total"] == 3


def test_a_bar_takes_the_number_that_is_done(told: Path) -> None:
    with progress.bar("watching", "clip", 4) as advance:
        advance(3)
        assert json.loads(told.read_text())["done"] == 3


def test_nothing_is_written_where_nobody_watches(tmp_path: Path) -> None:
    assert list(progress.track([1], "x", "part")) == [1]
    assert list(tmp_path.iterdir()) == []
