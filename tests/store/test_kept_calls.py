from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import select

from emotion.errors import StoreError
from emotion.store.access import Actor
from emotion.store.database import Store
from emotion.store.drafts import Filter, SavedNote
from emotion.store.encryption import Vault, new_key
from emotion.store.kept_calls import KeptCalls
from emotion.store.schema import Account, Audit, KeptCall
from tests.store.conftest import (
    ADMINISTRATOR,
    BEGAN,
    MANAGER,
    OTHER,
    RESEARCHER,
    TRAINER,
    draft,
    readings,
)


def test_a_saved_call_is_opened_as_it_was(store: Store) -> None:
    calls = KeptCalls(store, MANAGER)
    identifier = calls.save(draft())
    call = calls.open(identifier)
    assert (call.title, call.product, call.duration) == ("First talk", "roof", 30.0)
    assert call.started_at == BEGAN
    assert call.person is not None
    assert call.person.pseudonym == "K-17"
    assert [(one.time, one.label, one.text) for one in call.notes] == [
        (4.0, "price", "asked for a discount of 12 %")
    ]
    assert [one.comment for one in call.moments] == ["liked the drawing"]
    assert [one.confirmed_at for one in call.consents] == [BEGAN]
    pd.testing.assert_frame_equal(calls.readings(identifier), readings())


def test_readings_are_given_by_range_of_time(store: Store) -> None:
    calls = KeptCalls(store, MANAGER)
    part = calls.readings(calls.save(draft()), 10.0, 12.0)
    assert part["time"].tolist() == [10.5, 11.0, 11.5, 12.0]


def test_history_is_the_latest_first_page_by_page(store: Store) -> None:
    calls = KeptCalls(store, MANAGER)
    saved = [calls.save(draft(days=day)) for day in (0, 3, 1, 1)]
    first = calls.history(count=3)
    rest = calls.history(before=first[-1], count=3)
    found = [call.id for call in first + rest]
    assert (found[0], found[-1], set(found)) == (saved[1], saved[0], set(saved))


@pytest.mark.parametrize(
    ("wanted", "days"),
    [
        (Filter(words="discount"), [0]),
        (Filter(words="DISCOUNT asked"), [0]),
        (Filter(words="12 %"), [0]),
        (Filter(words="%%"), []),
        (Filter(words="drawing"), [0, 5]),
        (Filter(product="floor"), [5]),
        (Filter(kind="recording"), [9]),
        (Filter(after=BEGAN + timedelta(days=5)), [9, 5]),
        (Filter(before=BEGAN + timedelta(days=5)), [0]),
    ],
)
def test_history_is_narrowed(wanted: Filter, days: list[int], store: Store) -> None:
    calls = KeptCalls(store, MANAGER)
    calls.save(draft())
    calls.save(draft(days=5, product="floor", notes=[]))
    calls.save(draft(days=9, kind="recording", notes=[], moments=[], title=""))
    found = [(call.started_at - BEGAN).days for call in calls.history(wanted)]
    assert sorted(found) == sorted(days)


def test_the_trend_is_by_customer_and_product(store: Store) -> None:
    calls = KeptCalls(store, MANAGER)
    calls.save(draft("B", 2, satisfaction=30.0))
    calls.save(draft("A", 1, satisfaction=70.0, product="floor"))
    calls.save(draft("A", 3, satisfaction=None))
    trend = calls.trend()
    assert trend["customer"].tolist() == ["A", "B"]
    assert trend["satisfaction"].tolist() == [70.0, 30.0]
    assert trend["product"].tolist() == ["floor", "roof"]


def test_a_customer_is_one_person_for_an_owner_and_another_for_others(store: Store) -> None:
    mine, theirs = KeptCalls(store, MANAGER), KeptCalls(store, OTHER)
    for calls in (mine, mine, theirs):
        calls.save(draft("K-17"))
    assert len(mine.people()) == len(theirs.people()) == 1
    assert mine.people()[0].id != theirs.people()[0].id


# Who may do what: each line is an actor, and what they may do with a call of a manager of
# their team (tom) or of another one.
@pytest.mark.parametrize(
    ("actor", "lists", "opens", "reads", "deletes"),
    [
        (MANAGER, True, True, True, True),
        (OTHER, False, False, False, False),
        (TRAINER, True, True, True, False),
        (replace(TRAINER, team="south"), False, False, False, False),
        (replace(TRAINER, team=""), False, False, False, False),
        (RESEARCHER, False, False, True, False),
        (ADMINISTRATOR, False, False, False, True),
    ],
)
def test_roles(
    actor: Actor,
    lists: bool,
    opens: bool,
    reads: bool,
    deletes: bool,
    store: Store,
) -> None:
    identifier = KeptCalls(store, MANAGER).save(draft())
    calls = KeptCalls(store, actor)
    assert bool(calls.history()) is lists
    assert bool(len(calls.trend())) is lists
    assert bool(calls.people()) is lists
    steps = (
        (lambda: calls.open(identifier), opens),
        (lambda: calls.readings(identifier), reads),
        (lambda: calls.export([identifier]), opens),
        (lambda: calls.delete(identifier), deletes),
    )
    for step, allowed in steps:
        if allowed:
            step()
        else:
            with pytest.raises(StoreError, match="no call"):
                step()
    assert bool(KeptCalls(store, MANAGER).history()) is not deletes


