"""Recordings on real workers, some of which are killed, stopped or left without a scheduler.

Times are generous, because the machine may be busy with other things.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import dask
import numpy as np
import psutil
import pytest
from dask.system import CPU_COUNT
from distributed import Client, LocalCluster
from typer.testing import CliRunner, Result

from emotion.batch import cluster, output_folder
from emotion.batch.cluster import ClusterError
from emotion.batch.sources import Source
from emotion.batch.status import Status
from emotion.batch.task import Outcome
from emotion.commands.application import app
from emotion.jobs import workers
from emotion.models.shipped import Models
from tests.batch.recordings import SETTINGS, corrupt, voices

ROOT = Path(__file__).resolve().parents[2]

# A test has several runs of several processes, each of which ends a hang after `PATIENCE`.
pytestmark = pytest.mark.timeout(300)

PATIENCE = 120.0

GOOD, BAD = 14, 4
"""Recordings that can be read and files that cannot."""


def begin(*arguments: str | Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "emotion", "analyze", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(*arguments: str | Path) -> Result:
    """The same in this process, which has imported what another would import first."""
    return CliRunner().invoke(app, ["analyze", *map(str, arguments)])


def results(out: Path) -> dict[str, str]:
    """The documents in a folder of results by name; none is there twice."""
    lines = [
        line
        for path in (out / "documents").glob("*/*.jsonl")
        for line in path.read_text().splitlines()
    ]
    found = {Path(json.loads(line)["source"]).name: line for line in lines}
    assert len(found) == len(lines)
    # What is done is listed once as well, and has a table.
    listed = Counter(
        json.loads(line)["source"] for line in (out / output_folder.DONE).read_text().splitlines()
    )
    assert set(listed.values()) <= {1}
    assert {Path(name).name for name in listed} == found.keys()
    assert len(list((out / "readings").glob("*/*.parquet"))) == len(found)
    return found


def wait_for_results(out: Path, count: int, process: "subprocess.Popen[str]") -> None:
    end = time.monotonic() + PATIENCE
    while len(list((out / "documents").glob("*/*.jsonl"))) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(scope="module")
def recordings(speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calls")
    made = voices(folder, speech, GOOD, seconds=2)
    corrupt(folder, BAD, made[0])
    return folder


@pytest.fixture(scope="module")
def single(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What one process makes of them."""
    out = tmp_path_factory.mktemp("single") / "out"
    done = run(recordings, "--out", out, "--workers", "1")
    assert done.exit_code == 1, done.stderr
    assert f"{GOOD + BAD} of {GOOD + BAD} recordings to read, in this process." in done.stderr
    found = results(out)
    assert len(found) == GOOD
    return found


def expect_the_same(out: Path, single: dict[str, str]) -> None:
    assert results(out) == single
    failed = output_folder.failures(out)
    assert sorted(Path(one.source).name for one in failed) == [f"bad00{n}.wav" for n in range(BAD)]


