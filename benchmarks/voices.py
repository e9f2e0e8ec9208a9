"""Two people on one microphone, diarised by how they sound, against who really spoke.

    python benchmarks/voices.py RAVDESS_FOLDER [--voices VOICES_FOLDER] [--talks 9] [--first]

Conversations are put together from clips of two speakers of a corpus who take turns of one to three
clips, all at one loudness, and of one speaker alone; every third is as it was recorded, every third
with the noise of an office 20 dB below the speech, every third over a telephone line. Each is read
as a recording is. Of RAVDESS the actors from 13 on are heard; `--first` takes those before, by whom
what `emotion/conversation/speaker_clustering.py` goes by was chosen, but never actors 01 and 05.

- right: half seconds of speech that go to whoever speaks there, when it is said that there are two;
- found: talks of two that are taken for two when nobody says so;
- whole: talks of one that are then taken for one.
"""

import argparse
import os
import sys
import tempfile
from collections import defaultdict
from itertools import cycle, permutations
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from emotion.conversation.analysis import analyze_everyone  # noqa: E402
from emotion.datasets import corpora  # noqa: E402
from emotion.datasets.clips import Clip  # noqa: E402
from emotion.evaluation import report  # noqa: E402
from emotion.impairments import conditions  # noqa: E402
from emotion.media.recordings import read_sound  # noqa: E402
from emotion.media.samples import RATE  # noqa: E402
from emotion.models.runtime import one_thread_a_product  # noqa: E402
from emotion.models.shipped import Models  # noqa: E402
from emotion.readings.reading import HOP  # noqa: E402
from emotion.voice.activity import CHUNK, VoiceActivity  # noqa: E402
from tests.media_makers import write_wav  # noqa: E402

SECONDS = 50.0
LEVEL = 0.05
STEP = round(HOP * RATE)
CONDITIONS = ("as recorded", "office 20 dB", "telephone")

Speakers = dict[str, list[Clip]]


def main() -> None:
    """Diarise recordings of several speakers and print how well."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ravdess", type=Path)
    parser.add_argument("--voices", type=Path)
    parser.add_argument("--talks", type=int, default=9)
    parser.add_argument("--first", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    one_thread_a_product()
    models, rng = Models.load(), np.random.default_rng(given.seed)
    print(f"seed {given.seed}, commit {report.commit()}, load {os.getloadavg()[0]:.1f}")
    print("| corpus | speakers | talks of two | right | found | talks of one | whole |")
    print("|---|---|---|---|---|---|---|")
    by_condition: dict[str, list[float]] = defaultdict(list)
    for corpus, speakers in groups(given).items():
        right, found, whole = [], [], []
        for number in range(given.talks):
            condition = CONDITIONS[number % len(CONDITIONS)]
            names = list(rng.choice(sorted(speakers), 2, replace=False))
            for together in (names, names[:1]):
                sound, who = talk([speakers[name] for name in together], rng)
                said, alone = diarised(changed(sound, condition, rng), models)
                if len(together) == 1:
                    whole.append(alone < 2)
                    continue
                right.append(share_right(said, who))
                found.append(alone == 2)
                by_condition[condition].append(right[-1])
        print(
            f"| {corpus} | {len(speakers)} | {len(right)} | {100 * np.mean(right):.1f} % | "
            f"{sum(found)} | {len(whole)} | {sum(whole)} |",
            flush=True,
        )
    for condition, shares in by_condition.items():
        print(f"{condition}: {len(shares)} talks of two, {100 * np.mean(shares):.1f} % right")


def groups(given: argparse.Namespace) -> dict[str, Speakers]:
    """The speakers of each corpus and their clips."""
    found: dict[str, Speakers] = defaultdict(lambda: defaultdict(list))
    for clip in corpora.ravdess(given.ravdess):
        actor = int(clip.speaker[-2:])
        if actor not in (1, 5) and (actor <= 12) is given.first:
            found["ravdess"][clip.speaker].append(clip)
    for clip in corpora.read("voices", given.voices) if given.voices else ():
        found[clip.corpus][clip.speaker].append(clip)
    return {corpus: every for corpus, every in found.items() if len(every) > 1}


def talk(speakers: list[list[Clip]], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A conversation, and the index of who speaks at each sample, -1 in pauses."""
    pieces: list[np.ndarray] = []
    who: list[np.ndarray] = []

    def add(sound: np.ndarray, index: int) -> None:
        pieces.append(sound)
        who.append(np.full(len(sound), index))

    for index in cycle(range(len(speakers))):
        for _ in range(rng.integers(1, 4)):
            said = None
            while said is None:
                said = spoken(speakers[index][rng.integers(len(speakers[index]))])
            add(said * np.float32(LEVEL / conditions.loudness(said)), index)
            add(np.zeros(round(rng.uniform(0.05, 0.25) * RATE), np.float32), -1)
        add(np.zeros(round(rng.uniform(0.1, 0.8) * RATE), np.float32), -1)
        if sum(map(len, pieces)) > SECONDS * RATE:
            break
    sound = np.concatenate(pieces)
    # No recording is without any noise.
    noisy = sound + 1e-4 * rng.standard_normal(len(sound))
    return np.asarray(noisy, np.float32), np.concatenate(who)


def spoken(clip: Clip) -> np.ndarray | None:
    """A clip from where somebody speaks, None where hardly anything is heard."""
    sound = read_sound(clip.path)
    chunks = sound[: len(sound) // CHUNK * CHUNK].reshape(-1, CHUNK)
    heard = np.flatnonzero(VoiceActivity()(chunks) > 0.5)
    if len(heard) < RATE // 2 // CHUNK:
        return None
    start = max(0, heard[0] * CHUNK - RATE // 10)
    return sound[start : (heard[-1] + 1) * CHUNK + RATE // 7]


def changed(sound: np.ndarray, condition: str, rng: np.random.Generator) -> np.ndarray:
    """The sound under one of `CONDITIONS`, float32, shape (n,)."""
    if condition == "telephone":
        return conditions.telephone(sound)
    if condition == "office 20 dB":
        return conditions.mix(sound, conditions.noise("office", len(sound), rng), 20)
    return sound


def diarised(sound: np.ndarray, models: Models) -> tuple[list[int | None], int]:
    """Who speaks in each half second if two do, and how many are found by themselves."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_wav(Path(folder) / "talk.wav", sound)
        conversation = analyze_everyone(path, models)
    two = conversation.with_speakers(2) if conversation.asks_for_speakers else conversation
    return list(two.diarisation), max(1, len(conversation.speakers))


def share_right(said: list[int | None], who: np.ndarray) -> float:
    """Share of the half seconds with speech that go to whoever speaks there most."""
    count = len(who) // STEP
    # Where nothing is diarised, all of it is one speaker's.
    given = (said or [0] * count)[:count]
    steps = who[: len(given) * STEP].reshape(len(given), STEP)
    true = np.array([_most(one[one >= 0]) for one in steps])
    heard = np.array([-1 if one is None else one for one in given])
    both = (true >= 0) & (heard >= 0)
    return max(
        float(np.mean(np.take(order, heard[both]) == true[both])) for order in permutations((0, 1))
    )


def _most(speakers: np.ndarray) -> int:
    """Who speaks most of some samples, -1 for nobody."""
    return int(np.bincount(speakers).argmax()) if len(speakers) else -1


if __name__ == "__main__":
    main()
