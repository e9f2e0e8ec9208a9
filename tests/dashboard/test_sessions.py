"""Memory that a page leaves behind is given back after it."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from dashboard.live.running_calls import FORGOTTEN, SETTLED
from dashboard.sessions import Sessions


class Left:
    """What a page leaves: a part of it names the whole, so that counting alone never frees it."""

    def __init__(self) -> None:
        self.itself = self


class Server:
    """Sessions that are connected, and a clock."""

    def __init__(self) -> None:
        self.connected = {"one", "other"}
        self.now = 0.0
        self.sessions = Sessions(self.connected.__contains__, lambda: self.now)
        for session in self.connected:
            self.sessions.enter(session)

    def wait(self, seconds: float, busy: bool = False) -> None:
        self.now += seconds
        self.sessions.sweep(busy)


@pytest.fixture
def server() -> Iterator[Server]:
    gc.disable()
    yield Server()
    gc.enable()


def left() -> "weakref.ref[Left]":
    return weakref.ref(Left())


def test_what_a_closed_page_leaves_is_collected(server: Server) -> None:
    page, forgotten = left(), None
    server.wait(1)
    server.connected.remove("one")
    server.wait(1)
    assert page() is not None, "it is let go of only now"
    server.wait(SETTLED)
    assert page() is None
    # What Streamlit keeps for a page that might come back goes later.
    forgotten = left()
    server.wait(1)
    assert forgotten() is not None
    server.wait(FORGOTTEN)
    assert forgotten() is None


def test_nothing_is_collected_where_no_page_was_closed(server: Server) -> None:
    page = left()
    for _ in range(5):
        server.wait(FORGOTTEN)
    assert page() is not None


def test_a_call_is_not_held_up(server: Server) -> None:
    page = left()
    server.connected.remove("other")
    server.wait(1, busy=True)
    server.wait(SETTLED, busy=True)
    assert page() is not None
    server.wait(1)
    assert page() is None
