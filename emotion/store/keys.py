"""Another key for readings that are kept already."""

from sqlalchemy import or_, select
from sqlalchemy.orm import undefer

from emotion.store.database import Store
from emotion.store.schema import KeptCall

_BATCH = 100
"""Calls of one transaction."""


def rotate(store: Store) -> int:
    """Encrypt all readings with the first key of the vault, those in the clear as well.

    It may be broken off and begun again: each batch is whole, and what is done is passed over.
    Without a key readings are decrypted and kept in the clear.

    Args:
        store: The database; its vault still needs the keys of before.

    Returns:
        How many calls were encrypted anew.

    Raises:
        StoreError: If a key of before is not set, or the database cannot be written.
    """
    key, count = store.vault.key, 0
    other = (
        KeptCall.key.is_not(None)
        if key is None
        else or_(KeptCall.key.is_(None), KeptCall.key != key)
    )
    while True:
        with store.session(deletes=True) as session:
            query = select(KeptCall).where(other).options(undefer(KeptCall.readings)).limit(_BATCH)
            calls = session.scalars(query).unique().all()
            for call in calls:
                content = store.vault.open(call.readings, call.key)
                call.readings, call.key = store.vault.close(content)
        if not calls:
            return count
        count += len(calls)
