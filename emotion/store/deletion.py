"""Calls and customers go, and that they went is noted."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from emotion.store.database import add_once, record
from emotion.store.schema import Deletion, KeptCall, KeptMoment, KeptNote, Person, Rating


def forget(session: Session, calls: Sequence[str], actor: str) -> None:
    """Delete calls in a transaction, and note that they were.

    Args:
        session: Of the transaction.
        calls: Their identifiers.
        actor: Who deletes them.
    """
    now = datetime.now(UTC)
    # By statement and not by object: the database takes notes and the rest along.
    for identifier in calls:
        session.execute(delete(KeptCall).where(KeptCall.id == identifier))
        # A call that came back with a backup was deleted before.
        add_once(session, Deletion, subject_id=identifier, subject="call", deleted_at=now)
        record(session, actor, "delete", "call", identifier)


def forget_person(session: Session, person: Person, actor: str) -> list[str]:
    """Delete everything about a customer in a transaction, and note that it was.

    Args:
        session: Of the transaction.
        person: Who.
        actor: Who deletes it.

    Returns:
        What was deleted, a line each, without what it said.
    """
    calls = session.scalars(select(KeptCall.id).where(KeptCall.person_id == person.id)).all()
    counts = {
        name: session.scalar(select(func.count()).select_from(kind).where(kind.call_id.in_(calls)))
        for name, kind in (("notes", KeptNote), ("moments", KeptMoment), ("ratings", Rating))
    }
    forget(session, calls, actor)
    session.delete(person)
    now = datetime.now(UTC)
    add_once(session, Deletion, subject_id=person.id, subject="person", deleted_at=now)
    record(session, actor, "delete", "person", person.id)
    whole = [f"1 customer, {len(calls)} calls with their readings and consents"]
    return whole + [f"{count} {name}" for name, count in counts.items() if count]
