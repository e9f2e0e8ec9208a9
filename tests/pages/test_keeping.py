"""Keeping a call at its end, through the page, on real databases that come and go."""

import io
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import av
import cv2
import numpy as np
import pandas as pd
import pytest
from sqlalchemy import LargeBinary, event, make_url, select
from streamlit.testing.v1 import AppTest

from dashboard import call_store, resources
from dashboard.live.consent import Consent
from dashboard.live.running_calls import RunningCall
from emotion.store.access import LOCAL
from emotion.store.database import Store
from emotion.store.kept_calls import KeptCalls
from emotion.store.schema import KeptCall, Table
from tests import browser
from tests.store.conftest import POSTGRESQL, own_database

OpenPage = Callable[[str], AppTest]

TOKEN = "a-token-of-a-call-that-is-kept"


class Line:
    """The line to a database, which can be cut."""

    def __init__(self, host: str, port: int) -> None:
        self._there, self._ends = (host, port), set[socket.socket]()
        self._server: socket.socket | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    def join(self) -> None:
        """The database can be reached."""
        self._server = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._serve, args=(self._server,), daemon=True).start()

    def cut(self) -> None:
        """It is gone, with all connections to it."""
        if self._server is not None:
            self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
        for end in list(self._ends):
            end.close()
        self._ends.clear()

    def _serve(self, server: socket.socket) -> None:
        while True:
            try:
                near, _ = server.accept()
            except OSError:
                return
            far = socket.create_connection(self._there)
            self._ends |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while content := one.recv(65536):
                other.sendall(content)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def feed(face_image: np.ndarray, speech: np.ndarray) -> Iterator[Callable[[int], RunningCall]]:
    """Has a call of its own read until it has so many readings, as long as the test lasts."""
    calls, _ = resources.live()
    picture = av.VideoFrame.from_ndarray(browser.portrait(face_image, 0.0), format="bgr24")
    sound = (speech * 32767).astype(np.int16)
    steps = itertools.count()
    kept = calls.begin(TOKEN, Consent.confirmed({"agreed": True, "by": "Ada"}), "camera")

    def until(readings: int) -> RunningCall:
        end = time.monotonic() + 60
        while len(kept.call.timeline().readings) < readings:
            assert time.monotonic() < end, "the call does not go on"
            kept.call.put_frame(picture)
            heard = np.roll(sound, -1600 * next(steps))[None, :1600]
            piece = av.AudioFrame.from_ndarray(heard, format="s16", layout="mono")
            piece.sample_rate = 16_000
            kept.call.put_sound([piece])
            time.sleep(0.1)
        return kept

    yield until
    calls.dismiss(TOKEN)


def ended(app: AppTest, kept: RunningCall) -> None:
    kept.end()
    kept.call.stop()
    app.session_state["live-shown"] = TOKEN
    # The form is unfolded.
    app.session_state[f"keep-{TOKEN}"] = True
    app.run()
    assert not app.exception


def save(app: AppTest) -> None:
    app.text_input[0].set_value("K-17")
    next(one for one in app.button if one.label == "Save").click().run()
    assert not app.exception


def said(app: AppTest) -> str:
    return " ".join(one.value for one in app.error).replace("\\", "")


def whole(store: Store, kept: RunningCall) -> None:
    """One call is kept, and is what was read."""
    (call,) = KeptCalls(store, LOCAL).history()
    assert call.person is not None
    assert call.person.pseudonym == "K-17"
    assert [one.confirmed_by for one in KeptCalls(store, LOCAL).open(call.id).consents] == ["Ada"]
    assert len(KeptCalls(store, LOCAL).readings(call.id)) == len(kept.call.timeline().readings)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    monkeypatch.setenv("RAPPORT_DATABASE", url)
    return Store(url)


MEDIA = (
    b"\xff\xd8\xff\xe0",
    b"\xff\xd8\xff\xe1",
    b"\x89PNG",
    b"GIF8",
    b"RIFF",
    b"WEBP",
    b"ftyp",
    b"OggS",
)
"""With which files of pictures and sounds begin; what is shorter stands anywhere by chance."""


