"""What the browser may ask of the server, over real HTTP."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from starlette.applications import Starlette

from dashboard.review import routes as module
from dashboard.review.desks import Desks
from dashboard.review.routes import routes
from emotion.models.shipped import Models
from tests import media_makers

TOKEN = "a-token-that-nobody-guesses"
ONE = "0123456789abcdef" * 2


@pytest.fixture
def desks(models: Models, tmp_path: Path) -> Iterator[Desks]:
    found = Desks(lambda: models, tmp_path / "media")
    found.desk(TOKEN)
    yield found
    found.close()


@pytest.fixture
def port(desks: Desks) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        number = int(free.getsockname()[1])
    app = Starlette(routes=routes(lambda: desks, "base"))
    server = uvicorn.Server(uvicorn.Config(app, port=number, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield number
    server.should_exit = True
    thread.join(10)


def ask(
    port: int, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, f"/base/reviews/{path}", body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def state(port: int) -> list[dict[str, Any]]:
    status, content = ask(port, "GET", TOKEN)
    assert status == 200
    found: list[dict[str, Any]] = json.loads(content)
    return found


def test_a_recording_is_taken_shown_played_and_deleted(
    port: int, desks: Desks, speech: np.ndarray, tmp_path: Path
) -> None:
    content = media_makers.write_wav(tmp_path / "talk.wav", speech, 16_000).read_bytes()
    status, _ = ask(port, "PUT", f"{TOKEN}/{ONE}?name=a%20talk.wav", content)
    assert status == 200
    end = time.monotonic() + 90
    while (row := state(port)[0])["state"] != "done" and time.monotonic() < end:
        time.sleep(0.1)
    assert (row["id"], row["name"], row["state"]) == (ONE, "a talk.wav", "done")
    assert (row["size"], row["share"], row["error"]) == (len(content), 1.0, None)
    path = f"{TOKEN}/{ONE}/media"
    assert ask(port, "GET", path) == (200, content)
    assert ask(port, "GET", path, Range="bytes=10-19") == (206, content[10:20])
    assert ask(port, "DELETE", f"{TOKEN}/{ONE}")[0] == 204
    assert ask(port, "GET", path)[0] == 404
    assert state(port) == []
    assert list(desks.folder.path.glob("*.wav")) == []


def test_who_does_not_know_the_token_gets_nothing(port: int, desks: Desks) -> None:
    other = "another-token-that-is-not-known"
    for method, path in (
        ("GET", other),
        ("PUT", f"{other}/{ONE}?name=a.wav"),
        ("DELETE", f"{other}/{ONE}"),
        ("GET", f"{other}/{ONE}/media"),
        ("GET", f"{TOKEN}/{ONE}/media"),
    ):
        assert ask(port, method, path, b"")[0] == 404, path
    assert desks.find(other) is None


def test_what_is_refused_says_why(port: int, desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    status, content = ask(port, "PUT", f"{TOKEN}/{ONE}?name=offer.pdf", b"%PDF")
    assert (status, content.decode()) == (
        415,
        "offer.pdf is no video or sound file that Rapport knows.",
    )
    monkeypatch.setattr(module, "limit", lambda: 1000)
    status, content = ask(port, "PUT", f"{TOKEN}/{ONE}?name=long.mp4", bytes(2000))
    assert status == 413
    assert b"long.mp4 is larger" in content
    assert state(port) == []
    assert list(desks.folder.path.glob("*.mp4")) == []


@pytest.mark.parametrize("ending", ["amr", "mka", "OGV", "weba", "caf", "au", "mts", "3g2", "vob"])
def test_what_is_read_may_be_uploaded(port: int, desks: Desks, ending: str) -> None:
    status, _ = ask(port, "PUT", f"{TOKEN}/{ONE}?name=call.{ending}", bytes(2_000))
    assert status == 200
    assert [row["name"] for row in state(port)] == [f"call.{ending}"]


def test_an_upload_that_breaks_off_leaves_nothing(port: int, desks: Desks) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest("PUT", f"/base/reviews/{TOKEN}/{ONE}?name=long.mp4")
    connection.putheader("Content-Length", "50000000")
    connection.endheaders(bytes(5_000_000))
    end = time.monotonic() + 20
    while not (rows := state(port)) or rows[0]["received"] < 4_000_000:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert rows[0]["state"] == "uploading"
    assert list(desks.folder.path.glob("*.mp4"))
    connection.close()
    while state(port):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert list(desks.folder.path.glob("*.mp4")) == []
