"""What goes on beside the pages as long as a server runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dashboard import draining, expiry, resources


@asynccontextmanager
async def running(app: object) -> AsyncIterator[None]:
    """Delete what is due, and let calls end first when the server is asked to stop.

    Args:
        app: Of the server.
    """
    async with expiry.running(app), draining.running(resources.begun):
        yield
