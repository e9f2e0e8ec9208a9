import io
import os
import signal
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import bindparam, inspect, select, text
from sqlalchemy.orm import undefer

from emotion.errors import StoreError
from emotion.store import backups, ratings, retention
from emotion.store.access import Role
from emotion.store.database import Store, _migrations
from emotion.store.encryption import Vault
from emotion.store.kept_calls import KeptCalls, _packed
from emotion.store.schema import Audit, Deletion, KeptCall, Table
from tests.store import saver
from tests.store.conftest import (
    BEGAN,
    MANAGER,
    POSTGRESQL,
    draft,
    emptied,
    own_database,
    readings,
)


def test_tables_are_those_of_the_schema(store: Store) -> None:
    tables = set(inspect(store.engine).get_table_names())
    assert tables == set(Table.metadata.tables) | {"alembic_version"}
    for name, table in Table.metadata.tables.items():
        found = {column["name"] for column in inspect(store.engine).get_columns(name)}
        assert found == set(table.columns.keys())


RELEASED = {
    "0001": """
        INSERT INTO account (subject, name, role, team)
            VALUES ('maria', 'Maria', 'manager', 'north');
        INSERT INTO person (id, owner, pseudonym) VALUES ('p1', 'maria', 'K-17');
        INSERT INTO call (id, owner, person_id, kind, title, product, started_at, saved_at,
            expires_at, duration, satisfaction, dominant, face_coverage, voice_coverage, readings)
            VALUES ('c1', 'maria', 'p1', 'live', 'First talk', 'roof', :began, :began,
            :began, 30.0, 64.0, 'happy', 0.9, 0.6, :readings);
        INSERT INTO note (id, call_id, time, label, text) VALUES ('n1', 'c1', 4.0, 'price', '12 %');
        INSERT INTO moment (id, call_id, time, kind, change, comment)
            VALUES ('m1', 'c1', 9.0, 'rise', 14.0, 'liked it');
        INSERT INTO consent (id, call_id, confirmed_by, confirmed_at, text)
            VALUES ('s1', 'c1', 'maria', :began, 'agreed');
        INSERT INTO rating (id, call_id, rater, "group", rated_at)
            VALUES ('r1', 'c1', 'maria', 'satisfied', :began);
        INSERT INTO audit (at, actor, action, subject, subject_id)
            VALUES (:began, 'maria', 'save', 'call', 'c1');
        INSERT INTO deletion (subject_id, subject, deleted_at) VALUES ('c0', 'call', :began);
        INSERT INTO retention (role, kind, days) VALUES ('manager', 'live', 7)
    """,
}
"""Every version of the tables that was released, and a row of each of its tables."""

UNRELEASED = "0002"
"""Goes into the list above with its release."""


@pytest.mark.parametrize("revision", RELEASED)
def test_every_released_version_comes_forward_with_its_data(revision: str, store: Store) -> None:
    with store.engine.begin() as connection:
        Table.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        config = _migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        filled = set()
        for line in RELEASED[revision].split(";"):
            given = {"began": BEGAN, "readings": _packed(readings())}
            statement = text(line).bindparams(
                *(bindparam(name, value) for name, value in given.items() if f":{name}" in line)
            )
            connection.execute(statement)
            filled.add(line.split()[2])
        assert filled == set(inspect(connection).get_table_names()) - {"alembic_version"}
    store.upgrade()
    calls = KeptCalls(store, MANAGER)
    call = calls.open("c1")
    assert call.person is not None
    assert (call.person.pseudonym, call.title, call.started_at) == ("K-17", "First talk", BEGAN)
    assert [one.text for one in call.notes] == ["12 %"]
    assert [one.comment for one in call.moments] == ["liked it"]
    assert [one.text for one in call.consents] == ["agreed"]
    pd.testing.assert_frame_equal(calls.readings("c1"), readings())
    assert ratings.agreement(store, MANAGER).right == 1
    assert retention.rules(store) == {(Role.MANAGER, "live"): 7}
    with store.session() as session:
        assert "save" in session.scalars(select(Audit.action)).all()
        assert session.get(Deletion, "c0") is not None


def test_no_version_is_left_out_above(store: Store) -> None:
    scripts = ScriptDirectory.from_config(_migrations())
    known = {one.revision for one in scripts.walk_revisions()}
    assert known == set(RELEASED) | {UNRELEASED}
    # And the last one makes what the code expects: columns, types, indexes.
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Table.metadata) == []


