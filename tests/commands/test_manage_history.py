"""`rapport history` and its like, on a database of the test."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from emotion.commands.application import app
from emotion.readings import emotions
from emotion.readings.fusion import Reliability
from emotion.readings.reading import Prediction, Reading
from emotion.store import accounts
from emotion.store.access import LOCAL, Actor, Role
from emotion.store.database import Store
from emotion.store.kept_calls import KeptCalls
from emotion.timeline.timeline import Timeline
from tests.store.conftest import draft


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The database that the commands use, with two calls in it."""
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    monkeypatch.setenv("RAPPORT_DATABASE", url)
    monkeypatch.setenv("COLUMNS", "200")
    made = Store(url)
    made.upgrade()
    calls = KeptCalls(made, LOCAL)
    calls.save(draft("K-17", title="Roof"))
    calls.save(draft("K-18", 1, title="Floor", notes=[]))
    return made


def invoke(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 2
    return result.stderr


@pytest.mark.usefixtures("store")
def test_history_lists_and_searches() -> None:
    told = invoke("history")
    assert told.index("Floor") < told.index("Roof")
    assert "Floor" not in invoke("history", "--words", "discount")


def test_a_narrow_terminal_shows_what_export_takes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    told = invoke("history")
    assert all(call.id in told for call in KeptCalls(store, LOCAL).history())


@pytest.fixture
def timeline() -> Timeline:
    shares = np.full(emotions.COUNT, 0.125)
    silent = Prediction(None, "silence")
    readings = tuple(
        Reading(time, Prediction(shares), silent, shares, 50.0) for time in (0.5, 1.0, 1.5)
    )
    return Timeline("call", 1.5, readings, Reliability(1.0, 1.0))


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_calls_are_exported(ending: str, store: Store, tmp_path: Path) -> None:
    identifiers = [call.id for call in KeptCalls(store, LOCAL).history()]
    path = tmp_path / f"out{ending}"
    assert "120 readings of 2 calls" in invoke("export", *identifiers, "--output", str(path))
    table = pd.read_csv(path) if ending == ".csv" else pd.read_parquet(path)
    assert set(table["customer"]) == {"K-17", "K-18"}
    assert "cannot" not in invoke("export", identifiers[0], "--output", str(path))
    assert "no call none" in refused("export", "none", "--output", str(path))
    assert "as .csv or .parquet" in refused("export", "none", "--output", str(tmp_path / "x.xls"))


def test_an_export_is_imported_once(store: Store, timeline: Timeline, tmp_path: Path) -> None:
    (tmp_path / "talk.json").write_text(json.dumps(timeline.document()))
    before = len(KeptCalls(store, LOCAL).history())
    assert "1 calls were imported." in invoke("import", str(tmp_path / "talk.json"))
    assert "0 calls were imported, 1 were there" in invoke("import", str(tmp_path / "talk.json"))
    assert [call.title for call in KeptCalls(store, LOCAL).history()].count("talk") == 1
    (tmp_path / "bad.json").write_text("{}")
    assert "is no export" in refused("import", str(tmp_path / "bad.json"))
    assert len(KeptCalls(store, LOCAL).history()) == before + 1


def test_a_customer_is_deleted(store: Store) -> None:
    told = invoke("delete-person", "K-17")
    assert "1 customer, 1 calls" in told
    assert [call.title for call in KeptCalls(store, LOCAL).history()] == ["Floor"]
    assert "no customer 'K-17'" in refused("delete-person", "K-17")


def test_retention_backup_and_keys(store: Store, tmp_path: Path) -> None:
    assert "0 calls were deleted" in invoke("retention", "run")
    invoke("retention", "set", "administrator", "live", "5")
    assert "'king' is not one of" in refused("retention", "set", "king", "live", "5")
    assert "'letter' is not one of" in refused("retention", "set", "manager", "letter", "5")
    assert "is the copy" in invoke("database", "backup", str(tmp_path / "backups"))
    (copy,) = (tmp_path / "backups").glob("*.db")
    assert "holds calls already" in refused("database", "restore", str(copy))
    assert "is up to date" in invoke("database", "upgrade")
    key = invoke("database", "new-key").strip()
    result = CliRunner().invoke(app, ["database", "rotate-keys"], env={"RAPPORT_KEYS": key})
    assert "2 calls were encrypted anew" in result.stdout


@pytest.mark.usefixtures("store")
def test_only_who_has_signed_in_can_be_acted_as() -> None:
    assert "Nobody has signed in as 'x'" in refused("history", "--as", "x")


def test_roles_are_given_and_the_audit_is_read(store: Store) -> None:
    accounts.signed_in(store, {"sub": "ann", "name": "Ann", "rapport_role": "manager"})
    assert "ann is a trainer of north from now on" in invoke(
        "accounts", "set", "ann", "trainer", "--team", "north"
    )
    assert accounts.known(store, "ann") == Actor("ann", Role.TRAINER, "north")
    row = next(line for line in invoke("accounts", "list").splitlines() if "ann" in line)
    assert "Ann" in row
    assert "trainer" in row
    assert "'king' is not one of" in refused("accounts", "set", "ann", "king")
    assert "Only an administrator" in refused("accounts", "list", "--as", "ann")
    call = KeptCalls(store, LOCAL).history()[0].id
    KeptCalls(store, LOCAL).open(call)
    told = invoke("audit", "--of", call)
    assert told.index("open") < told.index("save")
    assert "Only an administrator" in refused("audit", "--as", "ann")


@pytest.mark.usefixtures("store")
def test_how_long_calls_are_kept_is_shown() -> None:
    invoke("retention", "set", "trainer", "live", "30")
    invoke("retention", "set", "manager", "recording", "0")
    told = {
        line.split()[1]: line for line in invoke("retention", "show").splitlines() if "│" in line
    }
    assert "30" in told["trainer"]
    assert "365" in told["trainer"]
    assert "for ever" in told["manager"]
