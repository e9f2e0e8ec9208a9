"""What live calls take: `python benchmarks/live.py RAVDESS_FOLDER/Actor_01/*.mp4`.

Starts the dashboard (`python -m dashboard`: `streamlit run app.py` with figures for whoever watches
it) and calls it: a real Chromium whose camera and microphone play the clips, and callers without a
browser (`benchmarks/caller.py`). Everything is measured in one run; with each line stands the load
of the machine, because on one that does other work times are longer than they need be.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Coroutine, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.caller import PICTURES, READ, SOUND, Caller, EncodedClip, pictures, sound  # noqa: E402
from benchmarks.server import Server, running  # noqa: E402
from dashboard.live.running_calls import SETTLED  # noqa: E402
from emotion.evaluation import report  # noqa: E402
from tests import browser  # noqa: E402

DELAY = 0.5
"""Seconds from a picture's arrival to its reading that calls at once may take, 95 %."""

READINGS = 5.0
"""Of a face, a second and call, that they have to be read with."""

AWAY = 40.0
"""Seconds within which a call whose tab was closed has to be gone."""

SESSION = 125.0
"""Seconds after which Streamlit forgets a page that does not come back; the next one that comes
makes it look."""

STARTED = 3
"""Starts of a browser's call that are timed."""

_SWITCH = 2.0
"""Seconds for which a face is seen, and then for which none is."""

_WATCH = """() => {
    const roots = [...document.querySelectorAll('*')].map((e) => e.shadowRoot).filter(Boolean);
    const live = [document, ...roots].map((r) => r.querySelector('.live')).find(Boolean);
    const video = live.querySelector('video'), boxes = live.querySelector('.boxes');
    const sense = live.querySelector('.sense.face');
    const page = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const found = window.found = { taken: [], boxes: [], sense: [] };
    const add = (list, at, there) => {
        if (!list.length || list[list.length - 1][1] !== there) list.push([at, there]);
    };
    const look = (now, picture) => {
        page.drawImage(video, 0, 0, 40, 40, 0, 0, 1, 1);
        const there = page.getImageData(0, 0, 1, 1).data[0] < 128;
        add(found.taken, picture.captureTime || now, there);
        video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    new MutationObserver(() => add(found.boxes, performance.now(), boxes.children.length > 0))
        .observe(boxes, { childList: true });
    new MutationObserver(() => add(found.sense, performance.now(), sense.dataset.tone === 'read'))
        .observe(sense, { attributes: true, attributeFilter: ['data-tone'] });
}"""


