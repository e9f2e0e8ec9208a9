import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from emotion.jobs import progress


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "progress.json"
    progress.write_to(path)
    yield path
    progress.write_to(None)


def test_progress_is_written_after_each_item(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now[0]))
    seen = []
    for item in progress.track(["a", "b", "c"], "reading", "clip"):
        now[0] += 3
        seen.append((item, json.loads(written.read_text())))
    assert [item for item, _ in seen] == ["a", "b", "c"]
    first = {"title": "reading", "unit": "clip", "done": 0, "total": 3, "passes": 1, "left": None}
    assert seen[0][1] == first
    # After three seconds for one of three there are six left.
    assert [(one["done"], one["left"]) for _, one in seen[1:]] == [(1, 6), (2, 3)]
    last = json.loads(written.read_text())
    assert (last["done"], last["left"]) == (3, 0)
    assert [path.name for path in written.parent.iterdir()] == [written.name]


def test_items_without_a_length_need_a_total(written: Path) -> None:
    assert list(progress.track(iter("abc"), "x", "part", 3)) == ["a", "b", "c"]
    assert json.loads(written.read_text())["total"] == 3


def test_a_bar_takes_the_number_that_is_done(written: Path) -> None:
    with progress.bar("watching", "clip", 4) as advance:
        advance(3)
        assert json.loads(written.read_text())["done"] == 3


def test_nothing_is_written_where_nobody_watches(tmp_path: Path) -> None:
    assert list(progress.track([1], "x", "part")) == [1]
    assert list(tmp_path.iterdir()) == []


def test_a_bar_that_was_interrupted_while_it_was_made_goes_without_a_word() -> None:
    half = progress.Drawn.__new__(progress.Drawn)
    half.disable = False
    assert not hasattr(half, "pos")
    half.__del__()
