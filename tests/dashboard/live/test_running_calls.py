"""Calls are admitted, kept while their page is away, and forgotten."""

import gc
import threading
import time
import weakref

import av
import numpy as np
import pytest

from dashboard.live import capacity, running_calls
from dashboard.live.consent import Consent
from dashboard.live.running_calls import FullError, RunningCalls
from emotion.conversation import readers
from emotion.errors import RapportError
from emotion.models.shipped import Models

TOKENS = [f"{letter * 20}" for letter in "abc"]


@pytest.fixture
def consent() -> Consent:
    return Consent.confirmed({"agreed": True, "by": "Ada"})


@pytest.fixture
def two(models: Models, monkeypatch: pytest.MonkeyPatch) -> RunningCalls:
    monkeypatch.setenv(capacity.MOST, "2")
    return RunningCalls(models)


def test_one_more_than_the_machine_reads_is_refused(two: RunningCalls, consent: Consent) -> None:
    first = two.begin(TOKENS[0], consent, "tab")
    two.begin(TOKENS[1], consent, "tab")
    with pytest.raises(FullError, match="reads 2 calls now"):
        two.begin(TOKENS[2], consent, "tab")
    first.end()
    two.begin(TOKENS[2], consent, "tab")
    assert two.running == 2


def test_no_call_begins_while_those_that_run_are_late(two: RunningCalls, consent: Consent) -> None:
    first = two.begin(TOKENS[0], consent, "camera")
    picture = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="bgr24")

    class Busy:
        """Keeps a reader from calls until it is let go."""

        def __init__(self) -> None:
            self.done = threading.Event()

        def step(self) -> bool:
            self.done.wait(60)
            return False

    others = [Busy() for _ in range(readers.shared().count)]
    for other in others:
        readers.shared().add(other)
    try:
        first.call.put_frame(picture)
        while first.call.late <= running_calls.LATE:
            time.sleep(0.05)
        with pytest.raises(FullError, match="late with the 1 call that it reads"):
            two.begin(TOKENS[1], consent, "camera")
    finally:
        for other in others:
            other.done.set()
    while first.call.late > running_calls.LATE:
        first.call.put_frame(picture)
        time.sleep(0.05)
    two.begin(TOKENS[1], consent, "camera")
    assert two.load.refused == 1
    two.end("")


def test_a_call_is_found_by_its_token_only(two: RunningCalls, consent: Consent) -> None:
    kept = two.begin(TOKENS[0], consent, "camera")
    assert two.find(TOKENS[0]) is kept
    assert two.find(TOKENS[1]) is None
    assert two.find(None) is two.find("") is None
    with pytest.raises(RapportError, match="reload"):
        two.begin("short", consent, "camera")
    two.dismiss(TOKENS[0])
    assert two.find(TOKENS[0]) is None
    assert not kept.running


def test_a_call_without_media_ends_and_is_forgotten_after_an_hour(
    two: RunningCalls, consent: Consent, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = two.begin(TOKENS[0], consent, "camera")
    two.sweep()
    begun = kept.running
    assert begun
    monkeypatch.setattr(running_calls, "AWAY", 0.05)
    time.sleep(0.1)
    two.sweep()
    assert not kept.running
    assert "half a minute" in kept.why
    assert two.find(TOKENS[0]) is kept
    monkeypatch.setattr(running_calls, "KEPT", 0.0)
    time.sleep(0.01)
    two.sweep()
    assert two.find(TOKENS[0]) is None


def test_a_call_waits_for_what_its_page_shares_next(
    two: RunningCalls, consent: Consent, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = two.begin(TOKENS[0], consent, "tab")
    kept.connected = True
    monkeypatch.setattr(running_calls, "AWAY", 0.05)
    time.sleep(0.1)
    two.sweep()
    waits = kept.running
    assert waits
    monkeypatch.setattr(running_calls, "PAUSED", 0.05)
    two.sweep()
    assert not kept.running
    assert "ten minutes" in kept.why


def test_consent_and_notes_are_in_the_document(two: RunningCalls, consent: Consent) -> None:
    kept = two.begin(TOKENS[0], consent, "camera")
    kept.note("  Price \n list ")
    kept.note(" ")
    kept.end()
    kept.call.stop()
    document = kept.document()
    assert document["consent"]["by"] == "Ada"
    assert [note["text"] for note in document["notes"]] == ["Price list"]
    assert document["talk"] is None


def test_what_a_call_leaves_is_cleared_away_a_little_later(
    two: RunningCalls, consent: Consent, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Page:
        """Knows itself, as what a page is made of does."""

        def __init__(self) -> None:
            self.own = self

    monkeypatch.setattr(running_calls, "SETTLED", 0.0)
    gc.disable()
    try:
        two.begin(TOKENS[0], consent, "tab").end()
        left = weakref.ref(Page())
        two.dismiss(TOKENS[0])
        assert left() is not None
        two.sweep()
        assert left() is None
    finally:
        gc.enable()
