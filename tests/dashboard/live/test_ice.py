import asyncio
import socket
import subprocess
import time
from collections.abc import Iterator

import aioice.stun
import aioice.turn
import pytest

from dashboard.live import ice
from tests import needed

TURNSERVER = needed.program("turnserver")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (ice.SETTING, ice.SECRET):
        monkeypatch.setenv(name, "")


def test_turn_servers_without_a_password_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        ice.SETTING,
        '[{"urls": "stun:a.example"}, {"urls": ["turn:b.example", "turns:b.example"]},'
        ' {"urls": "turn:c.example", "username": "u", "credential": "p"}]',
    )
    assert all("credential" not in server for server in ice.ice_servers()[:2])
    monkeypatch.setenv(ice.SECRET, "shared")
    stun, ours, theirs = ice.ice_servers()
    assert "credential" not in stun
    until, _, _ = ours["username"].partition(":")
    assert float(until) == pytest.approx(time.time() + ice.LASTING, abs=60)
    assert theirs == {"urls": "turn:c.example", "username": "u", "credential": "p"}


def test_credentials_are_those_of_the_published_scheme() -> None:
    """Checked with `echo -n 1700000000:rapport | openssl dgst -sha1 -hmac north -binary`."""
    assert ice.credentials("north", 1_700_000_000) == {
        "username": "1700000000:rapport",
        "credential": "5C2wp49BxP2/DpFN9vk93yQIFaE=",
    }


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A coturn of this machine that shares the secret 'north'; its port."""
    if TURNSERVER is None:
        pytest.skip("coturn is not installed")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("turn")
    server = subprocess.Popen(
        [
            *(TURNSERVER, "-n", "--use-auth-secret", "--static-auth-secret", "north"),
            *("--realm", "example.org", "--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1"),
            *("--listening-port", str(port), "--no-tls", "--no-dtls", "--no-cli"),
            *("--log-file", str(folder / "log"), "--pidfile", str(folder / "pid")),
            *("--userdb", str(folder / "users")),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        server.kill()
        server.wait()


def test_a_real_server_lets_them_in_until_they_run_out(turn: int) -> None:
    wait_for(turn)
    assert allowed(turn, ice.credentials("north", time.time() + 600))
    assert not allowed(turn, ice.credentials("south", time.time() + 600))
    assert not allowed(turn, ice.credentials("north", time.time() - 600))


def allowed(port: int, given: dict[str, str]) -> bool:
    async def allocate() -> bool:
        try:
            transport, _ = await asyncio.wait_for(
                aioice.turn.create_turn_endpoint(
                    asyncio.DatagramProtocol,
                    server_addr=("127.0.0.1", port),
                    username=given["username"],
                    password=given["credential"],
                ),
                20,
            )
        except aioice.stun.TransactionFailed:
            return False
        transport.close()
        return True

    return asyncio.run(allocate())


def wait_for(port: int) -> None:
    """Until it answers a STUN request (RFC 5389)."""
    request = bytes.fromhex("000100002112a442") + b"rapport-test"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.5)
        for _ in range(60):
            try:
                asking.sendto(request, ("127.0.0.1", port))
                asking.recv(2_000)
                return
            except OSError:
                time.sleep(0.2)
    raise AssertionError("turnserver does not answer")
