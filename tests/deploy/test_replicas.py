"""Two replicas behind the proxy, as deploy/compose.yaml has them, started as processes.

Times are generous, because the machine may be busy with other things; what users wait for has
a limit of its own.
"""

import http.client
import os
import re
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import Page, expect

from dashboard import another_server
from tests import browser, needed

HAPROXY = needed.program("haproxy")
FILE = browser.ROOT / "deploy" / "haproxy.cfg"

pytestmark = [
    pytest.mark.skipif(HAPROXY is None, reason="haproxy is not installed"),
    pytest.mark.skipif(sys.platform != "linux", reason="needs 127.0.0.2"),
    # Servers, a proxy and a browser start in turn; each step ends a hang after `PATIENCE`.
    pytest.mark.timeout(300),
    pytest.mark.browser,
]

PATIENCE = 120.0
TOLD = 10.0
"""Seconds within which users hear that their server is gone."""


OF_ITS_OWN = """
import runpy, sys
from streamlit.runtime import metrics_util
metrics_util._ETC_MACHINE_ID_PATH = sys.argv.pop(1)
runpy.run_module("dashboard", run_name="__main__")
"""
"""`python -m dashboard` on a machine whose number is in a file, as each container is one."""


class Replica:
    """A process as each container has one."""

    def __init__(self, address: str, port: int, health: int, log: Path) -> None:
        self.address, self.port, self.health, self.log = address, port, health, log
        options = ["--server.address", address, "--server.port", str(port)]
        settings = {
            "RAPPORT_ALLOW_ANYONE": "1",
            "RAPPORT_CALLS": "2",
            "RAPPORT_DRAIN": "300",
            "RAPPORT_METRICS_ADDRESS": address,
            "RAPPORT_METRICS_PORT": str(health),
            "STREAMLIT_SERVER_COOKIE_SECRET": "shared by both",
        }
        machine = log.with_name(f"machine-{address}")
        machine.write_text(address)
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", OF_ITS_OWN, str(machine), *options],
                cwd=browser.ROOT,
                env=os.environ | settings,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def ask(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(
                f"http://{self.address}:{self.health}{path}", timeout=10
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""
        except OSError:
            return 0, ""

    def figure(self, name: str) -> float:
        found = re.search(rf"(?m)^rapport_{name} (\S+)$", self.ask("/metrics")[1])
        return float(found[1]) if found else 0.0


class Site:
    """What users see: the proxy and the replicas behind it."""

    def __init__(self, port: int, replicas: list[Replica]) -> None:
        self.address, self.replicas = f"https://localhost:{port}", replicas

    def get(self, cookie: str | None = None) -> tuple[int, str, str]:
        """Ask for a page: status, address of the replica that answered, and its cookie."""
        request = urllib.request.Request(f"{self.address}/_stcore/health")
        if cookie:
            request.add_header("Cookie", f"rapport={cookie}")
        unknown = ssl.create_default_context()
        unknown.check_hostname, unknown.verify_mode = False, ssl.CERT_NONE
        try:
            with urllib.request.urlopen(request, timeout=30, context=unknown) as answer:
                given = re.search(r"\brapport=(\w+)", str(answer.headers.get_all("Set-Cookie")))
                return answer.status, answer.headers["X-Replica"], given[1] if given else ""
        except urllib.error.HTTPError as error:
            return error.code, "", ""
        except OSError:
            return 0, "", ""

    def takes_back(self, cookie: str) -> bool:
        """Whether a cookie is taken back from a user who asks for another server."""
        unknown = ssl.create_default_context()
        unknown.check_hostname, unknown.verify_mode = False, ssl.CERT_NONE
        where = self.address.removeprefix("https://")
        connection = http.client.HTTPSConnection(where, timeout=30, context=unknown)
        try:
            headers = {"Cookie": f"rapport={cookie}"}
            connection.request("GET", f"/{another_server.NAME}", headers=headers)
            given = str(connection.getresponse().headers.get_all("Set-Cookie"))
        finally:
            connection.close()
        return 'rapport=""' in given and "Max-Age=0" in given


def until(true: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.25)


def free_port(address: str = "127.0.0.1") -> int:
    with socket.socket() as free:
        free.bind((address, 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    tmp_path = tmp_path_factory.mktemp("site")
    port, health, secure, plain = (free_port() for _ in range(4))
    replicas = [
        Replica(f"127.0.0.{number}", port, health, tmp_path / f"log{number}") for number in (1, 2)
    ]
    path = tmp_path / "haproxy.cfg"
    path.write_text(here(replicas, secure, plain, certificate(tmp_path)))
    with (tmp_path / "proxy.log").open("wb") as output:
        proxy = subprocess.Popen(
            [str(HAPROXY), "-f", str(path)],
            env=os.environ | {"RAPPORT_COOKIE_KEY": "a key of the test"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    found = Site(secure, replicas)
    try:
        for replica in replicas:
            until(lambda one=replica: one.ask("/readyz")[0] == 200, replica.log.read_text())  # type: ignore[misc]
        until(
            lambda: {found.get()[1] for _ in range(4)} == {one.address for one in replicas},
            (tmp_path / "proxy.log").read_text(),
        )
        yield found
    finally:
        for process in (proxy, *(one.process for one in replicas)):
            process.kill()
            process.wait()


def here(replicas: list[Replica], secure: int, plain: int, pem: Path) -> str:
    """The proxy's file with the addresses of this test, and nothing else changed."""
    text = FILE.read_text(encoding="utf-8")
    servers = "\n".join(
        f"    server rapport{number} {one.address}:{one.port}"
        for number, one in enumerate(replicas, 1)
    )
    for before, after in (
        (":8443", f"127.0.0.1:{secure}"),
        (":8080", f"127.0.0.1:{plain}"),
        ("/certificates/", str(pem)),
        ("port 9100", f"port {replicas[0].health}"),
        (re.search(r"(?m)^ *server-template .*$", text)[0], servers),  # type: ignore[index]
    ):
        assert before in text
        text = text.replace(before, after)
    # Which one answered, for the test alone.
    return text + "    http-response set-header X-Replica %si\n"


def certificate(folder: Path) -> Path:
    """A certificate that nobody vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def test_users_stay_with_the_server_that_they_came_to(site: Site) -> None:
    first, second = site.replicas
    cookies = dict(site.get()[1:] for _ in range(4))
    assert cookies.keys() == {first.address, second.address}
    for address, cookie in cookies.items():
        assert {site.get(cookie)[1] for _ in range(4)} == {address}
        assert not site.takes_back(cookie)


@pytest.mark.skipif(browser.CHROMIUM is None, reason="chromium is not installed")
def test_a_call_outlives_the_end_of_new_ones_and_goes_on_when_its_server_dies(
    site: Site, camera_file: Path, speech_file: Path
) -> None:
    with browser.chromium(camera_file, speech_file) as chromium:
        context = chromium.new_context(
            permissions=list(browser.DEVICES), ignore_https_errors=True, reduced_motion="reduce"
        )
        page = context.new_page()
        page.goto(site.address)
        browser.start(page, "camera")
        until(lambda: sum(one.figure("calls_running") for one in site.replicas) == 1, "no call")
        ours, other = sorted(site.replicas, key=lambda one: -one.figure("calls_running"))
        until(lambda: ours.figure("frames_read_total") > 5, "nothing is read")
        (cookie,) = [one["value"] for one in context.cookies() if one["name"] == "rapport"]

        # It is told to stop: its call goes on, and new users come to the other one.
        ours.process.terminate()
        until(lambda: ours.ask("/readyz")[0] == 404, "it does not drain")
        until(lambda: {site.get()[1] for _ in range(6)} == {other.address}, "new users come")
        assert site.get(cookie)[1] == ours.address
        # Whoever wants to begin another call may leave it for the other one.
        assert site.takes_back(cookie)
        before = ours.figure("frames_read_total")
        until(lambda: ours.figure("frames_read_total") > before + 10, "the call stands still")

        # It dies: its users come to the other one, whose users stay. The page says so, and what
        # is lost; another call is read by the other one.
        others = site.get()[2]
        ours.process.kill()
        expect_told(page)
        until(lambda: site.get(cookie)[1] == other.address, "nobody answers", TOLD)
        assert site.get(others)[1] == other.address
        lost = page.locator(".live .notices")
        expect(lost).to_contain_text("what was read in it is lost", timeout=PATIENCE * 1000)
        browser.start(page, "camera")
        until(lambda: other.figure("calls_running") == 1, "no other call begins")
        until(lambda: other.figure("frames_read_total") > 5, "nothing is read by the other one")


def expect_told(page: Page) -> None:
    said = page.get_by_text("The connection to the server is lost")
    expect(said.first).to_be_visible(timeout=TOLD * 1000)
