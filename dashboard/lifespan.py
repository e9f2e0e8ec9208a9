"""What goes on beside the pages as long as a server runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dashboard import draining, expiry, resources, sessions


@asynccontextmanager
async def running(app: object) -> AsyncIterator[None]:
    """Delete what is due, give back memory, and let calls end before a server that is to stop.

    Args:
        app: Of the server.
    """
    async with (
        expiry.running(app),
        draining.running(resources.begun),
        sessions.running(_in_a_call),
    ):
        yield


def _in_a_call() -> bool:
    calls = resources.begun()
    return calls is not None and calls.running > 0
