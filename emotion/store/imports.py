"""Earlier exports as calls that can be kept again."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from emotion.errors import StoreError
from emotion.store.drafts import KINDS, Draft, SavedConsent, SavedNote
from emotion.store.kept_calls import EXPORTED
from emotion.timeline import fields
from emotion.timeline.timeline import Timeline

_FIRST = {"speech": "voice", "merged": "fused"}
"""Words of version 0.1 in names of columns and keys, and what stands for them since."""

FORMATS = (".csv", ".parquet", ".json", ".jsonl")


def drafts(path: Path) -> list[Draft]:
    """The calls in a file that Rapport exported.

    Args:
        path: A table of kept calls or of timelines (.csv, .parquet), or what a live call or
            `rapport analyze` wrote as JSON (.json, .jsonl). What such a file does not say is
            taken from the file: when it was written, and its name as the title. Of several
            recordings each has its own name, and each participant a call.

    Raises:
        StoreError: If the file cannot be read or is no such export.
    """
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise StoreError(f"Calls are imported from {', '.join(FORMATS)}. Received: {path.name!r}.")
    try:
        read = list(_documents(path) if ending in (".json", ".jsonl") else _tables(path))
        found = [
            _draft(timeline, path, Path(timeline.source if len(read) > 1 else path).stem, facts)
            for timeline, facts in read
        ]
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise StoreError(f"{path} is no export of Rapport ({error}).") from error
    if not found:
        raise StoreError(f"{path} holds no call.")
    return found


def _tables(path: Path) -> Iterator[tuple[Timeline, Mapping[str, Any]]]:
    table = pd.read_csv(path) if path.suffix.lower() == ".csv" else pd.read_parquet(path)
    table = table.rename(columns=_current)
    # What `rapport analyze` wrote of several recordings or people is a call for each of them.
    parts = [name for name in ("call", "source", "participant") if name in table]
    calls = table.groupby(parts, sort=False, dropna=False) if parts else [((), table)]
    for _, rows in calls:
        facts = {name: rows[name].iloc[0] for name in EXPORTED if name in rows}
        known = {name: fact for name, fact in facts.items() if pd.notna(fact)}
        if known.get("consent_by"):
            given = {name: known.get(f"consent_{name}") for name in ("by", "at", "statement")}
            known["consent"] = given
        readings = rows.drop(columns=list(facts)).reset_index(drop=True)
        name = str(rows["source"].iloc[0]) if "source" in rows else path.name
        yield Timeline.from_table(readings, name), known


def _documents(path: Path) -> Iterator[tuple[Timeline, Mapping[str, Any]]]:
    for document in fields.documents(path.read_text(encoding="utf-8")):
        document["readings"] = [_renamed(row) for row in document["readings"]]
        if "reliability" in document:
            document["reliability"] = _renamed(document["reliability"])
        yield Timeline.from_document(document), document


def _renamed(given: Mapping[str, Any]) -> dict[str, Any]:
    return {_current(name): value for name, value in given.items()}


def _current(name: str) -> str:
    word, line, rest = name.partition("_")
    return f"{_FIRST.get(word, word)}{line}{rest}"


def _draft(timeline: Timeline, path: Path, title: str, facts: Mapping[str, Any]) -> Draft:
    began = facts.get("started_at") or facts.get("began")
    if began is None:
        # The best that is known of a recording: it was over when its file was written.
        started = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    else:
        started = datetime.fromisoformat(str(began))
        started = started.astimezone(UTC) if started.tzinfo is None else started
    consent = facts.get("consent")
    kind = str(facts.get("kind") or ("live" if consent else "recording"))
    return Draft.of(
        timeline,
        kind if kind in KINDS else "recording",
        started,
        customer=str(facts.get("customer") or timeline.participant or ""),
        title=str(facts.get("title") or title),
        product=str(facts.get("product") or ""),
        notes=[
            SavedNote(float(note["time"]), text=str(note["text"]))
            for note in facts.get("notes") or ()
        ],
        consents=[_consent(consent, started)] if consent else [],
    )


def _consent(given: Mapping[str, Any], started: datetime) -> SavedConsent:
    at = given.get("at")
    moment = started if at is None else datetime.fromisoformat(str(at))
    if moment.tzinfo is None:
        moment = moment.astimezone(UTC)
    return SavedConsent(str(given.get("by") or ""), moment, str(given.get("statement") or ""))