class Telephone:
    """A thread for callers, beside that of the browser."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def all(self, *work: Coroutine[Any, Any, Any]) -> None:
        """Do some work of callers at once, and wait until all of it is done."""

        async def together() -> None:
            await asyncio.gather(*work)

        asyncio.run_coroutine_threadsafe(together(), self._loop).result()


def one(server: Server, paths: Sequence[Path], seconds: float, folder: Path) -> None:
    """One call of a real browser: how soon, how late, how often, and what it takes."""
    idle = _used(server, seconds / 2)
    steady, heard = _camera(folder / "steady.y4m", paths), _microphone(folder / "one.wav", paths)
    with browser.chromium(steady, heard) as chromium:
        firsts = []
        for _ in range(STARTED):
            page, first = _started(chromium, server)
            firsts.append(first)
            if len(firsts) == STARTED:
                read = server.figures["frames_read_total"]
                used = _used(server, seconds)
                rate = (server.figures["frames_read_total"] - read) / seconds
            browser.stop(page)
            page.context.close()
    _print("start to first reading", f"{np.median(firsts):.1f} s, at most {max(firsts):.1f}")
    _print("face readings a second, one call", f"{rate:.1f}")
    _print("server without a call", f"{100 * idle:.0f} % of a core")
    _print("one call, page open", f"{100 * used:.0f} % of a core at that rate")
    switching = _camera(folder / "switching.y4m", paths, switching=True)
    with browser.chromium(switching, heard) as chromium:
        page, _ = _started(chromium, server)
        page.evaluate(_WATCH)
        page.wait_for_timeout(1000 * max(2 * seconds, 10 * _SWITCH))
        found = page.evaluate("window.found")
        browser.stop(page)
        page.context.close()
    for there, name in ((True, "appears"), (False, "leaves")):
        for what, changes in (("box", found["boxes"]), ("face's reading", found["sense"])):
            late = _late(found["taken"], changes, there)
            said = "never" if not late else f"{_two(late)} ms, p50 and p95 of {len(late)}"
            _print(f"a face {name}: picture taken to {what} on the page", said)


def many(
    server: Server, telephone: Telephone, clip: EncodedClip, numbers: Sequence[int], seconds: float
) -> None:
    """Calls at once until they are late, what each takes, and what is left of them."""
    began, idle = server.memory, _used(server, 3.0)
    print(
        "\n| calls | face readings a second each | delay p50, p95, ms | sound lost, s "
        "| % of a core a call | MB | load |\n|---|---|---|---|---|---|---|"
    )
    most, memory = 0, []
    for number in numbers:
        callers = [Caller(server.address, clip) for _ in range(number)]
        telephone.all(*(caller.start() for caller in callers))
        time.sleep(4.0)
        for caller in callers:
            caller.views.clear()
        before = server.figures
        used = _used(server, seconds)
        after = server.figures
        views = [view["health"] for caller in callers for view in caller.views]
        late = [1000 * (health["delay"] or 0.0) for health in views]
        rate = (after["frames_read_total"] - before["frames_read_total"]) / seconds / number
        lost = after["sound_lost_seconds_total"] - before["sound_lost_seconds_total"]
        memory.append(server.memory)
        print(
            f"| {number} | {rate:.1f} | {_two(late)} | {lost:.1f} | "
            f"{100 * (used - idle) / number:.0f} | {memory[-1]:.0f} | {os.getloadavg()[0]:.1f} |",
            flush=True,
        )
        telephone.all(*(caller.stop() for caller in callers))
        if rate >= READINGS and np.percentile(late, 95) < 1000 * DELAY and not lost:
            most = max(most, number)
    print()
    _print(
        f"calls at once, {READINGS:g} readings a second each, p95 of the delay under {DELAY} s",
        f"{most}, {most / (os.cpu_count() or 1):.1f} a core",
    )
    time.sleep(SETTLED + 3.0)
    further = np.polyfit(numbers, memory, 1)[0] if len(memory) > 1 else np.nan
    _print("memory before, MB", f"{began:.0f}")
    _print("each further call, MB", f"{further:.0f}")
    _print("after all ended, MB", f"{server.memory:.0f}")


def starts(server: Server, telephone: Telephone, clip: EncodedClip, count: int) -> None:
    """Calls that begin and are stopped, one after the other."""
    # What a first call brings into memory is not left by those that follow.
    before = _left(server, telephone, clip)
    late = []
    for _ in range(count):
        caller = Caller(server.address, clip)
        telephone.all(caller.start())
        began = time.monotonic()
        telephone.all(caller.stop())
        while server.figures["calls_running"]:
            time.sleep(0.05)
        late.append(time.monotonic() - began)
    _print(f"{count} starts and stops", f"ended within {max(late):.1f} s")
    _print("before", before)
    _print("after", _left(server, telephone, clip))


def tabs(
    server: Server,
    telephone: Telephone,
    clip: EncodedClip,
    paths: Sequence[Path],
    count: int,
    folder: Path,
) -> None:
    """Tabs of a browser that are closed during a call."""
    camera, heard = _camera(folder / "tabs.y4m", paths), _microphone(folder / "tabs.wav", paths)
    with browser.chromium(camera, heard) as chromium:
        page, _ = _started(chromium, server)
        browser.stop(page)
        page.context.close()
        before = _left(server, telephone, clip)
        for _ in range(count):
            page, _ = _started(chromium, server)
            page.context.close()
        began = time.monotonic()
        while server.figures["calls_running"] and time.monotonic() < began + 3 * AWAY:
            time.sleep(0.2)
        gone = time.monotonic() - began
    _print(f"{count} tabs closed without Stop", f"the last call ended after {gone:.1f} s")
    _print("before", before)
    _print("after", _left(server, telephone, clip))


def soak(server: Server, telephone: Telephone, clip: EncodedClip, minutes: float) -> None:
    """One long call: its memory, and whether any sound is lost."""
    caller = Caller(server.address, clip)
    lost = server.figures["sound_lost_seconds_total"]
    telephone.all(caller.start())
    curve = []
    for step in range(round(minutes * 4) + 1):
        curve.append((step / 4, server.memory))
        caller.views.clear()
        if step < round(minutes * 4):
            time.sleep(15.0)
    lost = server.figures["sound_lost_seconds_total"] - lost
    telephone.all(caller.stop())
    settling = min(5.0, minutes / 3)
    settled = next(memory for at, memory in curve if at >= settling)
    said = ", ".join(f"{at:g}: {memory:.0f}" for at, memory in curve[::4])
    _print("memory by the minute, MB", said)
    _print(
        f"{minutes:g} minutes of one call",
        f"{100 * (curve[-1][1] / settled - 1):+.1f} % after {settling:.1f} minutes, "
        f"{lost:.1f} s of sound lost",
    )


def _left(server: Server, telephone: Telephone, clip: EncodedClip) -> str:
    """What the server holds once it has forgotten the pages."""
    time.sleep(SESSION)
    caller = Caller(server.address, clip)
    telephone.all(caller.start())
    telephone.all(caller.stop())
    time.sleep(3.0)
    return server.left()


def _started(chromium: Browser, server: Server) -> tuple[Page, float]:
    """A page with a call in it, and seconds from the press of Start to its first reading."""
    page = browser.open_page(chromium, server.address)
    browser.choose(page, "camera")
    began = time.monotonic()
    page.locator(".live .start").click()
    page.locator(", ".join(f'.live[data-reading="{kind}"]' for kind in READ)).wait_for(
        timeout=browser.PATIENCE
    )
    return page, time.monotonic() - began


def _late(taken: list[Any], shown: list[Any], there: bool) -> list[float]:
    """Milliseconds from each change of the picture to that of the page, while it still held."""
    found = []
    for (at, state), (until, _) in pairwise(taken):
        then = [moment for moment, what in shown if what is there and at <= moment < until]
        if state is there and then:
            found.append(then[0] - at)
    return found


def _camera(path: Path, paths: Sequence[Path], *, switching: bool = False) -> Path:
    """A file for Chromium's camera; a dark corner says that there is a face."""
    shown = [image for clip in paths for image in pictures(clip)]
    if switching:
        count = round(_SWITCH * PICTURES)
        shown = [*shown[:count], *[np.full_like(shown[0], 205)] * count]
    with path.open("wb") as file:
        height, width = shown[0].shape[:2]
        file.write(f"YUV4MPEG2 W{width} H{height} F{PICTURES}:1 Ip A1:1 C420jpeg\n".encode())
        for number, image in enumerate(shown):
            image = image.copy()
            image[:40, :40] = 255 if switching and number >= len(shown) // 2 else 0
            file.write(b"FRAME\n" + cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420).tobytes())
    return path


