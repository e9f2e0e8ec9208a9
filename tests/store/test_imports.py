"""Exports that are imported again, through real databases."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.live.consent import Consent
from dashboard.live.running_calls import RunningCall
from emotion.conversation.live_call import LiveCall
from emotion.errors import StoreError
from emotion.models.shipped import Models
from emotion.readings import emotions
from emotion.readings.fusion import Reliability
from emotion.readings.reading import Prediction, Reading
from emotion.store.database import Store
from emotion.store.drafts import Draft, SavedConsent
from emotion.store.imports import drafts
from emotion.store.kept_calls import KeptCalls
from emotion.timeline.timeline import Timeline
from tests.store.conftest import BEGAN, MANAGER, OTHER, draft


@pytest.fixture
def timeline() -> Timeline:
    shares = np.full(emotions.COUNT, 0.02)
    shares[emotions.INDEX["happy"]] = 0.86
    readings = tuple(
        Reading(time, Prediction(shares), Prediction(None, "silence"), shares, 70.0, 1, 1, 0.8)
        for time in np.arange(1, 21) * 0.5
    )
    return Timeline("call", 10.0, readings, Reliability(1.0, 1.0))


@pytest.fixture
def given(timeline: Timeline) -> Draft:
    return replace(draft("K-17", title="Roof"), readings=timeline.table(), duration=10.0)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_what_was_exported_comes_back(
    ending: str, given: Draft, store: Store, tmp_path: Path
) -> None:
    calls = KeptCalls(store, MANAGER)
    names = [calls.save(given), calls.save(replace(given, started_at=BEGAN.replace(day=9)))]
    table = calls.export(names)
    path = tmp_path / f"calls{ending}"
    table.to_csv(path, index=False) if ending == ".csv" else table.to_parquet(path, index=False)
    found = drafts(path)
    assert [one.started_at for one in found] == [BEGAN, BEGAN.replace(day=9)]
    assert all(calls.has(one) for one in found)
    elsewhere = KeptCalls(store, OTHER)
    for one in found:
        assert (one.customer, one.title, one.product, one.kind) == ("K-17", "Roof", "roof", "live")
        assert one.consents == given.consents
        assert not elsewhere.has(one)
        again = elsewhere.readings(elsewhere.save(one))
        pd.testing.assert_frame_equal(again, given.readings, check_dtype=False)
        assert elsewhere.has(one)


def test_a_live_calls_own_export_brings_notes_and_consent(
    timeline: Timeline, tmp_path: Path
) -> None:
    document = timeline.document() | {
        "began": "2026-11-02T09:30:00+00:00",
        "notes": [{"time": 4.0, "text": "price"}],
        "consent": {"by": "maria", "at": "2026-11-02T09:29:00+00:00", "statement": "agreed"},
    }
    path = tmp_path / "call.json"
    path.write_text(json.dumps(document))
    (found,) = drafts(path)
    assert (found.kind, found.started_at, found.title) == ("live", BEGAN, "call")
    assert [(note.time, note.text) for note in found.notes] == [(4.0, "price")]
    assert [(one.confirmed_by, one.text) for one in found.consents] == [("maria", "agreed")]
    assert found.dominant == "happy"


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_live_calls_own_table_brings_its_consent(
    ending: str, timeline: Timeline, models: Models, tmp_path: Path
) -> None:
    consent = Consent("Ada, “=1+1”", BEGAN)
    kept = RunningCall("a token of a page", LiveCall(models), consent, "tab", began=BEGAN)
    path = tmp_path / f"call{ending}"
    facts = kept.facts()
    if ending == ".csv":
        path.write_text(timeline.csv(facts))
    else:
        path.write_bytes(timeline.parquet(facts))
    (found,) = drafts(path)
    assert found.consents == [SavedConsent(consent.by, BEGAN, consent.statement)]
    assert (found.kind, found.started_at, found.duration) == ("live", BEGAN, 10.0)
    pd.testing.assert_frame_equal(found.readings, timeline.table(), check_exact=ending != ".csv")
    # Whoever reads the readings alone finds them as in any other table.
    again = Timeline.read(path)
    assert again.table().equals(found.readings)


def earlier(given: Any) -> Any:
    """Names as version 0.1 wrote them."""
    if isinstance(given, dict):
        return {earlier(name): earlier(value) for name, value in given.items()}
    if isinstance(given, list):
        return [earlier(one) for one in given]
    if isinstance(given, str):
        return re.sub("^voice", "speech", re.sub("^fused", "merged", given))
    return given


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".json", ".jsonl"])
def test_exports_of_the_first_version_are_read(
    ending: str, timeline: Timeline, tmp_path: Path
) -> None:
    now, before = tmp_path / f"now{ending}", tmp_path / f"before{ending}"
    timeline.write(now)
    if ending.startswith(".json"):
        document = json.loads(now.read_text())
        del document["participant"], document["role"]
        for row in document["readings"]:
            del row["certainty"], row["disagreement"]
        before.write_text(json.dumps(earlier(document)))
        assert "speech" in before.read_text()
    else:
        table = pd.read_csv(now) if ending == ".csv" else pd.read_parquet(now)
        table = table.drop(columns=["certainty", "disagreement"]).rename(columns=earlier)
        assert "speech_happy" in table
        table.to_csv(before, index=False) if ending == ".csv" else table.to_parquet(before)
    (one,), (other,) = drafts(now), drafts(before)
    known = one.readings.drop(columns=["certainty", "disagreement"])
    pd.testing.assert_frame_equal(other.readings[known.columns], known)
    assert (other.dominant, other.duration) == (one.dominant, one.duration)
    assert other.face_coverage == one.face_coverage


def test_every_participant_of_a_recording_is_a_call(timeline: Timeline, tmp_path: Path) -> None:
    lines = [
        json.dumps(replace(timeline, participant=name).document()) for name in ("Left", "Right")
    ]
    path = tmp_path / "call.jsonl"
    path.write_text("\n".join(lines))
    assert [one.customer for one in drafts(path)] == ["Left", "Right"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("call.xls", "x", "imported from .csv, .parquet, .json, .jsonl. Received: 'call.xls'"),
        ("call.csv", "a,b\n1,2\n", "is no export of Rapport"),
        ("call.json", "{}", "is no export of Rapport"),
        ("call.json", "no json", "is no export of Rapport"),
        ("call.parquet", "junk", "is no export of Rapport"),
        ("call.jsonl", "", "is no export of Rapport|holds no call"),
    ],
)
def test_anything_else_is_refused_in_a_sentence(
    name: str, content: str, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(StoreError, match=sentence):
        drafts(path)
    with pytest.raises(StoreError, match=r"gone\.csv cannot be read"):
        drafts(tmp_path / "gone.csv")
