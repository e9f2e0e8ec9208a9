"""What becomes of cameras, microphones and shared tabs in a live call, in a real browser.

A script stands for what no machine of these tests can do: pull a plug, or be denied a device.
Times are generous, because the machine may be busy with other things.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import browser

pytestmark = [
    pytest.mark.skipif(browser.CHROMIUM is None, reason="chromium is not installed"),
    # A test has many steps, each of which ends a hang after two minutes (`browser.PATIENCE`).
    pytest.mark.timeout(300),
]

PATIENCE = browser.PATIENCE

DEVICES = """
window.tracks = [];
for (const name of ['getUserMedia', 'getDisplayMedia']) {
    const real = navigator.mediaDevices[name].bind(navigator.mediaDevices);
    navigator.mediaDevices[name] = async (wanted) => {
        const [error, message, kind] = (window.refused || {})[name] || [];
        if (error && (!kind || wanted[kind])) throw new DOMException(message || '', error);
        const stream = name === 'getUserMedia' ? await real(wanted) : window.screen_();
        window.tracks.push(...stream.getTracks());
        return stream;
    };
}
window.screen_ = () => {
    const page = document.createElement('canvas').getContext('2d');
    setInterval(() => page.fillRect(0, 0, 100, 100), 100);
    return page.canvas.captureStream(10);
};
const live = (kind) => window.tracks.filter((t) => t.kind === kind && t.readyState === 'live');
window.unplug = (kind) => live(kind).forEach((track) => {
    track.stop();
    track.dispatchEvent(new Event('ended'));
});
window.mute = (kind, muted) => live(kind).forEach((track) => {
    Object.defineProperty(track, 'muted', { configurable: true, value: muted });
    track.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
});
window.peers = [];
window.cut = () => {
    // The page may have had to try again before.
    const peer = window.peers.at(-1);
    peer.failed = true;
    peer.dispatchEvent(new Event('connectionstatechange'));
};
window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...settings) { super(...settings); window.peers.push(this); }
    get connectionState() { return this.failed ? 'failed' : super.connectionState; }
    setRemoteDescription(answer) {
        const sdp = window.walled ? answer.sdp.replace(/a=candidate:.*\\r\\n/g, '') : answer.sdp;
        return super.setRemoteDescription({ type: answer.type, sdp });
    }
    get localDescription() {
        const { type, sdp } = super.localDescription;
        return { type, sdp: window.walled ? sdp.replace(/a=candidate:.*\\r\\n/g, '') : sdp };
    }
};
"""
"""Lets a test refuse devices, unplug and mute them, and put a wall before the server."""


RUNS = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    let before = app.dataset.testScriptState;
    window.runs = 0;
    new MutationObserver(() => {
        const now = app.dataset.testScriptState;
        if (now === 'notRunning' && now !== before) window.runs += 1;
        before = now;
    }).observe(app, { attributes: true });
}"""
"""Counts how often a server has drawn the page."""


@pytest.fixture(scope="module")
def address(
    tmp_path_factory: pytest.TempPathFactory, servers: "list[subprocess.Popen[bytes]]"
) -> Iterator[str]:
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with browser.dashboard(log, started=servers.append, RAPPORT_CALLS="2") as address:
        yield address


@pytest.fixture(scope="module")
def tab(camera_file: Path, speech_file: Path, address: str) -> Iterator[Page]:
    with browser.kept_tab(camera_file, speech_file, address, DEVICES) as page:
        yield page


@pytest.fixture
def page(tab: Page, address: str) -> Page:
    """The live page of somebody who makes no call and was never there."""
    browser.open_again(tab, address)
    return tab


def refuse(page: Page, **errors: tuple[str, ...]) -> None:
    page.evaluate("(errors) => { window.refused = errors; }", errors)


def notice(page: Page) -> str:
    return page.locator(".live .notices p").inner_text()


