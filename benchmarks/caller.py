"""Somebody who calls the running dashboard: a page without a browser, and a file as camera.

It speaks with the server as the page does: Streamlit's messages over a web socket carry the offer
and its answer, WebRTC the media, and a data channel what is read. Pictures and sound are encoded
once and sent over and over, so that a caller costs next to nothing beside the server.
"""

import asyncio
import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import websockets
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

SIZE = 640, 480
PICTURES = 10
"""A second, as the page asks for."""

SOUND = 48_000

READ = "emotion", "mixed", "disagree"
"""Kinds of headlines that are a reading."""

_PATIENCE = 30.0


@dataclass(frozen=True)
class EncodedClip:
    """What callers play: encoded pictures and sound of the same length."""

    pictures: tuple[bytes, ...]
    sounds: tuple[bytes, ...]

    @classmethod
    def made(cls, paths: Sequence[Path]) -> "EncodedClip":
        """From recordings, one after the other."""
        shown = [image for path in paths for image in pictures(path)]
        heard = np.concatenate([sound(path) for path in paths])
        video = av.CodecContext.create("libvpx", "w")
        video.width, video.height = SIZE
        video.pix_fmt, video.time_base = "yuv420p", Fraction(1, PICTURES)
        # A whole picture now and then, for a server that missed the one before.
        video.options = {"deadline": "realtime", "cpu-used": "6", "b": "1500000", "g": "20"}
        video.bit_rate = 1_500_000
        seen = []
        for number, image in enumerate(shown):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, PICTURES)
            seen += video.encode(frame)
        seen += video.encode(None)
        audio = av.CodecContext.create("libopus", "w")
        audio.sample_rate, audio.layout, audio.format = SOUND, "mono", "s16"
        audio.bit_rate, audio.options = 48_000, {"application": "voip"}
        said = []
        for start in range(0, len(heard) - 959, 960):
            piece = av.AudioFrame.from_ndarray(heard[None, start : start + 960], "s16", "mono")
            piece.sample_rate, piece.pts = SOUND, start
            said += audio.encode(piece)
        return cls(tuple(bytes(one) for one in seen), tuple(bytes(one) for one in said))


def pictures(path: Path) -> list[np.ndarray]:
    """Of a recording, its middle, ten a second, BGR, shape (480, 640, 3)."""
    found: list[np.ndarray] = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time * PICTURES >= len(found):
                wide = round(frame.width * SIZE[1] / frame.height)
                image = frame.reformat(max(wide, SIZE[0]), SIZE[1], "bgr24").to_ndarray()
                left = (image.shape[1] - SIZE[0]) // 2
                found.append(np.ascontiguousarray(image[:, left : left + SIZE[0]]))
    return found


