import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.evaluation import protocols
from emotion.evaluation.protocols import (
    ACTOR_FOLDS,
    HELD_OUT_ACTORS,
    PROTOCOLS,
    Fold,
    folds,
    speaker,
)


def made(corpus: str, speakers: list[str], each: int = 2) -> list[Clip]:
    """Some clips of each of eight emotions for each speaker."""
    return [
        Clip(Path(f"{name}-{emotion}-{take}.wav"), emotion, name, corpus)
        for name in speakers
        for emotion in range(8)
        for take in range(each)
    ]


def ravdess(*actors: int) -> list[Clip]:
    return made("ravdess", [speaker(actor) for actor in actors])


def speakers(clips: list[Clip], indices: np.ndarray) -> set[str]:
    return {clips[index].speaker for index in indices}


def corpora(clips: list[Clip], indices: np.ndarray) -> set[str]:
    return {clips[index].corpus for index in indices}


def names(found: list[Fold]) -> list[str]:
    return [fold.name for fold in found]


@pytest.fixture
def mixed() -> list[Clip]:
    """All of RAVDESS's actors and two corpora more, in no order."""
    clips = [
        *ravdess(*range(1, 25)),
        *made("savee", ["savee-DC", "savee-JE"]),
        *made("tess", ["tess-OAF", "tess-YAF"]),
    ]
    return [clips[index] for index in np.random.default_rng(0).permutation(len(clips))]


def test_each_actor_is_tested_once() -> None:
    assert sorted(itertools.chain(*ACTOR_FOLDS)) == list(range(1, 25))


def test_folds_are_alike_in_size_and_sex() -> None:
    """Actors of RAVDESS with even numbers are women."""
    for fold in ACTOR_FOLDS:
        assert len(fold) in (4, 5)
        assert 1 <= sum(actor % 2 for actor in fold) <= len(fold) - 1


def test_actors_held_out_exist() -> None:
    assert set(HELD_OUT_ACTORS) <= set(range(1, 25))


def test_an_actor_who_is_held_out_is_so_wherever_they_are_heard() -> None:
    speech, song = (Clip(Path("1.wav"), 0, "ravdess-01", name) for name in ("ravdess", "song"))
    other = Clip(Path("1.wav"), 0, "ravdess-02", "ravdess")
    assert [protocols.held_out(one) for one in (speech, song, other)] == [True, True, False]


def test_names_of_speakers_are_those_of_the_clips() -> None:
    assert speaker(7) == "ravdess-07"
    assert speaker(24) == "ravdess-24"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_sides_of_a_fold_are_ascending_and_share_no_clip(protocol: str, mixed: list[Clip]) -> None:
    found = folds(protocol, mixed)
    assert len(found) >= 2
    assert len(set(names(found))) == len(found)
    for fold in found:
        assert fold.train.dtype == fold.test.dtype == np.int64
        assert (np.diff(fold.train) > 0).all()
        assert (np.diff(fold.test) > 0).all()
        both = np.sort(np.concatenate([fold.train, fold.test]))
        np.testing.assert_array_equal(both, np.arange(len(mixed)))
        assert len(fold.train)
        assert len(fold.test)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_speaker_stands_on_both_sides_only_at_random(protocol: str, mixed: list[Clip]) -> None:
    shared = [
        speakers(mixed, fold.train) & speakers(mixed, fold.test) for fold in folds(protocol, mixed)
    ]
    assert all(shared) if protocol == "random" else not any(shared)


@pytest.mark.parametrize("protocol", ["loso", "leave-one-corpus-out"])
def test_leaving_out_tests_each_clip_once(protocol: str, mixed: list[Clip]) -> None:
    tested = np.concatenate([fold.test for fold in folds(protocol, mixed)])
    np.testing.assert_array_equal(np.sort(tested), np.arange(len(mixed)))


def test_random_folds_test_a_fifth_of_each_emotion() -> None:
    clips = [
        Clip(Path(f"{index}.wav"), emotion, f"mine-{index % 3}", "mine")
        for emotion, count in [(0, 100), (3, 50), (4, 11), (7, 2)]
        for index in range(count)
    ]
    labels = np.array([clip.emotion for clip in clips])
    for fold in folds("random", clips):
        counts = np.bincount(labels[fold.test], minlength=8)
        assert list(counts[[0, 3, 4, 7]]) == [20, 10, 2, 0]


def test_random_folds_go_by_their_seeds(mixed: list[Clip]) -> None:
    found = folds("random", mixed, seed=3)
    assert names(found) == ["seed 3", "seed 4", "seed 5", "seed 6", "seed 7"]
    assert len({tuple(fold.test) for fold in found}) == 5
    # A fold is known by its name, whichever seed came first.
    np.testing.assert_array_equal(found[1].test, folds("random", mixed, seed=4)[0].test)