def expect_tones(page: Page, face: str, voice: str) -> None:
    for name, tone in (("face", face), ("voice", voice)):
        sense = page.locator(f".live .sense.{name}")
        expect(sense).to_have_attribute("data-tone", tone, timeout=PATIENCE)


def test_what_the_browser_refuses_is_said_with_how_to_go_on(page: Page) -> None:
    media, display = "getUserMedia", "getDisplayMedia"
    cases: list[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = [
        ("camera", media, ("NotAllowedError",), ("may not use", "beside the address")),
        (
            "camera",
            media,
            ("NotAllowedError", "Permission denied by system"),
            ("The system does not let", "privacy settings"),
        ),
        ("camera", media, ("NotFoundError",), ("camera or microphone was found", "‘None’")),
        ("camera", media, ("NotReadableError",), ("camera or microphone is busy", "Close it")),
        (
            "camera",
            media,
            ("NotReadableError", "", "audio"),
            ("The microphone is busy", "Close it"),
        ),
        ("camera", media, ("OverconstrainedError",), ("not there", "choose another one")),
        ("both", media, ("NotReadableError",), ("The microphone is busy", "Close it")),
        ("both", media, ("NotFoundError",), ("No microphone", "which needs none")),
        ("tab", display, ("NotAllowedError",), ("No tab or window was shared", "Try again")),
        ("tab", display, ("NotFoundError",), ("nothing that it could share", "try again")),
        ("tab", display, ("NotReadableError",), ("could not share", "Try again")),
    ]
    for source, what, error, said in cases:
        refuse(page, **{what: error})
        browser.choose(page, source)
        page.locator(".live .start").click()
        for words in said:
            expect(page.locator(".live .consent .notices")).to_contain_text(words)
        assert "Error" not in notice(page)
        expect(page.locator(".live .start")).to_be_enabled()
        # Nothing stays switched on for a call that did not begin.
        assert not page.evaluate("window.tracks.some((track) => track.readyState === 'live')")
        page.locator(".live .notices .close").click()


def test_a_device_that_is_muted_or_gone_is_said_to_and_comes_back(page: Page) -> None:
    browser.start(page, "camera")
    said = page.locator(".live .notices")
    expect_tones(page, "read", "read")
    page.evaluate("mute('video', true)")
    expect(said).to_contain_text("switched off the camera")
    expect(said).to_contain_text("only the voice is read")
    page.evaluate("mute('audio', true)")
    expect(said).to_contain_text("switched off the microphone")
    expect(said).to_contain_text("nothing is read")
    # What still holds is said again.
    page.evaluate("mute('audio', false)")
    expect(said).to_contain_text("switched off the camera")
    page.evaluate("mute('video', false)")
    expect(said).to_be_empty()

    refuse(page, getUserMedia=("NotFoundError",))
    page.evaluate("unplug('audio')")
    expect(said).to_contain_text("The microphone is gone")
    expect(said).to_contain_text("only the face is read")
    page.evaluate("unplug('video')")
    expect(said).to_contain_text("Camera and microphone are gone")
    expect(page.locator(".live .no-picture")).to_be_visible()
    expect_tones(page, "warning", "warning")
    page.get_by_role("button", name="Try now").click()
    expect(said).to_contain_text("and the call goes on by itself")
    refuse(page)
    page.evaluate("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    expect_tones(page, "read", "read")
    expect(said).to_be_empty()
    expect(page.locator(".live .no-picture")).to_be_hidden()
    assert page.evaluate("window.tracks.filter((t) => t.readyState === 'live').length") == 2
    browser.stop(page)
    page.get_by_role("button", name="Dismiss").click()


def test_a_tab_without_sound_is_said_to_and_a_microphone_may_stand_in(page: Page) -> None:
    browser.start(page, "tab")
    said = page.locator(".live .notices")
    listen = page.get_by_role("button", name="Use the microphone")
    expect(said).to_contain_text("gave no sound of what you share", timeout=PATIENCE)
    refuse(page, getUserMedia=("NotReadableError",))
    listen.click()
    expect(said).to_contain_text("The microphone is busy")
    refuse(page)
    listen.click()
    expect(said).to_be_empty()
    expect_tones(page, "absent", "read")
    page.evaluate("unplug('video')")
    expect(said).to_contain_text("only the voice is read until you share again")
    refuse(page, getDisplayMedia=("NotAllowedError",))
    page.get_by_role("button", name="Share again").click()
    expect(said).to_contain_text("No tab or window was shared. Try again")
    refuse(page)
    page.get_by_role("button", name="Share again").click()
    expect(said).to_be_empty()
    expect(page.locator(".live .no-picture")).to_be_hidden()
    # What stands in for the tab's sound is a device, and no share.
    page.evaluate("unplug('audio')")
    expect(said).to_contain_text("The microphone is gone")
    browser.stop(page)
    page.get_by_role("button", name="Dismiss").click()


def test_a_call_goes_on_after_a_lost_network_and_a_busy_camera(page: Page, address: str) -> None:
    browser.start(page, "camera")
    expect_tones(page, "read", "read")
    page.evaluate("cut()")
    expect(page.locator(".live .notices")).to_contain_text("connection to the server is lost")
    expect(page.locator(".live .notices")).to_be_empty(timeout=PATIENCE)
    expect(page.locator(".live .badge")).to_have_text("Analysis runs")
    expect_tones(page, "read", "read")

    page.reload()
    kept = page.locator(".live .kept")
    go_on = page.get_by_role("button", name="Go on with this call")
    expect(kept).to_be_visible(timeout=PATIENCE)
    refuse(page, getUserMedia=("NotReadableError",))
    go_on.click()
    # The way to go on stays, and what is amiss stands beside it.
    expect(kept).to_contain_text("is busy")
    refuse(page)
    other = page.context.new_page()
    other.goto(address)
    other.get_by_role("button", name="End it and show what was read").click(timeout=PATIENCE)
    expect(other.get_by_text("The call has ended")).to_be_visible(timeout=PATIENCE)
    other.close()
    go_on.click()
    expect(page.get_by_role("button", name="Download CSV")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".live .setup")).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()


def test_a_server_that_cannot_be_reached_is_said_not_to_be(page: Page) -> None:
    page.evaluate("window.walled = true")
    browser.start(page, "camera")
    expect(page.locator(".live .badge")).to_have_text("Connecting")
    expect(page.locator(".live .headline")).to_contain_text("Connecting")
    said = page.locator(".live .notices")
    expect(said).to_contain_text("No way to the server is found yet", timeout=PATIENCE)
    expect(said).to_contain_text("RAPPORT_ICE_SERVERS")
    page.locator(".live .stop").click()
    expect(page.get_by_text("It ended before anything was read")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Dismiss").click()


def test_a_server_that_was_started_anew_is_said_to_have_lost_the_call(
    page: Page, address: str, servers: "list[subprocess.Popen[bytes]]", tmp_path: Path
) -> None:
    """The last one of these: it kills their server."""
    browser.start(page, "camera")
    expect_tones(page, "read", "read")
    page.evaluate(RUNS)
    servers[0].kill()
    servers[0].wait()
    said = page.locator(".live .notices")
    expect(page.locator(".live .badge")).to_have_text("No connection", timeout=PATIENCE)
    port = int(address.rsplit(":", 1)[1])
    with browser.dashboard(tmp_path / "log.txt", port=port, RAPPORT_CALLS="2"):
        # What the page asks before the new server has shown it is answered by nobody.
        page.wait_for_function("window.runs > 0", polling=200, timeout=PATIENCE)
        page.evaluate("cut()")
        expect(said).to_contain_text("what was read in it is lost", timeout=PATIENCE)
        expect(page.locator(".live .setup")).to_be_visible()
        browser.start(page, "camera")
        expect_tones(page, "read", "read")
        browser.stop(page)
