"""The live page without a browser: before a call, after one, and when something is amiss."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.connection import SETTING, Connection, Line, SettingError, ice_servers
from dashboard.evaluation_form import VIEW
from emotion.live import LiveCall
from emotion.models.shipped import Models
from tests import browser

OpenPage = Callable[[str], AppTest]


@pytest.fixture(scope="module")
def models() -> Models:
    return Models.load()


def stream_of(*, playing: bool, signalling: bool = False) -> Any:
    """What the page knows of a stream to the browser."""
    return SimpleNamespace(state=SimpleNamespace(playing=playing, signalling=signalling))


def picture(face: np.ndarray) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(browser.portrait(face, 0.0), format="bgr24")


def tone(position: int) -> av.AudioFrame:
    samples = np.full((1, 1920), 1000, np.int16)
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = 48_000, position, Fraction(1, 48_000)
    return frame


def test_what_is_analysed_stands_there_before_the_start(open_page: OpenPage) -> None:
    app = open_page("live_call")
    assert not app.error
    notice = " ".join(element.value for element in app.markdown)
    for word in ("face", "voice", "Nothing is stored", "estimates", "Ask the other person"):
        assert word in notice


def test_missing_models_are_said_in_one_sentence(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RAPPORT_MODELS", str(tmp_path))
    for name in ("live_call", "review_recording", "model_evaluation"):
        app = open_page(name)
        if name == "model_evaluation":
            # Reports can be looked at without any model.
            assert not app.error
            app.segmented_control(VIEW).set_value("Models").run()
        (error,) = app.error
        assert str(tmp_path) in error.value


def test_a_bad_setting_is_said_and_kept_secret(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, '[{"credential": "hidden"')
    (error,) = open_page("live_call").error
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


def test_a_call_begins_and_ends_with_the_stream(models: Models) -> None:
    idle, line = Line(models), Line(models)
    idle.follow()
    assert idle.connection is None
    line.stream = stream_of(playing=False, signalling=True)
    line.follow()
    first = line.connection
    assert first is not None
    line.stream = stream_of(playing=True)
    line.follow()
    assert line.connection is first
    line.stream = stream_of(playing=False)
    line.follow()
    assert not first.call.running
    line.stream = stream_of(playing=True)
    line.follow()
    second = line.connection
    assert second is not None
    assert second is not first
    second.call.stop()


def test_the_caller_hears_silence_and_sees_the_face_marked(
    models: Models, face_image: np.ndarray
) -> None:
    connection = Connection(LiveCall(models))
    try:
        frames = [tone(960 * index) for index in range(3)]
        silent = asyncio.run(connection.sound(frames))
        assert [(f.format.name, f.layout.name, f.samples, f.sample_rate) for f in silent] == [
            (f.format.name, f.layout.name, f.samples, f.sample_rate) for f in frames
        ]
        assert not any(frame.to_ndarray().any() for frame in silent)
        sent = picture(face_image)
        end = time.monotonic() + 60
        while not connection.call.state().seen and time.monotonic() < end:
            connection.picture(sent)
            time.sleep(0.1)
        drawn = connection.picture(sent)
        assert (drawn.width, drawn.height) == (sent.width, sent.height)
        changed = drawn.to_ndarray(format="bgr24") != sent.to_ndarray(format="bgr24")
        assert changed.any()
    finally:
        connection.call.stop()


def test_the_readings_stay_when_the_call_has_ended(
    open_page: OpenPage, models: Models, face_image: np.ndarray
) -> None:
    line = Line(models)
    line.stream = stream_of(playing=True)
    line.follow()
    assert line.connection is not None
    call = line.connection.call
    end = time.monotonic() + 60
    while len(call.timeline().readings) < 3 and time.monotonic() < end:
        call.put_frame(picture(face_image))
        time.sleep(0.1)
    call.stop()
    app = open_page("live_call")
    app.session_state["line"] = line
    app.run()
    assert not app.exception
    assert not app.error
    names = [element.proto.label for element in app.get("download_button")]
    assert names == ["Save CSV", "Save JSON"]
    assert len(app.get("plotly_chart")) == 1


def test_tensorflow_is_not_loaded() -> None:
    program = f"""
import sys
import streamlit_webrtc.component
from streamlit.testing.v1 import AppTest
streamlit_webrtc.component.get_this_session_info = lambda: None
app = AppTest.from_file({str(browser.ROOT / "app.py")!r}, default_timeout=120)
for name in ("live_call", "review_recording", "model_evaluation"):
    app.switch_page(f"pages/{{name}}.py").run()
    assert not app.exception, app.exception
assert "emotion.models.runtime" in sys.modules
assert "tensorflow" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], cwd=browser.ROOT, check=True)
