"""The real dashboard in the system's Chromium, with a synthetic camera and microphone."""

import base64
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests import needed

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = needed.program("chromium", "chromium-browser")
"""Where the browser is, or None."""

PATIENCE = 120_000
"""Milliseconds after which something that does not come is taken for a hang. The first page
loads the models, and other tests may run beside it."""

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)

DEVICES = ("camera", "microphone")
"""What pages may use in a browser of these tests."""

TAB = "The call in another tab"
"""Title of the page that is shared when a browser is asked for a tab."""


@contextmanager
def dashboard(
    log: Path,
    *,
    secrets: Callable[[str], str] | None = None,
    started: Callable[["subprocess.Popen[bytes]"], None] | None = None,
    port: int | None = None,
    **environment: str,
) -> Iterator[str]:
    """Run the dashboard on a free port, and take it down afterwards.

    Args:
        log: File for what the server prints.
        secrets: From the address to the content of its secrets.toml; None for none.
        started: Takes the server's process.
        port: Where it answers; None for a free one.
        environment: Variables besides those of this process.

    Yields:
        The address of its first page.
    """
    if port is None:
        with socket.socket() as free:
            free.bind(("localhost", 0))
            port = free.getsockname()[1]
    address = f"http://localhost:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    if secrets is not None:
        path = log.with_name("secrets.toml")
        path.write_text(secrets(address))
        command += ["--secrets.files", str(path)]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            if started is not None:
                started(server)
            _wait(f"{address}/_stcore/health", server, log)
            yield address
        finally:
            # As Ctrl+C: told by SIGTERM it would wait for calls that nobody has dismissed.
            server.send_signal(signal.SIGINT)
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


@contextmanager
def chromium(
    camera: Path | None = None, microphone: Path | None = None, *, name: str = ""
) -> Iterator[Browser]:
    """A headless browser that shares the tab called `TAB`, with its sound, when asked for one.

    Its camera and microphone play files, over and over. Which page may use them is up to the
    permissions of its context: those of `open_page` may.

    Args:
        camera: A y4m file.
        microphone: A wav file.
        name: Of the web, that leads to this machine.
    """
    flags = [
        "--use-fake-device-for-media-stream",
        f"--auto-select-tab-capture-source-by-title={TAB}",
    ]
    if camera is not None:
        flags.append(f"--use-file-for-fake-video-capture={camera}")
    if microphone is not None:
        flags.append(f"--use-file-for-fake-audio-capture={microphone}")
    if name:
        flags.append(f"--host-resolver-rules=MAP {name} 127.0.0.1")
    with _launched(flags) as browser:
        yield browser


_running: list[Playwright] = []
"""The one that all browsers share, because a thread can only have one."""

_open: list[Browser] = []


@contextmanager
def _launched(flags: list[str]) -> Iterator[Browser]:
    if not _running:
        _running.append(sync_playwright().start())
    browser = _running[0].chromium.launch(
        executable_path=CHROMIUM,
        args=[*_FLAGS, *flags],
        # What is muted cannot be heard by whoever captures it either.
        ignore_default_args=["--mute-audio"],
    )
    _open.append(browser)
    try:
        yield browser
    finally:
        browser.close()
        _open.remove(browser)
        if not _open:
            _running.pop().stop()


def open_page(browser: Browser, address: str, height: int = 900, script: str = "") -> Page:
    """A page of the dashboard, 1280 pixels wide, once it has drawn itself, without animations.

    Args:
        browser: Which.
        address: Of the page.
        height: In pixels.
        script: What runs in it before all that is the page's own.
    """
    context = browser.new_context(
        permissions=list(DEVICES),
        viewport={"width": 1280, "height": height},
        accept_downloads=True,
        # What moves smoothly is drawn sixty times a second, a third of what a call costs.
        reduced_motion="reduce",
    )
    if script:
        context.add_init_script(script)
    # A page that draws its first chart hears no click for half a minute on a busy machine.
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(address)
    page.locator("h1").first.wait_for(timeout=PATIENCE)
    return page


@contextmanager
def kept_tab(camera: Path, microphone: Path, address: str, script: str) -> Iterator[Page]:
    """One tab for all tests of a file, see `open_again`; what it asks is agreed to.

    Args:
        camera: A y4m file.
        microphone: A wav file.
        address: Of the page.
        script: What runs in it before all that is the page's own.
    """
    with chromium(camera, microphone) as opened:
        page = open_page(opened, address, script=script)
        page.on("dialog", lambda dialog: dialog.accept())
        yield page


def open_again(page: Page, address: str) -> None:
    """Open a page of the dashboard as somebody does who was never there, in a tab that was.

    What it has loaded and compiled once is not loaded and compiled again, which takes a browser
    three times as long.
    """
    page.evaluate("localStorage.clear(); sessionStorage.clear()")
    page.goto(address)
    page.locator("h1").first.wait_for(timeout=PATIENCE)


def choose(page: Page, source: str) -> None:
    """Choose 'tab', 'both' or 'camera' and confirm that the other side agrees."""
    page.locator(".live .start").wait_for(timeout=PATIENCE)
    page.locator(f'.live input[value="{source}"]').check()
    page.locator(".live .by").fill("Ada Example")
    page.locator(".live .agreed").check()


def start(page: Page, source: str) -> None:
    """Start a call with its confirmation."""
    choose(page, source)
    page.locator(".live .start").click()
    page.locator(".live .running").wait_for(timeout=PATIENCE)


def stop(page: Page) -> None:
    """Stop the call, and wait for what it came to."""
    page.locator(".live .stop").click()
    page.get_by_text("The call has ended").wait_for(timeout=PATIENCE)


def play(page: Page, video: Path) -> Page:
    """Open a tab beside a page that plays a video with sound, over and over."""
    tab = page.context.new_page()
    content = base64.b64encode(video.read_bytes()).decode()
    tab.set_content(
        f"<title>{TAB}</title><body style='margin:0;background:#222'>"
        f"<video autoplay loop style='width:100vw' src='data:video/webm;base64,{content}'></video>"
    )
    page.bring_to_front()
    return tab


def portrait(face: np.ndarray, shift: float) -> np.ndarray:
    """A face before a plain wall, a little to the side, BGR, shape (480, 640, 3)."""
    wall = np.full((480, 640, 3), (205, 210, 214), np.uint8)
    scaled = cv2.resize(face, (440, 440), interpolation=cv2.INTER_CUBIC)
    left = round(100 + shift)
    wall[40:, left : left + 440] = scaled
    return wall


def write_camera(
    path: Path, face: np.ndarray, seconds: float = 4.0, rate: int = 20, width: int = 640
) -> Path:
    """A y4m file, as Chromium's camera plays it, of a face that sways."""
    count, height = round(seconds * rate), width * 3 // 4
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{rate}:1 Ip A1:1 C420jpeg\n".encode())
        for index in range(count):
            image = portrait(face, 40 * np.sin(2 * np.pi * index / count))
            image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
            planes = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420)
            file.write(b"FRAME\n" + planes.tobytes())
    return path


def _wait(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"The dashboard does not answer:\n{log.read_text(errors='replace')[-2000:]}")
