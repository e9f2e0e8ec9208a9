"""Sessions of Streamlit: what one leaves behind when its page is closed is given back.

Calls and recordings under review see to that by themselves; a page that only shows tables, charts
or reports leaves some as well, and nothing else would collect it.
"""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import memory
from dashboard.live.running_calls import FORGOTTEN, SETTLED

_log = logging.getLogger(__name__)

_LOOK = 2.0
"""Seconds from one look at the sessions to the next."""


def active(session: str) -> bool:
    """Whether a page of a session is connected.

    Args:
        session: Its identifier.
    """
    return runtime.exists() and runtime.get_instance().is_active_session(session)


class Sessions:
    """Sessions that showed a page, and when the memory of those that ended is given back."""

    def __init__(
        self,
        is_active: Callable[[str], bool] = active,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Know of none.

        Args:
            is_active: Whether the session with this identifier is connected.
            clock: Gives seconds.
        """
        self._is_active, self._clock = is_active, clock
        self._open: set[str] = set()
        self._due: list[float] = []
        self._lock = threading.Lock()

    def enter(self, session: str) -> None:
        """Note that a session shows a page.

        Args:
            session: Its identifier.
        """
        with self._lock:
            self._open.add(session)

    def sweep(self, busy: bool) -> None:
        """Give back the memory of sessions that ended, when their page and Streamlit let go of it.

        Args:
            busy: Whether a call is read, which collecting would hold up; it waits till later then.
        """
        now = self._clock()
        with self._lock:
            ended = {session for session in self._open if not self._is_active(session)}
            self._open -= ended
            if ended:
                self._due = [now + SETTLED, now + FORGOTTEN]
            late = [moment for moment in self._due if moment <= now]
            if not late or busy:
                return
            self._due = [moment for moment in self._due if moment > now]
        memory.tidy()


_sessions = Sessions()


def enter() -> None:
    """Note the session whose page runs."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None:
        _sessions.enter(context.session_id)


@asynccontextmanager
async def running(busy: Callable[[], bool]) -> AsyncIterator[None]:
    """Look at the sessions as long as a server runs.

    Args:
        busy: Whether a call is read.
    """

    async def look() -> None:
        while True:
            await asyncio.sleep(_LOOK)
            try:
                await asyncio.to_thread(_sessions.sweep, busy())
            except Exception:
                _log.exception("Memory of closed pages was not given back.")

    task = asyncio.create_task(look(), name="rapport-sessions")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
