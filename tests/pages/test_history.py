"""The history of kept calls, under Streamlit's own test and on a database of the test."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest

from emotion import emotions
from emotion.fusion import Reliability
from emotion.readings import Prediction, Reading
from emotion.store.access import LOCAL
from emotion.store.calls import Calls
from emotion.store.database import Store
from emotion.timeline import Timeline
from tests.store.conftest import draft

OpenPage = Callable[[str], AppTest]


def table_of(name: str) -> pd.DataFrame:
    """A minute in which one emotion is read."""
    shares = np.full(emotions.COUNT, 0.02)
    shares[emotions.INDEX[name]] = 0.86
    readings = tuple(
        Reading(time, Prediction(shares), Prediction(None, "silence"), shares, 70.0, 1, 1, 0.8)
        for time in np.arange(1, 121) * 0.5
    )
    return Timeline("call", 60.0, readings, Reliability(1.0, 1.0)).table()


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """The store that the page uses, empty."""
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    monkeypatch.setenv("RAPPORT_DATABASE", url)
    monkeypatch.setenv("RAPPORT_ALLOW_ANYONE", "1")
    store = Store(url)
    store.upgrade()
    return Calls(store, LOCAL)


@pytest.mark.usefixtures("kept")
def test_an_empty_history_says_how_calls_get_there(open_page: OpenPage) -> None:
    app = open_page("history")
    assert "No call is kept yet" in app.info[0].value


def test_kept_calls_are_listed_searched_and_opened(kept: Calls, open_page: OpenPage) -> None:
    kept.save(replace(draft("K-17", title="Roof"), readings=table_of("happy")))
    kept.save(replace(draft("K-18", 3, title="Floor", notes=[]), readings=table_of("sad")))
    app = open_page("history")
    assert not app.exception
    assert app.dataframe[0].value["title"].tolist() == ["Floor", "Roof"]
    app.text_input("history-words").set_value("discount").run()
    assert app.dataframe[0].value["title"].tolist() == ["Roof"]
    app.text_input("history-words").set_value("nothing like it").run()
    assert "No call is kept that is like this" in app.info[0].value


def choose(app: AppTest, rows: list[int]) -> None:
    """Choose rows of the table, which Streamlit's own test has no way to do."""
    selection = json.dumps({"selection": {"rows": rows, "columns": [], "cells": []}})
    chosen = WidgetState(id=app.dataframe[0].proto.id, string_value=selection)
    app._run(WidgetStates(widgets=[chosen]))


def test_two_kept_calls_are_compared(kept: Calls, open_page: OpenPage) -> None:
    kept.save(replace(draft("K-17", title="Roof"), readings=table_of("happy")))
    kept.save(replace(draft("K-18", 3, title="Floor"), readings=table_of("sad")))
    app = open_page("history")
    choose(app, [0, 1])
    assert not app.exception
    assert [one.value for one in app.header] == ["Two calls"]
    table = app.dataframe[1].value
    floor, roof = table.columns
    assert "Floor" in floor
    assert "Roof" in roof
    assert list(table.loc["Sad"]) == ["100%", "0%"]
    assert list(table.loc["Happy"]) == ["0%", "100%"]
    choose(app, [1])
    assert [one.value for one in app.header] == ["Roof"]


def test_from_elsewhere_nobody_sees_a_call_without_a_sign_in(
    kept: Calls, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.save(draft())
    monkeypatch.delenv("RAPPORT_ALLOW_ANYONE")
    monkeypatch.setattr("dashboard.entry.local", lambda: False)
    app = open_page("history")
    assert not app.dataframe
    assert "has no sign-in, so it shows nothing" in app.error[0].value


def test_a_database_that_is_away_is_one_sentence(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORT_DATABASE", "postgresql://maria:secret@127.0.0.1:9/calls")
    app = open_page("history")
    assert not app.exception
    assert "cannot be used now" in app.error[0].value.replace("\\", "")
    assert "secret" not in app.error[0].value
