from pathlib import Path

from emotion.datasets import completeness
from emotion.datasets.clips import Clip
from emotion.readings import emotions


def clips(corpus: str, speakers: list[str], kinds: range | list[int]) -> list[Clip]:
    return [
        Clip(Path(f"{speaker}-{kind}.wav"), kind, f"{corpus}-{speaker}", corpus)
        for speaker in speakers
        for kind in kinds
    ]


def test_a_whole_data_set_needs_no_note() -> None:
    actors = [f"{actor:02}" for actor in range(1, 25)]
    assert completeness.notes(clips("ravdess", actors, range(8))) == []
    # SAVEE has no calm.
    known = [kind for kind in range(8) if emotions.NAMES[kind] != "calm"]
    assert completeness.notes(clips("savee", ["DC", "JE", "JK", "KL"], known)) == []


def test_missing_actors_are_named_and_many_are_counted() -> None:
    actors = [f"{actor:02}" for actor in range(1, 25) if actor != 5]
    (note,) = completeness.notes(clips("ravdess", actors, range(8)))
    assert note == "23 of the 24 speakers of ravdess are there; missing: 05."
    (note,) = completeness.notes(clips("ravdess", ["01"], range(8)))
    assert note.startswith("1 of the 24 speakers of ravdess")
    assert note.endswith("07, 08, 09 and 15 more.")


def test_an_empty_class_is_named() -> None:
    actors = [f"{actor:02}" for actor in range(1, 25)]
    (note,) = completeness.notes(clips("ravdess", actors, range(7)))
    assert note == "No clip of ravdess is surprised, though it should have some."


def test_data_of_ones_own_is_whole_as_it_is() -> None:
    assert completeness.notes(clips("mine", ["anna"], [0, 4])) == []
