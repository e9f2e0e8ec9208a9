"""The dashboard under Streamlit's own test, with the shipped models."""

from collections.abc import Callable

import pytest
import streamlit_webrtc.component
from streamlit.testing.v1 import AppTest

from tests import browser

LIMIT = 120.0
"""Seconds for one run of a page: the first one loads the models."""


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], AppTest]:
    """Opens a page of the dashboard by the name of its file."""
    # AppTest has no browser session, which the video asks for how often it was run.
    monkeypatch.setattr(streamlit_webrtc.component, "get_this_session_info", lambda: None)

    def opened(name: str) -> AppTest:
        app = AppTest.from_file(str(browser.ROOT / "app.py"), default_timeout=LIMIT)
        app.switch_page(f"pages/{name}.py").run()
        assert not app.exception
        return app

    return opened
