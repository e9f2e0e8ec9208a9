from datetime import UTC, datetime, timedelta

import pytest

from emotion.errors import StoreError
from emotion.store import retention
from emotion.store.access import Role
from emotion.store.calls import DEFAULT_DAYS, Calls
from emotion.store.database import Store
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
