"""The two heads on synthetic statistics, whose answer is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion.datasets.clips import Clip
from emotion.training import voice_heads
from emotion.training.voice_heads import COUNTED, Heads, Penalties
from emotion.training.voice_statistics import Statistics

WIDTH = 24
PLACES = np.random.default_rng(5).normal(0, 1, (8, WIDTH))
WEAK = Penalties(0.01, 0.01)
"""A penalty for few clips in few dimensions."""


def statistics_of(
    seed: int,
    *,
    kinds: tuple[int, ...] = tuple(range(8)),
    speakers: int = 6,
    each: int = 3,
    noise: float = 0.3,
    offset: float = 0.0,
    corpus: str = "made",
    versions: int = 2,
    swap: dict[int, int] | None = None,
) -> Statistics:
    """Statistics of uneven scale around a place for each emotion.

    Args:
        seed: Of all that is random.
        kinds: Emotions that occur.
        speakers: Number of them.
        each: Clips of each emotion of each speaker.
        noise: Deviation around the places.
        offset: Deviation of the speakers' own places.
        corpus: Its name.
        versions: Of each clip.
        swap: Emotions that are called by another's name.
    """
    rng = np.random.default_rng(seed)
    labels = np.tile(np.repeat(kinds, each), speakers)
    owners = np.repeat(np.arange(speakers), len(kinds) * each)
    moved = rng.normal(0, offset, (speakers, WIDTH))[owners]
    values = PLACES[labels] + moved + rng.normal(0, noise, (versions, len(labels), WIDTH))
    values = values * np.geomspace(0.1, 10, WIDTH) + 5
    named = [(swap or {}).get(int(label), int(label)) for label in labels]
    clips = [
        Clip(Path(f"{index}.wav"), label, f"{corpus}-{seed}-{owner}", corpus)
        for index, (label, owner) in enumerate(zip(named, owners, strict=True))
    ]
    return Statistics(
        clips, values.astype(np.float16), {}, [frozenset()] * len(clips), np.ones(len(clips), bool)
    )


def answers(fitted: Heads, data: Statistics, version: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Absolute and relative logits."""
    logits = fitted(data.values[version])
    return np.array([one.absolute for one in logits]), np.array([one.relative for one in logits])


def share_right(logits: np.ndarray, data: Statistics) -> float:
    return float((logits.argmax(axis=1) == data.labels).mean())


def test_both_heads_tell_apart_what_differs() -> None:
    fitted = voice_heads.fit(statistics_of(1), {}, WEAK)
    strangers = statistics_of(2)
    for logits in answers(fitted, strangers):
        assert logits.shape == (len(strangers.clips), 8)
        assert share_right(logits, strangers) > 0.98


def test_the_relative_head_is_right_up_to_an_offset_of_the_speaker() -> None:
    fitted = voice_heads.fit(statistics_of(1, offset=3), {}, WEAK)
    strangers = statistics_of(2, offset=3)
    absolute, relative = answers(fitted, strangers)
    for speaker in np.unique(strangers.speakers):
        rows = strangers.speakers == speaker
        relative[rows] -= relative[rows].mean(axis=0)
    assert share_right(relative, strangers) > 0.98
    assert share_right(absolute, strangers) < 0.8


def test_the_relative_head_learns_nothing_from_offsets() -> None:
    """What a speaker's voice is like tells the emotion in training, and nowhere else."""
    plain = statistics_of(1, speakers=8)
    clue = np.zeros(plain.values.shape, np.float32)
    owners = np.unique(plain.speakers, return_inverse=True)[1]
    clue[:, :, 0] = 3 * owners
    # Each speaker has one emotion far more often than the others.
    rows = np.flatnonzero((plain.labels == owners % 8) | (np.arange(len(owners)) % 3 == 0))
    moved = replace(plain, values=plain.values + clue).at(rows)
    fitted = voice_heads.fit(moved, {}, WEAK)
    probe = np.zeros((2, WIDTH), np.float32)
    probe[1, 0] = 30
    absolute, relative = (
        np.ptp(logits[1] - logits[0])
        for logits in (
            np.array([one.absolute for one in fitted(probe)]),
            np.array([one.relative for one in fitted(probe)]),
        )
    )
    assert relative < absolute / 2


