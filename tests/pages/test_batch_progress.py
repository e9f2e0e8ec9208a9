"""The page with the progress of a batch, under Streamlit's own test."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import batches
from emotion.batch.status import DONE, NAME, Count, Failure, Status, Worker

OpenPage = Callable[[str], AppTest]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(batches.SETTING, str(tmp_path))
    monkeypatch.setenv("RAPPORT_ALLOW_ANYONE", "1")
    return tmp_path


def counted() -> Count:
    count = Count(1_000, kept=200)
    for _ in range(30):
        count.add()
    count.add(Failure("calls/a_b$.wav", "It is no recording."))
    return count


def metrics(app: AppTest) -> dict[str, str]:
    return {one.label: str(one.value) for one in app.metric}


def test_how_far_it_is_who_reads_and_what_could_not_be(folder: Path, open_page: OpenPage) -> None:
    workers = [
        Worker("tcp://10.0.0.1:4", "running", 1, 300_000_000, 2_000_000_000),
        Worker("tcp://10.0.0.2:4", "paused", 0, 1_900_000_000, 2_000_000_000),
    ]
    counted().status(workers).write(folder)
    app = open_page("batch_progress")
    found = metrics(app)
    assert found["Read"] == "30"
    assert found["There already"] == "200"
    assert found["Could not be read"] == "1"
    assert float(found["A minute"].replace(",", "")) > 0
    assert found["Left"] != "–"
    tables = [one.value for one in app.dataframe]
    assert list(tables[0]["Worker"]) == [worker.name for worker in workers]
    assert tables[0]["State"][1].startswith("paused")
    assert list(tables[0]["Memory, MB"]) == [300, 1_900]
    assert "- **calls/a\\_b\\$.wav**  \n  It is no recording." in [
        one.value for one in app.markdown
    ]
    assert not app.warning


def test_where_all_failures_are_is_said_if_not_all_are_shown(
    folder: Path, open_page: OpenPage
) -> None:
    count = Count(100)
    for number in range(60):
        count.add(Failure(f"{number}.wav", "It is no recording."))
    count.status([]).write(folder)
    app = open_page("batch_progress")
    (said,) = [one.value for one in app.caption if one.value.startswith("The latest 50 of 60")]
    assert "failures.jsonl" in said
    (shown,) = [one.value for one in app.markdown if "no recording" in one.value]
    assert shown.count("It is no recording.") == 50
    assert shown.startswith("- **59")


def test_a_batch_that_is_done_says_so(folder: Path, open_page: OpenPage) -> None:
    counted().status([], DONE).write(folder)
    app = open_page("batch_progress")
    assert app.success[0].value == "Every recording was tried."
    assert metrics(app)["Left"] == "–"


def test_one_that_was_killed_is_not_shown_as_running(folder: Path, open_page: OpenPage) -> None:
    Status("running", time.time() - 500, time.time() - 100, 10, done=5).write(folder)
    assert "has not been heard of" in open_page("batch_progress").warning[0].value


def test_a_folder_without_a_batch_and_a_damaged_status_are_sentences(
    folder: Path, open_page: OpenPage
) -> None:
    assert "No batch has begun in" in open_page("batch_progress").info[0].value
    (folder / NAME).write_text("{}")
    assert "does not say how far" in open_page("batch_progress").error[0].value
