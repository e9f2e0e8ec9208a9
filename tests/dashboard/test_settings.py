"""Settings from the environment and from secrets.toml."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.config import get_option, set_option
from streamlit.runtime.secrets import Secrets

from dashboard.live import component, consent
from dashboard.live.capacity import MOST
from dashboard.settings import setting


@pytest.fixture(autouse=True)
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server whose owner has written some into its secrets.toml."""
    for name in (MOST, consent.TEXT, component.NAMES):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "secrets.toml"
    path.write_text(
        f'{MOST} = 5\n{consent.TEXT} = "Darf ich?"\n{component.NAMES} = " Preis ,,Ja"\n'
    )
    before = get_option("secrets.files")
    set_option("secrets.files", [str(path)])
    monkeypatch.setattr(st, "secrets", Secrets())
    yield
    set_option("secrets.files", before)


def test_the_environment_comes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert setting(MOST) == 5
    monkeypatch.setenv(MOST, "7")
    assert setting(MOST) == "7"
    assert setting("RAPPORT_NOTHING") is None


def test_the_texts_of_a_live_call_are_the_owners(monkeypatch: pytest.MonkeyPatch) -> None:
    assert consent.message() == "Darf ich?"
    assert component.labels() == ["Preis", "Ja"]
    monkeypatch.setenv(consent.TEXT, " ")
    monkeypatch.setenv(component.NAMES, "")
    assert consent.message() == consent.MESSAGE
    assert component.labels() == list(component.LABELS)
