"""Work that is shared out gives the same, whoever does it."""

import os
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import pytest

from emotion.jobs import sharing


@pytest.fixture(autouse=True)
def main_is_no_page() -> Iterator[None]:
    """Streamlit's AppTest leaves its page as the main module, which new processes would run."""
    before = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    yield
    sys.modules["__main__"] = before


def divide(by: int, number: int) -> tuple[float, int, str]:
    return number / by, os.getpid(), os.environ.get("OMP_NUM_THREADS", "")


def test_this_process_and_others_give_the_same() -> None:
    here = dict(sharing.share(divide, [1, 2, 3], 4))
    there = dict(sharing.share(divide, [1, 2, 3], 4, processes=2))
    assert {place: found[0] for place, found in here.items()} == {0: 0.25, 1: 0.5, 2: 0.75}
    assert {place: found[0] for place, found in there.items()} == {0: 0.25, 1: 0.5, 2: 0.75}
    assert {found[1] for found in here.values()} == {os.getpid()}
    assert os.getpid() not in {found[1] for found in there.values()}
    # As many processes as cores: one core each.
    assert {found[2] for found in there.values()} == {"1"}


@pytest.mark.parametrize("processes", [0, 1])
def test_an_error_of_one_is_raised(processes: int) -> None:
    with pytest.raises(ZeroDivisionError):
        list(sharing.share(divide, [1], 0, processes=processes))


def test_the_settings_of_this_process_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    with sharing._settings_of_processes():
        assert os.environ["OMP_NUM_THREADS"] == os.environ["OPENBLAS_NUM_THREADS"] == "1"
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "OPENBLAS_NUM_THREADS" not in os.environ


def test_others_work_within_and_nobody_else_afterwards() -> None:
    class Others:
        def share(self, work: Any, items: Sequence[Any], common: Any) -> Iterator[tuple[int, Any]]:
            return ((place, (work, item, common)) for place, item in enumerate(items))

    with sharing.to(Others()):
        found: list[Any] = list(sharing.share(divide, [5], 6, processes=2))
    assert found == [(0, (divide, 5, 6))]
    assert dict(sharing.share(divide, [5], 5))[0][0] == 1.0
