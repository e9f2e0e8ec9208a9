"""Items that are made in a thread of their own."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from emotion.media.ahead import ahead


def threads() -> int:
    return sum(thread.name == "rapport-decode" for thread in threading.enumerate())


def test_the_same_items_in_the_same_order() -> None:
    assert list(ahead(range(1_000), most=3)) == list(range(1_000))
    assert list(ahead([])) == []
    assert threads() == 0


def test_items_are_made_before_they_are_taken_but_not_too_many() -> None:
    made = []

    def items() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    with closing(ahead(items(), most=5)) as given:
        assert next(given) == 0
        patience = time.monotonic() + 5
        while len(made) < 6 and time.monotonic() < patience:
            time.sleep(0.01)
        time.sleep(0.2)
        assert 6 <= len(made) <= 7
    assert threads() == 0


def test_an_error_comes_after_what_was_made_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError("after one")

    found: list[int] = []
    with pytest.raises(ZeroDivisionError, match="after one"):
        found.extend(ahead(items()))
    assert threads() == 0
