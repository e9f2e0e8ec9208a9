"""Work on many clips, alone and in several processes."""

import os
import sys
from types import ModuleType

import pytest

from emotion.jobs import workers
from emotion.models.shipped import Models


def square(models: Models, number: int) -> tuple[int, int, float]:
    """What a process gives: the answer, who it is, and that it has the models."""
    return number**2, os.getpid(), models.reliability.voice


def test_few_items_need_no_process(models: Models) -> None:
    told: list[int] = []
    found = list(workers.each(square, range(3), models, told.append))
    assert [one for one, _, _ in found] == [0, 1, 4]
    assert {process for _, process, _ in found} == {os.getpid()}
    assert told == [1, 2, 3]


def test_many_items_are_shared_out_and_stay_in_order(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    # Streamlit's AppTest leaves its page as the main module, which new processes would run.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    told: list[int] = []
    found = list(workers.each(square, range(20), models, told.append))
    assert [one for one, _, _ in found] == [number**2 for number in range(20)]
    assert os.getpid() not in {process for _, process, _ in found}
    assert {reliability for _, _, reliability in found} == {models.reliability.voice}
    assert told == list(range(1, 21))


def test_there_are_no_more_processes_than_cores_that_may_be_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 96)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(3)), raising=False)
    assert workers.processes(100) == 3
    assert workers.processes(2) == 2
    assert workers.processes(0) == 1
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(96)))
    assert workers.processes(100) == 16
    # Where the system cannot say which cores may be used, all that there are.
    monkeypatch.delattr(os, "sched_getaffinity")
    assert workers.processes(100) == 16


def test_nothing_to_do_is_done(models: Models) -> None:
    assert list(workers.each(square, [], models)) == []