def test_other_protocols_draw_nothing(mixed: list[Clip]) -> None:
    for protocol in PROTOCOLS[1:]:
        for one, other in zip(folds(protocol, mixed, 0), folds(protocol, mixed, 9), strict=True):
            assert one.name == other.name
            np.testing.assert_array_equal(one.test, other.test)


def test_actor_folds_are_those_of_the_protocol(mixed: list[Clip]) -> None:
    found = folds("actor-5fold", mixed)
    assert found[0].name == "actors 02, 05, 14, 15, 16"
    for fold, actors in zip(found, ACTOR_FOLDS, strict=True):
        assert speakers(mixed, fold.test) == {speaker(actor) for actor in actors}


def test_actor_folds_train_on_all_of_the_other_corpora(mixed: list[Clip]) -> None:
    others = {index for index, clip in enumerate(mixed) if clip.corpus != "ravdess"}
    for fold in folds("actor-5fold", mixed):
        assert others <= set(fold.train)


def test_actor_folds_leave_out_absent_actors() -> None:
    clips = ravdess(2, 5, 14, 3)
    first, second = folds("actor-5fold", clips)
    assert (first.name, second.name) == ("actors 02, 05, 14", "actor 03")
    assert speakers(clips, first.train) == {speaker(3)}
    assert speakers(clips, second.train) == {speaker(2), speaker(5), speaker(14)}


def test_leaving_out_a_speaker_goes_by_name() -> None:
    clips = [*made("savee", ["savee-JE", "savee-DC"]), *made("tess", ["tess-OAF"])]
    found = folds("loso", clips)
    assert names(found) == ["savee-DC", "savee-JE", "tess-OAF"]
    assert [speakers(clips, fold.test) for fold in found] == [{name} for name in names(found)]


def test_leaving_out_a_corpus_goes_by_name(mixed: list[Clip]) -> None:
    found = folds("leave-one-corpus-out", mixed)
    assert names(found) == ["ravdess", "savee", "tess"]
    assert [corpora(mixed, fold.test) for fold in found] == [{name} for name in names(found)]


def test_a_speaker_of_two_corpora_is_still_on_one_side_only() -> None:
    clips = [
        *ravdess(1, 2, 3),
        *made("song", [speaker(2), "song-x"]),
    ]
    for protocol in PROTOCOLS[1:]:
        for fold in folds(protocol, clips):
            assert not speakers(clips, fold.train) & speakers(clips, fold.test)
    song = folds("leave-one-corpus-out", clips)[1]
    assert speakers(clips, song.train) == {speaker(1), speaker(3)}
    # Nothing is lost of what is tested.
    assert speakers(clips, song.test) == {speaker(2), "song-x"}


def test_unknown_protocol_is_told_the_known_ones() -> None:
    with pytest.raises(DatasetError, match=r"'4-fold'.*random, actor-5fold, loso, leave-one-cor"):
        folds("4-fold", ravdess(1, 2))


@pytest.mark.parametrize(
    ("protocol", "clips", "told"),
    [
        ("actor-5fold", ravdess(2, 5), "found actor ravdess-02, ravdess-05 in 1 of them"),
        ("actor-5fold", made("tess", ["tess-OAF"]), "found no actor in 0 of them, among 16 clips"),
        ("actor-5fold", made("mine", [speaker(2), speaker(3)]), "of corpus mine"),
        ("loso", ravdess(7), "found speaker ravdess-07 in 16 clips"),
        ("leave-one-corpus-out", ravdess(1, 2), "found corpus ravdess in 32 clips"),
        ("random", made("mine", ["mine"], each=2), "found 16 clips of 8 emotions"),
        ("random", [], "found 0 clips of 0 emotions"),
        ("actor-5fold", [], "found no actor"),
        ("loso", [], "found no speaker in 0 clips"),
        ("leave-one-corpus-out", [], "found no corpus in 0 clips"),
        (
            "leave-one-corpus-out",
            [*ravdess(1), *made("song", [speaker(1)])],
            "no clip left to train on when it tests 'ravdess'",
        ),
    ],
)
def test_impossible_split_tells_what_was_found(protocol: str, clips: list[Clip], told: str) -> None:
    with pytest.raises(DatasetError, match=re.escape(told)) as caught:
        folds(protocol, clips)
    assert protocol in str(caught.value)


def test_a_protocol_may_be_named_in_full() -> None:
    assert protocols.named("leave-one-speaker-out", "face") == "loso"
    assert protocols.named("random-frames", "face") == "random-frames"
    with pytest.raises(DatasetError, match="'random-frames' for voice; the known ones are random,"):
        protocols.named("random-frames", "voice")
