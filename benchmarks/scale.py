"""What many recordings and many calls take: `python benchmarks/scale.py --clips FOLDER`.

Reads some clips by `rapport analyze --out` in one process, which uses more than one core by itself,
in one that has a core and no other, by one worker and by two, and by two processes that know
nothing of each other, which is all that the cores can do; gives a scheduler a queue of tasks that
only wait; kills workers that read recordings; and reads live calls at the pace of their clock. The
load of the machine is printed with the table: on one that does other work only the seconds of a
core and the ratios of a row's own run mean anything.
"""

import argparse
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
from distributed import Client, LocalCluster

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dashboard.live.capacity import capacity
from dashboard.live.glance import Glance
from emotion.batch import cluster, output_folder
from emotion.batch.sources import Source
from emotion.batch.task import Outcome
from emotion.conversation.live_call import LiveCall
from emotion.evaluation import report
from emotion.models.runtime import one_thread_a_product
from emotion.models.shipped import Models

APART = "2 apart, a core each"

PICTURES = 20
"""Pictures a second that a browser sends."""


@dataclass
class Taken:
    """What reading some clips took: seconds that passed, and seconds of all processes' cores."""

    passed: float
    cores: float


def batch(folder: Path, count: int, rounds: int) -> dict[str, Taken]:
    """For the clips in each way, start and end included, the quickest of some rounds in turn."""
    # One process of its own is what is asked for to bound its memory.
    bounded = ["--memory", str(psutil.virtual_memory().total)]
    one_core = sorted(psutil.Process().cpu_affinity() or [0])[:1]
    ways: dict[str, tuple[list[str], list[int]]] = {
        "plain": (["--workers", "1"], []),
        "plain, one core": (["--workers", "1"], one_core),
        "1 worker": (["--workers", "1", *bounded], []),
        "1 worker, one core": (["--workers", "1", *bounded], one_core),
        "2 workers": (["--workers", "2"], []),
    }
    found: dict[str, list[Taken]] = {way: [] for way in (*ways, APART)}
    with tempfile.TemporaryDirectory() as place:
        clips = different(sorted(folder.rglob("*.mp4")), count, Path(place) / "clips")
        for _ in range(rounds):
            for way, (options, cores) in ways.items():
                out = Path(place) / "out"
                command = ["-m", "emotion", "analyze", str(clips), "--out", str(out), *options]
                found[way].append(timed([sys.executable, *command], cores))
                shutil.rmtree(out)
            found[APART].append(apart(clips, Path(place)))
    return {way: min(all_of_it, key=lambda one: one.passed) for way, all_of_it in found.items()}


def apart(clips: Path, place: Path) -> Taken:
    """Two processes that know nothing of each other, with a core and half of the clips each.

    No two workers can do more on these cores: often they share a good part of what they are.
    """
    halves = [place / f"half {number}" for number in (0, 1)]
    for number, half in enumerate(halves):
        half.mkdir()
        for clip in sorted(clips.iterdir())[number::2]:
            (half / clip.name).symlink_to(clip)
    cores = (sorted(psutil.Process().cpu_affinity() or [0, 1]) * 2)[:2]

    def read(half: Path, core: int) -> Taken:
        out = half.with_suffix(".out")
        command = ["-m", "emotion", "analyze", str(half), "--out", str(out), "--workers", "1"]
        return timed([sys.executable, *command], [core])

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(read, halves, cores))
    for folder in (*halves, *(half.with_suffix(".out") for half in halves)):
        shutil.rmtree(folder)
    return Taken(max(one.passed for one in both), sum(one.cores for one in both))


def different(clips: Sequence[Path], count: int, folder: Path) -> Path:
    """So many files in a folder, the clips over and over: the same content is read only once."""
    folder.mkdir()
    for number in range(count):
        copy = folder / f"{number:05d}.mp4"
        shutil.copyfile(clips[number % len(clips)], copy)
        with copy.open("ab") as file:
            # A box of MP4 that players pass over.
            file.write(struct.pack(">I4sI", 12, b"free", number))
    return folder


