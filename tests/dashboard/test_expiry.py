"""The server deletes what is due by itself: real databases, real processes."""

import logging
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select, update

from dashboard import expiry
from dashboard.expiry import Expiry, next_run
from emotion.store import location
from emotion.store.access import LOCAL
from emotion.store.database import Store
from emotion.store.kept_calls import KeptCalls
from emotion.store.schema import Audit, KeptCall
from tests import browser
from tests.store.conftest import draft

PATIENCE = 90.0
"""Seconds: each run is a process that has to start, and the machine may be busy."""


def until(true: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def keep_due(store: Store, count: int = 1) -> None:
    """Keep calls whose time was over an hour ago."""
    calls = KeptCalls(store, LOCAL)
    saved = [calls.save(draft(days=day)) for day in range(count)]
    with store.session() as session:
        over = datetime.now(UTC) - timedelta(hours=1)
        session.execute(update(KeptCall).where(KeptCall.id.in_(saved)).values(expires_at=over))


def kept(store: Store) -> int:
    return len(KeptCalls(store, LOCAL).history())


def soon(now: datetime) -> datetime:
    """In place of the next day."""
    return now + timedelta(seconds=0.2)


def never(now: datetime) -> datetime:
    return now + timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The database that a server of this test uses."""
    url = f"sqlite:///{tmp_path / 'data' / 'calls.db'}"
    monkeypatch.setenv(location.SETTING, url)
    monkeypatch.delenv(expiry.SETTING)
    made = Store(url)
    made.upgrade()
    yield made
    made.engine.dispose()


@pytest.fixture
def begun() -> Iterator[Callable[..., Expiry]]:
    """Begins what is ended with the test."""
    made: list[Expiry] = []

    def begin(when: Callable[[datetime], datetime], again: float = 600.0) -> Expiry:
        made.append(Expiry(when, again))
        made[-1].start()
        return made[-1]

    yield begin
    for one in made:
        one.stop()


def test_what_is_due_goes_at_the_start_and_each_day(
    store: Store, begun: Callable[..., Expiry]
) -> None:
    keep_due(store, 3)
    stays = KeptCalls(store, LOCAL).save(draft(days=9))
    begun(soon)
    until(lambda: kept(store) == 1, "nothing was deleted at the start")
    keep_due(store)
    until(lambda: kept(store) == 1, "nothing was deleted on the next day")
    assert [call.id for call in KeptCalls(store, LOCAL).history()] == [stays]
    with store.session() as session:
        deleted = session.scalars(select(Audit.actor).where(Audit.action == "delete")).all()
    assert deleted == ["retention"] * 4


def test_a_failure_is_one_sentence_and_is_tried_again(
    tmp_path: Path,
    store: Store,
    begun: Callable[..., Expiry],
    caplog: pytest.LogCaptureFixture,
) -> None:
    keep_due(store)
    store.engine.dispose()
    folder, away = tmp_path / "data", tmp_path / "away"
    folder.rename(away)
    folder.touch()
    with caplog.at_level(logging.WARNING):
        begun(never, again=0.2)
        until(lambda: caplog.messages, "nothing was said")
    for message in caplog.messages:
        assert message.startswith("Kept calls whose time is over could not be deleted: ")
        assert "Calls cannot be kept in" in message
        assert "It is tried again in" in message
        assert "\n" not in message
    folder.unlink()
    away.rename(folder)
    until(lambda: kept(store) == 0, "it was not tried again")


def test_a_password_is_not_in_the_log(
    monkeypatch: pytest.MonkeyPatch,
    begun: Callable[..., Expiry],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.delenv(expiry.SETTING)
    monkeypatch.setenv(location.SETTING, "postgresql://maria:secret@127.0.0.1:9/calls")
    begun(never)
    until(lambda: caplog.messages, "nothing was said")
    assert "cannot be used now" in caplog.text
    assert "secret" not in caplog.text


def test_where_nobody_kept_a_call_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(expiry.SETTING)
    monkeypatch.delenv(location.SETTING, raising=False)
    monkeypatch.setattr("platformdirs.user_data_dir", lambda *_, **__: str(tmp_path))
    assert Expiry(never).run() is None
    assert list(tmp_path.iterdir()) == []
    made = Store()
    made.upgrade()
    keep_due(made)
    # On any system, a process of its own has the folder from its environment.
    monkeypatch.setenv(location.SETTING, location.url())
    assert Expiry(never).run() is None
    assert kept(made) == 0
    made.engine.dispose()


def test_it_can_be_left_to_somebody_else(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_due(store)
    monkeypatch.setenv(expiry.SETTING, "0")
    assert Expiry(never).run() is None
    assert kept(store) == 1


def test_a_server_that_stops_does_not_wait_for_it(
    store: Store, begun: Callable[..., Expiry]
) -> None:
    keep_due(store)
    with store.engine.begin() as writing:
        # As long as somebody writes, it has to wait.
        writing.exec_driver_sql("SELECT 1")
        one = begun(never)
        until(lambda: _children(), "no process was started")
        one.stop()
        assert _children() == []
        # Which is what it ends with once it has waited in vain.
        assert one._child is not None
        assert one._child.returncode != 2
    assert kept(store) == 1


def _children() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children():
        try:
            if "retention" in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                found.append(child)
        except psutil.NoSuchProcess:
            pass
    return found


@pytest.mark.parametrize("hour", [0, 9, 23])
def test_the_next_run_is_when_the_next_day_has_begun(hour: int) -> None:
    now = datetime(2026, 11, 2, hour, 59, 30, tzinfo=UTC)
    for _ in range(50):
        later = next_run(now) - datetime(2026, 11, 3, tzinfo=UTC)
        # Some minutes apart, so that several servers do not come to the database at once.
        assert timedelta(0) < later < timedelta(minutes=30)


def test_a_server_deletes_without_anybody_looking(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keep_due(store, 2)
    stays = KeptCalls(store, LOCAL).save(draft(days=9))
    # Found from anywhere, also where Rapport is not installed.
    monkeypatch.delenv("PYTHONPATH", raising=False)
    with browser.dashboard(tmp_path / "log.txt"):
        until(lambda: kept(store) == 1, (tmp_path / "log.txt").read_text())
    assert [call.id for call in KeptCalls(store, LOCAL).history()] == [stays]


def test_the_server_itself_holds_no_store_for_it() -> None:
    program = textwrap.dedent(
        """
        import sys
        from dashboard.expiry import Expiry
        one = Expiry()
        one.start()
        one.stop()
        heavy = {"pandas", "pyarrow", "sqlalchemy", "alembic"}
        assert not heavy & set(sys.modules), heavy & set(sys.modules)
        """
    )
    environment = {name: os.environ[name] for name in os.environ if name != expiry.SETTING}
    environment[location.SETTING] = "postgresql://127.0.0.1:9/calls"
    subprocess.run([sys.executable, "-c", program], cwd=browser.ROOT, env=environment, check=True)
