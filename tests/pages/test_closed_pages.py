"""What every page shows to whoever may not see it: one sentence, and nothing else."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests import browser

OpenPage = Callable[[str], AppTest]

PAGES = sorted(path.stem for path in (browser.ROOT / "pages").glob("*.py"))


@pytest.mark.parametrize("name", PAGES)
def test_without_a_sign_in_it_shows_nothing_to_others(
    name: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAPPORT_ALLOW_ANYONE", raising=False)
    monkeypatch.setenv("RAPPORT_BATCH", "/nowhere")
    monkeypatch.setattr("dashboard.entry.local", lambda: False)
    app = open_page(name)
    assert [one.value for one in app.title] == ["Rapport"]
    assert "has no sign-in, so it shows nothing" in app.error[0].value
    assert [one.type for one in app.main][1:] == ["title", "error"]
