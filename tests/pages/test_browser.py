"""The whole way through a real browser, with a real face and a spoken voice.

Times are generous, because the machine may be busy with other things.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soxr
from playwright.sync_api import Browser, Page, expect

from emotion.emotions import NAMES
from tests import media_makers
from tests.pages import browser

pytestmark = [
    pytest.mark.skipif(browser.CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.timeout(1800),
]

PATIENCE = 400_000
"""Milliseconds."""

SOME_EMOTION = re.compile("|".join(name.capitalize() for name in NAMES))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with browser.dashboard(tmp_path_factory.mktemp("server") / "log.txt") as address:
        yield address


@pytest.fixture(scope="module")
def chromium(
    face_image: np.ndarray, speech_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    camera = tmp_path_factory.mktemp("camera") / "camera.y4m"
    browser.write_camera(camera, face_image)
    with browser.chromium(camera, speech_file) as chromium:
        yield chromium


def expect_readings(page: Page) -> None:
    """Face and voice are both read, and the emotion they make together is shown."""
    for sense in ("face", "voice"):
        expect(page.locator(f".st-key-{sense} .rapport-read")).to_be_visible(timeout=PATIENCE)
    mood = page.locator(".st-key-now .rapport-mood p")
    expect(mood).to_have_text(SOME_EMOTION, timeout=PATIENCE)
    expect(page.locator(".st-key-rolling .rapport-trace").first).to_be_visible(timeout=PATIENCE)


def test_a_recording_is_reviewed(
    chromium: Browser,
    address: str,
    face_image: np.ndarray,
    speech: np.ndarray,
    tmp_path: Path,
) -> None:
    # The first address that a fresh server is asked for is not that of the first page.
    page = browser.open_page(chromium, f"{address}/review_recording")
    expect(page.get_by_text("Live call")).to_be_visible(timeout=PATIENCE)
    frames = [browser.portrait(face_image, 30 * np.sin(index / 9)) for index in range(80)]
    sound = soxr.resample(speech, 16_000, 48_000)[: 8 * 48_000]
    path = media_makers.write_video(tmp_path / "role play.mp4", frames, 10, sound)
    page.locator("input[type=file]").set_input_files(path)
    expect(page.locator(".st-key-timeline .js-plotly-plot").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".st-key-player video").first).to_be_visible(timeout=PATIENCE)
    with page.expect_download(timeout=PATIENCE) as saved:
        page.get_by_role("button", name="Save CSV").click()
    assert saved.value.suggested_filename == "role play.csv"
    with Path(saved.value.path()).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 14
    assert any(row["face_happy"] and row["speech_happy"] for row in rows)
    assert page.locator('[data-testid="stException"]').count() == 0


def test_a_call_is_read_ends_and_another_begins(chromium: Browser, address: str) -> None:
    page = browser.open_page(chromium, address)
    expect(page.locator(".st-key-notice")).to_be_visible(timeout=PATIENCE)
    browser.press(page, "Start")
    expect_readings(page)
    browser.press(page, "Stop")
    expect(page.locator(".st-key-ended .rapport-mood")).to_be_visible(timeout=PATIENCE)
    with page.expect_download(timeout=PATIENCE) as saved:
        page.get_by_role("button", name="Save JSON").click()
    assert saved.value.suggested_filename.startswith("rapport-call-")
    browser.press(page, "Start")
    expect_readings(page)
    # Who leaves the page ends the call, and finds its readings on coming back.
    page.get_by_role("link", name="Model evaluation").click()
    expect(page.locator("h1").first).to_have_text("Model evaluation", timeout=PATIENCE)
    page.wait_for_timeout(5_000)
    page.get_by_role("link", name="Live call").click()
    expect(page.locator(".st-key-ended .rapport-mood")).to_be_visible(timeout=PATIENCE)
    assert page.locator('[data-testid="stException"]').count() == 0
