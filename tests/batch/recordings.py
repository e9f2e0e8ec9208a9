"""Recordings of a batch, made at test time: short voices, and files that are none."""

from pathlib import Path

import numpy as np

from tests.media_makers import write_wav

SETTINGS = {
    "baseline": False,
    "denoise": "auto",
    "tracks": [None, None, "auto"],
    "people": [False, None, None, None],
}
"""What `rapport analyze` without an option reads with, besides the models."""


def voices(folder: Path, speech: np.ndarray, count: int, seconds: float = 1.5) -> list[Path]:
    """So many recordings of a voice, each another."""
    folder.mkdir(exist_ok=True)
    length = round(16_000 * seconds)
    return [
        write_wav(folder / f"{number:03}.wav", np.roll(speech, 1777 * number)[:length])
        for number in range(count)
    ]


def corrupt(folder: Path, count: int, sound: Path) -> list[Path]:
    """So many files that hold no recording: texts, nothing, beginnings of one, noise."""
    noise = np.random.default_rng(0)
    head = sound.read_bytes()[:30]
    contents = [b"no sound at all", b"", head, noise.bytes(5_000)]
    made = []
    for number in range(count):
        path = folder / f"bad{number:03}.wav"
        path.write_bytes(contents[number % len(contents)])
        made.append(path)
    return made
