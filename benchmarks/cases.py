"""Recordings that were once read wrongly: is each read right now?

    python benchmarks/cases.py FOLDER

The folder holds the recordings, which are made from a clip of a data set and are no part of the
project; `tests/media` and `tests/conversation` make others of the same kinds. A row for each:
what was read, and whether that is right.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from emotion.conversation.analysis import analyze_everyone  # noqa: E402
from emotion.errors import MediaError  # noqa: E402
from emotion.models.shipped import Models  # noqa: E402
from emotion.readings import emotions  # noqa: E402
from emotion.timeline.timeline import Timeline  # noqa: E402

Check = Callable[[list[Timeline]], bool]


def read(path: Path, models: Models) -> list[Timeline] | str:
    """Who is read in a recording, or why nobody is."""
    try:
        conversation = analyze_everyone(path, models, people=False)
    except MediaError as error:
        return str(error)
    if not conversation.channels:
        return [conversation.timeline]
    return [one.timeline for one in conversation.participants(conversation.suggested())]


def tops(timeline: Timeline, sense: str) -> list[str | None]:
    """The strongest emotion of each reading of 'face', 'voice' or 'fused'."""
    found = []
    for reading in timeline.readings:
        values = reading.fused if sense == "fused" else getattr(reading, sense).probabilities
        found.append(None if values is None else emotions.NAMES[int(np.argmax(values))])
    return found


def like(reference: Timeline, sense: str = "fused", share: float = 0.75) -> Check:
    """The same strongest emotions as in another recording, and nothing said to be damaged."""
    wanted = tops(reference, sense)

    def check(found: list[Timeline]) -> bool:
        given = tops(found[0], sense)
        same = sum(one == other for one, other in zip(wanted, given, strict=False))
        return len(found) == 1 and found[0].warning is None and same >= share * len(wanted)

    return check


def checks(folder: Path, models: Models) -> dict[str, Check | str]:
    """What is right for each file: a check, or words of the sentence that refuses it."""
    clip, voice, square = (
        read(folder / name, models) for name in ("ref_clip.mp4", "ref_voice.wav", "F04_ref.mp4")
    )
    assert not isinstance(clip, str)
    assert not isinstance(voice, str)
    assert not isinstance(square, str)
    alike, heard = like(clip[0]), like(voice[0], "voice")

    def turned(found: list[Timeline]) -> bool:
        reasons = {reading.face.reason for reading in found[0].readings}
        return "turned away" in reasons or like(clip[0], "face", 0.7)(found)

    def covered(found: list[Timeline]) -> bool:
        reasons = [reading.face.reason for reading in found[0].readings]
        return set(reasons) <= {"face covered", "no face"} and reasons.count("no face") <= 1

    def two(found: list[Timeline]) -> bool:
        return [one.summary().dominant for one in found] == ["neutral", "angry"]

    def late(found: list[Timeline]) -> bool:
        seen = [r.time for r in found[0].readings if r.face.probabilities is not None]
        return bool(seen) and seen[0] >= 660 and found[0].warning is None

    def whole(found: list[Timeline]) -> bool:
        shown = found[0].summary()
        return found[0].warning is None and shown.face_coverage > 0.9 and shown.voice_coverage > 0.3

    def spoken(found: list[Timeline]) -> bool:
        return found[0].warning is None and found[0].summary().dominant == "angry"

    return {
        "F04.mp4": like(square[0]),
        "F05_5percent.wav": heard,
        "F06.wav": heard,
        "F07.wav": spoken,
        "F08.mkv": alike,
        "F08_default_flag.mkv": alike,
        "F10_default_flag.mkv": alike,
        "F11.wav": two,
        "F12.webm": late,
        "F13.ogv": whole,
        "F13_still.ogv": whole,
        "F14.ogg": spoken,
        "F16.mkv": alike,
        "F17_tilt60.mp4": turned,
        "F17_upside.mp4": turned,
        "F19.mp4": "never finished",
        "F20.gsm": spoken,
        "F36.wav": heard,
        "F39.mp4": whole,
        "F43.mp4": covered,
    }


def main() -> None:
    """Read them all and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    models = Models.load()
    wanted, right = checks(folder, models), 0
    print("| file | read as | right |\n|---|---|---|")
    for name, check in wanted.items():
        found = read(folder / name, models)
        if isinstance(found, str) or isinstance(check, str):
            good = isinstance(found, str) and isinstance(check, str) and check in found
            said = found if isinstance(found, str) else "read"
        else:
            good = check(found)
            said = "; ".join(described(one) for one in found)
        right += good
        print(f"| {name} | {said} | {'yes' if good else 'NO'} |", flush=True)
    print(f"\n{right} of {len(wanted)} right")
    sys.exit(right < len(wanted))


def described(timeline: Timeline) -> str:
    """A recording in a few words."""
    found = timeline.summary()
    who = "" if timeline.participant is None else f"{timeline.participant}: "
    return (
        f"{who}{found.dominant}, face {found.face_coverage:.0%}, voice {found.voice_coverage:.0%}"
        f"{'' if timeline.warning is None else ', ' + timeline.warning}"
    )


if __name__ == "__main__":
    main()
