"""The review page in a real browser: from the upload to what is downloaded.

Times are generous, because the machine may be busy with other things.
"""

import csv
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
import pytest
import soxr
from playwright.sync_api import Browser, Locator, Page, expect

from tests import browser, media_makers, scenes

pytestmark = [
    pytest.mark.skipif(browser.CHROMIUM is None, reason="chromium is not installed"),
    # A test has many steps, each of which ends a hang after two minutes (`browser.PATIENCE`).
    pytest.mark.timeout(300),
]

PATIENCE = browser.PATIENCE

AWAY = 9
"""Seconds for which a desk waits for its page: more than a busy machine takes to open one."""

MEDIA = (".flac", ".wav", ".webm")
"""With which the files end that tests upload."""


@pytest.fixture(scope="module")
def uploads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, uploads: Path) -> Iterator[str]:
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with browser.dashboard(
        log, RAPPORT_UPLOADS=str(uploads), RAPPORT_REVIEW_AWAY=str(AWAY)
    ) as address:
        yield address
    # A customer's name may be in a file's, and the log is read by others.
    assert "role play" not in log.read_text(errors="replace")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.chromium() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def first(chromium: Browser, address: str) -> Page:
    """A tab in which other ones find what it has loaded and compiled."""
    return browser.open_page(chromium, f"{address}/review_recording", height=1600)


