"""The dashboard as benchmarks start it, and what it takes."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil


class Server:
    """The dashboard in a process of its own.

    Attributes:
        address: Of its pages.
    """

    def __init__(self, calls: int | None, tree: Path) -> None:
        """Start it, and wait until its models are loaded.

        Args:
            calls: That it takes at once, whatever it measures; None for what it measures.
            tree: The project as it is to run.
        """
        self.address = f"http://localhost:{_port()}"
        self._figures = f"http://127.0.0.1:{_port()}"
        port, figures = (address.rsplit(":", 1)[1] for address in (self.address, self._figures))
        environment = os.environ | {"RAPPORT_METRICS_PORT": figures, "PYTHONPATH": str(tree)}
        environment |= {} if calls is None else {"RAPPORT_CALLS": str(calls)}
        self.process = psutil.Popen(
            [sys.executable, "-m", "dashboard", "--server.port", port],
            cwd=tree,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while self.process.is_running():
            try:
                urllib.request.urlopen(f"{self._figures}/readyz", timeout=5).close()
                urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=5).close()
            except OSError:
                time.sleep(0.2)
            else:
                break

    @property
    def figures(self) -> dict[str, float]:
        """What it counts, by name."""
        with urllib.request.urlopen(f"{self._figures}/metrics", timeout=10) as answer:
            lines = re.findall(r"(?m)^rapport_(\w+) (\S+)$", answer.read().decode())
        return {name: float(value) for name, value in lines}

    @property
    def memory(self) -> float:
        """Resident, in MB."""
        return self.process.memory_info().rss / 1e6

    @property
    def cpu(self) -> float:
        """Seconds of a core so far."""
        return sum(self.process.cpu_times()[:2])

    def left(self) -> str:
        """What it holds."""
        return (
            f"{self.figures['calls_running']:.0f} calls, {self.process.num_threads()} threads, "
            f"{self.process.num_fds()} files and sockets, {self.memory:.0f} MB"
        )

    def end(self) -> None:
        """Kill the server and wait until it is gone."""
        self.process.kill()
        self.process.wait()


def _port() -> int:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(calls: int | None, tree: Path) -> Iterator[Server]:
    """A server of a checkout that takes so many calls at once, ended afterwards."""
    server = Server(calls, tree)
    try:
        yield server
    finally:
        server.end()
