import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from emotion.errors import StoreError
from emotion.store import retention
from emotion.store.access import Role
from emotion.store.database import Store
from emotion.store.encryption import Vault
from emotion.store.kept_calls import DEFAULT_DAYS, KeptCalls
from emotion.store.schema import Audit, Retention
from tests.store.conftest import ADMINISTRATOR, MANAGER, TRAINER, draft


def in_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def test_calls_go_after_their_time_and_not_before(store: Store) -> None:
    calls = KeptCalls(store, MANAGER)
    identifier = calls.save(draft())
    end = calls.open(identifier).expires_at
    assert end is not None
    assert end > in_days(DEFAULT_DAYS - 0.1)
    assert retention.run(store, end - timedelta(seconds=1)) == 0
    assert calls.open(identifier).expires_at == end
    assert retention.run(store, end) == 1
    assert calls.history() == []


@pytest.mark.parametrize(
    ("saved", "days", "gone"),
    [
        # The day that a page names is the one with which it is gone, at whatever hour it was kept.
        ("2026-11-02T14:30:00+00:00", 7, "2026-11-10T00:00:00+00:00"),
        ("2026-11-02T23:59:59+00:00", 1, "2026-11-04T00:00:00+00:00"),
        ("2026-11-02T00:00:00+00:00", 7, "2026-11-09T00:00:00+00:00"),
        ("2026-11-02T23:30:00-05:00", 1, "2026-11-05T00:00:00+00:00"),
        ("2026-11-02T14:30:00+00:00", 0, None),
    ],
)
def test_a_call_goes_with_a_day(saved: str, days: int, gone: str | None) -> None:
    end = Retention.end(datetime.fromisoformat(saved), days)
    assert end == (None if gone is None else datetime.fromisoformat(gone))


def test_it_is_known_before_a_call_is_saved(store: Store) -> None:
    calls = KeptCalls(store, MANAGER)
    assert calls.open(calls.save(draft())).expires_at == calls.end("live")
    retention.set_rule(store, ADMINISTRATOR, Role.MANAGER, "recording", 0)
    assert calls.end("recording") is None


def test_runs_at_once_delete_and_tell_each_call_once(store: Store) -> None:
    calls = KeptCalls(store, MANAGER)
    for day in range(40):
        calls.save(draft(days=day))
    url = store.engine.url.render_as_string(hide_password=False)
    together, counts = threading.Barrier(3), []

    def run() -> None:
        own = Store(url, Vault())
        together.wait()
        counts.append(retention.run(own, in_days(DEFAULT_DAYS + 1)))
        own.engine.dispose()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 0, 40]
    with store.session() as session:
        deleted = select(func.count()).where(Audit.action == "delete")
        assert session.scalar(deleted) == 40


def test_rules_are_by_role_and_kind_and_count_for_what_is_kept(store: Store) -> None:
    manager, trainer = KeptCalls(store, MANAGER), KeptCalls(store, TRAINER)
    manager.save(draft())
    manager.save(draft(kind="recording"))
    trainer.save(draft())
    retention.set_rule(store, ADMINISTRATOR, Role.MANAGER, "live", 7)
    assert retention.rules(store) == {(Role.MANAGER, "live"): 7}
    assert retention.run(store, in_days(6.9)) == 0
    assert retention.run(store, in_days(8)) == 1
    assert [call.kind for call in manager.history()] == ["recording"]
    later = manager.open(manager.save(draft(days=1)))
    assert later.expires_at is not None
    assert timedelta(days=6.9) < later.expires_at - datetime.now(UTC) < timedelta(days=8)
    retention.set_rule(store, ADMINISTRATOR, Role.MANAGER, "live", 0)
    assert retention.run(store, in_days(10_000)) == 2
    assert [call.kind for call in manager.history()] == ["live"]


def test_only_an_administrator_sets_rules(store: Store) -> None:
    with pytest.raises(StoreError, match=r"Only an administrator.*a trainer"):
        retention.set_rule(store, TRAINER, Role.TRAINER, "live", 9)
    for kind, days in (("dream", 9), ("live", -1)):
        with pytest.raises(StoreError, match="in days from 0"):
            retention.set_rule(store, ADMINISTRATOR, Role.TRAINER, kind, days)