@pytest.mark.skipif(POSTGRESQL is None, reason="RAPPORT_TEST_POSTGRESQL names no database")
def test_a_database_without_a_locale_keeps_text_as_it_is() -> None:
    """`initdb` makes such ones where LANG is C, as in a small container."""
    made = Store(own_database(str(POSTGRESQL), encoding="SQL_ASCII"), Vault())
    try:
        emptied(made)
        said = "Zürich, 12 €"
        calls = KeptCalls(made, MANAGER)
        assert calls.open(calls.save(draft(title=said))).title == said
    finally:
        made.engine.dispose()


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
    KeptCalls(store, MANAGER).save(draft())
    for one in others:
        assert len(KeptCalls(one, MANAGER).history()) == 1
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


@pytest.mark.skipif(os.name != "posix", reason="elsewhere files have no modes")
def test_nobody_else_on_the_machine_may_read_the_database_or_a_copy(tmp_path: Path) -> None:
    # A folder that was there, such as one that the owner of a server made.
    store = Store(f"sqlite:///{tmp_path / 'calls.db'}", Vault())
    store.upgrade()
    KeptCalls(store, MANAGER).save(draft())
    (tmp_path / "copies").mkdir()
    backups.back_up(store, tmp_path / "copies")
    found = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in found} >= {".db", ".db-wal"}
    for path in found:
        assert path.stat().st_mode & 0o077 == 0, path.name


def test_a_full_disk_loses_nothing_that_was_there(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'calls.db'}", Vault())
    store.upgrade()
    calls = KeptCalls(store, MANAGER)
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
    kept = KeptCalls(again, MANAGER)
    assert first in [call.id for call in kept.history(count=100)]
    for call in kept.history(count=100):
        assert len(kept.readings(call.id)) == 60


def received(confirmed: Connection) -> set[str]:
    """All that is still to come."""
    found = set()
    with suppress(EOFError):
        while True:
            found.add(confirmed.recv())
    return found


def test_killed_at_any_instant_no_confirmed_call_is_lost_and_none_is_half(
    store: Store, rng: np.random.Generator
) -> None:
    """Ten kills, each in the middle of the next save or so."""
    url = store.engine.url.render_as_string(hide_password=False)
    confirmed: set[str] = set()
    for _ in range(10):
        with saver.saving(url, 10_000) as (process, given):
            confirmed.update(given.recv() for _ in range(10))
            # Somewhere in the middle of the next ones.
            threading.Event().wait(rng.uniform(0, 0.04))
            process.kill()
            confirmed |= received(given)
            assert process.join() == -signal.SIGKILL
    assert len(confirmed) >= 100
    assert all(len(one) == 32 for one in confirmed)
    calls = KeptCalls(store, MANAGER)
    kept = {call.id for call in calls.history(count=100_000)}
    assert confirmed <= kept
    # All at once: whatever is opened as a user opens it is a line of the audit more to write.
    with store.session() as session:
        for call in session.scalars(select(KeptCall).options(undefer(KeptCall.readings))).unique():
            assert (len(call.notes), len(call.moments), len(call.consents)) == (1, 1, 1)
            assert len(pd.read_parquet(io.BytesIO(call.readings))) == 60
    # Nor is there half of one in any other table.
    with store.engine.connect() as connection:
        for table in ("note", "moment", "consent"):
            rows = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            assert rows == len(kept)
        saved = text("SELECT count(*) FROM audit WHERE action = 'save'")
        assert connection.execute(saved).scalar_one() == len(kept)


def test_two_servers_use_one_database(store: Store) -> None:
    url = store.engine.url.render_as_string(hide_password=False)
    # Both start on an empty one.
    with store.engine.begin() as connection:
        Table.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    with saver.saving(url, 20) as (one, first), saver.saving(url, 20) as (other, second):
        done = [*received(first), *received(second)]
        for process in (one, other):
            assert process.join() == 0
    assert len(done) == 40
    assert len(set(done)) == 40
    calls = KeptCalls(store, MANAGER)
    assert {call.id for call in calls.history(count=100)} == set(done)
    # Of the same customer in both there is one.
    assert len(calls.people()) == 1
