"""How far a long run is: a bar on the terminal, and a file for whoever watches."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from emotion import files
from emotion.errors import OutputError

Item = TypeVar("Item")

_file: Path | None = None


class Drawn(tqdm):
    """A bar that goes without a word where Ctrl-C came while it was made.

    tqdm's own then says on standard error, with a traceback, which of its attributes is missing.
    """

    def __del__(self) -> None:
        """Take it from the terminal."""
        with suppress(AttributeError):
            super().__del__()


def write_to(path: Path | None) -> None:
    """Write from now on to a file how far the run is, or to none.

    It holds one JSON object: `title` of the step, `done` and `total` of its `unit` over all of
    its `passes`, and `left`, the seconds that the step still takes at the pace so far, or None.

    Args:
        path: The file; None for none.
    """
    global _file
    _file = path


def track(items: Iterable[Item], title: str, unit: str, total: int | None = None) -> Iterator[Item]:
    """The items, with progress after each.

    Args:
        items: What is worked on.
        title: Of the step.
        unit: Of the items, in the singular.
        total: Number of items, where they do not tell.
    """
    count = len(items) if total is None and hasattr(items, "__len__") else total  # type: ignore[arg-type]
    with bar(title, unit, count or 0) as advance:
        for done, item in enumerate(items, start=1):
            yield item
            advance(done)


@contextmanager
def bar(title: str, unit: str, total: int, passes: int = 1) -> Iterator[Callable[[int], None]]:
    """A bar; gives a function that takes the number of items that are done.

    Args:
        title: Of the step.
        unit: Of the items, in the singular.
        total: Number of items, each of them once for every pass.
        passes: How many times all items are gone through.
    """
    began = time.monotonic()

    def write(done: int) -> None:
        if _file is None:
            return
        passed = time.monotonic() - began
        left = passed / done * (total - done) if done else None
        state = {
            "title": title,
            "unit": unit,
            "done": done,
            "total": total,
            "passes": passes,
            "left": left,
        }
        # Hours of work are not given up because nobody can watch them.
        with suppress(OutputError):
            files.write(_file, json.dumps(state))

    write(0)
    with Drawn(total=total, desc=title, unit=unit, file=sys.stderr) as drawn:

        def advance(done: int) -> None:
            drawn.update(done - drawn.n)
            write(done)

        yield advance
