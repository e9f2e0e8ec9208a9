"""Live calls in a real browser: a real face and a spoken voice, from a tab and a camera.

Times are generous, because the machine may be busy with other things.
"""

import csv
import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soxr
from playwright.sync_api import Page, expect

from emotion.conversation.sound_clock import OFFSETS
from tests import browser, media_makers, scenes

pytestmark = [
    pytest.mark.skipif(browser.CHROMIUM is None, reason="chromium is not installed"),
    # A test has many steps, each of which ends a hang after two minutes (`browser.PATIENCE`).
    pytest.mark.timeout(300),
]

PATIENCE = browser.PATIENCE

READ = re.compile("emotion|mixed|disagree")

SCRIPT = """{
    const heard = Object.getOwnPropertyDescriptor(RTCDataChannel.prototype, 'onmessage');
    Object.defineProperty(RTCDataChannel.prototype, 'onmessage', {
        set(handler) { heard.set.call(this, (event) => window.deaf || handler(event)); },
    });
    const opened = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => window.taken = await opened(wanted);
    window.hush = (quiet) => window.taken.getAudioTracks().forEach((t) => { t.enabled = !quiet; });
}"""
"""Makes a page hear nothing of its server while `window.deaf` is true, as where the network hangs,
and lets nothing be heard at its microphone after `hush(true)`."""


