import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from dashboard import health
from dashboard.health import Health, HealthError
from dashboard.live.capacity import MOST
from dashboard.live.consent import Consent
from dashboard.live.running_calls import FullError, RunningCalls
from emotion.models.shipped import Models

CONSENT = Consent("Ada Example", datetime.now(UTC))


@pytest.fixture
def calls(models: Models, monkeypatch: pytest.MonkeyPatch) -> RunningCalls:
    monkeypatch.setenv(MOST, "2")
    return RunningCalls(models)


@pytest.fixture
def listening() -> Iterator[Health]:
    state = Health()
    state.listen("127.0.0.1", 0)
    yield state
    state.close()


def ask(state: Health, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{state.port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def figures(state: Health) -> dict[str, float]:
    _, text = ask(state, "/metrics")
    return {
        sample.name.removeprefix("rapport_"): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def begin(calls: RunningCalls, number: int) -> str:
    token = f"token-of-sixteen-{number}"
    calls.begin(token, CONSENT, "tab")
    return token


def test_a_server_is_ready_once_there_are_models_and_not_when_it_drains(
    listening: Health, calls: RunningCalls
) -> None:
    assert ask(listening, "/readyz")[0] == 503
    assert ask(listening, "/healthz")[0] == 200
    assert figures(listening)["ready"] == 0
    listening.loaded(calls)
    assert ask(listening, "/readyz") == (200, "ready\n")
    calls.drain()
    assert ask(listening, "/readyz") == (404, "draining\n")
    # It is well all the same: nobody is to end it for that.
    assert ask(listening, "/healthz")[0] == 200
    assert figures(listening)["draining"] == 1
    assert figures(listening)["calls_free"] == 0
    assert ask(listening, "/")[0] == 404


def test_figures_say_what_the_calls_do(listening: Health, calls: RunningCalls) -> None:
    listening.loaded(calls)
    first, second = begin(calls, 1), begin(calls, 2)
    with pytest.raises(FullError):
        begin(calls, 3)
    found = figures(listening)
    assert (found["calls_running"], found["calls_capacity"], found["calls_free"]) == (2, 2, 0)
    assert found["calls_used_ratio"] == 1
    assert (found["calls_begun_total"], found["calls_refused_total"]) == (2, 1)
    calls.dismiss(first)
    calls.dismiss(second)
    found = figures(listening)
    assert (found["calls_running"], found["calls_free"]) == (0, 2)
    # What was counted stays counted.
    assert found["calls_begun_total"] == 2
    assert found["process_resident_memory_bytes"] > 1e7


def test_connections_that_hang_are_not_well(
    listening: Health, calls: RunningCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening.loaded(calls)
    monkeypatch.setattr(health, "HUNG", -1.0)
    assert ask(listening, "/healthz")[0] == 503


def test_without_a_port_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(health.PORT, raising=False)
    assert health.from_environment().port == 0


def test_the_environment_names_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv(health.PORT, str(port))
        with pytest.raises(HealthError, match=f"The port {port} of 127.0.0.1 cannot be had"):
            health.from_environment()
    state = health.from_environment()
    assert ask(state, "/healthz")[0] == 200
    state.close()
    monkeypatch.setenv(health.PORT, "many")
    with pytest.raises(HealthError, match="should be a port"):
        health.from_environment()