def test_deleting_a_person_deletes_all_and_says_what(store: Store) -> None:
    calls = KeptCalls(store, MANAGER)
    for day in range(3):
        calls.save(draft("gone", day))
    stays = calls.save(draft("stays", 7))
    person = next(one for one in calls.people() if one.pseudonym == "gone")
    with pytest.raises(StoreError, match="no customer"):
        KeptCalls(store, OTHER).delete_person(person.id)
    told = calls.delete_person(person.id)
    assert told == ["1 customer, 3 calls with their readings and consents", "3 notes", "3 moments"]
    assert [call.id for call in calls.history()] == [stays]
    assert [one.pseudonym for one in calls.people()] == ["stays"]
    with store.session() as session:
        actions = session.scalars(select(Audit.action)).all()
    assert actions.count("delete") == 4


@pytest.mark.parametrize("everything", [True, False])
def test_nothing_of_what_was_deleted_is_left_in_any_file(
    everything: bool, store: Store, tmp_path: Path
) -> None:
    if store.file is None:
        pytest.skip("files of PostgreSQL are its own")
    calls = KeptCalls(store, MANAGER)
    identifier = calls.save(draft("Peculiar", title="Peculiar title"))
    # Somebody else has the database open as well, so that its log is not cleared by closing it.
    other = Store(f"sqlite:///{store.file}", Vault())
    assert KeptCalls(other, MANAGER).history()
    files = list(store.file.parent.iterdir())
    assert any(b"Peculiar title" in path.read_bytes() for path in files)
    if everything:
        calls.delete_person(calls.people()[0].id)
        gone = b"Peculiar"
    else:
        calls.delete(identifier)
        gone = b"Peculiar title"
    assert not any(gone in path.read_bytes() for path in store.file.parent.iterdir())
    other.engine.dispose()


def test_the_audit_knows_who_opened_exported_and_deleted(store: Store) -> None:
    identifier = KeptCalls(store, MANAGER).save(draft())
    KeptCalls(store, TRAINER).open(identifier)
    KeptCalls(store, MANAGER).export([identifier])
    KeptCalls(store, ADMINISTRATOR).delete(identifier)
    with store.session() as session:
        rows = session.execute(
            select(Audit.actor, Audit.action).where(Audit.subject_id == identifier)
        )
        told = {tuple(row) for row in rows}
    assert {
        ("maria", "save"),
        ("tom", "open"),
        ("maria", "export"),
        ("ada", "delete"),
    } <= told


def test_encrypted_readings_need_their_key(store: Store) -> None:
    key = new_key()
    closed = KeptCalls(store, MANAGER)
    closed._store = store
    store.vault = Vault([key])
    identifier = closed.save(draft())
    with store.session() as session:
        blob = session.scalars(select(KeptCall.readings)).one()
    assert b"fused_happy" not in blob
    pd.testing.assert_frame_equal(closed.readings(identifier), readings())
    store.vault = Vault([new_key(), key])
    pd.testing.assert_frame_equal(closed.readings(identifier), readings())
    store.vault = Vault([new_key()])
    with pytest.raises(StoreError, match="encrypted with the key"):
        closed.readings(identifier)


def test_a_draft_that_makes_no_sense_is_refused_and_nothing_is_kept(store: Store) -> None:
    calls = KeptCalls(store, MANAGER)
    with pytest.raises(StoreError, match=r"live or recording\. Received: 'dream'"):
        calls.save(draft(kind="dream"))
    with pytest.raises(StoreError, match="column 'time'"):
        calls.save(draft(readings=pd.DataFrame({"satisfaction": [1.0]})))
    with pytest.raises(StoreError):
        calls.save(draft(notes=[SavedNote(None, "", "")]))  # type: ignore[arg-type]
    assert calls.history() == []


def test_people_have_no_names_faces_or_voices(store: Store) -> None:
    """What a person is in the store is a pseudonym, and nothing that was not typed."""
    assert set(Account.__table__.columns.keys()) == {
        "subject",
        "name",
        "role",
        "team",
        "claimed",
    }
    KeptCalls(store, MANAGER).save(draft())
    with store.session() as session:
        blob = session.scalars(select(KeptCall.readings)).one()
    assert not any(
        mark in blob for mark in (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"ftyp", b"OggS")
    )
