import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from emotion.errors import StoreError
from emotion.store.calls import Calls
from emotion.store.database import Store, _migrations
from emotion.store.encryption import Vault
from emotion.store.schema import Table
from tests.store.conftest import MANAGER, draft

ROOT = Path(__file__).resolve().parents[2]
REVISIONS = ["0001"]
"""Every version of the tables that was released."""


def test_tables_are_those_of_the_schema(store: Store) -> None:
    tables = set(inspect(store.engine).get_table_names())
    assert tables == set(Table.metadata.tables) | {"alembic_version"}
    for name, table in Table.metadata.tables.items():
        found = {column["name"] for column in inspect(store.engine).get_columns(name)}
        assert found == set(table.columns.keys())


def test_every_released_version_comes_forward_with_its_data(tmp_path: Path) -> None:
    from alembic import command

    for revision in REVISIONS:
        store = Store(f"sqlite:///{tmp_path / f'{revision}.db'}", Vault())
        config = _migrations()
        with store.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            connection.execute(
                text("INSERT INTO account VALUES ('maria', 'Maria', 'manager', 'north')")
            )
            connection.execute(text("INSERT INTO person VALUES ('p1', 'maria', 'K-17')"))
        store.upgrade()
        assert [one.pseudonym for one in Calls(store, MANAGER).people()] == ["K-17"]
    with store.engine.begin() as connection:
        script = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    assert script == REVISIONS[-1], "a new version belongs into the list above"


def test_upgrade_twice_and_by_two_at_once(store: Store) -> None:
    others = [Store(store.engine.url.render_as_string(hide_password=False), Vault()) for _ in "ab"]
    with store.engine.begin() as connection:
        Table.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    errors: list[Exception] = []

    def upgrade(one: Store) -> None:
        try:
            one.upgrade()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=upgrade, args=(one,)) for one in (*others, store)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    Calls(store, MANAGER).save(draft())
    for one in others:
        assert len(Calls(one, MANAGER).history()) == 1
        one.engine.dispose()


def test_a_later_version_is_refused(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"of a later Rapport \(version 9999\)"):
        store.upgrade()


@pytest.mark.parametrize("url", ["calls.db", "nosuch://host/x", "://secret"])
def test_a_url_that_is_none_is_said_without_what_it_holds(url: str) -> None:
    with pytest.raises(StoreError, match="RAPPORT_DATABASE should be sqlite:///PATH") as caught:
        Store(url, Vault())
    assert url not in str(caught.value)


def test_a_server_that_is_away_is_one_sentence_without_the_password() -> None:
    store = Store("postgresql://maria:secret@127.0.0.1:9/calls", Vault())
    with pytest.raises(StoreError, match="cannot be used now") as caught:
        store.upgrade()
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="Calls cannot be kept in"):
        Store(f"sqlite:///{tmp_path / 'file' / 'calls.db'}", Vault()).upgrade()


def test_a_full_disk_loses_nothing_that_was_there(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'calls.db'}", Vault())
    store.upgrade()
    calls = Calls(store, MANAGER)
    first = calls.save(draft())
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    store.engine.dispose()

    # As on a full disk: SQLite may not take another page.
    from sqlalchemy import event

    @event.listens_for(store.engine, "connect")
    def full(connection: object, record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")  # type: ignore[attr-defined]

    def fill() -> None:
        for day in range(50):
            calls.save(draft(days=day))

    with pytest.raises(StoreError, match=r"full.*try again"):
        fill()
    store.engine.dispose()
    again = Store(f"sqlite:///{tmp_path / 'calls.db'}", Vault())
    kept = Calls(again, MANAGER)
    assert first in [call.id for call in kept.history(count=100)]
    for call in kept.history(count=100):
        assert len(kept.readings(call.id)) == 60


SAVER = textwrap.dedent(
    """
    import sys
    from emotion.store.calls import Calls
    from emotion.store.database import Store
    from emotion.store.encryption import Vault
    from tests.store.conftest import MANAGER, draft

    store = Store(sys.argv[1], Vault())
    calls = Calls(store, MANAGER)
    print("ready", flush=True)
    for number in range(10_000):
        print(calls.save(draft(days=number)), flush=True)
    """
)


def test_killed_at_any_instant_no_confirmed_call_is_lost_and_none_is_half(store: Store) -> None:
    url = store.engine.url.render_as_string(hide_password=False)
    confirmed: set[str] = set()
    for attempt in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVER, url],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        for _ in range(40):
            confirmed.add(process.stdout.readline().strip())
        # Somewhere in the middle of the next ones.
        threading.Event().wait(0.003 * attempt)
        process.send_signal(signal.SIGKILL)
        confirmed.update(line.strip() for line in process.stdout if len(line) == 33)
        process.wait()
    calls = Calls(store, MANAGER)
    kept = {call.id for call in calls.history(count=100_000)}
    assert confirmed <= kept
    assert len(confirmed) >= 160
    for identifier in sorted(kept)[:20]:
        call = calls.open(identifier)
        assert (len(call.notes), len(call.moments), len(call.consents)) == (1, 1, 1)
        assert len(calls.readings(identifier)) == 60


def test_two_servers_write_to_one_database(store: Store) -> None:
    url = store.engine.url.render_as_string(hide_password=False)
    done: list[str] = []

    def save(start: int) -> None:
        own = Store(url, Vault())
        calls = Calls(own, MANAGER)
        done.extend(calls.save(draft(days=start + number)) for number in range(20))
        own.engine.dispose()

    threads = [threading.Thread(target=save, args=(start,)) for start in (0, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 40
    assert {call.id for call in Calls(store, MANAGER).history(count=100)} == set(done)
