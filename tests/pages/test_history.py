"""The history of kept calls, under Streamlit's own test and on a database of the test."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import func, select
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest

from dashboard import wording
from emotion.readings import emotions
from emotion.readings.fusion import Reliability
from emotion.readings.reading import Prediction, Reading
from emotion.store.access import LOCAL
from emotion.store.database import Store
from emotion.store.drafts import SavedMoment
from emotion.store.kept_calls import KeptCalls
from emotion.store.schema import Audit
from emotion.timeline.timeline import Timeline
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
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeptCalls:
    """The store that the page uses, empty."""
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    monkeypatch.setenv("RAPPORT_DATABASE", url)
    monkeypatch.setenv("RAPPORT_ALLOW_ANYONE", "1")
    store = Store(url)
    store.upgrade()
    return KeptCalls(store, LOCAL)


@pytest.mark.usefixtures("kept")
def test_an_empty_history_says_how_calls_get_there(open_page: OpenPage) -> None:
    app = open_page("history")
    assert "No call is kept yet" in app.info[0].value


def test_kept_calls_are_listed_searched_and_opened(kept: KeptCalls, open_page: OpenPage) -> None:
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


def test_two_kept_calls_are_compared(kept: KeptCalls, open_page: OpenPage) -> None:
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
    assert list(table.loc["Sad"]) == ["100 %", "0 %"]
    assert list(table.loc["Happy"]) == ["0 %", "100 %"]
    choose(app, [1])
    assert [one.value for one in app.header] == ["Roof"]


def test_moments_are_those_that_were_kept(kept: KeptCalls, open_page: OpenPage) -> None:
    moments = [
        SavedMoment(12.0, "own", comment="The price"),
        SavedMoment(9.0, "rise", 14.0, "Door"),
    ]
    kept.save(replace(draft("K-17"), readings=table_of("happy"), moments=moments))
    app = open_page("history")
    choose(app, [0])
    assert not app.exception
    told = [one.value for one in app.markdown if one.value[0].isdigit()]
    assert told == [
        "1\\. **00:09** :green[▲ 14] Satisfaction rises\\: Door",
        "2\\. **00:12** Own moment\\: The price",
    ]
    marks = json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["annotations"]
    assert [mark["text"] for mark in marks] == ["1  ▲ 14", "2"]


def press(app: AppTest, label: str) -> None:
    next(one for one in app.button if one.label == label).click().run()
    assert not app.exception


def test_the_page_says_when_a_call_goes(kept: KeptCalls, open_page: OpenPage) -> None:
    kept.save(replace(draft("K-17", title="Roof"), readings=table_of("happy")))
    end = kept.end("live")
    assert end is not None
    app = open_page("history")
    assert app.dataframe[0].value["deleted on"].tolist() == [f"{end:%Y-%m-%d}"]
    choose(app, [0])
    assert f"It is deleted on {end:%d %B %Y}." in [one.value for one in app.caption]


def test_a_selection_is_exported_as_a_table(kept: KeptCalls, open_page: OpenPage) -> None:
    for number, name in enumerate(("happy", "sad", "angry")):
        kept.save(replace(draft(f"K-{number}", number), readings=table_of(name)))
    app = open_page("history")
    choose(app, [0, 1, 2])
    press(app, "Prepare the export of 3 calls")
    assert [one.proto.label for one in app.get("download_button")] == ["CSV", "Parquet"]
    with kept._store.session() as session:
        told = select(func.count()).where(Audit.action == "export")
        assert session.scalar(told) == 3


def test_earlier_exports_are_imported_once_and_a_bad_file_imports_nothing(
    kept: KeptCalls, open_page: OpenPage
) -> None:
    saved = kept.save(replace(draft("K-17", title="Roof"), readings=table_of("happy")))
    export = kept.export([saved]).to_csv(index=False).encode()
    kept.delete(saved)
    good, bad = ("earlier.csv", export, "text/csv"), ("letter.csv", b"Dear Sir", "text/csv")
    app = open_page("history")
    for given, told in (
        ([good, bad], "letter.csv is no export of Rapport"),
        ([good], "1 calls were imported."),
        ([good], "0 calls were imported. 1 were there already."),
    ):
        app.file_uploader[0].set_value(given).run()
        press(app, "Keep these calls")
        said = " ".join(one.value for one in (*app.error, *app.toast)).replace("\\", "")
        assert told in said
        assert len(kept.history()) == ("imported" in told)
    (call,) = kept.history()
    assert (call.title, call.person and call.person.pseudonym) == ("Roof", "K-17")


def test_everybody_of_a_recording_is_imported(kept: KeptCalls, open_page: OpenPage) -> None:
    """They began at one time, and their readings are as long."""
    table = pd.concat(
        table_of(name).assign(source="talk.mp4", participant=who, role=None)
        for who, name in (("Left", "happy"), ("Right", "sad"))
    )
    app = open_page("history")
    given = ("talk.csv", table.to_csv(index=False).encode(), "text/csv")
    app.file_uploader[0].set_value([given]).run()
    press(app, "Keep these calls")
    assert "2 calls were imported." in app.toast[0].value
    people = [call.person.pseudonym for call in kept.history() if call.person]
    assert sorted(people) == ["Left", "Right"]


def test_a_call_is_deleted_and_then_all_about_its_customer(
    kept: KeptCalls, open_page: OpenPage
) -> None:
    for day in range(3):
        kept.save(replace(draft("K-17", day), readings=table_of("happy")))
    stays = kept.save(replace(draft("K-18", 9), readings=table_of("sad")))
    app = open_page("history")
    choose(app, [1])
    press(app, "Delete this call")
    assert len(kept.history()) == 3
    choose(app, [1])
    press(app, wording.plain("Delete K-17").replace("Delete\\ ", "Delete "))
    assert [call.id for call in kept.history()] == [stays]
    assert [person.pseudonym for person in kept.people()] == ["K-18"]
    assert any("2 calls" in one.value for one in app.toast)


def test_the_trend_is_by_week_customer_and_product(kept: KeptCalls, open_page: OpenPage) -> None:
    for customer, day, product, score in (
        ("A", 0, "roof", 20.0),
        ("A", 1, "floor", 40.0),
        ("B", 8, "floor", 90.0),
    ):
        kept.save(draft(customer, day, product=product, satisfaction=score))
    app = open_page("history")
    for by, means in (
        ("week", {"2026-11-02": 30.0, "2026-11-09": 90.0}),
        ("customer", {"A": 30.0, "B": 90.0}),
        ("product", {"floor": 65.0, "roof": 20.0}),
    ):
        app.segmented_control("history-by").set_value(by).run()
        (trace,) = json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
        heights = trace["y"]
        if isinstance(heights, dict):
            heights = np.frombuffer(base64.b64decode(heights["bdata"]), heights["dtype"]).tolist()
        assert dict(zip((str(one)[:10] for one in trace["x"]), heights, strict=True)) == means


def test_the_history_is_narrowed_by_product_and_by_days(
    kept: KeptCalls, open_page: OpenPage
) -> None:
    for day, product in ((0, "roof"), (7, "floor"), (14, "floor")):
        kept.save(draft("K-17", day, title=f"Day {day}", product=product))
    app = open_page("history")
    app.selectbox("history-product").set_value("floor").run()
    assert app.dataframe[0].value["title"].tolist() == ["Day 14", "Day 7"]
    began = draft().started_at.date()
    app.date_input("history-days").set_value((began, began + timedelta(days=7))).run()
    assert app.dataframe[0].value["title"].tolist() == ["Day 7"]
    app.selectbox("history-product").set_value("").run()
    assert app.dataframe[0].value["title"].tolist() == ["Day 7", "Day 0"]
    # While the second day is still to be chosen.
    app.date_input("history-days").set_value((began,)).run()
    assert not app.exception
    assert len(app.dataframe[0].value) == 3


def test_from_elsewhere_nobody_sees_a_call_without_a_sign_in(
    kept: KeptCalls, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
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
