"""How quickly recordings are reviewed.

    python benchmarks/review_speed.py CLIP [--only speed long annotated page] [--seconds 60]
        [--against COMMIT] [--runs 3]

- speed: the clip is repeated to a talking head of 720p30 and one of 480p30 with sound, and to sound
  alone. Each is read by this tree and by a checkout of the other commit in turn, each time in a
  process of its own, and the fastest run of each counts: what else the machine did then is nobody's
  speed.
- long: 10, 60 and again 10 minutes of it in 1080p30, as cores are not always as fast, and the
  memory that they take.
- annotated: the 720p30 with what is read drawn on it.
- page: a timeline of 60 minutes in a real Chromium, from opening the page again to its chart, and
  the memory of the server after everyone has left.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
import cv2
import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from emotion.media.frames import Frame  # noqa: E402
from emotion.media.recordings import Recording, read_sound  # noqa: E402
from emotion.media.samples import RATE  # noqa: E402
from tests import browser  # noqa: E402

FPS = 30

_READ = """
import json, psutil, resource, sys, time
from pathlib import Path
try:
    from emotion.conversation.analysis import analyze
except ImportError:
    from emotion.analysis import analyze
try:
    from emotion.models.shipped import Models
except ImportError:
    from emotion.call import Models
try:
    from emotion.models.runtime import one_thread_a_product
    one_thread_a_product()
except ImportError:
    pass
models = Models.load()
idle = psutil.Process().memory_info().rss / 2**20
begin, used = time.perf_counter(), time.process_time()
timeline = analyze(Path(sys.argv[1]), models)
seconds, used = time.perf_counter() - begin, time.process_time() - used
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([timeline.duration / seconds, used / timeline.duration, peak / 1024 - idle]))
"""


_ANNOTATE = """
import sys, time
from pathlib import Path
from emotion.exports.annotated_video import annotate
from emotion.models.runtime import one_thread_a_product
from emotion.models.shipped import Models
one_thread_a_product()
models = Models.load()
begin = time.perf_counter()
annotate(Path(sys.argv[1]), Path(sys.argv[2]), models)
print(time.perf_counter() - begin)
"""

PARTS = ("speed", "long", "annotated", "page")

AWAY = 5
"""Seconds after which the server takes a reviewer for gone, instead of two minutes."""


def main() -> None:
    """Measure the chosen parts and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", type=Path, help="a talking head with sound")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--against", default="8c31c03", help="commit to compare with")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "speed" in given.only:
            speed(given.clip, folder, given.seconds, given.against, given.runs)
        if "long" in given.only:
            long(given.clip, folder)
        if "annotated" in given.only:
            annotated(given.clip, folder, given.seconds)
        if "page" in given.only:
            page(given.clip, folder)


def speed(clip: Path, folder: Path, seconds: float, against: str, times: int) -> None:
    """Read the clip in three forms with this tree and with another commit, and print a table."""
    other = folder / "other"
    checkout(against, other)
    print(f"against {against}; the best of {times}; load {os.getloadavg()[0]:.1f}")
    print("| recording | times real time | before | ratio | CPU ms/s | before | MB above idle |")
    print("|---|---|---|---|---|---|---|")
    for name, path in recordings(clip, seconds, folder).items():
        runs: dict[Path, list[list[float]]] = {ROOT: [], other: []}
        for _ in range(times):
            for tree, found in runs.items():
                found.append(read(path, tree))
        now, before = (max(found) for found in runs.values())
        print(
            f"| {name} | {now[0]:.1f} | {before[0]:.1f} | {now[0] / before[0]:.2f} | "
            f"{1000 * now[1]:.0f} | {1000 * before[1]:.0f} | {now[2]:.0f} |",
            flush=True,
        )


def long(clip: Path, folder: Path) -> None:
    """Read recordings of ten minutes and of an hour, and print their times and memory."""
    print(f"1080p30, load {os.getloadavg()[0]:.1f}")
    piece = folder / "piece.mp4"
    pictures, length, sound = content(clip, 30.0)
    write(piece, pictures, length, sound, (1920, 1080))
    for minutes in (10, 60, 10):
        path = folder / "long.mp4"
        repeat(piece, path, 2 * minutes)
        times, used, memory = read(path, ROOT)
        print(
            f"{minutes} minutes, {path.stat().st_size / 1e6:.0f} MB: {60 / times:.2f} s a minute, "
            f"{60 * used:.2f} s of CPU a minute, {memory:.0f} MB above idle",
            flush=True,
        )


def annotated(clip: Path, folder: Path, seconds: float) -> None:
    """Write the annotated video of so many seconds of the clip, and print how long it takes."""
    path = recordings(clip, seconds, folder)["720p30"]
    took = float(run(_ANNOTATE, ROOT, path, folder / "annotated.mp4"))
    load = os.getloadavg()[0]
    print(f"annotated 720p30, load {load:.1f}: {seconds / took:.1f} times real time", flush=True)


