"""A way to another server, for whoever a proxy keeps on one that is about to stop.

The proxy sends users always to the server that its cookie names, so that they stay with their
calls, and to one that is about to stop as well. Without the cookie they come to another.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dashboard.live.running_calls import RunningCalls

COOKIE = "rapport"
"""Name of the proxy's cookie, in all files of `deploy/`."""

NAME = "another-server"
"""What follows the dashboard's address."""


def route(calls: Callable[[], RunningCalls | None], base: str = "") -> Route:
    """The address that leads to another server.

    Args:
        calls: Of this server; None before there are any.
        base: Path under which the server is reached, as `server.baseUrlPath` has it.
    """
    home = f"/{base.strip('/')}/".replace("//", "/")

    async def leave(request: Request) -> Response:
        del request
        answer = RedirectResponse(home, 303, headers={"Cache-Control": "no-store"})
        begun = calls()
        # Whoever is well here stays, whatever page of others sends them to this address.
        if begun is not None and begun.load.draining:
            answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True)
        return answer

    return Route(f"{home}{NAME}", leave, methods=["GET"])
