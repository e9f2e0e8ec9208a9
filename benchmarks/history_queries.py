"""How long the history takes with many kept calls.

    python benchmarks/history_queries.py --url URL

Fills an empty database with calls of ten managers, customers and products, then times what
the history page asks for, against the same with a hundredth of the calls.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import insert

from emotion.store.access import Actor, Role
from emotion.store.database import Store
from emotion.store.drafts import Draft, Filter
from emotion.store.encryption import Vault
from emotion.store.kept_calls import KeptCalls
from emotion.store.schema import Account, KeptCall, KeptNote, Person, new_identifier

OWNERS = 10
WORDS = ("price", "delivery", "roof", "colour", "contract", "warranty", "discount", "neighbour")


def fill(store: Store, count: int, seed: int = 0) -> None:
    """Put so many kept calls of ten managers into an empty database."""
    rng = np.random.default_rng(seed)
    begin = datetime(2025, 1, 1, tzinfo=UTC)
    owners = [f"manager-{number}" for number in range(OWNERS)]
    # One real blob: what a page lists does not depend on what is in it.
    blob = bytes(rng.integers(0, 256, 4_000, dtype=np.uint8))
    with store.session() as session:
        session.execute(
            insert(Account),
            [{"subject": one, "name": one, "role": "manager", "team": ""} for one in owners],
        )
        people = [
            {"id": new_identifier(), "owner": owner, "pseudonym": f"K-{number}"}
            for owner in owners
            for number in range(10)
        ]
        session.execute(insert(Person), people)
    for start in range(0, count, 1_000):
        calls, notes = [], []
        for number in range(start, min(start + 1_000, count)):
            person = people[int(rng.integers(len(people)))]
            identifier = new_identifier()
            began = begin + timedelta(minutes=5 * number)
            calls.append(
                {
                    "id": identifier,
                    "owner": person["owner"],
                    "person_id": person["id"],
                    "kind": "live",
                    "title": f"Call {number}",
                    "product": WORDS[number % 3],
                    "started_at": began,
                    "saved_at": began,
                    "expires_at": None,
                    "duration": 600.0,
                    "satisfaction": float(rng.uniform(0, 100)),
                    "dominant": "happy",
                    "face_coverage": 0.8,
                    "voice_coverage": 0.5,
                    "readings": blob,
                    "key": None,
                }
            )
            text = " ".join(rng.choice(WORDS, 6)) + f" number{number}"
            notes.append(
                {
                    "id": new_identifier(),
                    "call_id": identifier,
                    "time": 9.0,
                    "text": text,
                    "label": "",
                }
            )
        with store.session() as session:
            session.execute(insert(KeptCall), calls)
            session.execute(insert(KeptNote), notes)


def seconds(work: Callable[[], object], times: int = 7) -> float:
    """Median seconds of some work, done so many times."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def measure(store: Store, count: int) -> dict[str, float]:
    """Seconds of each thing that the history page asks of a database with so many calls."""
    calls = KeptCalls(store, Actor("manager-3", Role.MANAGER))
    page = calls.history()
    person = calls.people()[0].id
    draft = Draft(
        "live",
        datetime.now(UTC),
        60.0,
        pd.DataFrame({"time": np.arange(0.5, 60.1, 0.5)}),
        50.0,
        "calm",
        1.0,
        1.0,
        "K-1",
    )
    return {
        "first page": seconds(calls.history),
        "a later page": seconds(lambda: calls.history(before=page[-1])),
        "of one customer": seconds(lambda: calls.history(Filter(customer=person))),
        "search, common words": seconds(lambda: calls.history(Filter(words="discount roof"))),
        "search, one call": seconds(lambda: calls.history(Filter(words=f"number{count // 2}"))),
        "products": seconds(calls.products),
        "trend": seconds(calls.trend),
        "save": seconds(lambda: calls.save(draft)),
    }


def main() -> None:
    """Fill two databases, measure both, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", nargs=2, required=True, help="Two empty databases.")
    parser.add_argument("--calls", type=int, default=100_000)
    options = parser.parse_args()
    found = []
    for url, count in zip(options.url, (options.calls // 100, options.calls), strict=True):
        store = Store(url, Vault())
        store.upgrade()
        fill(store, count)
        found.append(measure(store, count))
    print(f"{'ms':24} {options.calls // 100:>10,} {options.calls:>10,} calls")
    for name, few in found[0].items():
        print(f"{name:24} {1000 * few:10.1f} {1000 * found[1][name]:10.1f}")


if __name__ == "__main__":
    main()
