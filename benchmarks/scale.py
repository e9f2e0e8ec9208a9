"""What many recordings and many calls take: `python benchmarks/scale.py --clips FOLDER`.

Reads some clips by `rapport analyze --out` in this process's way, by one worker and by two; gives
a scheduler a queue of tasks that only wait; and reads live calls at the pace of their clock. The
load of the machine is printed with the table: on one that does other work only the ratios of a
row's own run mean anything.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dashboard.live.capacity import capacity
from dashboard.live.glance import Glance
from emotion.batch import cluster
from emotion.batch.sources import Source
from emotion.batch.task import Outcome
from emotion.evaluation import report
from emotion.live.live_call import LiveCall
from emotion.models.runtime import one_thread_a_product
from emotion.models.shipped import Models

PICTURES = 20
"""Pictures a second that a browser sends."""

ROUNDS = 3


def batch(folder: Path, count: int) -> dict[str, float]:
    """Seconds for the clips, start and end included, the best of some rounds in turn."""
    clips = sorted(path for path in folder.rglob("*.mp4"))[:count]
    # One process of its own is what is asked for to bound its memory.
    bounded = ["--memory", str(psutil.virtual_memory().total)]
    ways = {
        "plain": ["--workers", "1"],
        "1 worker": ["--workers", "1", *bounded],
        "2 workers": ["--workers", "2"],
    }
    found: dict[str, list[float]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory() as place:
        for _ in range(ROUNDS):
            for way, options in ways.items():
                out = Path(place) / "out"
                command = ["-m", "emotion", "analyze", *map(str, clips), "--out", str(out)]
                began = time.perf_counter()
                subprocess.run(
                    [sys.executable, *command, *options], check=True, capture_output=True
                )
                found[way].append(time.perf_counter() - began)
                shutil.rmtree(out)
    return {"clips": len(clips)} | {way: min(times) for way, times in found.items()}


def wait(source: Source, settings: Mapping[str, Any]) -> Outcome:
    """A task that takes its time and no core."""
    time.sleep(settings["seconds"])
    return replace(Outcome(source), documents=b"x" * 20_000)


def queue(tasks: int, seconds: float, threads: int) -> dict[str, float]:
    """A queue of tasks on many threads: how long it takes, and what the scheduler does."""
    sources = [Source(f"{number}", "1", "2026-01-01") for number in range(tasks)]
    settings = {"seconds": seconds, "models": Models.load().digests}
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=threads // 2, dashboard_address=None, host="127.0.0.1"
        ) as workers,
        Client(workers) as client,
    ):
        process = psutil.Process()
        before, began = sum(process.cpu_times()[:2]), time.perf_counter()
        done = sum(1 for _ in cluster.Cluster(client).read(sources, settings, wait))
        passed = time.perf_counter() - began
        used = sum(process.cpu_times()[:2]) - before
    assert done == tasks
    return {
        "tasks": tasks,
        "seconds": passed,
        "at best": tasks * seconds / threads,
        # Of the process that holds scheduler and client.
        "core": used / passed,
        "ms a task": 1000 * used / tasks,
    }


def calls(models: Models, clip: Path, numbers: Sequence[int], seconds: float) -> list[Any]:
    """So many live calls at once, at the pace of their clock, without the network's part."""
    frames, sound = media(clip)
    found = []
    for number in numbers:
        live = [LiveCall(models) for _ in range(number)]
        process = psutil.Process()
        before, began = sum(process.cpu_times()[:2]), time.perf_counter()
        threads = [
            threading.Thread(target=play, args=(call, frames, sound, seconds)) for call in live
        ]
        for thread in threads:
            thread.start()
        delays = []
        while any(thread.is_alive() for thread in threads):
            time.sleep(0.25)
            delays += [call.state().delay or 0.0 for call in live]
        used, passed = sum(process.cpu_times()[:2]) - before, time.perf_counter() - began
        glance = Glance()
        sent = len(json.dumps(glance.view(live[0])))
        states = [call.state() for call in live]
        found.append(
            {
                "calls": number,
                "cores": used / passed,
                "cores a call": used / passed / number,
                "read a second": sum(state.read for state in states) / number / passed,
                "delay, median": float(np.median(delays)),
                "delay, 95 %": float(np.percentile(delays, 95)),
                "sound lost": sum(state.lost for state in states),
                "bytes of a view": sent,
            }
        )
        for call in live:
            call.stop()
    return found


def media(clip: Path) -> tuple[list[np.ndarray], np.ndarray]:
    """Pictures of 640x480 in YUV, and sound at 48 kHz, int16, shape (n,)."""
    with av.open(str(clip)) as container:
        frames = [
            frame.reformat(640, 480, "yuv420p").to_ndarray() for frame in container.decode(video=0)
        ][::2]
    with av.open(str(clip)) as container:
        resampler = av.AudioResampler("s16", "mono", 48_000)
        parts = [
            piece.to_ndarray()[0]
            for frame in container.decode(audio=0)
            for piece in resampler.resample(frame)
        ]
    return frames, np.concatenate(parts)


def play(call: LiveCall, frames: Sequence[np.ndarray], sound: np.ndarray, seconds: float) -> None:
    began = time.perf_counter()
    for number in range(round(seconds * PICTURES)):
        late = began + number / PICTURES - time.perf_counter()
        if late > 0:
            time.sleep(late)
        # Each call has frames of its own: one that two threads convert at once is torn.
        call.put_frame(av.VideoFrame.from_ndarray(frames[number % len(frames)], "yuv420p"))
        count = 48_000 // PICTURES
        piece = np.take(sound, np.arange(number * count, (number + 1) * count), mode="wrap")
        frame = av.AudioFrame.from_ndarray(piece[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = 48_000, number * count
        frame.time_base = Fraction(1, 48_000)
        call.put_sound([frame])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, required=True, help="Folder with mp4 of faces.")
    parser.add_argument("--count", type=int, default=200, help="Clips to read.")
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=1.0, help="Of a task in the queue.")
    parser.add_argument("--threads", type=int, default=200, help="That take tasks.")
    parser.add_argument("--calls", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--call-seconds", type=float, default=20.0)
    options = parser.parse_args()
    print(f"commit {report.commit()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    if options.count:
        found = batch(options.clips, options.count)
        print(f"{found['clips']:.0f} clips        seconds   against plain")
        for way in ("plain", "1 worker", "2 workers"):
            print(f"{way:16} {found[way]:9.1f} {found['plain'] / found[way]:11.2f} times")
        print(f"load {os.getloadavg()[0]:.1f}\n")
    if options.tasks:
        print(
            "  ".join(
                f"{name} {value:,.2f}"
                for name, value in queue(options.tasks, options.seconds, options.threads).items()
            )
        )
        print(f"load {os.getloadavg()[0]:.1f}\n")
    if options.calls:
        one_thread_a_product()
        models = Models.load()
        clip = next(iter(sorted(options.clips.rglob("*.mp4"))))
        print(f"calls that this machine can read, as measured: {capacity(models)}")
        for row in calls(models, clip, options.calls, options.call_seconds):
            print("  ".join(f"{name} {value:,.2f}" for name, value in row.items()))
        print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
