import pytest

from emotion.errors import StoreError
from emotion.store import audit
from emotion.store.access import LOCAL, Actor
from emotion.store.database import Store
from emotion.store.kept_calls import KeptCalls
from tests.store.conftest import ADMINISTRATOR, MANAGER, RESEARCHER, TRAINER, draft


def test_an_administrator_reads_who_did_what(store: Store) -> None:
    call, other = (KeptCalls(store, MANAGER).save(draft(days=day)) for day in (0, 1))
    KeptCalls(store, TRAINER).open(call)
    KeptCalls(store, MANAGER).delete(call)
    told = [(one.actor, one.action) for one in audit.lines(store, ADMINISTRATOR, of=call)]
    assert told == [("maria", "delete"), ("tom", "open"), ("maria", "save")]
    assert {one.actor for one in audit.lines(store, LOCAL, by="tom")} == {"tom"}
    newest = audit.lines(store, LOCAL, count=2)
    # That somebody looked is there as well.
    assert [(one.actor, one.action, one.subject) for one in newest] == [
        ("local", "read", "audit"),
        ("ada", "read", "audit"),
    ]
    assert other in {one.subject_id for one in audit.lines(store, LOCAL)}


@pytest.mark.parametrize("actor", [MANAGER, TRAINER, RESEARCHER])
def test_nobody_else_does(actor: Actor, store: Store) -> None:
    with pytest.raises(StoreError, match="Only an administrator reads the audit"):
        audit.lines(store, actor)
