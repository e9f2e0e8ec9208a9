"""Real databases: SQLite in a folder of the test, and the PostgreSQL that CI starts."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, make_url, text

from emotion.readings import emotions
from emotion.store.access import Actor, Role
from emotion.store.database import Store
from emotion.store.drafts import Draft, SavedConsent, SavedMoment, SavedNote
from emotion.store.encryption import Vault
from emotion.store.schema import Table

POSTGRESQL = os.environ.get("RAPPORT_TEST_POSTGRESQL")
"""URL of a PostgreSQL database beside which tests may make others."""

MANAGER = Actor("maria", Role.MANAGER, "north")
OTHER = Actor("oscar", Role.MANAGER, "south")
TRAINER = Actor("tom", Role.TRAINER, "north")
RESEARCHER = Actor("rita", Role.RESEARCHER)
ADMINISTRATOR = Actor("ada", Role.ADMINISTRATOR)
BEGAN = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def readings(seconds: float = 30.0, seed: int = 0) -> pd.DataFrame:
    """A table of readings, one every half second."""
    rng = np.random.default_rng(seed)
    times = np.arange(0.5, seconds + 0.25, 0.5)
    table = pd.DataFrame({"time": times})
    for place, name in enumerate(emotions.NAMES):
        table[f"fused_{name}"] = rng.dirichlet(np.ones(emotions.COUNT), len(times))[:, place]
    table["satisfaction"] = rng.uniform(0, 100, len(times))
    return table


def draft(customer: str = "K-17", days: float = 0, **changes: object) -> Draft:
    """A call of half a minute that began some days after the first one."""
    given: dict[str, object] = {
        "kind": "live",
        "started_at": BEGAN + timedelta(days=days),
        "duration": 30.0,
        "readings": readings(),
        "satisfaction": 64.0,
        "dominant": "happy",
        "face_coverage": 0.9,
        "voice_coverage": 0.6,
        "customer": customer,
        "title": "First talk",
        "product": "roof",
        "notes": [SavedNote(4.0, "price", "asked for a discount of 12 %")],
        "moments": [SavedMoment(9.0, "rise", 14.0, "liked the drawing")],
        "consents": [SavedConsent("maria", BEGAN, "The other side was told and agrees.")],
    }
    return Draft(**(given | changes))  # type: ignore[arg-type]


@cache
def own_database(url: str, encoding: str = "UTF8") -> str:
    """A database of this process beside the one that is named: tests may run side by side."""
    given = make_url(url.replace("postgresql://", "postgresql+psycopg://", 1))
    name = f"{given.database}_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    how = ""
    if encoding != "UTF8":
        name += f"_{encoding.lower()}"
        how = f" ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"
    engine = create_engine(given, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        there = connection.execute(
            text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}
        )
        if there.first() is None:
            connection.execute(text(f'CREATE DATABASE "{name}"{how}'))
    engine.dispose()
    return given.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database of all tables and no rows, to be copied: making it takes longer."""
    made = Store(f"sqlite:///{tmp_path_factory.mktemp('empty') / 'calls.db'}", Vault())
    made.upgrade()
    made.engine.dispose()
    assert made.file is not None
    return made.file


_versions: dict[str, str | None] = {}
"""Of the tables that this process has made in a PostgreSQL database, by its URL."""


def _version(store: Store) -> str | None:
    with store.engine.connect() as connection:
        if not set(Table.metadata.tables) <= set(inspect(connection).get_table_names()):
            return None
        return MigrationContext.configure(connection).get_current_revision()


def emptied(store: Store) -> None:
    """Make the tables of a store in PostgreSQL anew."""
    with store.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    store.upgrade()


def _empty(store: Store, url: str) -> None:
    """Leave all tables and no rows. Tables that are not those of this process are made anew."""
    if url in _versions and _version(store) == _versions[url]:
        with store.engine.begin() as connection:
            for table in reversed(Table.metadata.sorted_tables):
                connection.execute(table.delete())
        return
    emptied(store)
    _versions[url] = _version(store)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path, empty_file: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    if request.param == "sqlite":
        (tmp_path / "data").mkdir(mode=0o700)
        path = shutil.copy(empty_file, tmp_path / "data" / "calls.db")
        made = Store(f"sqlite:///{path}", Vault())
    else:
        if POSTGRESQL is None:
            pytest.skip("RAPPORT_TEST_POSTGRESQL names no database")
        url = own_database(POSTGRESQL)
        made = Store(url, Vault())
        _empty(made, url)
    yield made
    made.engine.dispose()
