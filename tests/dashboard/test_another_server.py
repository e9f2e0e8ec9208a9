"""The way from a server that is about to stop to another one, over real HTTP."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.applications import Starlette

from dashboard import another_server
from dashboard.live.running_calls import RunningCalls
from emotion.models.shipped import Models


@contextmanager
def served(begun: list[RunningCalls], base: str) -> Iterator[int]:
    """The address alone, on a port of this machine."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = int(free.getsockname()[1])
    app = Starlette(routes=[another_server.route(lambda: begun[0] if begun else None, base)])
    server = uvicorn.Server(uvicorn.Config(app, "localhost", port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not server.started and time.monotonic() < end:
        time.sleep(0.01)
    yield port
    server.should_exit = True
    thread.join(10)


def ask(port: int, path: str) -> tuple[int, str | None, str]:
    """Status, where it leads, and the cookie that is given."""
    connection = http.client.HTTPConnection("localhost", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Cookie": "rapport=one"})
        answer = connection.getresponse()
        return answer.status, answer.headers["Location"], answer.headers.get("Set-Cookie", "")
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("base", "path", "home"),
    [("", "/another-server", "/"), ("calls", "/calls/another-server", "/calls/")],
)
def test_only_a_server_that_is_about_to_stop_takes_the_proxys_cookie_back(
    base: str, path: str, home: str, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORT_CALLS", "2")
    begun: list[RunningCalls] = []
    with served(begun, base) as port:
        assert ask(port, path) == (303, home, "")
        begun.append(RunningCalls(models))
        assert ask(port, path) == (303, home, "")
        begun[0].drain()
        status, where, cookie = ask(port, path)
    assert (status, where) == (303, home)
    assert cookie.startswith('rapport="";')
    assert "Max-Age=0" in cookie
    # The one of a whole site, as the proxy gave it.
    assert "Path=/;" in f"{cookie};"
