import itertools

from emotion.evaluation.protocols import ACTOR_FOLDS, HELD_OUT_ACTORS, speaker


def test_each_actor_is_tested_once() -> None:
    assert sorted(itertools.chain(*ACTOR_FOLDS)) == list(range(1, 25))


def test_folds_are_alike_in_size_and_sex() -> None:
    """Actors of RAVDESS with even numbers are women."""
    for fold in ACTOR_FOLDS:
        assert len(fold) in (4, 5)
        assert 1 <= sum(actor % 2 for actor in fold) <= len(fold) - 1


def test_actors_held_out_exist() -> None:
    assert set(HELD_OUT_ACTORS) <= set(range(1, 25))


def test_names_of_speakers_are_those_of_the_clips() -> None:
    assert speaker(7) == "ravdess-07"
    assert speaker(24) == "ravdess-24"
