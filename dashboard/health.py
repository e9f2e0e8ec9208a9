"""Whether the server is well and what it has to do, for proxies, orchestrators and Prometheus.

On a port of its own, so that users of the dashboard do not come to it:

    /healthz   200 while the server works; 503 asks for it to be started again
    /readyz    200 once models are loaded; 503 before that; 404 when it is about to stop
    /metrics   figures in the form of Prometheus

HAProxy (`http-check disable-on-404`) takes 404 for: no new users, but those who are here may
stay. To Kubernetes it is as good as 503, which asks for it only until a pod has started.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard.live.running_calls import RunningCalls
from emotion.errors import RapportError

PORT = "RAPPORT_METRICS_PORT"
"""Environment variable with the port; without it nothing listens."""

ADDRESS = "RAPPORT_METRICS_ADDRESS"
"""Environment variable with the address to listen at; this machine alone by default."""

HUNG = 15.0
"""Seconds after which connections that were not looked after are taken for hung."""


class HealthError(RapportError):
    """The port for health and figures cannot be had."""


class Health:
    """Answers on a port of its own, from threads of its own."""

    def __init__(self) -> None:
        """Begin with nothing loaded."""
        self._calls: RunningCalls | None = None
        self._server: WSGIServer | None = None
        registry = CollectorRegistry()
        registry.register(_Figures(lambda: self._calls))
        ProcessCollector(registry=registry)
        self._metrics = make_wsgi_app(registry)

    @property
    def port(self) -> int:
        """On which it listens; 0 where it does not."""
        return 0 if self._server is None else self._server.server_port

    def loaded(self, calls: RunningCalls) -> None:
        """Take the calls of the server, once there are models to read them with."""
        self._calls = calls

    def listen(self, address: str, port: int) -> None:
        """Answer from now on.

        Args:
            address: To listen at.
            port: 0 for any that is free.

        Raises:
            HealthError: If the port cannot be had.
        """
        try:
            self._server = make_server(address, port, self._answer, _Server, _Quiet)
        except (OSError, OverflowError) as error:
            raise HealthError(
                f"The port {port} of {address} cannot be had for health and figures "
                f"({getattr(error, 'strerror', None) or error}). Set {PORT} to another."
            ) from None
        serve = self._server.serve_forever
        threading.Thread(target=serve, name="rapport-health", daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        calls, path = self._calls, environ.get("PATH_INFO", "")
        if path == "/metrics":
            return self._metrics(environ, start)
        if path == "/healthz":
            hung = calls is not None and calls.swept > HUNG
            said = ("503 Service Unavailable", "hung") if hung else ("200 OK", "well")
        elif path == "/readyz":
            if calls is None:
                said = "503 Service Unavailable", "loading"
            elif calls.load.draining:
                said = "404 Not Found", "draining"
            else:
                said = "200 OK", "ready"
        else:
            said = "404 Not Found", "/healthz, /readyz, /metrics"
        start(
            said[0], [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
        )
        return [said[1].encode() + b"\n"]


def from_environment() -> Health:
    """What the environment asks for; it answers already where it does.

    Raises:
        HealthError: If `RAPPORT_METRICS_PORT` is no port, or cannot be had.
    """
    health = Health()
    setting = os.environ.get(PORT, "")
    if setting:
        if not setting.isdecimal():
            raise HealthError(f"{PORT} should be a port, such as 9100. Received: {setting!r}.")
        health.listen(os.environ.get(ADDRESS) or "127.0.0.1", int(setting))
    return health


class _Figures(Collector):
    """Asks the calls when it is asked."""

    def __init__(self, calls: Callable[[], RunningCalls | None]) -> None:
        self._calls = calls

    def collect(self) -> Iterator[Metric]:
        calls = self._calls()
        yield GaugeMetricFamily("rapport_ready", "Whether models are loaded.", calls is not None)
        if calls is None:
            return
        load = calls.load
        free = 0 if load.draining else max(0, load.most - load.running)
        for name, what, value in (
            ("draining", "Whether it is about to stop and refuses new calls.", load.draining),
            ("calls_capacity", "Calls that it reads at once.", load.most),
            ("calls_running", "Calls that are being read.", load.running),
            ("calls_free", "Calls that it takes besides.", free),
            ("calls_used_ratio", "Running calls by capacity.", load.running / load.most),
            ("call_delay_seconds", "From a frame's arrival to its reading, at worst.", load.delay),
            ("call_sound_waiting_seconds", "Sound that waits to be read, at worst.", load.waiting),
        ):
            yield GaugeMetricFamily(f"rapport_{name}", what, float(value))
        for name, what, count in (
            ("calls_begun", "Calls so far.", load.begun),
            ("calls_refused", "Calls that were refused.", load.refused),
            ("frames_arrived", "Frames that arrived.", load.frames),
            ("frames_read", "Frames that were read, of those that arrived.", load.read),
            ("sound_lost_seconds", "Sound that was given up.", load.lost),
        ):
            yield CounterMetricFamily(f"rapport_{name}", what, float(count))


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: a proxy asks every few seconds."""