def timed(command: Sequence[str], cores: Sequence[int]) -> Taken:
    """Run a command, and look at its processes until it has ended."""
    began = time.perf_counter()
    process = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if cores:
        process.cpu_affinity(list(cores))
    used: dict[int, float] = {}
    while process.poll() is None:
        with suppress(psutil.Error):
            for one in (process, *process.children(recursive=True)):
                with suppress(psutil.Error):
                    used[one.pid] = sum(one.cpu_times()[:2])
        time.sleep(0.1)
    assert process.returncode == 0, command
    return Taken(time.perf_counter() - began, sum(used.values()))


def wait(source: Source, settings: Mapping[str, Any]) -> Outcome:
    """A task that takes its time and no core."""
    time.sleep(settings["seconds"])
    return replace(Outcome(source), documents=b"x" * 20_000)


def queue(tasks: int, seconds: float, threads: int) -> dict[str, float]:
    """A queue of tasks on many threads: how long it takes, and what the scheduler does."""
    sources = [Source(f"{number}", "1", "2026-01-01") for number in range(tasks)]
    settings = {"seconds": seconds, "models": Models.load().digests}
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


def killed(clip: Path, count: int) -> dict[str, float]:
    """Recordings of a second, of which one in twenty is none, while workers are killed twice."""
    bad = count // 20
    with tempfile.TemporaryDirectory() as place:
        folder, out = Path(place) / "calls", Path(place) / "out"
        folder.mkdir()
        _, sound = media(clip)
        rng = np.random.default_rng(0)
        for number in range(count - bad):
            start = int(rng.integers(0, len(sound) - 48_000))
            with wave.open(str(folder / f"{number:05d}.wav"), "wb") as file:
                file.setparams((1, 2, 48_000, 0, "NONE", ""))
                file.writeframes(sound[start : start + 48_000].tobytes())
        for number in range(bad):
            (folder / f"bad{number:05d}.wav").write_bytes(rng.bytes(2_000))
        command = [sys.executable, "-m", "emotion", "analyze", str(folder), "--out", str(out)]
        began = time.perf_counter()
        with cluster.local(2) as pool, Client(pool.address) as client:
            process = subprocess.Popen(
                [*command, "--cluster", pool.address],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for share in (0.2, 0.6):
                while len(list(out.glob("documents/*/*.jsonl"))) < share * count:
                    assert process.poll() is None
                    time.sleep(0.05)
                os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
            process.wait()
        passed = time.perf_counter() - began
        lines = [
            json.loads(line)["source"]
            for path in out.glob("documents/*/*.jsonl")
            for line in path.read_text().splitlines()
        ]
        failed = len(output_folder.failures(out))
    assert len(set(lines)) == len(lines) == count - bad, "something is missing or there twice"
    assert failed == bad
    return {"recordings": count, "results, each once": len(lines), "none": failed, "s": passed}


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
    """Push pictures and sound into a call as they would come, for so many seconds."""
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
    """Measure recordings, tasks in a queue, killed workers and calls, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, required=True, help="Folder with mp4 of faces.")
    parser.add_argument("--count", type=int, default=200, help="Files of them to read.")
    parser.add_argument("--rounds", type=int, default=3, help="Of each way of reading them.")
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=1.0, help="Of a task in the queue.")
    parser.add_argument("--threads", type=int, default=200, help="That take tasks.")
    parser.add_argument(
        "--killed", type=int, default=1_000, help="Recordings while workers are killed twice."
    )
    parser.add_argument("--calls", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--call-seconds", type=float, default=20.0)
    options = parser.parse_args()
    print(f"commit {report.commit()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    if options.count:
        found = batch(options.clips, options.count, options.rounds)
        plain, one_core = found["plain"].passed, found["plain, one core"].passed
        print(
            f"{options.count} clips             seconds  of a core  against plain  against one core"
        )
        for way, taken in found.items():
            print(
                f"{way:21} {taken.passed:9.1f} {taken.cores:10.1f} "
                f"{plain / taken.passed:8.2f} times {one_core / taken.passed:11.2f} times"
            )
        print(f"load {os.getloadavg()[0]:.1f}\n")
    if options.tasks:
        print(
            "  ".join(
                f"{name} {value:,.2f}"
                for name, value in queue(options.tasks, options.seconds, options.threads).items()
            )
        )
        print(f"load {os.getloadavg()[0]:.1f}\n")
    if options.killed:
        result = killed(next(iter(sorted(options.clips.rglob("*.mp4")))), options.killed)
        print("  ".join(f"{name} {value:,.0f}" for name, value in result.items()))
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