@pytest.fixture(scope="module")
def role_play(
    face_image: np.ndarray, speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Two people side by side and a voice, in a format that every Chromium plays."""
    left = scenes.scene(face_image, [(0, 60, 1.0)])
    right = scenes.scene(scenes.someone_else(face_image), [(320, 60, 1.0)])
    frame = np.concatenate([left[:, :320], right[:, 320:]], axis=1)
    sound = np.tile(soxr.resample(speech, 16_000, 48_000), 3)[: 16 * 48_000]
    return media_makers.write_video(
        tmp_path_factory.mktemp("role") / "role play.webm",
        [frame] * 80,
        5,
        sound,
        codec="libvpx",
        codec_options={"deadline": "realtime", "cpu-used": "8"},
        audio_codec="libopus",
    )


@pytest.fixture(scope="module")
def talk(speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few words, which are soon read."""
    path = tmp_path_factory.mktemp("talk") / "short talk.flac"
    return media_makers.write_sound(path, speech[: 5 * 16_000], codec="flac")


@pytest.fixture(scope="module")
def long_sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty minutes, which take a while."""
    rng = np.random.default_rng(20260101)
    noise = (0.01 * rng.standard_normal(24 * 8_000)).astype(np.float32)
    path = tmp_path_factory.mktemp("long") / "long talk.wav"
    return media_makers.write_wav(path, np.tile(noise, 200), 8_000)


@pytest.fixture
def page(first: Page, address: str) -> Page:
    """The page of somebody who has uploaded nothing yet."""
    browser.open_again(first, f"{address}/review_recording")
    return first


def give(page: Page, *paths: Path) -> None:
    page.locator(".uploader").wait_for(timeout=PATIENCE)
    page.locator(".uploader input").set_input_files(list(paths))


def row(page: Page, name: str) -> Locator:
    return page.locator(".uploader li", has_text=name)


def cursor(page: Page) -> float:
    return float(page.locator(".player").get_attribute("data-cursor") or "nan")


def video(page: Page, said: str) -> Any:
    """What a script says of the player's video, which is `v` to it."""
    # In a shadow tree, where only locators see it.
    return page.locator(".player video").evaluate(f"(v) => {said}")


FOLLOWED = """new Promise((found) => {
    const cursor = () => Number(v.closest(".player").dataset.cursor);
    const begin = cursor();
    const look = () => {
        if (v.ended) found(false);
        else if (cursor() > begin + 0.5 && Math.abs(cursor() - v.currentTime) < 0.5) found(true);
        else requestAnimationFrame(look);
    };
    look();
})"""
"""Whether the cursor goes along with the video until its end, asked where no question takes time
on the way: on a busy machine the video plays on for seconds between two of them."""


def until(there: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while not there():
        assert time.monotonic() < end
        time.sleep(0.1)


def media(uploads: Path) -> list[str]:
    return [path.suffix for path in uploads.rglob("*.*") if path.suffix in MEDIA]


def until_no_media(uploads: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while media(uploads):
        assert time.monotonic() < end
        time.sleep(0.2)


def test_a_server_that_was_killed_leaves_nothing_to_the_next_one(
    chromium: Browser,
    long_sound: Path,
    uploads: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    with browser.dashboard(tmp_path / "log.txt", RAPPORT_UPLOADS=str(uploads)) as address:
        page = browser.open_page(chromium, f"{address}/review_recording")
        give(page, long_sound)
        expect(row(page, "long talk")).to_contain_text("Reading", timeout=PATIENCE)
        (server,) = [
            one
            for one in psutil.Process().children()
            if address.rpartition(":")[2] in one.cmdline()
        ]
        server.kill()
        server.wait()
    assert media(uploads) == [".wav"]
    page.context.close()
    page = request.getfixturevalue("first")
    page.locator(".uploader").wait_for(timeout=PATIENCE)
    expect(page.locator(".uploader li")).to_have_count(0)
    until_no_media(uploads)
    # A link to the page of a fresh server has the list of pages.
    listed = page.get_by_test_id("stTopNavLink").filter(has_text="Review recordings")
    expect(listed).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)


def test_from_upload_to_download(page: Page, role_play: Path, tmp_path: Path) -> None:
    letter = tmp_path / "letter.mp4"
    letter.write_bytes(b"Dear Sir or Madam, " * 99)
    give(page, role_play, letter)
    expect(row(page, "role play.webm")).to_have_class("done shown", timeout=PATIENCE)
    expect(row(page, "letter.mp4")).to_have_class("failed", timeout=PATIENCE)
    expect(row(page, "letter.mp4")).to_contain_text("letter.mp4")
    # To whoever listens to the page as well, once.
    expect(page.locator(".uploader .said")).to_contain_text("letter.mp4", timeout=PATIENCE)
    expect(row(page, "role play.webm").locator(".name")).to_have_attribute("aria-current", "true")
    expect(row(page, "letter.mp4").locator(".name")).to_be_disabled()
    assert page.get_by_test_id("stAlert").count() == 0, "it stands over no other's result"
    canvas = page.locator(".player canvas")
    expect(canvas).to_be_visible(timeout=PATIENCE)

    # Whom: the second one is the customer, and each has a timeline.
    page.locator(".st-key-ask").get_by_role("button", name="Person 2").click()
    customer = page.locator(".player .people button", has_text="Person 2 (customer)")
    expect(customer).to_be_visible(timeout=PATIENCE)
    expect(customer).to_have_attribute("aria-pressed", "true")

    # A click on the chart plays there, and the cursor follows.
    until(lambda: bool(video(page, "v.readyState >= 1")))
    canvas.click(position={"x": 300, "y": 80})
    until(lambda: cursor(page) > 3)
    assert video(page, FOLLOWED), "the cursor stands still while the recording is played"
    video(page, "v.pause()")
    page.locator('.player [data-zoom="in"]').click()
    seen = page.locator(".player")
    assert float(seen.get_attribute("data-to") or 0) - float(
        seen.get_attribute("data-from") or 0
    ) == pytest.approx(8, abs=0.3)

    # Moments: one is added, named and commented, and plays as often as it is pressed.
    video(page, "{ v.currentTime = 8; }")
    until(lambda: abs(cursor(page) - 8) < 0.3)
    page.get_by_role("button", name="Add one here").click()
    page.get_by_label("Name of the moment").fill("The <b>offer</b>")
    page.get_by_role("textbox", name="Comment").fill("Well said")
    page.locator(".player form .save").click()
    moment = page.locator(".player .moments li", has_text="The <b>offer</b>")
    expect(moment).to_contain_text("Well said", timeout=PATIENCE)
    video(page, "{ v.from = []; v.addEventListener('play', () => v.from.push(v.currentTime)); }")
    for _ in range(2):
        moment.locator(".go").click()
        until(lambda: not video(page, "v.paused"))
        video(page, "v.pause()")
    assert video(page, "v.from") == pytest.approx([5, 5], abs=0.3)
    for found in page.locator(".player .moments li").all():
        if "offer" not in found.inner_text():
            found.locator(".change").click()
            page.locator(".player form .delete").click()
            break

    with page.expect_download(timeout=PATIENCE) as saved:
        page.get_by_role("button", name="Download CSV").click()
    assert saved.value.suggested_filename == "role play.csv"
    with Path(saved.value.path()).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {"Person 1", "Person 2"} == {one["participant"] for one in rows}
    assert any(one["moment"] == "The <b>offer</b>" for one in rows)
    for name, part in (
        ("JSON", '"Well said"'),
        ("chapters", "The &lt;b&gt;offer&lt;/b&gt;\nWell said"),
        ("report", "The &lt;b&gt;offer&lt;/b&gt;"),
    ):
        with page.expect_download(timeout=PATIENCE) as saved:
            page.get_by_role("button", name=f"Download {name}").click()
        content = Path(saved.value.path()).read_text(encoding="utf-8")
        assert part in content
        if name == "JSON":
            assert json.loads(content)["role"] == "customer"
    page.get_by_role("button", name="Make the annotated video").click()
    link = page.get_by_role("link", name="Download the annotated video")
    expect(link).to_be_visible(timeout=PATIENCE)
    with page.expect_download(timeout=PATIENCE) as saved:
        link.evaluate("(a) => { a.target = '_self'; a.click(); }")
    assert saved.value.suggested_filename == "role play annotated.mp4"
    with av.open(str(saved.value.path())) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]
    assert page.locator('[data-testid="stException"]').count() == 0


def test_the_cross_cancels_and_deletes(
    page: Page, long_sound: Path, talk: Path, uploads: Path
) -> None:
    give(page, long_sound, talk)
    expect(row(page, "long talk")).to_contain_text("Reading", timeout=PATIENCE)
    expect(row(page, "long talk")).to_contain_text("left", timeout=PATIENCE)
    expect(row(page, "short talk")).to_contain_text("Waits for 1 other recording")
    row(page, "long talk").locator(".remove").click()
    expect(row(page, "long talk")).to_have_count(0)
    expect(row(page, "short talk")).to_have_class("done shown", timeout=PATIENCE)
    assert ".wav" not in media(uploads)
    row(page, "short talk").locator(".remove").click()
    expect(page.locator(".player")).to_have_count(0, timeout=PATIENCE)
    until_no_media(uploads)


def test_work_goes_on_on_other_pages_and_tabs_and_ends_when_all_are_closed(
    page: Page, address: str, long_sound: Path, talk: Path, uploads: Path
) -> None:
    give(page, talk)
    expect(row(page, "short talk")).to_have_class("done shown", timeout=PATIENCE)
    page.get_by_test_id("stTopNavLink").filter(has_text="History").click()
    expect(page.locator("h1")).to_have_text("History", timeout=PATIENCE)
    # Longer than a desk waits for its page, and until it is seen that one stays away.
    page.wait_for_timeout((AWAY + 2) * 1_000)
    assert ".flac" in media(uploads)
    page.get_by_test_id("stTopNavLink").filter(has_text="Review recordings").click()
    give(page, long_sound)
    expect(row(page, "long talk")).to_contain_text("Reading", timeout=PATIENCE)

    # A second tab shows the same; with the first one closed work goes on, also on another page.
    second = page.context.new_page()
    second.goto(f"{address}/review_recording")
    expect(row(second, "long talk")).to_contain_text("Reading", timeout=PATIENCE)
    page.close()
    second.get_by_test_id("stTopNavLink").filter(has_text="History").click()
    expect(second.locator("h1")).to_have_text("History", timeout=PATIENCE)
    second.get_by_test_id("stTopNavLink").filter(has_text="Review recordings").click()
    expect(row(second, "long talk")).to_contain_text("Reading", timeout=PATIENCE)
    expect(second.locator(".player canvas")).to_be_visible(timeout=PATIENCE)

    # All closed, and come back in time.
    context = second.context
    second.close()
    time.sleep(1)
    third = context.new_page()
    third.goto(f"{address}/review_recording")
    expect(row(third, "long talk")).to_contain_text("Reading", timeout=PATIENCE)
    third.close()
    until_no_media(uploads)

    # Too late: the work has ended; what was read before is there, without its sound.
    last = context.new_page()
    last.goto(f"{address}/review_recording")
    expect(row(last, "short talk")).to_have_class("done shown", timeout=PATIENCE)
    expect(row(last, "long talk")).to_have_count(0)
    expect(last.get_by_text("not on the server any longer")).to_be_visible(timeout=PATIENCE)