@pytest.fixture(scope="module")
def address(
    tmp_path_factory: pytest.TempPathFactory, servers: "list[subprocess.Popen[bytes]]"
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    database = f"sqlite:///{folder / 'calls.db'}"
    with browser.dashboard(
        folder / "log.txt", started=servers.append, RAPPORT_CALLS="1", RAPPORT_DATABASE=database
    ) as address:
        yield address


@pytest.fixture(scope="module")
def tab(camera_file: Path, speech_file: Path, address: str) -> Iterator[Page]:
    with browser.kept_tab(camera_file, speech_file, address, SCRIPT) as page:
        yield page


@pytest.fixture
def page(tab: Page, address: str) -> Page:
    """The live page of somebody who makes no call and was never there."""
    browser.open_again(tab, address)
    return tab


@pytest.fixture(scope="module")
def gallery(
    face_image: np.ndarray, speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A call with three people in it, one of whom is larger, and a voice."""
    others = face_image, face_image[:, ::-1], scenes.recoloured(face_image)
    frames = []
    for index in range(40):
        image = np.full((720, 1280, 3), 60, np.uint8)
        for person, (left, top, scale) in zip(
            others, [(30, 60, 1.6), (560, 60, 1.0), (920, 300, 1.0)], strict=True
        ):
            sway = 12 * np.sin(2 * np.pi * index / 40)
            size = round(300 * scale)
            shown = scenes.scene(person, [(0, 0, scale)], size, size)
            image[top : top + size, round(left + sway) : round(left + sway) + size] = shown
        frames.append(image)
    sound = soxr.resample(np.tile(speech, 2)[: 8 * 16_000], 16_000, 48_000)
    return media_makers.write_video(
        tmp_path_factory.mktemp("gallery") / "call.webm",
        frames,
        5,
        sound,
        codec="libvpx",
        audio_codec="libopus",
        codec_options={"deadline": "realtime", "cpu-used": "8", "b": "3000000"},
    )


def expect_read(page: Page) -> None:
    """Face and voice are both read, and one reading is made of them."""
    for sense in ("face", "voice"):
        box = page.locator(f".live .sense.{sense}")
        expect(box).to_have_attribute("data-tone", "read", timeout=PATIENCE)
    expect(page.locator(".live")).to_have_attribute("data-reading", READ, timeout=PATIENCE)
    expect(page.locator(".live .score .value")).to_have_text(re.compile(r"\d+"), timeout=PATIENCE)


def expect_saved(page: Page, name: str) -> Path:
    with page.expect_download(timeout=PATIENCE) as saved:
        page.get_by_role("button", name=f"Download {name}").click()
    assert saved.value.suggested_filename.startswith("rapport-call-")
    return Path(saved.value.path())


def dismiss(page: Page) -> None:
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("The call has ended")).to_have_count(0, timeout=PATIENCE)


def test_nothing_is_analysed_before_it_is_confirmed(tab: Page, address: str) -> None:
    page = tab
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    browser.open_again(page, address)
    start = page.locator(".live .start")
    expect(start).to_be_disabled(timeout=PATIENCE)
    for word in ("expressions", "Nothing is recorded", "own staff", "Art. 50(3)"):
        expect(page.locator(".live .consent")).to_contain_text(word)
    page.locator(".live .agreed").check()
    expect(start).to_be_disabled()
    page.locator(".live .by").fill("Ada Example")
    expect(start).to_be_enabled()
    page.locator(".live .agreed").uncheck()
    expect(start).to_be_disabled()
    others = [one for one in asked if not one.startswith((address, "data:", "blob:"))]
    assert not others, "nobody else is told that the page was opened"


def test_a_tab_is_read_a_face_and_a_part_are_chosen_and_all_is_taken_away(
    page: Page, gallery: Path
) -> None:
    shared = browser.play(page, gallery)
    browser.start(page, "tab")
    expect_read(page)
    expect(page.locator(".live .badge")).to_be_visible()
    boxes = page.locator(".live .boxes button")
    expect(boxes).to_have_count(3, timeout=PATIENCE)
    # Card, bars and box name the same emotion.
    shown = page.evaluate(
        """() => {
            const live = [...document.querySelectorAll('*')].map((e) => e.shadowRoot)
                .filter(Boolean).map((root) => root.querySelector('.live')).find(Boolean)
                || document.querySelector('.live');
            const text = (part) => (live.querySelector(part) || {}).textContent;
            return { kind: live.dataset.reading, card: text('.headline p'),
                box: text('.boxes [data-followed="true"] span'), bar: text('.bars .best span') };
        }"""
    )
    assert shown["box"] == shown["card"]
    if shown["kind"] == "emotion":
        assert shown["bar"] == shown["card"]

    # Escape leaves the drawing and not the call.
    page.get_by_role("button", name="Read only a part").click()
    expect(page.locator(".live .people")).to_contain_text("Drag a rectangle")
    page.keyboard.press("Escape")
    expect(page.locator(".live .badge")).to_be_visible()

    page.get_by_role("button", name="Read only a part").click()
    places = [box.bounding_box() for box in boxes.all()]
    last = max((place for place in places if place), key=lambda place: place["x"])
    page.mouse.move(last["x"] - 0.4 * last["width"], last["y"] - 0.4 * last["height"])
    page.mouse.down()
    page.mouse.move(last["x"] + 1.4 * last["width"], last["y"] + 1.4 * last["height"], steps=4)
    page.mouse.up()
    expect(page.locator(".live .people")).to_contain_text("not read", timeout=PATIENCE)
    expect(boxes).to_have_count(1, timeout=PATIENCE)
    found = boxes.first.bounding_box()
    assert found is not None
    assert abs(found["x"] - last["x"]) < last["width"], "the box lies where the face is"
    page.get_by_role("button", name="Read the whole picture").click()
    expect(boxes).to_have_count(3, timeout=PATIENCE)

    shared.close()
    notice = page.locator(".live .notices")
    expect(notice).to_contain_text("Sharing was ended", timeout=PATIENCE)
    expect(page.locator(".live .headline")).to_contain_text("Nothing arrives", timeout=PATIENCE)
    expect(page.locator(".live .boxes button")).to_have_count(0)
    shared = browser.play(page, gallery)
    page.get_by_role("button", name="Share again").click()
    expect(boxes).to_have_count(3, timeout=PATIENCE)
    expect(notice).to_be_empty()
    # Not only when a clock that stood still would have been believed by itself.
    voice = page.locator(".live .sense.voice")
    expect(voice).to_have_attribute("data-tone", "read", timeout=2 / 3 * 1_000 * OFFSETS)
    expect_read(page)

    # The customer is the smallest, and the others are no longer read.
    other = page.locator('.live .boxes button[data-followed="false"]').first
    person = other.get_attribute("data-person")
    other.click(force=True)
    chosen = page.locator(f'.live .boxes button[data-person="{person}"]')
    expect(chosen).to_have_attribute("data-followed", "true", timeout=PATIENCE)
    expect(page.locator(".live .people")).to_contain_text("not read", timeout=PATIENCE)

    page.locator(".live").click(position={"x": 2, "y": 2})
    page.keyboard.press("1")
    page.keyboard.press("n")
    page.locator(".live .note").fill("Asks about <delivery>")
    page.keyboard.press("Enter")
    expect(page.locator(".live .noted li")).to_have_count(2, timeout=PATIENCE)
    page.wait_for_timeout(2_000)
    page.locator(".live").click(position={"x": 2, "y": 2})
    page.keyboard.press("Escape")
    page.get_by_text("The call has ended").wait_for(timeout=PATIENCE)
    shared.close()

    document = json.loads(expect_saved(page, "JSON").read_text())
    assert document["consent"]["by"] == "Ada Example"
    assert [note["text"] for note in document["notes"]] == ["Price", "Asks about <delivery>"]
    assert document["readings"][-1]["person"] == int(person or 0)
    with expect_saved(page, "CSV").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(document["readings"])
    assert any(row["face_happy"] and row["voice_happy"] for row in rows)
    table = pd.read_parquet(expect_saved(page, "Parquet"))
    assert len(table) == len(rows)
    for name, said in document["consent"].items():
        column = f"consent_{name}"
        assert {row[column] for row in rows} == set(table[column]) == {said}
    report = expect_saved(page, "HTML")
    content = report.read_text()
    assert "http" not in content, "the report opens without the net"
    opened = page.context.new_page()
    opened.set_content(content)
    expect(opened.locator("svg polyline").first).to_be_attached()
    expect(opened.get_by_text("Asks about <delivery>")).to_be_visible()
    expect(opened.get_by_text("Ada Example")).to_be_visible()
    opened.close()

    page.get_by_text("Keep this call").click()
    page.get_by_label("Customer (a pseudonym)").fill("Blue", timeout=PATIENCE)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("It is in the history")).to_be_visible(timeout=PATIENCE)
    dismiss(page)
    assert page.locator('[data-testid="stException"]').count() == 0


def test_a_camera_is_read_and_neither_a_reload_nor_another_page_loses_the_call(page: Page) -> None:
    page.locator(".live .settings summary").click()
    page.get_by_label("The customer is silent").last.fill("2")
    browser.start(page, "camera")
    expect_read(page)
    # A hint says what was measured until it is muted.
    page.evaluate("hush(true)")
    hint = page.locator(".live .hint")
    expect(hint).to_contain_text("Nobody has been heard for 00:0", timeout=PATIENCE)
    hint.get_by_role("button", name="Mute").click()
    expect(hint).to_have_attribute("data-empty", "true", timeout=PATIENCE)

    page.reload()
    kept = page.locator(".live .kept")
    expect(kept).to_be_visible(timeout=PATIENCE)
    expect(kept).to_contain_text("is still here")
    page.get_by_role("button", name="Go on with this call").click()
    expect_read(page)
    # The course of before the reload is there again.
    first = page.locator(".live .clock")
    expect(first).not_to_have_text("00:00")
    # Leaving asks, and the call is found again.
    page.get_by_role("link", name="Label calls").click()
    expect(page.locator("h1").first).to_have_text("Label calls", timeout=PATIENCE)
    page.get_by_role("link", name="Live call").click()
    expect(kept).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="End it and show what was read").click()
    expect(page.get_by_text("The call has ended")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Download CSV")).to_be_visible(timeout=PATIENCE)
    # A reload does not lose what has ended either.
    page.reload()
    expect(page.get_by_role("button", name="Download CSV")).to_be_visible(timeout=PATIENCE)
    # The server waits with its end for whoever has not dismissed a call.
    dismiss(page)
    assert page.locator('[data-testid="stException"]').count() == 0
    # Another call begins.
    browser.start(page, "camera")
    expect_read(page)
    show_in_a_small_window(page)
    page.get_by_role("button", name="Dismiss").click(timeout=PATIENCE)


def show_in_a_small_window(page: Page) -> None:
    """It shows the same reading, and ends the call."""
    with page.context.expect_page(timeout=PATIENCE) as opened:
        page.get_by_role("button", name="Keep on top").click()
    small = opened.value
    # Both are drawn anew twice a second, so that one look may fall between them.
    end = time.monotonic() + PATIENCE / 1000
    parts = (".score .value", ".headline p", ".sense.face", ".sense.voice")
    differ = list(parts)
    while differ and time.monotonic() < end:
        texts = [[one.locator(part).inner_text() for part in parts] for one in (page, small)]
        differ = [part for part, *both in zip(parts, *texts, strict=True) if len(set(both)) > 1]
    assert not differ
    assert re.fullmatch(r"\d+", small.locator(".score .value").inner_text())
    # Keys mean the same there.
    small.keyboard.press("2")
    expect(page.locator(".live .noted li")).to_contain_text("Objection", timeout=PATIENCE)
    # What was read last is not shown as what is read now.
    page.evaluate("window.deaf = true")
    for one in (page, small):
        expect(one.locator(".headline p")).to_have_text("No connection", timeout=PATIENCE)
        expect(one.locator(".score .trend")).to_contain_text("s ago")
    page.evaluate("window.deaf = false")
    expect_read(page)
    small.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("The call has ended")).to_be_visible(timeout=PATIENCE)
    assert small.is_closed()


def test_a_denied_permission_says_how_to_go_on(page: Page) -> None:
    page.context.clear_permissions()
    page.evaluate(
        "() => { navigator.mediaDevices.getDisplayMedia = () => "
        "Promise.reject(new DOMException('Permission denied', 'NotAllowedError')); }"
    )
    for source, said in (
        ("camera", "may not use the camera or microphone"),
        ("tab", "No tab or window was shared"),
    ):
        browser.choose(page, source)
        page.locator(".live .start").click()
        notice = page.locator(".live .consent .notices")
        expect(notice).to_contain_text(said, timeout=PATIENCE)
        expect(notice).not_to_contain_text("NotAllowedError")
        expect(page.locator(".live .start")).to_be_enabled()
        notice.get_by_role("button", name="Close").click()
        expect(notice).to_be_empty()
    page.context.grant_permissions(list(browser.DEVICES))


def test_one_call_too_many_is_refused_and_a_server_that_is_told_to_stop_lets_its_call_end_first(
    page: Page, address: str, gallery: Path, servers: "list[subprocess.Popen[bytes]]"
) -> None:
    """The last one of these: nobody can call this server afterwards."""
    browser.play(page, gallery)
    other = page.context.new_page()
    other.goto(address)
    browser.choose(other, "camera")
    # A tab that lies behind another one is drawn once a second.
    page.bring_to_front()
    browser.start(page, "both")
    # Two channels divide the talk.
    expect(page.locator(".live .talk")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".live .talk")).to_contain_text(re.compile(r"You speak\s*\d+ %"))
    expect_read(page)
    other.bring_to_front()
    other.locator(".live .start").click()
    expect(other.locator(".live .notices")).to_contain_text(
        "one more would slow it down", timeout=PATIENCE
    )

    servers[0].send_signal(signal.SIGTERM)
    other.locator(".live .start").click()
    expect(other.locator(".live .notices")).to_contain_text(
        "about to be restarted", timeout=PATIENCE
    )
    other.close()
    expect_read(page)
    browser.stop(page)
    expect_saved(page, "CSV")
    assert servers[0].poll() is None
    page.get_by_role("button", name="Dismiss").click()
    assert servers[0].wait(PATIENCE / 1000) == -signal.SIGTERM
