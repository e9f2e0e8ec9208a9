import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard import draining
from dashboard.live.capacity import MOST
from dashboard.live.consent import Consent
from dashboard.live.running_calls import FullError, RunningCalls
from emotion.errors import RapportError
from emotion.models.shipped import Models

ROOT = Path(__file__).resolve().parents[2]
CONSENT = Consent("Ada Example", datetime.now(UTC))
FIRST, SECOND = "the first of the tokens", "the second of the tokens"


@pytest.fixture
def calls(models: Models, monkeypatch: pytest.MonkeyPatch) -> RunningCalls:
    monkeypatch.setenv(MOST, "4")
    return RunningCalls(models)


def begin_drain(calls: RunningCalls, seconds: float, looking: float) -> threading.Thread:
    thread = threading.Thread(target=draining.drain, args=(calls, seconds, looking))
    thread.start()
    end = time.monotonic() + 10
    while not calls.load.draining and time.monotonic() < end:
        time.sleep(0.01)
    return thread


def test_running_calls_go_on_and_new_ones_are_refused(calls: RunningCalls) -> None:
    kept = calls.begin(FIRST, CONSENT, "tab")
    thread = begin_drain(calls, 60, 60)
    with pytest.raises(FullError, match="about to be restarted and takes no new calls"):
        calls.begin(SECOND, CONSENT, "tab")
    time.sleep(0.6)
    assert thread.is_alive()
    assert kept.running
    kept.end()
    time.sleep(0.6)
    # Its user has not saved it yet.
    assert thread.is_alive()
    calls.dismiss(FIRST)
    thread.join(10)
    assert not thread.is_alive()


def test_a_call_that_lasts_too_long_is_ended_with_the_reason(calls: RunningCalls) -> None:
    kept = calls.begin(FIRST, CONSENT, "tab")
    thread = begin_drain(calls, 0.5, 1)
    thread.join(20)
    assert not thread.is_alive()
    assert not kept.running
    assert kept.why == draining.ENDED


def test_without_calls_there_is_nothing_to_wait_for(calls: RunningCalls) -> None:
    draining.drain(calls, 60, 60)
    assert calls.load.draining


def test_the_limit_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert draining.limit() == 3600
    monkeypatch.setenv(draining.SETTING, "20")
    assert draining.limit() == 20
    monkeypatch.setenv(draining.SETTING, "soon")
    with pytest.raises(RapportError, match="should be seconds"):
        draining.limit()


@pytest.mark.skipif(sys.platform != "linux", reason="needs the /proc of Linux")
def test_no_thread_lets_the_signal_through_and_a_server_without_calls_ends_at_once(
    tmp_path: Path,
) -> None:
    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(str(free.getsockname()[1]))
    log = tmp_path / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "dashboard", "--server.port", ports[0]],
            cwd=ROOT,
            env=os.environ | {"RAPPORT_METRICS_PORT": ports[1], "RAPPORT_CALLS": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        for address in (
            f"http://127.0.0.1:{ports[1]}/readyz",
            f"http://localhost:{ports[0]}/_stcore/health",
        ):
            wait_for(address, server, log)
        # The one that waits for it. Another would let the server end with calls on it.
        assert sum(map(lets_through, Path(f"/proc/{server.pid}/task").iterdir())) == 1
        server.send_signal(signal.SIGTERM)
        # It did what it was told, and whoever watches it is not to take that for an error.
        assert server.wait(60) == 0, log.read_text()
        assert "Traceback" not in log.read_text()
        assert "Aborted" not in log.read_text()
    finally:
        server.kill()


def lets_through(thread: Path) -> bool:
    mask = re.search(r"SigBlk:\s*(\w+)", (thread / "status").read_text())
    assert mask is not None
    return not int(mask[1], 16) & 1 << (signal.SIGTERM - 1)


def wait_for(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + 100
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.2)
