"""Speakers diarised by vectors whose speakers are known, as they were made here."""

import numpy as np
import pytest

from emotion.conversation.speaker_clustering import MOST, clustered

SIZE = 192


def direction(rng: np.random.Generator) -> np.ndarray:
    vector = rng.normal(size=SIZE)
    return np.asarray(vector / np.linalg.norm(vector))


def recording(
    turns: list[tuple[int | None, int]], rng: np.random.Generator, spread: float = 0.7
) -> tuple[dict[int, np.ndarray], list[float], list[int | None]]:
    """Vectors of every second half second, speech, and who speaks, by turns in half seconds."""
    who = [speaker for speaker, length in turns for _ in range(length)]
    voices = {one: direction(rng) for one in sorted({one for one in who if one is not None})}
    vectors = {}
    for step, speaker in enumerate(who):
        if speaker is not None and step % 2:
            vector = voices[speaker] + spread * direction(rng)
            vectors[step] = vector / np.linalg.norm(vector)
    return vectors, [0.0 if one is None else 0.9 for one in who], who


TWO = [(0, 12), (None, 2), (1, 8), (0, 9), (1, 15), (None, 4), (0, 10), (1, 6)]


def test_two_speakers_in_the_order_in_which_they_are_heard(rng: np.random.Generator) -> None:
    vectors, speech, who = recording(
        [(1 - one if one is not None else None, n) for one, n in TWO], rng
    )
    found = clustered(vectors, speech, 2)
    right = [a == (None if b is None else 1 - b) for a, b in zip(found, who, strict=True)]
    # At the end of a turn the half second without a vector may go to either side.
    assert sum(right) >= len(who) - 5
    assert found[0] == 0
    assert all(a is None for a, b in zip(found, who, strict=True) if b is None)


def test_speakers_clearly_apart_are_found_without_a_number(rng: np.random.Generator) -> None:
    vectors, speech, _ = recording(TWO, rng)
    assert clustered(vectors, speech) == clustered(vectors, speech, 2)


def test_one_speaker_in_two_moods_stays_one_unless_somebody_knows_better(
    rng: np.random.Generator,
) -> None:
    mood = direction(rng)
    vectors, speech, who = recording([(0, 60)], rng)
    vectors = {step: vector + (0.6 * mood if step > 30 else 0) for step, vector in vectors.items()}
    vectors = {step: vector / np.linalg.norm(vector) for step, vector in vectors.items()}
    assert clustered(vectors, speech) == ()
    assert clustered(vectors, speech, 1) == ()
    assert set(clustered(vectors, speech, 2)) == {0, 1}
    assert len(who) == 60


def test_as_many_speakers_as_there_are(rng: np.random.Generator) -> None:
    vectors, speech, who = recording([(one, 12) for one in (0, 1, 2, 3, 1, 0, 3, 2)], rng)
    found = clustered(vectors, speech, 4)
    assert np.mean([a == b for a, b in zip(found, who, strict=True)]) > 0.9


def test_one_word_of_somebody_else_is_no_turn(rng: np.random.Generator) -> None:
    vectors, speech, _ = recording([(0, 20), (1, 20), (0, 21), (1, 20)], rng)
    strange = dict(vectors)
    strange[49] = (vectors[49] + 0.9 * vectors[31]) / np.linalg.norm(vectors[49] + vectors[31])
    assert clustered(strange, speech, 2)[48:51] == clustered(vectors, speech, 2)[48:51]


def test_too_little_is_one_speaker(rng: np.random.Generator) -> None:
    vectors, speech, _ = recording([(0, 7), (1, 7)], rng)
    assert clustered(vectors, speech, 2) == ()
    assert clustered({}, [], None) == ()
    assert clustered({}, [0.9] * 40, 2) == ()


@pytest.mark.parametrize("count", [0, MOST + 1])
def test_numbers_that_cannot_be(count: int) -> None:
    with pytest.raises(ValueError, match=f"1 to {MOST} speakers.*Received: {count}"):
        clustered({}, [], count)