def sound(path: Path) -> np.ndarray:
    """Of a recording, int16, 48 kHz, shape (samples,)."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("s16", "mono", SOUND)
        return np.concatenate(
            [
                piece.to_ndarray()[0]
                for frame in container.decode(audio=0)
                for piece in resampler.resample(frame)
            ]
        )


class _Played(MediaStreamTrack):
    """Encoded pieces, one after the other at their times, over and over."""

    def __init__(self, kind: str, pieces: Sequence[bytes], seconds: float, rate: int) -> None:
        super().__init__()
        self.kind = kind
        self._pieces, self._seconds, self._rate = pieces, seconds, rate
        self._began: float | None = None
        self._number = 0

    async def recv(self) -> Any:
        now = time.monotonic()
        if self._began is None:
            self._began = now
        await asyncio.sleep(max(0.0, self._began + self._number * self._seconds - now))
        packet = av.Packet(self._pieces[self._number % len(self._pieces)])
        packet.pts = round(self._number * self._seconds * self._rate)
        packet.time_base = Fraction(1, self._rate)
        self._number += 1
        return packet


class _Page:
    """The live page of one user, as far as a caller needs it."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._changed = asyncio.Event()
        self._component = ""
        self._buttons: dict[str, str] = {}
        self.data: dict[str, Any] = {}

    async def open(self) -> None:
        self._socket = await websockets.connect(
            self._address.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=[websockets.Subprotocol("streamlit")],
            origin=websockets.Origin(self._address),
            max_size=None,
        )
        self._listening = asyncio.ensure_future(self._listen())
        message = BackMsg()
        message.rerun_script.query_string = ""
        await self._socket.send(message.SerializeToString())
        await self.wait(lambda: bool(self._component))

    async def wait(self, condition: Any) -> None:
        async with asyncio.timeout(_PATIENCE):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def trigger(self, event: str, value: dict[str, Any]) -> None:
        """What the component's `setTriggerValue` does."""
        message = BackMsg()
        # What a trigger says is read beside the component's own value.
        own = message.rerun_script.widget_states.widgets.add()
        own.id, own.json_value = self._component, "{}"
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id = f"$$STREAMLIT_INTERNAL_KEY_{self._component}__events"
        widget.json_trigger_value = json.dumps([{"event": event, "value": value}])
        await self._socket.send(message.SerializeToString())

    async def press(self, label: str) -> None:
        await self.wait(lambda: label in self._buttons)
        message = BackMsg()
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id, widget.trigger_value = self._buttons.pop(label), True
        await self._socket.send(message.SerializeToString())
        await self.wait(lambda: not self.data.get("ended"))

    async def close(self) -> None:
        self._listening.cancel()
        await self._socket.close()

    async def _listen(self) -> None:
        async for raw in self._socket:
            message = ForwardMsg()
            message.ParseFromString(raw if isinstance(raw, bytes) else raw.encode())
            element = message.delta.new_element
            if element.HasField("bidi_component"):
                self._component = element.bidi_component.id
                said = json.loads(element.bidi_component.json)
                # As one text, or as it was before.
                self.data = json.loads(said["json"]) if "json" in said else said
            elif element.HasField("button"):
                self._buttons[element.button.label] = element.button.id
            self._changed.set()


class Caller:
    """One call, from its start to its end."""

    def __init__(self, address: str, clip: EncodedClip) -> None:
        self._page = _Page(address)
        self._clip = clip
        self.views: list[dict[str, Any]] = []
        self.refused = ""
        self.first_reading: float | None = None
        """Seconds from the start to the first view with a reading."""

    async def start(self) -> None:
        """Begin; returns when the first view has come, or with why the server refused."""
        await self._page.open()
        self._began = time.monotonic()
        self._peer = RTCPeerConnection()
        roles = {}
        codecs = RTCRtpSender.getCapabilities("video").codecs
        for role, track in (
            ("picture", _Played("video", self._clip.pictures, 1 / PICTURES, 90_000)),
            ("sound", _Played("audio", self._clip.sounds, 0.02, SOUND)),
        ):
            transceiver = self._peer.addTransceiver(track, direction="sendonly")
            if role == "picture":
                transceiver.setCodecPreferences([c for c in codecs if c.mimeType == "video/VP8"])
            roles[transceiver] = role
        self._channel = self._peer.createDataChannel("readings")
        first = asyncio.Event()

        @self._channel.on("message")  # type: ignore[untyped-decorator, unused-ignore]
        def _(message: str) -> None:
            view = json.loads(message)
            self.views.append(view)
            if self.first_reading is None and view["headline"]["kind"] in READ:
                self.first_reading = time.monotonic() - self._began
            first.set()

        await self._peer.setLocalDescription(await self._peer.createOffer())
        self.token, name = secrets.token_hex(16), secrets.token_hex(8)
        await self._page.trigger(
            "offer",
            {
                "id": name,
                "token": self.token,
                "source": "camera",
                "consent": {"agreed": True, "by": "Benchmark"},
                "sdp": self._peer.localDescription.sdp,
                "roles": {transceiver.mid: role for transceiver, role in roles.items()},
            },
        )
        await self._page.wait(lambda: (self._page.data.get("answer") or {}).get("id") == name)
        answer = self._page.data["answer"]
        self.refused = answer.get("error", "")
        if self.refused:
            await self._peer.close()
            return
        await self._peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        await asyncio.wait_for(first.wait(), _PATIENCE)

    async def stop(self) -> None:
        """Stop as the button does, and dismiss what was read."""
        if not self.refused:
            self._channel.send(json.dumps({"kind": "stop"}))
            await self._page.trigger("ended", {"token": self.token, "stop": True})
            await self._page.press("Dismiss")
            await self._peer.close()
        await self._page.close()
