"""What a browser sends during a call, on its way to a live call and back."""

import json
import os
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import av
import numpy as np
import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError
from streamlit_webrtc import WebRtcStreamerContext

from emotion.errors import RapportError
from emotion.face.overlay import draw
from emotion.live import LiveCall
from emotion.models.shipped import Models

SETTING = "RAPPORT_ICE_SERVERS"
"""Environment variable, or key in .streamlit/secrets.toml, with the servers that help
browsers outside the local network to connect."""


class SettingError(RapportError):
    """A setting of the server that does not mean anything."""


class Connection:
    """Feeds one live call with frames and sound, and draws on the frames that go back.

    Its methods are called by WebRTC's threads, which must not wait.

    Attributes:
        call: The live call.
        began: When it began.
    """

    def __init__(self, call: LiveCall) -> None:
        self.call = call
        self.began = datetime.now()

    def picture(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Leave a frame to be read, and give it back with what was last seen."""
        self.call.put_frame(frame)
        image = draw(frame.to_ndarray(format="bgr24"), self.call.state().seen)
        return av.VideoFrame.from_ndarray(image, format="bgr24")

    async def sound(self, frames: list[av.AudioFrame]) -> list[av.AudioFrame]:
        """Leave sound to be read, and give silence back: callers do not hear themselves."""
        self.call.put_sound(frames)
        return [_silence(frame) for frame in frames]


class Line:
    """The calls of one browser tab, one after the other.

    A page can be run again while it still handles what a browser sent, and then may no
    longer write to the session; so the session holds a line, and calls change on that.

    Attributes:
        stream: What `webrtc_streamer` returned; None before its first run.
        baseline: Whether the next call reads a face relative to its ordinary one.
    """

    def __init__(self, models: Models) -> None:
        self.stream: WebRtcStreamerContext[Any, Any] | None = None
        self.baseline = False
        self._models = models
        self._connection: Connection | None = None
        self._lock = threading.Lock()

    @property
    def connection(self) -> Connection | None:
        """Of the newest call, which may have ended; None before the first."""
        with self._lock:
            return self._connection

    def follow(self) -> None:
        """Begin a call when the stream has started, and end it when it has stopped."""
        if self.stream is None:
            return
        state = self.stream.state
        with self._lock:
            running = self._connection is not None and self._connection.call.running
            if state.playing or state.signalling:
                if not running:
                    self._connection = Connection(LiveCall(self._models, baseline=self.baseline))
            elif self._connection is not None:
                self._connection.call.stop()


def ice_servers() -> list[dict[str, Any]]:
    """The servers that the setting names; none without it.

    Raises:
        SettingError: If the setting is not a JSON list of servers.
    """
    setting: Any = os.environ.get(SETTING)
    if setting is None:
        try:
            setting = st.secrets.get(SETTING)
        except StreamlitSecretNotFoundError:
            return []
    if not setting:
        return []
    servers = setting
    if isinstance(setting, str):
        try:
            servers = json.loads(setting)
        except json.JSONDecodeError as error:
            raise SettingError(
                f"{SETTING} should be a JSON list of servers; it is no JSON ({error.msg})."
            ) from error
    # What is wrong stays unsaid, because the setting may hold a password.
    if not (isinstance(servers, Sequence) and all(map(_is_server, servers))):
        raise SettingError(
            f"{SETTING} should be a JSON list of servers such as "
            '[{"urls": "stun:stun.example.org:3478"}].'
        )
    return [dict(server) for server in servers]


def _is_server(server: Any) -> bool:
    return isinstance(server, Mapping) and bool(server.get("urls"))


def _silence(frame: av.AudioFrame) -> av.AudioFrame:
    quiet = av.AudioFrame.from_ndarray(
        np.zeros_like(frame.to_ndarray()), format=frame.format.name, layout=frame.layout.name
    )
    quiet.sample_rate = frame.sample_rate
    return quiet
