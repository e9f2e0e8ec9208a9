"""The server's end of the connections to browsers, all on one thread.

A browser offers what it captures, and gets back no media, only what was read, over a
data channel. Tracks are handed over to the `LiveCall` as they are.
"""

import asyncio
import json
import logging
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import av
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError

from dashboard.live import frame_buffer
from dashboard.live.running_calls import RunningCall, RunningCalls
from emotion.conversation.region import Region, RegionError
from emotion.errors import RapportError

_LULL = 0.2
"""Seconds after which a page is sent a view where nothing new was read."""

_APART = 0.06
"""Seconds between two views at least."""

_ANSWER = 15.0
"""Seconds within which an offer is answered."""

_BUFFERED = 200_000
"""Bytes on their way to a slow page beyond which a view is left out."""

_LOGGER = logging.getLogger(__name__)


class PeerError(RapportError):
    """No connection to a browser could be made."""


class Peers:
    """All connections of a server to browsers."""

    def __init__(self, calls: RunningCalls) -> None:
        """Start the thread; it ends with the process.

        Args:
            calls: That are swept every second.
        """
        self._calls = calls
        self._loop = asyncio.new_event_loop()
        self._connections: dict[str, _Connection] = {}
        thread = threading.Thread(target=self._run, name="rapport-webrtc", daemon=True)
        thread.start()

    def answer(
        self,
        kept: RunningCall,
        sdp: str,
        roles: Mapping[str, str],
        servers: Sequence[Mapping[str, Any]] = (),
    ) -> str:
        """Connect a browser to a call; one that it had before gives way.

        Args:
            kept: The call.
            sdp: What the browser offers.
            roles: By the offer's mid: 'picture', 'sound', or 'own' for the user's microphone
                beside the customer's sound.
            servers: That help to connect, as the browser has them.

        Returns:
            The answer's SDP.

        Raises:
            PeerError: If the offer means nothing or no answer comes about in time.
        """
        work = self._answer(kept, sdp, dict(roles), servers)
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(_ANSWER)
        except TimeoutError as error:
            future.cancel()
            raise PeerError(
                "The server found no way to this browser. Ask whoever runs it to check the "
                "setting RAPPORT_ICE_SERVERS."
            ) from error
        except Exception as error:
            _LOGGER.exception("An offer could not be answered")
            raise PeerError("The server could not read what the browser offers.") from error

    def close(self, token: str) -> None:
        """Close the connection of a call, if there is one; returns at once.

        Args:
            token: By which its page knows the call.
        """
        connection = self._connections.pop(token, None)
        if connection is not None:
            asyncio.run_coroutine_threadsafe(connection.close(), self._loop)

    async def _answer(
        self,
        kept: RunningCall,
        sdp: str,
        roles: dict[str, str],
        servers: Sequence[Mapping[str, Any]],
    ) -> str:
        before = self._connections.pop(kept.token, None)
        if before is not None:
            await before.close()
        connection = _Connection(kept, roles, servers, self._gone)
        self._connections[kept.token] = connection
        try:
            return await connection.answer(sdp)
        except BaseException:
            self._connections.pop(kept.token, None)
            await connection.close()
            raise

    def _gone(self, connection: "_Connection") -> None:
        if self._connections.get(connection.kept.token) is connection:
            self._connections.pop(connection.kept.token)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.create_task(self._sweep())
        self._loop.run_forever()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            try:
                self._calls.sweep()
            except Exception:
                _LOGGER.exception("Calls could not be swept")


