from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from emotion.errors import StoreError
from emotion.store import retention
from emotion.store.access import Role
from emotion.store.calls import DEFAULT_DAYS, Calls
from emotion.store.database import Store
from emotion.store.encryption import Vault
from tests.store.conftest import ADMINISTRATOR, MANAGER, TRAINER, draft


def in_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def test_calls_go_after_their_time_and_not_before(store: Store) -> None:
    calls = Calls(store, MANAGER)
    identifier = calls.save(draft())
    assert retention.run(store, in_days(DEFAULT_DAYS - 0.1)) == 0
    assert calls.open(identifier).expires_at is not None
    assert retention.run(store, in_days(DEFAULT_DAYS + 0.1)) == 1
    assert calls.history() == []


def test_rules_are_by_role_and_kind_and_count_for_what_is_kept(store: Store) -> None:
    manager, trainer = Calls(store, MANAGER), Calls(store, TRAINER)
    manager.save(draft())
    manager.save(draft(kind="recording"))
    trainer.save(draft())
    retention.set_rule(store, ADMINISTRATOR, Role.MANAGER, "live", 7)
    assert retention.rules(store) == {(Role.MANAGER, "live"): 7}
    assert retention.run(store, in_days(8)) == 1
    assert [call.kind for call in manager.history()] == ["recording"]
    later = manager.open(manager.save(draft(days=1)))
    assert later.expires_at is not None
    assert timedelta(days=6.9) < later.expires_at - datetime.now(UTC) < timedelta(days=7.1)
    retention.set_rule(store, ADMINISTRATOR, Role.MANAGER, "live", 0)
    assert retention.run(store, in_days(10_000)) == 2
    assert [call.kind for call in manager.history()] == ["live"]


def test_only_an_administrator_sets_rules(store: Store) -> None:
    with pytest.raises(StoreError, match=r"Only an administrator.*a trainer"):
        retention.set_rule(store, TRAINER, Role.TRAINER, "live", 9)
    for kind, days in (("dream", 9), ("live", -1)):
        with pytest.raises(StoreError, match="in days from 0"):
            retention.set_rule(store, ADMINISTRATOR, Role.TRAINER, kind, days)


def test_what_was_deleted_goes_from_backups_with_their_next_run(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'calls.db'}", Vault())
    store.upgrade()
    calls = Calls(store, MANAGER)
    stays = calls.save(draft("stays"))
    calls.save(draft("gone", 1, title="Peculiar title"))
    first = retention.back_up(store, tmp_path / "backups")
    assert b"Peculiar title" in first.read_bytes()
    person = next(one for one in calls.people() if one.pseudonym == "gone")
    calls.delete_person(person.id)
    second = retention.back_up(store, tmp_path / "backups")
    for path in (first, second):
        kept = Store(f"sqlite:///{path}", Vault())
        assert [call.id for call in Calls(kept, MANAGER).history()] == [stays]
        assert [one.pseudonym for one in Calls(kept, MANAGER).people()] == ["stays"]
        kept.engine.dispose()
    assert not any(
        b"Peculiar title" in path.read_bytes() for path in (tmp_path / "backups").iterdir()
    )


def test_a_server_is_not_backed_up_as_a_file() -> None:
    with pytest.raises(StoreError, match="pg_dump"):
        retention.back_up(Store("postgresql://maria@localhost/calls", Vault()), Path("backups"))
