"""Who speaks, from courses of mouths and speech that are known."""

import numpy as np

from emotion.conversation.speaking import speakers

STILL, MOVES = -3.0, -2.2


def course(turns: list[tuple[int | None, int]], people: int = 2) -> list[list[float | None]]:
    """Mouths of people of whom one at a time speaks, for so many half seconds each."""
    return [
        [MOVES if speaker == person else STILL for speaker, steps in turns for _ in range(steps)]
        for person in range(people)
    ]


def heard(turns: list[tuple[int | None, int]], silent: tuple[int, ...] = ()) -> list[float]:
    return [
        float(index not in silent) for index, (_, steps) in enumerate(turns) for _ in range(steps)
    ]


def test_whose_mouth_moves_speaks() -> None:
    turns: list[tuple[int | None, int]] = [(None, 6), (0, 8), (1, 8), (0, 8)]
    who = speakers(heard(turns, silent=(0,)), course(turns))
    assert who == [None] * 6 + [0] * 8 + [1] * 8 + [0] * 8


def test_a_smile_takes_no_turn() -> None:
    turns: list[tuple[int | None, int]] = [(None, 6), (0, 10)]
    mouths = course(turns)
    mouths[1][10] = MOVES
    mouths[0][10] = STILL
    who = speakers(heard(turns, silent=(0,)), mouths)
    assert who[6:] == [0] * 10


def test_a_voice_beside_still_mouths_is_somebody_elses() -> None:
    turns: list[tuple[int | None, int]] = [(None, 6), (None, 10)]
    assert speakers(heard(turns, silent=(0,)), course(turns)) == [None] * 16


def test_nobody_speaks_in_silence_whatever_mouths_do() -> None:
    turns: list[tuple[int | None, int]] = [(0, 10)]
    assert speakers(heard(turns, silent=(0,)), course(turns)) == [None] * 10


def test_someone_restless_is_measured_by_their_own_silence(rng: np.random.Generator) -> None:
    turns: list[tuple[int | None, int]] = [(None, 8), (0, 8)]
    mouths = course(turns)
    # The other one chews all the time, as much as the first one moves in speaking.
    mouths[1] = list(MOVES + rng.normal(0, 0.05, 16))
    who = speakers(heard(turns, silent=(0,)), mouths)
    assert who[8:] == [0] * 8


def test_who_is_out_of_the_picture_does_not_take_the_turn_of_who_moves() -> None:
    turns: list[tuple[int | None, int]] = [(None, 6), (0, 8)]
    mouths = course(turns)
    mouths[1] = [None] * 14
    assert speakers(heard(turns, silent=(0,)), mouths)[6:] == [0] * 8


def test_nothing_to_go_by() -> None:
    assert speakers([], [[], []]) == []
    assert speakers([1.0, 1.0], []) == [None, None]
