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
from emotion.batch import result_format
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
from tests.timeline.test_timeline import write


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
    table = pd.read_csv(path) if ending == ".csv" else pd.read_parquet(path)
    again = Timeline.from_table(table, path.name)
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


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".json"])
def test_exports_of_the_first_version_are_read(
    ending: str, timeline: Timeline, tmp_path: Path
) -> None:
    now, before = tmp_path / f"now{ending}", tmp_path / f"before{ending}"
    write(timeline, now)
    if ending == ".json":
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


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_table_of_several_recordings_is_a_call_for_each_and_its_people(
    ending: str, timeline: Timeline, tmp_path: Path
) -> None:
    everyone = [
        replace(timeline, source="a.mp4"),
        replace(timeline, source="b.mp4", participant="Left", role="customer"),
        replace(timeline, source="b.mp4", participant="Right", role="salesperson"),
    ]
    path = tmp_path / f"out{ending}"
    table = result_format.table(everyone)
    table.to_csv(path, index=False) if ending == ".csv" else table.to_parquet(path)
    found = drafts(path)
    assert [(one.title, one.customer) for one in found] == [
        ("a", ""),
        ("b", "Left"),
        ("b", "Right"),
    ]
    for one in found:
        pd.testing.assert_frame_equal(one.readings, timeline.table(), check_exact=False)


def test_documents_may_be_indented_and_follow_each_other(
    timeline: Timeline, tmp_path: Path
) -> None:
    path = tmp_path / "calls.json"
    texts = [
        json.dumps(replace(timeline, source=f"{name}.mp4").document(), indent=2) for name in "ab"
    ]
    path.write_text("\n" + "\n\n".join(texts) + "\n")
    assert [one.title for one in drafts(path)] == ["a", "b"]


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".json", ".jsonl"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\1\2\3" * 100,
        b"\xff\xfe text",
        b"{",
        b"[]",
        b"[1, 2]",
        b"null",
        b"{}",
        b"a,b\n1,2\n",
        b"[" * 100_000,
        b'{"source": "a", "duration": 1e999, "readings": []}',
    ],
)
def test_other_files_are_named(ending: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"other{ending}"
    path.write_bytes(content)
    with pytest.raises(
        StoreError, match=rf"other\{ending} (is no export of Rapport|holds no call)"
    ):
        drafts(path)


def test_a_number_too_large_for_any_float_is_refused(timeline: Timeline, tmp_path: Path) -> None:
    document = timeline.document()
    document["readings"][0]["time"] = 10**400
    (tmp_path / "call.json").write_text(json.dumps(document))
    with pytest.raises(StoreError, match=r"call\.json is no export of Rapport"):
        drafts(tmp_path / "call.json")


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
