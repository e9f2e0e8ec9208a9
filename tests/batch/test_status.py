import time
from pathlib import Path

import pytest

from emotion.batch.status import DONE, NAME, Count, Failure, Status, Worker
from emotion.errors import ReportError


def test_what_is_written_is_read(tmp_path: Path) -> None:
    count = Count(10, kept=3)
    count.add()
    count.add(Failure("a.wav", "It is none."))
    status = count.status([Worker("tcp://a", "running", 1, 5, 10)])
    status.write(tmp_path)
    assert Status.read(tmp_path) == status
    assert (status.done, status.failed, status.share) == (1, 1, 0.5)
    assert status.rate > 0
    assert status.left is not None
    assert status.left > 0
    assert not status.silent


def test_nothing_is_left_when_all_is_done() -> None:
    count = Count(1)
    count.add()
    done = count.status([], DONE)
    assert done.left is None
    assert done.share == 1
    assert Count(0).status([]).share == 1


def test_a_batch_that_says_nothing_is_silent() -> None:
    now = time.time()
    assert Status("running", now - 100, now - 60, 5).silent
    assert not Status("done", now - 100, now - 60, 5).silent


def test_only_the_latest_failures_are_shown() -> None:
    count = Count(1_000)
    for number in range(200):
        count.add(Failure(f"{number}.wav", "It is none."))
    status = count.status([])
    assert status.failed == 200
    assert len(status.failures) == 50
    assert status.failures[-1].source == "199.wav"


def test_a_folder_without_a_batch_has_no_status(tmp_path: Path) -> None:
    assert Status.read(tmp_path) is None
    (tmp_path / NAME).write_text("[]")
    with pytest.raises(ReportError, match="does not say how far"):
        Status.read(tmp_path)
