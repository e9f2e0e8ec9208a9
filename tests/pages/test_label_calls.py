"""The page on which kept calls are labelled, under Streamlit's own test."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from emotion.store import ratings
from emotion.store.access import LOCAL
from emotion.store.database import Store
from emotion.store.kept_calls import KeptCalls
from tests.store.conftest import draft

OpenPage = Callable[[str], AppTest]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Two kept calls, of which one was read as of a satisfied customer."""
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    monkeypatch.setenv("RAPPORT_DATABASE", url)
    monkeypatch.setenv("RAPPORT_ALLOW_ANYONE", "1")
    made = Store(url)
    made.upgrade()
    calls = KeptCalls(made, LOCAL)
    calls.save(replace(draft("K-17", title="Roof", satisfaction=80.0), duration=125.0))
    calls.save(replace(draft("K-18", 3, title="Floor", satisfaction=20.0), notes=[]))
    return made


def shown(app: AppTest) -> str:
    """All words of the page."""
    parts = (app.markdown, app.caption, app.subheader, app.metric, app.info, app.success)
    return " ".join(str(one.value) for part in parts for one in part)


def test_the_reading_is_not_shown_and_answers_are_counted(
    store: Store, open_page: OpenPage
) -> None:
    app = open_page("label_calls")
    assert not app.exception
    assert "Enter a name" in app.info[0].value
    app.text_input("label-rater").set_value("Ann").run()
    assert app.subheader[0].value == "Floor"
    # Neither the score nor its emotion.
    assert "20" not in shown(app).replace("2020", "").replace("2026", "")
    app.button("label-dissatisfied").click().run()
    assert app.subheader[0].value == "Roof"
    assert r"02\:05 long" in shown(app)
    app.button("label-neutral").click().run()
    assert "no call left for you" in app.success[0].value
    found = ratings.agreement(store, LOCAL)
    assert (found.calls, found.scored, found.right) == (2, 2, 1)
    assert "1 of 2 calls with a majority" in shown(app)


def test_a_second_rater_answers_for_themselves(store: Store, open_page: OpenPage) -> None:
    for name, group in (("Ann", "satisfied"), (" ben ", "satisfied"), ("ANN", None)):
        app = open_page("label_calls")
        app.text_input("label-rater").set_value(name).run()
        if group is None:
            assert "no call left" in app.success[0].value
            continue
        app.button(f"label-{group}").click().run()
        app.button("label-neutral").click().run()
    found = ratings.agreement(store, LOCAL)
    assert (found.calls, found.raters) == (2, 2)
    assert found.alpha == pytest.approx(1)


@pytest.mark.usefixtures("store")
def test_a_call_is_passed_over_and_comes_again(open_page: OpenPage) -> None:
    app = open_page("label_calls")
    app.text_input("label-rater").set_value("Ann").run()
    for title in ("Floor", "Roof"):
        assert app.subheader[0].value == title
        app.button("label-pass").click().run()
    assert "no call left" in app.success[0].value
    next(one for one in app.button if one.label.startswith("Go through")).click().run()
    assert app.subheader[0].value == "Floor"
