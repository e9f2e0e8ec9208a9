"""The live page without a browser: before a call, after one, and when something is amiss."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import resources, wording
from dashboard.evaluation_form import VIEW
from dashboard.live.capacity import MOST
from dashboard.live.consent import Consent
from dashboard.live.ice import SETTING, SettingError, ice_servers
from tests import browser

OpenPage = Callable[[str], AppTest]


TOKEN_OF_A_PAGE = "a-token-that-nobody-guesses"


def picture(face: np.ndarray) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(browser.portrait(face, 0.0), format="bgr24")


def test_missing_models_are_said_in_one_sentence(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RAPPORT_MODELS", str(tmp_path))
    for name in ("watch_call", "review_recording", "model_evaluation"):
        app = open_page(name)
        if name == "model_evaluation":
            # Reports can be looked at without any model.
            assert not app.error
            app.segmented_control(VIEW).set_value("Models").run()
        (error,) = app.error
        assert str(tmp_path) in error.value.replace("\\", "")


def test_a_bad_setting_is_said_and_kept_secret(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, '[{"credential": "hidden"')
    (error,) = open_page("watch_call").error
    assert SETTING in error.value
    assert "hidden" not in error.value


@pytest.mark.parametrize("setting", ["{}", '{"urls": "stun:a"}', "[1]", '"stun:a"', "[{}]", "7"])
def test_settings_without_meaning_are_refused(
    setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, setting)
    with pytest.raises(SettingError, match=SETTING):
        ice_servers()


def test_servers_come_from_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, '[{"urls": ["stun:a", "turn:b"], "username": "c"}]')
    assert ice_servers() == [{"urls": ["stun:a", "turn:b"], "username": "c"}]
    monkeypatch.setenv(SETTING, "")
    assert ice_servers() == []


def test_a_call_is_shown_until_it_is_dismissed(open_page: OpenPage, face_image: np.ndarray) -> None:
    app = open_page("watch_call")
    calls, _ = resources.live()
    consent = Consent.confirmed({"agreed": True, "by": "Ada *Example*"})
    kept = calls.begin(TOKEN_OF_A_PAGE, consent, "camera")
    end = time.monotonic() + 60
    shown = picture(face_image)
    while len(kept.call.timeline().readings) < 3 and time.monotonic() < end:
        kept.call.put_frame(shown)
        time.sleep(0.1)
    kept.note("Price")
    kept.end()
    kept.call.stop()
    app.session_state["live-shown"] = TOKEN_OF_A_PAGE
    app.run()
    assert not app.exception
    assert not app.error
    names = [element.proto.label for element in app.get("download_button")]
    assert names == ["Download CSV", "Download JSON", "Download Parquet", "Download HTML"]
    assert len(app.get("plotly_chart")) == 1
    texts = [element.value for element in (*app.caption, *app.markdown)]
    assert any(wording.plain("Ada *Example*") in text for text in texts)
    assert any("Price" in text for text in texts)
    (dismiss,) = [button for button in app.button if button.label == "Dismiss"]
    dismiss.click().run()
    assert calls.find(TOKEN_OF_A_PAGE) is None
    assert not app.get("download_button")


def test_a_server_that_only_has_calls_holds_no_tables_and_none_loads_tensorflow() -> None:
    program = f"""
import sys, time
import av
import streamlit_webrtc.component
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from dashboard import resources
from dashboard.live.capacity import face
from dashboard.live.consent import Consent
# As app.py has it for a server.
manifest_scanner.scan_component_manifests = lambda max_workers=None: []
streamlit_webrtc.component.get_this_session_info = lambda: None
app = AppTest.from_file({str(browser.ROOT / "app.py")!r}, default_timeout=120)
app.switch_page("pages/watch_call.py").run()
calls, _ = resources.live()
consent = Consent.confirmed({{"agreed": True, "by": "Ada"}})
kept = calls.begin({TOKEN_OF_A_PAGE!r}, consent, "camera")
end = time.monotonic() + 60
shown = av.VideoFrame.from_ndarray(face(), format="bgr24")
while len(kept.call.timeline().readings) < 3 and time.monotonic() < end:
    kept.call.put_frame(shown)
    time.sleep(0.1)
kept.end()
kept.call.stop()
app.session_state["live-shown"] = {TOKEN_OF_A_PAGE!r}
app.run()
assert not app.exception, app.exception
assert app.get("download_button"), "the call's end is not shown"
heavy = {{"pandas", "pyarrow", "sqlalchemy", "sklearn", "tensorflow"}}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
for name in ("review_recording", "model_evaluation"):
    app.switch_page(f"pages/{{name}}.py").run()
    assert not app.exception, app.exception
assert "emotion.models.runtime" in sys.modules
assert "tensorflow" not in sys.modules
"""
    command = [sys.executable, "-c", program]
    subprocess.run(command, cwd=browser.ROOT, env=os.environ | {MOST: "8"}, check=True)
