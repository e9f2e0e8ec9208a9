"""Two faces and one sound, made of real clips: does the voice go to who speaks?

    python benchmarks/speakers.py RAVDESS_VIDEO_FOLDER/Actor_01 [--recordings 6] [--seed 4]

Two clips stand side by side; one plays with its sound, while the other shows its first 0.7 s,
before the speech, to and fro; then they change, 14 times. The second person is mirrored and in
other colours. Only clips with a picture in colour are used: others are not of full rate here. It
says of each half second with speech whether it was given to the right person, the wrong one or
nobody.
"""

import argparse
import tempfile
from pathlib import Path

import av
import cv2
import numpy as np

from emotion.conversation.analysis import analyze_everyone
from emotion.conversation.speaking import SPOKEN
from emotion.media.recordings import Recording, read_sound
from emotion.media.samples import RATE, Samples
from emotion.models.shipped import Models
from emotion.readings.reading import HOP

FPS = 30
TURNS = 14
STILL = 0.7
WIDTH, HEIGHT = 320, 180

Pictures = list[tuple[float, np.ndarray]]


def main() -> None:
    """Make recordings of two people and print how often the voice goes to who speaks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="clips of one person with picture and sound")
    parser.add_argument("--recordings", type=int, default=6)
    parser.add_argument("--seed", type=int, default=4)
    given = parser.parse_args()
    clips = [path for path in sorted(given.folder.glob("01-*.mp4")) if in_colour(path)]
    models = Models.load()
    total = np.zeros(3, int)
    print("| recording | half seconds of speech | right | wrong | nobody |\n|---|---|---|---|---|")
    for seed in range(given.seed, given.seed + given.recordings):
        rng = np.random.default_rng(seed)
        first, second = (clips[index] for index in rng.choice(len(clips), 2, replace=False))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "two.mp4"
            counts = scored(path, write(path, first, second), models)
        total += counts
        print(
            f"| {seed} | {counts.sum()} | " + " | ".join(f"{n / counts.sum():.0%}" for n in counts)
        )
    print(f"| all | {total.sum()} | " + " | ".join(f"{n / total.sum():.1%}" for n in total) + " |")


def scored(path: Path, turns: list[tuple[float, float, int]], models: Models) -> np.ndarray:
    """Half seconds that were given to the right person, the wrong one and nobody."""
    conversation = analyze_everyone(path, models)
    people = conversation.participants(conversation.suggested())
    counts = {False: np.zeros(3, int), True: np.zeros(3, int)}
    for index, moment in enumerate(conversation.senses):
        time = moment.time - HOP / 2
        who = next((who for start, end, who in turns if start <= time < end), None)
        if who is None or conversation.speech[0][index] < SPOKEN:
            continue
        speaker = next((n for n, one in enumerate(people) if one.speech[index] > 0), None)
        # Who of the two is the first person is not said: the better of both readings is meant.
        for swapped, found in counts.items():
            found[2 if speaker is None else int(speaker != (1 - who if swapped else who))] += 1
    return max(counts.values(), key=lambda found: int(found[0]))


def write(path: Path, first: Path, second: Path) -> list[tuple[float, float, int]]:
    """Write the recording; gives from when to when each of the two speaks."""
    shown = [pictures(first), [(time, recoloured(image)) for time, image in pictures(second)]]
    sounds = [read_sound(first), read_sound(second)]
    turns, heard, start = [], [], 0.0
    with av.open(str(path), "w") as container:
        seen = container.add_stream("libx264", rate=FPS)
        seen.width, seen.height, seen.pix_fmt = 2 * WIDTH, HEIGHT, "yuv420p"
        audio = container.add_stream("aac", rate=RATE)
        for turn in range(TURNS):
            who = turn % 2
            length = len(sounds[who]) / RATE
            for number in range(round(length * FPS)):
                time = number / FPS
                phase = time % (2 * STILL)
                both = [
                    at(shown[one], time if one == who else min(phase, 2 * STILL - phase))
                    for one in (0, 1)
                ]
                image = np.ascontiguousarray(np.hstack([both[0], both[1][:, ::-1]]), np.uint8)
                container.mux(seen.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
            heard.append(sounds[who])
            turns.append((start, start + length, who))
            start += length
        container.mux(seen.encode())
        sound = np.concatenate(heard)
        for place in range(0, len(sound), 1024):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(sound[None, place : place + 1024]), "fltp", "mono"
            )
            frame.rate, frame.pts = RATE, place
            container.mux(audio.encode(frame))
        container.mux(audio.encode())
    return turns


def pictures(path: Path) -> Pictures:
    """The pictures of a file with their times, at the size of half a recording."""
    with Recording(path) as recording:
        return [
            (item.time, np.asarray(cv2.resize(item.image, (WIDTH, HEIGHT)), np.uint8))
            for item in recording
            if not isinstance(item, Samples)
        ]


def at(given: Pictures, time: float) -> np.ndarray:
    """The picture that is shown at a time, in seconds."""
    place = int(np.searchsorted([moment for moment, _ in given], time, side="right")) - 1
    return given[max(place, 0)][1]


def recoloured(image: np.ndarray) -> np.ndarray:
    """A BGR picture with all hues moved by a third, so that its clothes look like another's."""
    colours = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
    colours[..., 0] = (colours[..., 0].astype(int) + 60) % 180
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_HSV2BGR), np.uint8)


def in_colour(path: Path) -> bool:
    """Whether the first picture of a file has colours."""
    image = pictures(path)[0][1].astype(int)
    return bool(np.abs(image[..., 0] - image[..., 2]).mean() > 2)


if __name__ == "__main__":
    main()
