"""Copies of the database, and what goes from them."""

from pathlib import Path

import pytest
from sqlalchemy import text

from emotion.errors import StoreError
from emotion.store import backups, retention
from emotion.store.access import Role
from emotion.store.database import Store
from emotion.store.encryption import Vault, new_key
from emotion.store.kept_calls import KeptCalls
from tests.store.conftest import ADMINISTRATOR, MANAGER, draft


def emptied(store: Store, folder: Path) -> Store:
    """A new database of the same kind."""
    if store.file is not None:
        fresh = Store(f"sqlite:///{folder / 'fresh' / 'calls.db'}", Vault())
    else:
        fresh = store
        with store.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    fresh.upgrade()
    return fresh


def test_what_was_deleted_goes_from_backups_with_their_next_run(
    store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    calls = KeptCalls(store, MANAGER)
    stays = calls.save(draft("stays"))
    calls.save(draft("gone", 1, title="Peculiar title"))
    first = backups.back_up(store, folder)
    assert b"Peculiar title" in first.read_bytes()
    person = next(one for one in calls.people() if one.pseudonym == "gone")
    calls.delete_person(person.id)
    second = backups.back_up(store, folder)
    for path in (first, second):
        kept = Store(f"sqlite:///{path}", Vault())
        assert [call.id for call in KeptCalls(kept, MANAGER).history()] == [stays]
        assert [one.pseudonym for one in KeptCalls(kept, MANAGER).people()] == ["stays"]
        kept.engine.dispose()
    assert {path.suffix for path in folder.iterdir()} <= {".db", ".db-wal", ".db-shm"}
    assert not any(b"Peculiar title" in path.read_bytes() for path in folder.iterdir())


def test_a_copy_is_all_there_is_and_is_put_back_into_a_new_database(
    store: Store, tmp_path: Path
) -> None:
    calls = KeptCalls(store, MANAGER)
    saved = [calls.save(draft(f"K-{number}", number)) for number in range(5)]
    calls.delete(saved.pop())
    retention.set_rule(store, ADMINISTRATOR, Role.MANAGER, "live", 7)
    before = [(calls.open(one), calls.readings(one)) for one in saved]
    copy = backups.back_up(store, tmp_path / "backups")
    with pytest.raises(StoreError, match="holds calls already"):
        backups.restore(store, copy)
    fresh = emptied(store, tmp_path)
    assert backups.restore(fresh, copy) == 4
    calls = KeptCalls(fresh, MANAGER)
    for call, readings in before:
        after = calls.open(call.id)
        assert calls.readings(call.id).equals(readings)
        assert (after.title, after.started_at, after.expires_at) == (
            call.title,
            call.started_at,
            call.expires_at,
        )
        assert after.person is not None
        assert call.person is not None
        assert after.person.pseudonym == call.person.pseudonym
        assert [note.text for note in after.notes] == [note.text for note in call.notes]
    assert retention.rules(fresh) == {(Role.MANAGER, "live"): 7}
    # What is done next has its place in the audit.
    assert calls.save(draft("K-9", 9))
    fresh.engine.dispose()


def test_what_is_known_to_be_deleted_does_not_come_back(store: Store, tmp_path: Path) -> None:
    calls = KeptCalls(store, MANAGER)
    calls.save(draft())
    copy = backups.back_up(store, tmp_path / "backups")
    for person in calls.people():
        calls.delete_person(person.id)
    assert backups.restore(store, copy) == 0
    assert calls.people() == []


def test_readings_stay_encrypted_in_a_copy(store: Store, tmp_path: Path) -> None:
    vault = Vault((new_key(),))
    locked = Store(store.engine.url.render_as_string(hide_password=False), vault)
    identifier = KeptCalls(locked, MANAGER).save(draft())
    copy = backups.back_up(locked, tmp_path / "backups")
    locked.engine.dispose()
    with_key, without = Store(f"sqlite:///{copy}", vault), Store(f"sqlite:///{copy}", Vault())
    assert len(KeptCalls(with_key, MANAGER).readings(identifier)) == 60
    with pytest.raises(StoreError, match="RAPPORT_KEYS"):
        KeptCalls(without, MANAGER).readings(identifier)
    with_key.engine.dispose()
    without.engine.dispose()


def test_a_copy_that_is_not_there_and_a_folder_that_cannot_be(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no copy .*none\.db"):
        backups.restore(store, tmp_path / "none.db")
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be made"):
        backups.back_up(store, tmp_path / "file" / "backups")
