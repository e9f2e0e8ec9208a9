"""Who opened, exported, changed and deleted what, for whoever is answerable for it."""

from sqlalchemy import select

from emotion.errors import StoreError
from emotion.store.access import Actor, Role
from emotion.store.database import Store, record
from emotion.store.schema import Audit


def lines(
    store: Store, actor: Actor, *, by: str = "", of: str = "", count: int = 100
) -> list[Audit]:
    """The audit, the latest first; that it was read is a line of it, too.

    Args:
        store: The database.
        actor: Who asks, an administrator.
        by: Whose doings alone; '' for everybody's.
        of: Identifier of the call or the customer it is about; '' for all.
        count: Most lines to give.

    Raises:
        StoreError: If the actor is no administrator.
    """
    if actor.role != Role.ADMINISTRATOR:
        raise StoreError(f"Only an administrator reads the audit. You are a {actor.role}.")
    query = select(Audit).order_by(Audit.at.desc(), Audit.id.desc()).limit(count)
    if by:
        query = query.where(Audit.actor == by)
    if of:
        query = query.where(Audit.subject_id == of)
    with store.session() as session:
        found = list(session.scalars(query))
        record(session, actor.subject, "read", "audit")
    return found
