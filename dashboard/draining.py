"""A server that is asked to stop lets its calls end first.

SIGTERM is what `docker stop`, Kubernetes and systemd send. New calls are refused from then on,
those that run go on, for as long as `RAPPORT_DRAIN` says; whoever had one has time to save it.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import FrameType
from typing import TYPE_CHECKING

from emotion.errors import RapportError

if TYPE_CHECKING:
    from dashboard.live.running_calls import RunningCalls

SETTING = "RAPPORT_DRAIN"
"""Environment variable with the seconds that running calls have, 3600 by default. Whatever
stops the server has to wait for `LOOKING` seconds more."""

LOOKING = 120.0
"""Seconds that users have to save a call that has ended."""

_LIMIT = 3600.0
_STEP = 0.25

ENDED = (
    "The server is being restarted. Save what you want to keep of this call now; it is gone in "
    "two minutes."
)


def limit() -> float:
    """Seconds that running calls have.

    Raises:
        RapportError: If the setting is no number of seconds.
    """
    setting = os.environ.get(SETTING, "")
    if not setting:
        return _LIMIT
    if not setting.isdecimal():
        raise RapportError(f"{SETTING} should be seconds, such as 3600. Received: {setting!r}.")
    return float(setting)


def refuse() -> None:
    """End the process with a sentence where `RAPPORT_DRAIN` is no number of seconds."""
    try:
        limit()
    except RapportError as error:
        sys.exit(str(error))


def drain(calls: "RunningCalls", seconds: float, looking: float = LOOKING) -> None:
    """Refuse new calls, and return when those that run have ended and could be saved.

    Args:
        calls: Of the server.
        seconds: After which calls that still run are ended.
        looking: Seconds that users have to save a call that has ended, or to dismiss it.
    """
    calls.drain()
    end = time.monotonic() + seconds
    while calls.running and time.monotonic() < end:
        time.sleep(_STEP)
    calls.end(ENDED)
    while calls.held(looking):
        time.sleep(_STEP)


def hold() -> None:
    """Keep SIGTERM for whoever waits for it: before anything starts a thread.

    Streamlit sets a handler of its own, which ends the server at once. While all threads block
    the signal it comes to no handler; one thread that does not, such as those that NumPy starts
    when it is imported, would be enough.
    """
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})


def on_sigterm(calls: Callable[[], "RunningCalls | None"]) -> None:
    """Drain when the signal comes that `hold` holds, and interrupt the server then.

    A server that is interrupted ends with status 0, however far its start has come: it did what
    it was asked to. Where signals cannot be waited for, as on Windows, it ends at once.

    Args:
        calls: Gives those of the server, or None while there are none.

    Raises:
        RapportError: If `RAPPORT_DRAIN` is no number of seconds.
    """
    seconds = limit()
    # Uvicorn interrupts itself again when it has shut down, to whatever handler was there before:
    # Python's own would make an error of it.
    signal.signal(signal.SIGINT, _end)
    if not hasattr(signal, "sigwait"):
        return

    def wait() -> None:
        signal.sigwait({signal.SIGTERM})
        running = calls()
        if running is not None:
            drain(running, seconds)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=wait, name="rapport-draining", daemon=True).start()


@asynccontextmanager
async def running(calls: Callable[[], "RunningCalls | None"]) -> AsyncIterator[None]:
    """Drain while a server runs that nobody held the signal for: `streamlit run app.py`.

    Until it has started and once it shuts down, and at the second signal, it ends at once.

    Args:
        calls: Gives those of the server, or None while there are none.

    Raises:
        RapportError: If `RAPPORT_DRAIN` is no number of seconds.
    """
    seconds = limit()
    ends = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or not callable(ends):
        yield
        return
    loop = asyncio.get_running_loop()

    def wait(number: int) -> None:
        found = calls()
        if found is not None:
            drain(found, seconds)
        loop.call_soon_threadsafe(ends, number, None)

    def begin(number: int, frame: FrameType | None) -> None:
        del frame
        signal.signal(signal.SIGTERM, ends)
        threading.Thread(target=wait, args=(number,), name="rapport-draining", daemon=True).start()

    signal.signal(signal.SIGTERM, begin)
    yield


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    sys.exit(0)
