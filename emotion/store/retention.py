"""How long calls are kept, and the run that deletes what is due."""

from datetime import UTC, datetime

from sqlalchemy import select, text

from emotion.errors import StoreError
from emotion.store.access import Actor, Role
from emotion.store.database import Store, record
from emotion.store.deletion import forget
from emotion.store.drafts import KINDS
from emotion.store.schema import Account, KeptCall
from emotion.store.schema import Retention as Rule

_LOCK = 7238512
"""By which runs on one PostgreSQL server know of each other."""


def rules(store: Store) -> dict[tuple[Role, str], int]:
    """Days by role and kind of call, where a rule was set; 0 for never deleted.

    Args:
        store: The database.
    """
    with store.session() as session:
        return {(Role(rule.role), rule.kind): rule.days for rule in session.scalars(select(Rule))}


def set_rule(store: Store, actor: Actor, role: Role, kind: str, days: int) -> None:
    """Set how long calls of a kind, of accounts of a role, are kept from now on.

    Calls that are kept already are given the new time as well, counted from when they were
    saved: a shorter rule is meant for them too.

    Args:
        store: The database.
        actor: Who sets it.
        role: Of the owners.
        kind: Of the calls, one of `emotion.store.drafts.KINDS`.
        days: 1 or more; 0 to keep them until somebody deletes them.

    Raises:
        StoreError: If the actor is no administrator, or a value makes no sense.
    """
    if actor.role != Role.ADMINISTRATOR:
        raise StoreError(f"Only an administrator sets retention. You are a {actor.role}.")
    if kind not in KINDS or days < 0:
        raise StoreError(
            f"Retention is set for {' or '.join(KINDS)}, in days from 0. Received: {str(kind)!r}, "
            f"{days}."
        )
    with store.session() as session:
        session.merge(Rule(role=str(role), kind=kind, days=days))
        owners = select(Account.subject).where(Account.role == str(role))
        for call in session.scalars(
            select(KeptCall).where(KeptCall.kind == kind, KeptCall.owner.in_(owners))
        ):
            call.expires_at = Rule.end(call.saved_at, days)
        record(session, actor.subject, "set retention", str(role))


def run(store: Store, now: datetime | None = None) -> int:
    """Delete the calls whose time has come; for the start of a server and once a day.

    Of several that run at once, one waits for the other and finds nothing left: a call is deleted,
    and told in the audit, once.

    Args:
        store: The database.
        now: Until when; None for now.

    Returns:
        How many were deleted.

    Raises:
        StoreError: If the database cannot be written.
    """
    until = now or datetime.now(UTC)
    with store.session(deletes=True) as session:
        # SQLite has one writer at a time as it is.
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SELECT pg_advisory_xact_lock(:which)"), {"which": _LOCK})
        due = session.scalars(select(KeptCall.id).where(KeptCall.expires_at <= until)).all()
        forget(session, due, "retention")
    return len(due)
