"""Servers that would answer others, started as processes: without a sign-in none comes up."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from dashboard import entry, server_data
from tests import browser

SECRETS = """[auth]
redirect_uri = "https://rapport.example.org/oauth2callback"
cookie_secret = "a long random text of the test"
client_id = "rapport"
client_secret = "any"
server_metadata_url = "https://login.example.org/.well-known/openid-configuration"
"""

BARE = {name: value for name, value in os.environ.items() if name != entry.SWITCH}

STREAMLIT = [sys.executable, "-m", "streamlit", "run", "app.py"]
SERVICE = [sys.executable, "-m", "dashboard"]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def answers(address: str, port: int) -> bool:
    connection = http.client.HTTPConnection(address, port, timeout=2)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def outcome(
    command: list[str],
    log: Path,
    environment: Mapping[str, str] = BARE,
    address: str = "127.0.0.1",
    port: int | None = None,
) -> tuple[int | None, str]:
    """With which status a server ended, None if it answered, and what it said."""
    if port is None:
        port = free_port()
        command = [*command, "--server.port", str(port)]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd=browser.ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        end = time.monotonic() + browser.PATIENCE / 1000
        while server.poll() is None and time.monotonic() < end:
            if answers(address, port):
                return None, log.read_text()
            time.sleep(0.05)
        assert server.poll() is not None, f"It neither answers nor ends: {log.read_text()}"
        return server.poll(), log.read_text()
    finally:
        server.kill()
        server.wait()


def expect_refusal(status: int | None, said: str, address: str) -> None:
    assert status == 1, said
    lines = [line for line in said.splitlines() if "has no sign-in" in line]
    assert len(lines) == 1, said
    assert lines[0].startswith(f"This server would answer other machines ({address})")
    assert f"{entry.SWITCH}=1" in lines[0]
    assert "Traceback" not in said


def test_no_server_for_others_comes_up_without_a_sign_in(tmp_path: Path) -> None:
    command = [*STREAMLIT, "--server.address", "0.0.0.0"]
    status, said = outcome(command, tmp_path / "log.txt")
    expect_refusal(status, said, "0.0.0.0")


def test_the_service_says_it_before_it_listens_or_loads_anything(tmp_path: Path) -> None:
    settings = {"STREAMLIT_SERVER_ADDRESS": "::", "RAPPORT_METRICS_PORT": str(free_port())}
    status, said = outcome(SERVICE, tmp_path / "log.txt", BARE | settings)
    expect_refusal(status, said, "::")
    # Not even the port for health: whoever waits for it would think that it comes up.
    assert said.strip().count("\n") == 0
    # From elsewhere, the address of the project's own settings counts as well.
    where = BARE | {"PYTHONPATH": str(browser.ROOT)}
    assert "has no sign-in" not in entry_check(tmp_path, where)


def test_options_are_looked_at_before_anything_is_loaded(tmp_path: Path) -> None:
    ended, said = outcome([*SERVICE, "--nonsense"], tmp_path / "log.txt")
    assert ended == 2, said
    assert "streamlit run [OPTIONS]" in said
    assert "TensorFlow" not in said


def test_help_is_given_and_nothing_started(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streamlit.config._main_script_path", None)
    with pytest.raises(SystemExit) as ended:
        entry.check(["--help"])
    assert ended.value.code == 0
    assert "streamlit run [OPTIONS]" in capsys.readouterr().out


def entry_check(folder: Path, environment: Mapping[str, str]) -> str:
    program = "import sys; from dashboard import entry; entry.check(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stderr


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_run_says_it_and_nothing_of_an_address_to_open(tmp_path: Path) -> None:
    port = free_port()
    # What is installed is that of this test.
    given = ["ADDRESS=0.0.0.0", f"PORT={port}", f"BIN={Path(sys.executable).parent}"]
    command = ["make", "--old-file", ".venv/.installed", "run", *given]
    status, said = outcome(command, tmp_path / "log.txt", port=port)
    assert status != 0
    assert said.count("has no sign-in") == 1
    assert "You can now view" not in said


@pytest.mark.parametrize("command", [STREAMLIT, SERVICE], ids=["streamlit", "service"])
def test_a_sign_in_lets_it_come_up(command: list[str], tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(SECRETS)
    options = ["--server.address", "0.0.0.0", "--secrets.files", str(secrets)]
    status, said = outcome([*command, *options], tmp_path / "log.txt")
    assert status is None, said


def test_the_switch_lets_it_come_up(tmp_path: Path) -> None:
    command = [*STREAMLIT, "--server.address", "0.0.0.0"]
    status, said = outcome(command, tmp_path / "log.txt", BARE | {entry.SWITCH: "1"})
    assert status is None, said
    assert "0.0.0.0" in entry_check(tmp_path, BARE | {"STREAMLIT_SERVER_ADDRESS": "0.0.0.0"})


@pytest.mark.skipif(sys.platform != "linux", reason="needs 127.0.0.2")
def test_every_address_of_this_machine_alone_is_local(tmp_path: Path) -> None:
    command = [*STREAMLIT, "--server.address", "127.0.0.2"]
    status, said = outcome(command, tmp_path / "log.txt", address="127.0.0.2")
    assert status is None, said


@pytest.mark.parametrize(
    ("headers", "here"),
    [
        ({}, True),
        ({"Host": "localhost:8501", "Origin": "http://localhost:8501"}, True),
        ({"Host": "127.0.0.1:8501", "Origin": "http://127.0.0.1:8501"}, True),
        ({"Host": "[::1]:8501"}, True),
        ({"Host": "LOCALHOST"}, True),
        # A page of the world whose name was made to lead here.
        ({"Host": "evil.example:8501", "Origin": "http://evil.example:8501"}, False),
        ({"Host": "localhost.evil.example:8501"}, False),
        ({"Host": "192.168.1.4:8501"}, False),
        ({"Host": ""}, False),
        # Proxies on this machine, which let others in.
        ({"Host": "127.0.0.1:8501", "Origin": "https://rapport.example.org"}, False),
        ({"Host": "localhost:8501", "X-Forwarded-For": "203.0.113.9"}, False),
        ({"Host": "localhost:8501", "Forwarded": "for=203.0.113.9"}, False),
    ],
)
def test_a_question_is_from_here_by_all_that_it_says(headers: dict[str, str], here: bool) -> None:
    assert server_data.asked_here(headers) is here