def test_a_worker_is_killed_and_another_stops_and_nothing_is_lost_or_twice(
    recordings: Path, single: dict[str, str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    quick = {"distributed.scheduler.worker-ttl": "5s"}
    with dask.config.set(quick), cluster.local(3) as pool, Client(pool.address) as client:
        pids = list(client.run(os.getpid).values())
        assert len(pids) == 3
        process = begin(recordings, "--out", out, "--cluster", pool.address)
        try:
            wait_for_results(out, 3, process)
            os.kill(pids[0], signal.SIGKILL)
            os.kill(pids[1], signal.SIGSTOP)
            output, errors = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
            if psutil.pid_exists(pids[1]):
                os.kill(pids[1], signal.SIGKILL)
        assert process.returncode == 1, errors
        assert f"{GOOD} of {GOOD + BAD} recordings read" in output
        assert f"{BAD} could not be read" in output
    expect_the_same(out, single)


def test_processes_of_this_machine_read_the_same_though_they_are_interrupted(
    recordings: Path, single: dict[str, str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    # One for each core, unasked; a machine with one is asked for two.
    number = cluster.processes(GOOD + BAD)
    asked = ["--workers", "2"] if number == 1 else []
    process = begin(recordings, "--out", out, *asked)
    try:
        wait_for_results(out, 2, process)
        # As Ctrl-C does: to all processes of a terminal.
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 130, errors
    assert f"recordings to read, in {max(number, 2)} processes." in errors
    assert "the same command does the rest" in errors
    assert "Traceback" not in errors, errors
    # Of the one that was being written then the line is missing.
    before = len(output_folder.done(out))
    assert 1 <= before < GOOD
    done = run(recordings, "--out", out, "--progress", *asked)
    assert done.exit_code == 1, done.stderr
    expect_the_same(out, single)
    assert len({line["worker"] for line in output_folder.done(out)}) > 1
    assert f"{GOOD + BAD}/{GOOD + BAD}" in done.stderr
    assert f"failed={BAD}" in done.stderr
    assert done.stderr.count("bad001.wav: ") == 1
    status = Status.read(out)
    assert status is not None
    counts = status.done, status.kept, status.failed, status.total
    assert (status.state, *counts) == ("done", GOOD - before, before, BAD, GOOD + BAD)


@contextmanager
def scheduled(port: int, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A scheduler and a worker, as somebody would start them on machines of their own."""
    address = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "dask"]
    scheduler = [*dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    # Without one who starts it again: that would be a process more.
    worker = [*dask, "worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny"]
    started = []
    with log.open("ab") as output:
        try:
            for command in (scheduler, worker):
                started.append(
                    subprocess.Popen(
                        command,
                        cwd=log.parent,
                        env=os.environ | {"PYTHONPATH": str(ROOT)},
                        stdout=output,
                        stderr=subprocess.STDOUT,
                    )
                )
            yield started[0]
        finally:
            for process in reversed(started):
                process.kill()
                process.wait()


@contextmanager
def scheduled_here(port: int) -> Iterator[None]:
    """The same, of this process and one beside it, which are there sooner."""
    with (
        dask.config.set(cluster._forking()),
        LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            host="127.0.0.1",
            scheduler_port=port,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
        ),
    ):
        yield


def test_the_scheduler_goes_away_and_the_second_run_does_the_rest(
    recordings: Path, single: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Workers stand in another folder than whoever names the recordings.
    near = os.path.relpath(recordings, ROOT)
    command = near, "--out", out, "--cluster", f"tcp://127.0.0.1:{port}"
    with scheduled(port, tmp_path / "log") as scheduler:
        process = begin(*command)
        try:
            wait_for_results(out, 3, process)
            scheduler.kill()
            _, errors = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        assert process.returncode == 2, errors
        assert "The scheduler went away." in errors
        assert "the same command does the rest" in errors
        assert "Traceback" not in errors, errors
        status = Status.read(out)
        assert status is not None
        assert status.state == "ended"
    before = results(out)
    assert 3 <= len(before) < GOOD
    monkeypatch.chdir(ROOT)
    with scheduled_here(port):
        done = run(*command)
    assert done.exit_code == 1, done.stderr
    said = f"{GOOD - len(before)} of {GOOD + BAD} recordings read, {len(before)} were there"
    assert said in done.stdout
    expect_the_same(out, single)


def test_processes_are_as_many_as_there_is_work_cores_and_memory_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cores = cluster.processes(1_000)
    assert 1 <= cores <= CPU_COUNT
    assert cluster.processes(1) == 1
    monkeypatch.setattr(cluster, "MEMORY_LIMIT", cluster.ROOM + 1)
    assert cluster.processes(1_000) == 1
    monkeypatch.setattr(cluster, "MEMORY_LIMIT", 1_000 * cluster.ROOM)
    monkeypatch.setattr(workers, "processes", lambda most: most)
    monkeypatch.setattr(cluster, "CPU_COUNT", 5)
    assert [cluster.processes(most) for most in (3, 30)] == [3, 5]


def test_whatever_else_has_the_port_of_dask_is_not_spoken_of(
    recwarn: pytest.WarningsRecorder,
) -> None:
    """A second run beside the first one, or the scheduler of somebody else."""
    with socket.socket() as other:
        with suppress(OSError):
            other.bind(("127.0.0.1", 8787))
            other.listen()
        with cluster.local(1) as pool:
            assert len(pool.workers()) == 1
    assert not [str(one.message) for one in recwarn if "8787" in str(one.message)]


def test_nobody_at_an_address_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 2.0)
    with (
        pytest.raises(ClusterError, match="No scheduler answers at tcp://127"),
        cluster.connected("tcp://127.0.0.1:1"),
    ):
        pass


def test_a_scheduler_without_workers_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 2.0)
    with (
        LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=None) as empty,
        pytest.raises(ClusterError, match="has no worker"),
        cluster.connected(empty.scheduler_address),
    ):
        pass


def test_a_worker_begins_with_the_largest_and_refuses_other_models(
    models: Models, recordings: Path
) -> None:
    settings = SETTINGS | {"models": models.digests | {"voice": "0" * 64}}
    sizes = 30, 7, 400, 30
    made = [Source(f"{number}", f"{size} 0", "2026-01-01") for number, size in enumerate(sizes)] + [
        Source("unknown", "", "2026-01-01")
    ]
    with cluster.local(1) as pool:
        # Work that gives the recording and what it got, and reads nothing.
        done = pool.read(made, settings, Outcome)  # type: ignore[arg-type]
        assert [one.source.name for one in done] == ["2", "0", "3", "1", "unknown"]
        source = Source(str(recordings / "000.wav"), "1", "2026-01-01")
        with pytest.raises(ClusterError, match="has other models"):
            list(pool.read([source], settings))


def test_a_recording_that_ends_every_worker_is_listed_and_stops_no_other(
    models: Models, recordings: Path
) -> None:
    """As one that needs more memory than there is: whoever asks for this one is killed."""

    class Deadly(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            for child in psutil.Process().children(recursive=True):
                ports = [one.laddr.port for one in child.net_connections("tcp") if one.laddr]
                if self.client_address[1] in ports:
                    child.kill()
                    child.wait(PATIENCE)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Deadly) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        deadly = f"http://127.0.0.1:{server.server_address[1]}/deadly.wav"
        names = [*(str(recordings / f"{number:03}.wav") for number in range(2)), deadly]
        given = [Source(name, "1", "2026-01-01") for name in names]
        settings = SETTINGS | {"models": models.digests}
        with cluster.local(2) as pool:
            found = {one.source.name: one.error for one in pool.read(given, settings)}
        server.shutdown()
    assert [found[name] for name in names[:2]] == [None] * 2
    assert "4 workers ended while they had it" in str(found[deadly])
