"""Copies of the database, from which goes what is deleted in it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from emotion.errors import StoreError
from emotion.store.database import Store, explained
from emotion.store.deletion import forget
from emotion.store.schema import Audit, Deletion, KeptCall, Person, Table

_ROWS = 200
"""Rows that are held at once: a call has some tens of kilobytes."""


def back_up(store: Store, folder: Path) -> Path:
    """Copy a database while it is in use, and clean the copies of before.

    A copy is a SQLite file, also of PostgreSQL: it can be named in `RAPPORT_DATABASE`, put back by
    `restore`, and cleaned like any other. It holds readings encrypted as they are.

    Args:
        store: The database.
        folder: For the copy; made if it is not there.

    Returns:
        The copy.

    Raises:
        StoreError: If the database cannot be read, or the copy cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"{folder} cannot be made: {error.strerror}.") from error
    clean(store, folder)
    path = folder / f"calls-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.db"
    # One that breaks off is none.
    part = path.with_suffix(".part")
    try:
        if store.file is None:
            copy = Store(f"sqlite:///{part}", store.vault)
            copy.upgrade()
            _fill(copy, store)
            copy.engine.dispose()
        else:
            part.touch(mode=0o600)
            with explained(store.where), store.engine.connect() as connection:
                # A parameter, since a path may hold quotes.
                connection.connection.driver_connection.execute("VACUUM INTO ?", (str(part),))  # type: ignore[union-attr]
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def restore(store: Store, copy: Path) -> int:
    """Put a copy back into a database that holds no calls yet, such as a new one.

    What the database knows to be deleted stays deleted; a new one knows what the copy does, and
    what was deleted after the copy was last cleaned comes back with it.

    Args:
        store: The database.
        copy: A file that `back_up` made.

    Returns:
        How many calls there are.

    Raises:
        StoreError: If there is no such copy, or the database holds something.
    """
    if not copy.is_file():
        raise StoreError(f"There is no copy {copy}. Check the name.")
    with store.session() as session:
        if any(
            session.scalar(select(func.count()).select_from(kind)) for kind in (KeptCall, Person)
        ):
            raise StoreError(
                f"{store.where} holds calls already. Restore into a new database, so that nothing "
                "of either is lost."
            )
    source = Store(f"sqlite:///{copy}", store.vault)
    source.upgrade()
    gone = _deleted(store)
    try:
        _fill(store, source)
    finally:
        source.engine.dispose()
    _forget(store, gone)
    with store.session() as session:
        return session.scalar(select(func.count()).select_from(KeptCall)) or 0


def clean(store: Store, folder: Path) -> int:
    """Delete in copies of a database what was deleted in it since.

    Args:
        store: The database that the copies are of.
        folder: With the copies that `back_up` made, `*.db`.

    Returns:
        How many calls and customers were deleted in the copies.

    Raises:
        StoreError: If a copy cannot be opened or written.
    """
    gone = _deleted(store)
    count = 0
    for path in sorted(folder.glob("*.db")):
        copy = Store(f"sqlite:///{path}", store.vault)
        copy.upgrade()
        count += _forget(copy, gone)
        copy.engine.dispose()
    return count


def _deleted(store: Store) -> set[tuple[str, str]]:
    with store.session() as session:
        return {(one.subject, one.subject_id) for one in session.scalars(select(Deletion))}


def _forget(store: Store, gone: set[tuple[str, str]]) -> int:
    """Delete what was deleted elsewhere; how many calls and customers that were."""
    with store.session(deletes=True) as session:
        calls = [
            one for kind, one in gone if kind == "call" and session.get(KeptCall, one) is not None
        ]
        forget(session, calls, "retention")
        people = [
            person
            for kind, one in gone
            if kind == "person" and (person := session.get(Person, one)) is not None
        ]
        for person in people:
            session.delete(person)
    return len(calls) + len(people)


def _fill(target: Store, source: Store) -> None:
    """Write all rows of a database into another one, as they were at one moment."""
    level = "SERIALIZABLE" if source.file is not None else "REPEATABLE READ"
    with (
        explained(source.where),
        source.engine.connect().execution_options(isolation_level=level) as given,
        explained(target.where),
        target.engine.begin() as into,
    ):
        for table in Table.metadata.sorted_tables:
            # Databases count lines of the audit themselves.
            columns = [column for column in table.c if column is not table.autoincrement_column]
            kept = table.name in (Audit.__tablename__, Deletion.__tablename__)
            if not kept:
                into.execute(table.delete())
            rows = given.execution_options(stream_results=True).execute(
                select(*columns).order_by(*table.primary_key)
            )
            for some in rows.mappings().partitions(_ROWS):
                into.execute(_insert(target, table), [dict(row) for row in some])


def _insert(target: Store, table: Any) -> Any:
    """An insert that passes over what is there."""
    return (
        (sqlite if target.file is not None else postgresql).insert(table).on_conflict_do_nothing()
    )