def _microphone(path: Path, paths: Sequence[Path]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SOUND, 0, "NONE", ""))
        for clip in paths:
            file.writeframes(sound(clip).tobytes())
    return path


def _used(server: Server, seconds: float) -> float:
    """Share of a core that the server takes."""
    before, began = server.cpu, time.monotonic()
    time.sleep(seconds)
    return (server.cpu - before) / (time.monotonic() - began)


def _two(values: Sequence[float]) -> str:
    return f"{np.median(values):.0f}, {np.percentile(values, 95):.0f}"


def _print(what: str, said: str) -> None:
    print(f"{what}: {said} (load {os.getloadavg()[0]:.1f})", flush=True)


def main() -> None:
    """Measure what was chosen with real calls of a server and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path, nargs="+", help="mp4 of a person who speaks")
    parser.add_argument("--calls", type=int, nargs="*", default=[1, 2, 4, 6, 8], help="at once")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each measurement")
    parser.add_argument("--starts", type=int, default=20, help="calls begun and stopped")
    parser.add_argument("--tabs", type=int, default=5, help="tabs closed during a call")
    parser.add_argument("--soak", type=float, default=0.0, help="minutes of one call")
    parser.add_argument("--only", choices=("one", "many", "starts", "tabs", "soak"), nargs="*")
    parser.add_argument("--tree", type=Path, default=ROOT, help="another checkout to run")
    given = parser.parse_args()
    parts = given.only or ("one", "many", "starts", "tabs", "soak")
    clips = given.clips[:4]
    print(f"commit {report.commit()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    with running(None, given.tree) as server:
        _print("calls that the server admits", f"{server.figures['calls_capacity']:.0f}")
    telephone, clip = Telephone(), EncodedClip.made(clips)
    with tempfile.TemporaryDirectory() as place, running(200, given.tree) as server:
        folder = Path(place)
        _print("memory before the first user", f"{server.memory:.0f} MB")
        if "one" in parts:
            one(server, clips, given.seconds, folder)
        if "many" in parts and given.calls:
            many(server, telephone, clip, given.calls, given.seconds)
        if "starts" in parts and given.starts:
            starts(server, telephone, clip, given.starts)
        if "tabs" in parts and given.tabs:
            tabs(server, telephone, clip, clips, given.tabs, folder)
        if "soak" in parts and given.soak:
            soak(server, telephone, clip, given.soak)


if __name__ == "__main__":
    main()