def page(clip: Path, folder: Path) -> None:
    """Review an hour of sound in a real browser, and print what the page and the server take."""
    os.environ |= {"RAPPORT_UPLOADS": str(folder / "uploads"), "RAPPORT_REVIEW_AWAY": str(AWAY)}
    _, _, sound = content(clip, 30.0)
    piece, path = folder / "piece.m4a", folder / "an hour.m4a"
    write(piece, [], 0.0, sound, (0, 0))
    repeat(piece, path, 120)
    with browser.dashboard(folder / "log.txt") as address, browser.chromium() as chromium:
        server = next(
            process
            for process in psutil.Process().children()
            if any("streamlit" in word for word in process.cmdline())
        )
        idle = server.memory_info().rss / 2**20
        seen = browser.open_page(chromium, f"{address}/review_recording", height=1600)
        seen.locator(".uploader").wait_for(timeout=browser.PATIENCE)
        seen.locator(".uploader input").set_input_files(path)
        canvas = seen.locator(".player canvas")
        canvas.wait_for(timeout=1_000_000)
        for _ in range(3):
            begin = time.perf_counter()
            seen.reload(wait_until="commit")
            canvas.wait_for(timeout=browser.PATIENCE)
            took = time.perf_counter() - begin
            print(f"page with 60 minutes, load {os.getloadavg()[0]:.1f}: chart after {took:.2f} s")
        seen.context.close()
        # Streamlit forgets a session that has gone after two minutes.
        time.sleep(150)
        left = server.memory_info().rss / 2**20
        print(f"memory of the server: {idle:.0f} MB before, {left:.0f} MB after", flush=True)


def read(path: Path, tree: Path) -> list[float]:
    """Times real time, seconds of CPU a second, and memory in MB."""
    found: list[float] = json.loads(run(_READ, tree, path))
    return found


def run(script: str, tree: Path, *paths: Path) -> str:
    """The last line that a script prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, paths)],
        env=os.environ | {"PYTHONPATH": str(tree)},
        cwd=tree,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.splitlines()[-1]


def checkout(commit: str, folder: Path) -> None:
    """The project as it was."""
    folder.mkdir()
    archive = subprocess.run(
        ["git", "archive", commit], cwd=ROOT, check=True, capture_output=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)


def recordings(clip: Path, seconds: float, folder: Path) -> dict[str, Path]:
    """The clip repeated, in three forms."""
    pictures, length, sound = content(clip, seconds)
    found = {}
    for name, width, height in (("720p30", 1280, 720), ("480p30", 854, 480)):
        found[name] = folder / f"{name}.mp4"
        write(found[name], pictures, length, sound, (width, height))
    found["sound"] = folder / "sound.m4a"
    write(found["sound"], [], length, sound, (0, 0))
    return found


def content(clip: Path, seconds: float) -> tuple[list[tuple[float, np.ndarray]], float, np.ndarray]:
    """The clip's pictures with their times, its length, and its sound repeated."""
    with Recording(clip) as recording:
        pictures = [(item.time, item.image) for item in recording if isinstance(item, Frame)]
    sound = read_sound(clip)
    times = int(np.ceil(seconds * RATE / len(sound)))
    return pictures, len(sound) / RATE, np.tile(sound, times)[: round(seconds * RATE)]


def repeat(piece: Path, path: Path, times: int) -> None:
    """The same packets again and again, so that an hour need not be encoded."""
    with av.open(str(path), "w") as container:
        with av.open(str(piece)) as source:
            streams = [container.add_stream_from_template(stream) for stream in source.streams]
        end = 0.0
        for _ in range(times):
            # Its first packets may be from before its start.
            start = end + 0.1
            with av.open(str(piece)) as source:
                for packet in source.demux():
                    if packet.dts is None or packet.pts is None or packet.time_base is None:
                        continue
                    later = round(start / packet.time_base)
                    packet.pts, packet.dts = packet.pts + later, packet.dts + later
                    end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
                    packet.stream = streams[packet.stream_index]
                    container.mux(packet)


def write(
    path: Path,
    pictures: list[tuple[float, np.ndarray]],
    length: float,
    sound: np.ndarray,
    size: tuple[int, int],
) -> None:
    """Write a file of AAC sound and, where there are pictures, of H.264 at some size."""
    with av.open(str(path), "w") as container:
        heard = container.add_stream("aac", rate=RATE)
        if pictures:
            seen = container.add_stream("libx264", rate=FPS, options={"preset": "veryfast"})
            seen.width, seen.height = size
            seen.pix_fmt = "yuv420p"
            times = [time for time, _ in pictures]
            for number in range(round(len(sound) / RATE * FPS)):
                place = int(np.searchsorted(times, (number / FPS) % length, side="right")) - 1
                image = np.asarray(cv2.resize(pictures[max(place, 0)][1], size), np.uint8)
                container.mux(seen.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
            container.mux(seen.encode())
        for start in range(0, len(sound), 1024):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(sound[None, start : start + 1024]), "fltp", "mono"
            )
            frame.rate, frame.pts = RATE, start
            container.mux(heard.encode(frame))
        container.mux(heard.encode())


if __name__ == "__main__":
    main()