class _Connection:
    """One browser's connection to one call; lives on the loop of `Peers`."""

    def __init__(
        self,
        kept: RunningCall,
        roles: dict[str, str],
        servers: Sequence[Mapping[str, Any]],
        gone: Callable[["_Connection"], None],
    ) -> None:
        self.kept = kept
        self._roles, self._gone = roles, gone
        self._tasks: set[asyncio.Task[None]] = set()
        ice = [
            RTCIceServer(server["urls"], server.get("username"), server.get("credential"))
            for server in servers
        ]
        self._peer = RTCPeerConnection(
            RTCConfiguration(iceServers=ice, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self._peer.on("track", self._track)
        self._peer.on("datachannel", self._channel)
        self._peer.on("connectionstatechange", self._changed)

    async def answer(self, sdp: str) -> str:
        # Names of the local network, which a browser says instead of addresses until it
        # may use the camera, are asked for in vain on most servers: the browser calls here.
        plain = re.sub(r"(?m)^a=candidate:.*\.local .*\r?\n", "", sdp)
        await self._peer.setRemoteDescription(RTCSessionDescription(plain, "offer"))
        answer = await self._peer.createAnswer()
        assert answer is not None
        await self._peer.setLocalDescription(answer)
        return self._peer.localDescription.sdp

    async def close(self) -> None:
        self._gone(self)
        self.kept.connected = False
        for task in self._tasks:
            task.cancel()
        with suppress(Exception):
            await self._peer.close()

    def _start(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _track(self, track: MediaStreamTrack) -> None:
        taken = [t for t in self._peer.getTransceivers() if t.receiver.track is track]
        mid = taken[0].mid if taken else None
        if taken and track.kind == "video":
            frame_buffer.install(taken[0].receiver)
        default = "picture" if track.kind == "video" else "sound"
        self._start(self._take(track, self._roles.get(str(mid), default)))

    async def _take(self, track: MediaStreamTrack, role: str) -> None:
        call = self.kept.call
        if track.kind == "audio":
            # After a reload or a lost network the browser counts from anywhere.
            call.begin_sound(own=role == "own")
        with suppress(MediaStreamError):
            while call.running:
                frame = await track.recv()
                if isinstance(frame, av.VideoFrame):
                    call.put_frame(frame)
                elif isinstance(frame, av.AudioFrame):
                    call.put_sound([frame], own=role == "own")

    def _channel(self, channel: RTCDataChannel) -> None:
        channel.on("message", self._message)
        self._start(self._show(channel))

    async def _show(self, channel: RTCDataChannel) -> None:
        kept = self.kept
        kept.glance.again()
        notes = -1
        # The call outlives this connection, and must not keep it.
        fresh, loop = asyncio.Event(), asyncio.get_running_loop()
        kept.call.on_change(lambda: loop.call_soon_threadsafe(fresh.set))
        while channel.readyState == "open":
            if channel.bufferedAmount < _BUFFERED:
                view = kept.glance.view(kept.call)
                if notes != len(kept.notes):
                    notes = len(kept.notes)
                    view["notes"] = [[note.time, note.text] for note in kept.notes]
                if not kept.running:
                    view["ended"] = kept.why or True
                channel.send(json.dumps(view))
            if not kept.running:
                # The page hears of it before the connection goes.
                await asyncio.sleep(0.3)
                break
            await asyncio.sleep(_APART)
            with suppress(TimeoutError):
                await asyncio.wait_for(fresh.wait(), _LULL - _APART)
            fresh.clear()
        self._start_close()

    def _message(self, message: str | bytes) -> None:
        try:
            said = json.loads(message)
            kind = said["kind"]
            if kind == "stop":
                self.kept.end()
            elif kind == "leave":
                self._start_close()
            elif kind == "follow":
                person = said["person"]
                self.kept.call.choose(None if person is None else int(person))
            elif kind == "region":
                box = said["box"]
                self.kept.call.read_only(None if box is None else Region.drawn(box))
            elif kind == "sound":
                self.kept.call.begin_sound(own=bool(said["own"]))
            elif kind == "note":
                self.kept.note(str(said["text"]))
            elif kind == "hints":
                self.kept.glance.hints.set(said)
        except (ValueError, KeyError, TypeError, RegionError):
            _LOGGER.warning("A page said what means nothing")

    async def _changed(self) -> None:
        state = self._peer.connectionState
        self.kept.connected = state == "connected"
        if state in ("failed", "closed"):
            self._start_close()

    def _start_close(self) -> None:
        # Not as one of its own tasks, which it cancels.
        asyncio.ensure_future(self.close())  # noqa: RUF006
