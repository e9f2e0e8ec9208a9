"""How long calls are kept, and the run that deletes what is due."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from emotion.errors import StoreError
from emotion.store.access import Actor, Role
from emotion.store.calls import forget
from emotion.store.database import Store, record
from emotion.store.drafts import KINDS
from emotion.store.schema import Account, Call, Deletion, Person
from emotion.store.schema import Retention as Rule


def rules(store: Store) -> dict[tuple[Role, str], int]:
    """Days by role and kind of call, where a rule was set; 0 for never deleted."""
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
            f"Retention is set for {' or '.join(KINDS)}, in days from 0. Received: {kind!r}, "
            f"{days}."
        )
    with store.session() as session:
        session.merge(Rule(role=str(role), kind=kind, days=days))
        owners = select(Account.subject).where(Account.role == str(role))
        for call in session.scalars(select(Call).where(Call.kind == kind, Call.owner.in_(owners))):
            call.expires_at = _after(call.saved_at, days)
        record(session, actor.subject, "set retention", str(role))


def run(store: Store, now: datetime | None = None) -> int:
    """Delete the calls whose time has come; for the start of a server and once a day.

    Args:
        store: The database.
        now: Until when; None for now.

    Returns:
        How many were deleted.

    Raises:
        StoreError: If the database cannot be written.
    """
    until = now or datetime.now(UTC)
    with store.session() as session:
        due = session.scalars(select(Call.id).where(Call.expires_at <= until)).all()
        forget(session, due, "retention")
    return len(due)


def clean_backups(store: Store, folder: Path) -> int:
    """Delete in copies of a SQLite database what was deleted in it since.

    Args:
        store: The database that the copies are of.
        folder: With the copies, `*.db`, as `back_up` makes them.

    Returns:
        How many calls and customers were deleted in the copies.

    Raises:
        StoreError: If a copy cannot be opened or written.
    """
    with store.session() as session:
        gone = {(one.subject, one.subject_id) for one in session.scalars(select(Deletion))}
    count = 0
    for path in sorted(folder.glob("*.db")):
        copy = Store(f"sqlite:///{path}", store.vault)
        copy.upgrade()
        with copy.session() as session:
            calls = [
                one for kind, one in gone if kind == "call" and session.get(Call, one) is not None
            ]
            forget(session, calls, "retention")
            people = [
                person
                for kind, one in gone
                if kind == "person" and (person := session.get(Person, one)) is not None
            ]
            for person in people:
                session.delete(person)
        count += len(calls) + len(people)
        copy.engine.dispose()
    return count


def back_up(store: Store, folder: Path) -> Path:
    """Copy a SQLite database while it is in use, and clean the copies of before.

    PostgreSQL has `pg_dump` for that; see docs/deploy.md.

    Args:
        store: The database.
        folder: For the copy; made if it is not there.

    Returns:
        The copy.

    Raises:
        StoreError: If the database is no file, or the copy cannot be written.
    """
    if store.file is None:
        raise StoreError(
            f"{store.where} is no file. Use pg_dump, and delete dumps that are older than your "
            "retention."
        )
    path = folder / f"calls-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.db"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"{folder} cannot be made: {error.strerror}.") from error
    clean_backups(store, folder)
    with store.engine.connect() as connection:
        # A parameter, since a path may hold quotes.
        connection.connection.driver_connection.execute("VACUUM INTO ?", (str(path),))  # type: ignore[union-attr]
    return path


def _after(saved: datetime, days: int) -> datetime | None:
    return saved + timedelta(days=days) if days else None