def test_all_versions_are_learned_from() -> None:
    """Each version shows the emotion in a half of the statistics of its own."""

    def halves(data: Statistics) -> Statistics:
        values = data.values.copy()
        values[0, :, ::2] = values[1, :, 1::2] = 5
        return replace(data, values=values)

    fitted = voice_heads.fit(halves(statistics_of(1)), {}, WEAK)
    strangers = halves(statistics_of(2))
    for version in (0, 1):
        logits, _ = answers(fitted, strangers, version)
        assert share_right(logits, strangers) > 0.9


@pytest.mark.parametrize("kinds", [(0, 2, 4, 5, 6), (2, 6)])
def test_an_emotion_without_an_example_is_never_answered(kinds: tuple[int, ...]) -> None:
    fitted = voice_heads.fit(statistics_of(1, kinds=kinds), {}, WEAK)
    known = statistics_of(2, kinds=kinds)
    for logits in answers(fitted, known):
        assert share_right(logits, known) > 0.95
    for logits in answers(fitted, statistics_of(3)):
        assert set(logits.argmax(axis=1)) <= set(kinds)


def test_what_counts_more_is_followed_where_corpora_disagree() -> None:
    """What is happy in one is angry in the other."""
    one = statistics_of(1, corpus="one")
    other = statistics_of(2, corpus="other", swap={2: 4, 4: 2})
    both = one.with_more(other)
    probe = statistics_of(3)
    disputed = np.isin(probe.labels, (2, 4))
    for corpus, expected in (("one", 1.0), ("other", 0.0)):
        logits, _ = answers(voice_heads.fit(both, {corpus: 10.0}, WEAK), probe)
        right = logits.argmax(axis=1) == probe.labels
        assert right[disputed].mean() == expected
        assert right[~disputed].mean() > 0.98


def test_a_large_group_does_not_drown_a_small_one() -> None:
    large = statistics_of(1, kinds=(2, 4), each=40, noise=1)
    small = statistics_of(2, kinds=(6,), each=2, noise=1)
    logits, _ = answers(
        voice_heads.fit(large.with_more(small), {}, Penalties(0.5, 0.5)),
        statistics_of(3, kinds=(6,)),
    )
    assert (logits.argmax(axis=1) == 6).mean() > 0.7


def test_a_stronger_penalty_gives_smaller_weights() -> None:
    data = statistics_of(1)
    sizes = [
        np.abs(voice_heads.fit(data, {}, Penalties(penalty, penalty)).kernel).sum()
        for penalty in (1e-3, 1e-2, 0.1, 1.0)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < sizes[0] / 2


def test_the_same_seed_gives_the_same_heads() -> None:
    one, other = (voice_heads.fit(statistics_of(1), {}, WEAK, seed=3) for _ in range(2))
    np.testing.assert_array_equal(one.kernel, other.kernel)
    np.testing.assert_array_equal(one.bias, other.bias)


def test_noisy_versions_count_less() -> None:
    """Where they say otherwise than the clean ones, they are not followed."""
    data = statistics_of(1, versions=len(COUNTED))
    values = data.values.copy()
    turned = statistics_of(1, versions=1, swap={}).values[0][::-1]
    for version, counted in enumerate(COUNTED):
        if counted < 1:
            values[version] = turned
    strangers = statistics_of(2)
    logits, _ = answers(voice_heads.fit(replace(data, values=values), {}, WEAK), strangers)
    assert share_right(logits, strangers) > 0.95


def test_the_heads_have_penalties_of_their_own() -> None:
    data = statistics_of(1)
    weak, strong = (
        voice_heads.fit(data, {}, Penalties(0.01, relative)).kernel for relative in (1.0, 1e-3)
    )
    np.testing.assert_array_equal(weak[:, :8], strong[:, :8])
    assert np.abs(weak[:, 8:]).sum() < np.abs(strong[:, 8:]).sum() / 2
