from dataclasses import replace

import pytest

from emotion.errors import StoreError
from emotion.store import accounts, ratings
from emotion.store.access import LOCAL, Actor, Role, rater_here
from emotion.store.database import Store
from emotion.store.kept_calls import KeptCalls
from tests.store.conftest import ADMINISTRATOR, MANAGER, OTHER, RESEARCHER, TRAINER, draft


def test_without_ratings_nothing_is_known(store: Store) -> None:
    found = ratings.agreement(store, MANAGER)
    assert (found.calls, found.alpha, found.accuracy, found.interval) == (0, None, None, None)


def test_raters_and_the_reading_are_compared(store: Store) -> None:
    calls = KeptCalls(store, MANAGER)
    scores = [80.0, 75.0, 20.0, 50.0, None]
    saved = [calls.save(draft(days=day, satisfaction=one)) for day, one in enumerate(scores)]
    second = replace(RESEARCHER, subject="rob")
    said = ["satisfied", "satisfied", "dissatisfied", "satisfied", "neutral"]
    for call, group in zip(saved, said, strict=True):
        ratings.rate(store, RESEARCHER, call, group)
    found = ratings.agreement(store, MANAGER)
    assert (found.calls, found.raters, found.alpha) == (5, 1, None)
    assert (found.scored, found.right) == (4, 3)
    assert found.interval is not None
    assert found.interval[0] < 0.75 < found.interval[1]
    for call, group in zip(saved, said, strict=True):
        ratings.rate(store, second, call, group)
    assert ratings.agreement(store, MANAGER).alpha == pytest.approx(1)
    # A tie of two raters is no majority, and their agreement is less than whole.
    ratings.rate(store, second, saved[0], "neutral")
    found = ratings.agreement(store, MANAGER)
    assert found.alpha is not None
    assert found.alpha < 0.9
    assert found.scored == 3


def test_a_second_rating_replaces_the_first(store: Store) -> None:
    call = KeptCalls(store, MANAGER).save(draft(satisfaction=80.0))
    for group in ("neutral", "satisfied"):
        ratings.rate(store, MANAGER, call, group)
    assert ratings.agreement(store, MANAGER).right == 1


@pytest.mark.parametrize(
    ("actor", "may"),
    [
        (MANAGER, True),
        (OTHER, False),
        (TRAINER, True),
        (Actor("tina", Role.TRAINER, "south"), False),
        (RESEARCHER, True),
        (ADMINISTRATOR, False),
    ],
)
def test_who_may_rate(actor: Actor, may: bool, store: Store) -> None:
    call = KeptCalls(store, MANAGER).save(draft())
    assert ratings.to_rate(store, actor) == ([call] if may else [])
    if may:
        ratings.rate(store, actor, call, "neutral")
        assert ratings.to_rate(store, actor) == []
    else:
        with pytest.raises(StoreError, match="no call"):
            ratings.rate(store, actor, call, "neutral")


@pytest.mark.parametrize(
    ("actor", "calls"),
    [(MANAGER, 1), (OTHER, 0), (TRAINER, 1), (RESEARCHER, 1), (ADMINISTRATOR, 0)],
)
def test_what_raters_said_counts_for_those_who_may_rate(
    actor: Actor, calls: int, store: Store
) -> None:
    call = KeptCalls(store, MANAGER).save(draft(satisfaction=80.0))
    ratings.rate(store, MANAGER, call, "satisfied")
    assert ratings.agreement(store, actor).calls == calls


def test_a_group_that_is_none_is_refused(store: Store) -> None:
    call = KeptCalls(store, MANAGER).save(draft())
    with pytest.raises(StoreError, match="Received: 'glad'"):
        ratings.rate(store, MANAGER, call, "glad")


def test_what_a_rater_is_shown_holds_no_reading(store: Store) -> None:
    call = KeptCalls(store, MANAGER).save(draft("K-17", title="Roof", satisfaction=80.0))
    seen = ratings.blind(store, MANAGER, call)
    assert (seen.title, seen.customer) == ("Roof", "K-17")
    assert not any("satisf" in name or "dominant" in name for name in vars(seen))
    hidden = ratings.blind(store, RESEARCHER, call)
    assert (hidden.title, hidden.customer, hidden.notes) == ("", "", ())
    with pytest.raises(StoreError, match="may rate"):
        ratings.blind(store, OTHER, call)


def test_raters_at_one_machine_are_told_apart(store: Store) -> None:
    call = KeptCalls(store, LOCAL).save(draft(satisfaction=80.0))
    for name in ("Ann", " ann", "Ben"):
        ratings.rate(store, rater_here(name), call, "satisfied")
    assert ratings.agreement(store, LOCAL).raters == 2
    assert ratings.to_rate(store, rater_here("ben")) == []
    assert ratings.to_rate(store, rater_here("eve")) == [call]
    # Nobody who signs in is taken for one of them.
    with pytest.raises(StoreError, match="stands for whoever uses this machine"):
        accounts.signed_in(store, {"sub": "local:ann"})
