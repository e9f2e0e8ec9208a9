"""How many times faster than real time a recording is read, against another commit.

    python benchmarks/review.py CLIP [--seconds 60] [--against COMMIT] [--runs 3]

The clip is repeated to a talking head of 720p30 and one of 480p30 with sound, and to sound alone.
Each is read by this tree and by a checkout of the other commit in turn, each time in a process of
its own, and the fastest run of each counts: what else the machine did then is nobody's speed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import av
import cv2
import numpy as np

from emotion.media.recordings import Recording, read_sound
from emotion.media.samples import RATE, Samples

ROOT = Path(__file__).resolve().parents[1]
FPS = 30

_READ = """
import json, psutil, resource, sys, time
from pathlib import Path
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", type=Path, help="a talking head with sound")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--against", default="8c31c03", help="commit to compare with")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder) / "other"
        checkout(given.against, other)
        print(f"against {given.against}; the best of {given.runs}; load {os.getloadavg()[0]:.1f}")
        print(
            "| recording | times real time | before | ratio | CPU ms/s | before | MB above idle |"
        )
        print("|---|---|---|---|---|---|---|")
        for name, path in recordings(given.clip, given.seconds, Path(folder)).items():
            runs: dict[Path, list[list[float]]] = {ROOT: [], other: []}
            for _ in range(given.runs):
                for tree, found in runs.items():
                    found.append(read(path, tree))
            now, before = (max(found) for found in runs.values())
            print(
                f"| {name} | {now[0]:.1f} | {before[0]:.1f} | {now[0] / before[0]:.2f} | "
                f"{1000 * now[1]:.0f} | {1000 * before[1]:.0f} | {now[2]:.0f} |"
            )


def read(path: Path, tree: Path) -> list[float]:
    """Times real time, seconds of CPU a second, and memory in MB."""
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(path)],
        env=os.environ | {"PYTHONPATH": str(tree)},
        cwd=tree,
        check=True,
        capture_output=True,
        text=True,
    )
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


def checkout(commit: str, folder: Path) -> None:
    """The project as it was."""
    folder.mkdir()
    archive = subprocess.run(
        ["git", "archive", commit], cwd=ROOT, check=True, capture_output=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)


def recordings(clip: Path, seconds: float, folder: Path) -> dict[str, Path]:
    """The clip repeated, in three forms."""
    pictures = []
    with Recording(clip) as recording:
        for item in recording:
            if not isinstance(item, Samples):
                pictures.append((item.time, item.image))
    sound = read_sound(clip)
    length = len(sound) / RATE
    sound = np.tile(sound, int(np.ceil(seconds / length)))[: round(seconds * RATE)]
    found = {}
    for name, width, height in (("720p30", 1280, 720), ("480p30", 854, 480)):
        found[name] = folder / f"{name}.mp4"
        write(found[name], pictures, length, sound, (width, height))
    found["sound"] = folder / "sound.m4a"
    write(found["sound"], [], length, sound, (0, 0))
    return found


def write(
    path: Path,
    pictures: list[tuple[float, np.ndarray]],
    length: float,
    sound: np.ndarray,
    size: tuple[int, int],
) -> None:
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
