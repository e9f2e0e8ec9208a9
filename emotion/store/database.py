"""The database that calls are kept in: SQLite on this machine, or PostgreSQL by its URL."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from emotion.errors import StoreError
from emotion.store import location
from emotion.store.encryption import Vault
from emotion.store.location import SETTING
from emotion.store.schema import Audit, Table

_WAIT = 30
"""Seconds that SQLite waits for another process that writes, and a connection for a server."""


class Store:
    """The kept calls, for all threads of a server.

    Attributes:
        engine: Of SQLAlchemy.
        vault: Encrypts and decrypts readings.
    """

    def __init__(self, url: str | None = None, vault: Vault | None = None) -> None:
        """Name a database; nothing is opened or made before `upgrade`.

        Args:
            url: As SQLAlchemy has it: sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME;
                None for what `RAPPORT_DATABASE` says, else the user's own.
            vault: None for the keys of `RAPPORT_KEYS`.

        Raises:
            StoreError: If the URL is none, or of a database that is not known.
        """
        self._url = url or location.url()
        if self._url.startswith("postgresql://"):
            self._url = self._url.replace("postgresql://", "postgresql+psycopg://", 1)
        try:
            parsed = make_url(self._url)
            self.engine = _engine(self._url)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            # The URL may hold a password.
            raise StoreError(
                f"{SETTING} should be sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME; "
                f"what it holds is no such URL ({type(error).__name__})."
            ) from None
        self.file = (
            Path(parsed.database)
            if parsed.get_backend_name() == "sqlite" and parsed.database
            else None
        )
        self.vault = vault or Vault.from_environment()
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @property
    def where(self) -> str:
        """The database for a message, without a password."""
        return self.engine.url.render_as_string(hide_password=True)

    def upgrade(self) -> None:
        """Make the tables, or bring those of an earlier version up to this one.

        Raises:
            StoreError: If the database cannot be reached or written, or is of a later version.
        """
        if self.file is not None:
            try:
                self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                # SQLite gives the files beside it the same mode.
                self.file.touch(mode=0o600, exist_ok=True)
            except OSError as error:
                raise StoreError(
                    f"Calls cannot be kept in {self.file}: {error.strerror}. Name another place "
                    f"with {SETTING}."
                ) from error
        config = _migrations()
        with explained(self.where), self.engine.begin() as connection:
            # Two servers that start at once: the second waits, and finds it done.
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7238511)")
            known = {
                script.revision for script in ScriptDirectory.from_config(config).walk_revisions()
            }
            current = MigrationContext.configure(connection).get_current_revision()
            if current is not None and current not in known:
                raise StoreError(
                    f"The database {self.where} is of a later Rapport (version {current}). Start "
                    "that one, or name another database."
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextmanager
    def session(self, *, deletes: bool = False) -> Iterator[Session]:
        """A transaction: whole on leaving, or nothing of it on an error.

        Args:
            deletes: Whether what is deleted in it, or encrypted anew, is to be in no file of
                SQLite any more.

        Raises:
            StoreError: If the database cannot be reached or written.
        """
        with explained(self.where), self._sessions.begin() as session:
            yield session
        if deletes and self.file is not None:
            self._clear_log()

    def _clear_log(self) -> None:
        """Empty SQLite's write-ahead log, which holds pages as they were when they were written."""
        with explained(self.where), self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            # Where somebody reads for so long that it cannot be, the next one empties it.
            with suppress(sqlite3.OperationalError):
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def add_once(session: Session, table: type[Table], **values: object) -> None:
    """Add a row unless there is one with the same key, whoever else adds it at that time.

    Args:
        session: Of what is done.
        table: Of the schema.
        values: By column.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(table).values(**values).on_conflict_do_nothing())


def record(session: Session, actor: str, action: str, subject: str, subject_id: str = "") -> None:
    """Add a line to the audit, in the transaction of what it tells.

    Args:
        session: Of what is done.
        actor: Who does it.
        action: Such as 'open', 'export' or 'delete'.
        subject: Of what kind it is done to, such as 'call'.
        subject_id: To which one.
    """
    session.add(
        Audit(
            at=datetime.now(UTC),
            actor=actor,
            action=action,
            subject=subject,
            subject_id=subject_id,
        )
    )


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Turn what a database says into a sentence.

    Args:
        where: The database, as users may read it: without its password.

    Raises:
        StoreError: With the sentence.
    """
    try:
        yield
    except IntegrityError as error:
        raise StoreError(
            f"{where} refuses this: {_short(error)}. Somebody else may have changed it meanwhile."
        ) from error
    except SQLAlchemyError as error:
        raise StoreError(
            f"The database {where} cannot be used now: {_short(error)}. What is not saved yet "
            "stays where it is; try again when it is back."
        ) from error


def _short(error: SQLAlchemyError) -> str:
    original: Any = getattr(error, "orig", None)
    return " ".join(str(original or error).splitlines()[0].split())[:200]


def _engine(url: str) -> Engine:
    options: Mapping[str, Any] = {"pool_pre_ping": True}
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": _WAIT}, **options)
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)
        return engine
    # A database that was made without a locale (SQL_ASCII) gives bytes, unless asked for text.
    given = {"connect_timeout": _WAIT, "client_encoding": "utf8"}
    return create_engine(url, connect_args=given, **options)


def _on_sqlite_connect(connection: Any, record: object) -> None:
    del record
    # The driver's own transactions begin too late to hold off other writers.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_sqlite_begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
