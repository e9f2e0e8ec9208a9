"""Calls of two people on two channels, made of real clips: is each channel read as if alone?

    python benchmarks/two_channels.py RAVDESS_FOLDER [--calls 40] [--seed 0]

An agent (neutral or happy clips of one actor) and a customer (clips of one emotion of another
actor) take turns, each on a channel, with the other 30 dB below as headsets give it. It says how
often the channels are noticed to be two people's, and how often the customer comes out as
satisfied, neutral or dissatisfied as the emotion is: on the split call, on their channel alone,
and on the mean of the channels.
"""

import argparse
import tempfile
from pathlib import Path

import av
import numpy as np

from emotion.conversation import channel_speakers
from emotion.conversation.analysis import analyze, analyze_everyone
from emotion.datasets import corpora
from emotion.datasets.clips import Clip
from emotion.media.recordings import read_sound
from emotion.media.samples import RATE
from emotion.models.shipped import Models
from emotion.readings import emotions, satisfaction
from emotion.timeline.timeline import Timeline

_AGENT = ("neutral", "happy")
_CROSSTALK = 10 ** (-30 / 20)
_TURNS = 3


def main() -> None:
    """Make recordings of two channels, read them, and print what each channel is read as."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="RAVDESS")
    parser.add_argument("--calls", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    clips = corpora.read("ravdess", given.folder)
    models = Models.load()
    right = {"split": 0, "channel alone": 0, "mean of the channels": 0}
    noticed = same = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(given.calls):
            emotion, call = made(clips, number, rng)
            both = write(folder / "call.wav", call)
            alone = write(folder / "alone.wav", call[1:])
            mixed = write(folder / "mixed.wav", call.mean(axis=0, keepdims=True))
            noticed += channel_speakers.find(both) == (0, 1)
            conversation = analyze_everyone(both, models)
            people = conversation.participants(conversation.suggested())
            found = {
                "split": people[-1].timeline,
                "channel alone": analyze(alone, models),
                "mean of the channels": analyze(mixed, models),
            }
            wanted = satisfaction.LABELS[satisfaction.GROUP_OF[emotion]]
            answers = {way: label(timeline) for way, timeline in found.items()}
            for way, answer in answers.items():
                right[way] += answer == wanted
            same += answers["split"] == answers["channel alone"]
    print(f"{given.calls} calls of {given.folder.name}, seed {given.seed}")
    print(f"noticed to be two people's: {noticed / given.calls:.1%}")
    print(f"split and alone say the same: {same / given.calls:.1%}")
    for way, count in right.items():
        print(f"customer's satisfaction right, {way}: {count / given.calls:.1%}")


def made(clips: list[Clip], number: int, rng: np.random.Generator) -> tuple[int, np.ndarray]:
    """A call: the customer's emotion, and the sound, shape (2, n), the agent first."""
    speakers = sorted({clip.speaker for clip in clips})
    agent, customer = rng.choice(len(speakers), 2, replace=False)
    emotion = number % emotions.COUNT
    voices = []
    for speaker, kinds in ((agent, [emotions.INDEX[one] for one in _AGENT]), (customer, [emotion])):
        own = [one for one in clips if one.speaker == speakers[speaker] and one.emotion in kinds]
        chosen = rng.choice(len(own), _TURNS, replace=len(own) < _TURNS)
        voices.append([read_sound(own[index].path) for index in chosen])
    channels: list[list[np.ndarray]] = [[], []]
    for turns in zip(*voices, strict=True):
        for speaker, sound in enumerate(turns):
            channels[speaker].append(sound)
            channels[1 - speaker].append(_CROSSTALK * sound)
    return emotion, np.stack([np.concatenate(one) for one in channels])


def label(timeline: Timeline) -> str:
    """Satisfaction of a whole timeline in a word, from `satisfaction.LABELS`."""
    value = timeline.summary().satisfaction
    return satisfaction.label(satisfaction.UNKNOWN if value is None else value)


def write(path: Path, sound: np.ndarray) -> Path:
    """Write the sound of two clips as the two channels of a file."""
    layout = "stereo" if len(sound) == 2 else "mono"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE, layout=layout)
        packed = np.clip(32_767 * sound, -32_768, 32_767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(packed.T.reshape(1, -1)), "s16", layout
        )
        frame.rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


if __name__ == "__main__":
    main()
