"""The whole way through a real browser, with a real face and a spoken voice.

Times are generous, because the machine may be busy with other things.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from emotion.models import manifest
from tests import browser, media_makers

pytestmark = [
    pytest.mark.skipif(browser.CHROMIUM is None, reason="chromium is not installed"),
    # A test has many steps, each of which ends a hang after two minutes (`browser.PATIENCE`).
    pytest.mark.timeout(300),
]

PATIENCE = browser.PATIENCE


NAME = "evil.example"
"""A name of the web that leads to this machine."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.chromium(name=NAME) as chromium:
        yield chromium


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps and finds all that it does."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def asked_first(chromium: Browser, clips: Path, folder: Path) -> Iterator[Page]:
    """The first page that a fresh server is asked for."""
    # Without the reports that are shipped, whose charts every page of evaluations would draw.
    models = shutil.copytree(
        manifest.FOLDER, folder / "models", ignore=shutil.ignore_patterns("reports")
    )
    environment = {
        "RAPPORT_MODELS": str(models),
        "RAPPORT_DATABASE": f"sqlite:///{folder / 'calls.db'}",
        "RAPPORT_RUNS": str(folder / "runs"),
        "RAPPORT_DATASETS": os.pathsep.join(map(str, (clips, folder / "many"))),
    }
    with browser.dashboard(
        folder / "log.txt", secrets=None, started=None, port=None, **environment
    ) as address:
        page = browser.open_page(chromium, f"{address}/history", height=2000)
        yield page
        page.context.close()


@pytest.fixture(scope="module")
def address(asked_first: Page) -> str:
    """Of the server."""
    return asked_first.url.rpartition("/")[0]


@pytest.fixture(scope="module")
def clips(
    face_image: np.ndarray, speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A small data set in RAVDESS's form: four clips of a face that speaks."""
    folder = tmp_path_factory.mktemp("ravdess")
    image = browser.portrait(face_image, 10)
    for code in (1, 3, 4, 5):
        path = folder / f"01-01-{code:02}-01-01-01-01.mp4"
        media_makers.write_video(path, [image] * 15, 10, speech[:24_000], 16_000)
    return folder


def begin(page: Page, folder: Path) -> None:
    page.get_by_role("radio", name="Run an evaluation").click()
    page.get_by_label("Its folder on this server").click(timeout=PATIENCE)
    page.get_by_role("option", name=f"{folder.name} (").click()
    page.get_by_role("button", name="Start").click()


def test_the_first_address_that_is_asked_for_may_be_any_page(asked_first: Page) -> None:
    page = asked_first
    expect(page.get_by_test_id("stTopNavLink").first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)


def test_only_pages_are_served_as_pages(chromium: Browser, tmp_path: Path) -> None:
    """A module that pages share answers as an address does that nothing lies behind."""
    listed = re.findall(r'"pages/(\w+)\.py"', (browser.ROOT / "dashboard/frame.py").read_text())
    assert {path.stem for path in (browser.ROOT / "pages").glob("*.py")} == set(listed)
    with browser.dashboard(tmp_path / "log.txt", RAPPORT_RUNS=str(tmp_path)) as address:
        page = browser.open_page(chromium, f"{address}/charts")
        for name in ("charts", "markup", "frame", "wording", "no_such_page"):
            page.goto(f"{address}/{name}")
            said = page.get_by_role("dialog").get_by_text("Page not found")
            expect(said).to_be_visible(timeout=PATIENCE)
            # What stands behind it is the first page of the list.
            expect(page.get_by_role("heading", name="Live call")).to_be_visible(timeout=PATIENCE)
        page.context.close()


def test_a_name_of_the_web_that_leads_to_this_machine_shows_nothing(
    asked_first: Page, address: str
) -> None:
    """A page of the web may have its name lead to 127.0.0.1, and would read what is kept."""
    page = asked_first.context.new_page()
    for place in ("", "/history"):
        page.goto(f"{address.replace('localhost', NAME)}{place}")
        said = page.get_by_text("has no sign-in, so it shows nothing")
        expect(said).to_be_visible(timeout=PATIENCE)
        assert page.locator("h1").all_inner_texts() == ["Rapport"]
    page.close()


def test_cards_of_models_are_no_wider_than_a_telephone(asked_first: Page, address: str) -> None:
    # Before there is a report, whose charts would be drawn first.
    page = asked_first
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/model_evaluation")
    page.get_by_role("radio", name="Models").click(timeout=PATIENCE)
    main = page.get_by_test_id("stMain")
    for name, heading in (("Face", "VGG16 tuned"), ("Voice", "Whisper base")):
        page.get_by_role("tab", name=name, exact=True).click(timeout=PATIENCE)
        card = page.get_by_role("heading", name=heading)
        expect(card).to_be_visible(timeout=PATIENCE)
        assert main.evaluate("(e) => e.scrollWidth - e.clientWidth") == 0
    page.set_viewport_size(size)


def test_an_evaluation_runs_to_its_end_and_another_is_cancelled(
    asked_first: Page, address: str, clips: Path, folder: Path
) -> None:
    # What another test has loaded is not loaded again.
    page = asked_first
    page.goto(f"{address}/model_evaluation")
    begin(page, clips)
    expect(page.locator(".st-key-running")).to_contain_text(
        "Running: Face and voice, RAVDESS", timeout=PATIENCE
    )
    # It goes on while nobody looks.
    page.goto("about:blank")
    page.goto(f"{address}/model_evaluation")
    page.get_by_role("radio", name="Run an evaluation").click()
    page.get_by_role("button", name="Show the report").click(timeout=PATIENCE)
    chart = page.locator(".st-key-confusion-chart .js-plotly-plot")
    expect(chart).to_be_visible(timeout=PATIENCE)
    for name, ending, part in (
        ("Report (JSON)", ".json", '"digest"'),
        ("Table (CSV)", ".csv", "emotion,recall,precision,f1"),
        ("Table (LaTeX)", ".tex", r"\toprule"),
    ):
        with page.expect_download(timeout=PATIENCE) as download:
            page.get_by_role("button", name=name).click()
        assert download.value.suggested_filename.endswith(ending)
        assert part in Path(download.value.path()).read_text()
    with page.expect_download(timeout=PATIENCE) as download:
        chart.hover()
        page.locator(".st-key-confusion-chart .modebar-btn").first.click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")

    # Of neutral, the first of the four, one clip is in one of the cells of its row.
    points = page.locator(".st-key-confusion-chart .scatterlayer path.point")
    row = [chart.locator(".heatmaplayer text, .hm text").nth(i) for i in range(8)]
    full = next(index for index, text in enumerate(row) if text.text_content() == "1")
    points.nth(full).click(force=True)
    cell = page.locator(".st-key-cell")
    expect(cell).to_contain_text("neutral, predicted", timeout=PATIENCE)

    many = folder / "many"
    many.mkdir()
    source = (clips / "01-01-03-01-01-01-01.mp4").read_bytes()
    for number in range(60):
        name = f"01-01-03-01-01-{number // 24 + 1:02}-{number % 24 + 1:02}.mp4"
        (many / name).write_bytes(source + bytes(number))
    begin(page, many)
    expect(page.locator(".st-key-running")).to_contain_text("Running", timeout=PATIENCE)
    page.get_by_role("button", name="Cancel").click(timeout=PATIENCE)
    expect(page.get_by_text("Cancelled after")).to_be_visible(timeout=PATIENCE)
    assert len(list((folder / "runs").glob("report-*.json"))) == 1