def nothing_but_readings(store: Store, image: np.ndarray, samples: np.ndarray) -> None:
    """Whatever is in the database is no picture and no sound, nor a part of one."""
    assert store.file is not None
    content = [path.read_bytes() for path in store.file.parent.glob("calls.db*")]
    with store.session() as session:
        readings = session.scalars(select(KeptCall.readings)).all()
    for blob in readings:
        table = pd.read_parquet(io.BytesIO(blob))
        for name in table.columns:
            words = name in ("face_reason", "voice_reason")
            assert words or pd.api.types.is_numeric_dtype(table[name]), name
            assert not words or all(len(one) < 40 for one in table[name].dropna()), name
        # As they are packed, and as they are.
        content += [blob, table.to_csv().encode()]
    shown = browser.portrait(image, 0.0)
    grey = cv2.cvtColor(shown, cv2.COLOR_BGR2GRAY)
    sound = (samples * 32767).astype("<i2")
    parts = [
        *(one[row, 200:264].tobytes() for one in (shown, grey) for row in range(120, 400, 20)),
        *(sound[start : start + 32].tobytes() for start in range(4000, len(sound) - 32, 4000)),
        *(samples[start : start + 16].tobytes() for start in range(4000, len(samples) - 16, 4000)),
    ]
    # Of silence and of plain walls there may be anywhere.
    telling = [part for part in parts if len(set(part)) > 16]
    assert len(telling) > 20
    for one in content:
        for mark in (*MEDIA, *telling):
            assert mark not in one
    columns = [column for one in Table.metadata.tables.values() for column in one.columns]
    binary = [str(column) for column in columns if isinstance(column.type, LargeBinary)]
    assert binary == ["call.readings"]


def test_a_call_is_kept_by_its_user_alone_and_once(
    here: Store,
    open_page: OpenPage,
    feed: Callable[[int], RunningCall],
    face_image: np.ndarray,
    speech: np.ndarray,
) -> None:
    kept = feed(2)
    app = open_page("watch_call")
    ended(app, kept)
    here.upgrade()
    assert KeptCalls(here, LOCAL).history() == [], "nothing is kept unless Save is pressed"
    end = KeptCalls(here, LOCAL).end("live")
    assert end is not None
    (told,) = [one.value for one in app.caption if "never a picture or a sound" in one.value]
    assert f"until {end:%d %B %Y}" in told
    save(app)
    assert any("Saved" in one.value for one in app.success)
    whole(here, kept)
    nothing_but_readings(here, face_image, speech)
    # The page was loaded again, or never heard that it was saved.
    again = open_page("watch_call")
    ended(again, kept)
    save(again)
    assert any("Saved" in one.value for one in again.success)
    whole(here, kept)


def test_on_a_full_disk_the_page_says_so_and_the_call_is_saved_later(
    here: Store, open_page: OpenPage, feed: Callable[[int], RunningCall]
) -> None:
    kept = feed(2)
    app = open_page("watch_call")
    ended(app, kept)
    store = call_store._store(here.engine.url.render_as_string())
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def full(connection: object, record: object) -> None:
        # As on a full disk: SQLite may not take another page.
        connection.execute(f"PRAGMA max_page_count={pages}")  # type: ignore[attr-defined]

    calls = KeptCalls(here, LOCAL)
    event.listen(store.engine, "connect", full)
    store.engine.dispose()
    save(app)
    assert "full" in said(app)
    assert "try again" in said(app)
    assert app.text_input[0].value == "K-17"
    assert calls.history() == []
    assert calls.people() == []
    event.remove(store.engine, "connect", full)
    store.engine.dispose()
    save(app)
    whole(here, kept)


@pytest.mark.skipif(POSTGRESQL is None, reason="RAPPORT_TEST_POSTGRESQL names no database")
def test_while_the_database_is_gone_the_call_goes_on_and_is_saved_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch, open_page: OpenPage, feed: Callable[[int], RunningCall]
) -> None:
    assert POSTGRESQL is not None
    url = make_url(own_database(POSTGRESQL))
    direct = Store(url.render_as_string(hide_password=False))
    direct.upgrade()
    for person in KeptCalls(direct, LOCAL).people():
        KeptCalls(direct, LOCAL).delete_person(person.id)
    line = Line(url.host or "127.0.0.1", url.port or 5432)
    line.join()
    through = url.set(host="127.0.0.1", port=line.port)
    monkeypatch.setenv("RAPPORT_DATABASE", through.render_as_string(hide_password=False))
    app = open_page("history")
    assert not app.error
    kept = feed(2)
    line.cut()
    for name in ("history", "label_calls"):
        assert "cannot be used now" in said(open_page(name))
    # A running call does not ask for the database.
    read = len(feed(2).call.timeline().readings)
    feed(read + 2)
    app = open_page("watch_call")
    ended(app, kept)
    assert "cannot be used now" in said(app)
    assert [one.proto.label for one in app.get("download_button")], "what was read is still there"
    line.join()
    app.run()
    assert not app.error
    # Gone once more, between the form and its button.
    line.cut()
    save(app)
    assert "cannot be used now" in said(app)
    assert "try again" in said(app)
    assert app.text_input[0].value == "K-17"
    line.join()
    save(app)
    whole(direct, kept)
    line.cut()
    direct.engine.dispose()
