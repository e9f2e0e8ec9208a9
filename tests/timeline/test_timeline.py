"""Timelines of synthetic readings: what is left of them in files."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emotion.readings import emotions
from emotion.readings.fusion import Reliability
from emotion.readings.reading import Prediction, Reading
from emotion.timeline.timeline import Timeline

FORMATS = (".csv", ".json", ".parquet")
REFUSED = (ValueError, KeyError, TypeError, AttributeError, OverflowError)
"""What is raised of something that is no timeline; whoever reads files makes a sentence of it."""


def write(kept: Timeline, path: Path) -> None:
    """Into a file of its ending, as the pages and the command line do it."""
    if path.suffix == ".csv":
        path.write_text(kept.csv())
    elif path.suffix == ".json":
        path.write_text(json.dumps(kept.document()))
    else:
        path.write_bytes(kept.parquet())


def read(path: Path) -> Timeline:
    if path.suffix == ".json":
        return Timeline.from_document(json.loads(path.read_text()))
    table = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    return Timeline.from_table(table, path.name)


def sure(name: str) -> np.ndarray:
    return np.eye(emotions.COUNT)[emotions.INDEX[name]]


def timeline(rng: np.random.Generator, count: int = 12) -> Timeline:
    """Every mixture of senses that speak and are silent."""
    readings = []
    for index in range(count):
        face, speech = (
            Prediction(rng.dirichlet(np.ones(8)), None, float(rng.uniform(0.3, 1)))
            for _ in range(2)
        )
        face = Prediction(None, "no face") if index % 3 == 0 else face
        speech = Prediction(None, "silence") if index % 4 < 2 else speech
        silent = face.probabilities is None and speech.probabilities is None
        fused = None if silent else rng.dirichlet(np.ones(8))
        readings.append(
            Reading(
                (index + 1) / 2,
                face,
                speech,
                fused,
                None if index == 0 else float(rng.uniform(0, 100)),
                None if index % 3 == 0 else 1 + index % 2,
                index % 3,
            )
        )
    return Timeline("a call, “quoted”.mp4", count / 2 + 0.123, tuple(readings), Reliability(0.6, 1))


def assert_same(one: Prediction | np.ndarray | None, other: Prediction | np.ndarray | None) -> None:
    if isinstance(one, Prediction) and isinstance(other, Prediction):
        assert one.reason == other.reason
        assert one.weight == pytest.approx(other.weight, abs=1e-4)
        one, other = one.probabilities, other.probabilities
    assert (one is None) == (other is None)
    if one is not None:
        np.testing.assert_allclose(one, other, atol=1e-5)  # type: ignore[arg-type]


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("count", [0, 1, 12])
def test_files_keep_every_reading(
    ending: str, count: int, tmp_path: Path, rng: np.random.Generator
) -> None:
    kept = timeline(rng, count)
    path = tmp_path / f"call{ending}"
    write(kept, path)
    again = read(path)
    assert len(again.readings) == count
    for one, other in zip(kept.readings, again.readings, strict=True):
        assert one.time == other.time
        assert (one.person, one.people) == (other.person, other.people)
        assert_same(one.face, other.face)
        assert_same(one.voice, other.voice)
        assert_same(one.fused, other.fused)
        if one.satisfaction is None:
            assert other.satisfaction is None
        else:
            assert other.satisfaction == pytest.approx(one.satisfaction, abs=0.006)


@pytest.mark.parametrize("ending", [".json", ".parquet"])
def test_source_duration_and_weights_are_kept_where_there_is_room(
    ending: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    kept = replace(timeline(rng), participant="Right", role="customer")
    write(kept, tmp_path / f"call{ending}")
    again = read(tmp_path / f"call{ending}")
    assert (again.source, again.duration) == (kept.source, kept.duration)
    assert (again.participant, again.role) == ("Right", "customer")
    assert again.reliability == kept.reliability
    assert_same(again.summary().emotions, kept.summary().emotions)


def test_csv_goes_by_its_name_and_last_reading(tmp_path: Path, rng: np.random.Generator) -> None:
    write(timeline(rng), tmp_path / "call.csv")
    again = read(tmp_path / "call.csv")
    assert (again.source, again.duration) == ("call.csv", 6.0)
    assert again.reliability == Reliability(1, 1)


def test_a_file_written_again_is_the_same(tmp_path: Path, rng: np.random.Generator) -> None:
    write(timeline(rng), tmp_path / "one.json")
    write(read(tmp_path / "one.json"), tmp_path / "two.json")
    one, two = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("one", "two"))
    assert one["readings"] == two["readings"]
    assert one["source"] == two["source"]


GOOD_ROW = {
    "time": 0.5,
    "face": None,
    "voice": dict.fromkeys(emotions.NAMES, 0.125),
    "fused": dict.fromkeys(emotions.NAMES, 0.125),
    "satisfaction": 50.0,
}


def document(**changes: object) -> bytes:
    """A document with one reading, changed somewhere."""
    row = GOOD_ROW | changes
    return json.dumps({"source": "a", "duration": 1, "readings": [row]}).encode()


def test_the_row_that_the_bad_ones_are_made_of_is_good(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_bytes(document())
    assert read(tmp_path / "good.json").readings[0].satisfaction == 50


@pytest.mark.parametrize(
    "changes",
    [
        {"time": "early"},
        {"time": None},
        {"voice": {"happy": 1.0}},
        {"voice": 0.5},
        {"fused": dict.fromkeys(emotions.NAMES, "much")},
        {"fused": dict.fromkeys(emotions.NAMES)},
        {"satisfaction": "high"},
        {"person": "Anna"},
        {"time": math.nan},
        {"time": math.inf},
        {"time": 10**400},
        {"voice": dict.fromkeys(emotions.NAMES, 7)},
        {"voice": dict.fromkeys(emotions.NAMES, -0.01)},
        {"fused": dict.fromkeys(emotions.NAMES, math.nan)},
        {"satisfaction": -1},
        {"satisfaction": 100.1},
        {"satisfaction": math.nan},
        {"person": 1.5},
        {"people": math.inf},
        {"people": -1},
        {"people": None},
    ],
)
def test_documents_with_a_wrong_value_are_refused(
    changes: dict[str, object], tmp_path: Path
) -> None:
    path = tmp_path / "wrong.json"
    path.write_bytes(document(**changes))
    with pytest.raises(REFUSED):
        read(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"duration": math.nan},
        {"duration": -1},
        {"reliability": {"face": 0, "voice": 1}},
        {"reliability": {"face": 1, "voice": math.nan}},
        {"readings": [GOOD_ROW, GOOD_ROW]},
        {"readings": [GOOD_ROW, GOOD_ROW | {"time": 0.25}]},
    ],
)
def test_documents_that_make_no_sense_as_a_whole_are_refused(
    changes: dict[str, object], tmp_path: Path
) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(json.loads(document()) | changes))
    with pytest.raises(REFUSED):
        read(path)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("time", 0.5),
        ("time", math.inf),
        ("time", None),
        ("face_happy", 7.0),
        ("fused_sad", -math.inf),
        ("satisfaction", 101.0),
        ("people", math.inf),
    ],
)
def test_tables_with_a_wrong_number_are_refused(
    ending: str, column: str, value: float | None, tmp_path: Path, rng: np.random.Generator
) -> None:
    path = tmp_path / f"wrong{ending}"
    table = timeline(rng).table().astype({"people": "float64"})
    table.loc[1, column] = value
    table.to_csv(path, index=False) if ending == ".csv" else table.to_parquet(path)
    with pytest.raises(REFUSED):
        read(path)


def test_rounded_numbers_may_lie_a_little_beyond(tmp_path: Path) -> None:
    path = tmp_path / "rounded.json"
    named = dict.fromkeys(emotions.NAMES, 0.0) | {"happy": 1.00001, "sad": -0.00001}
    path.write_bytes(document(speech=named, fused=named, satisfaction=100.00001))
    assert read(path).summary().dominant == "happy"


@pytest.mark.parametrize("column", ["fused_sad", "satisfaction", "people", "time"])
def test_tables_with_words_for_numbers_are_refused(
    column: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    path = tmp_path / "wrong.csv"
    table = timeline(rng).table().astype(object)
    table.loc[1, column] = "much"
    table.to_csv(path, index=False)
    with pytest.raises(REFUSED):
        read(path)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_table_without_a_column_says_which(
    ending: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    table = timeline(rng).table().drop(columns="fused_sad")
    path = tmp_path / f"less{ending}"
    if ending == ".csv":
        table.to_csv(path, index=False)
    else:
        table.to_parquet(path)
    with pytest.raises(ValueError, match="the column fused_sad is missing"):
        read(path)


def test_the_document_is_json_with_its_keys(rng: np.random.Generator) -> None:
    document = json.loads(json.dumps(timeline(rng).document(), allow_nan=False))
    assert {"source", "duration", "readings", "summary"} <= document.keys()
    for row in document["readings"]:
        assert {"time", "face", "voice", "fused", "satisfaction"} <= row.keys()
        for sense in ("face", "voice", "fused"):
            assert row[sense] is None or tuple(row[sense]) == emotions.NAMES
        assert (row["face"] is None) == (row["face_reason"] is not None)
    assert document["summary"].keys() == {
        "emotions",
        "face",
        "voice",
        "dominant",
        "satisfaction",
        "face_coverage",
        "voice_coverage",
    }


def test_the_document_of_nothing_is_json_as_well() -> None:
    silent = Reading(0.5, Prediction(None, "no face"), Prediction(None, "silence"), None, None)
    for readings in ((), (silent,)):
        document = Timeline("silent", 0.5, readings, Reliability(1, 1)).document()
        summary = json.loads(json.dumps(document, allow_nan=False))["summary"]
        assert summary["dominant"] is summary["satisfaction"] is summary["face"] is None
        assert summary["emotions"] == {}
        assert summary["face_coverage"] == summary["voice_coverage"] == 0


def test_the_table_has_numbers_and_whole_numbers(rng: np.random.Generator) -> None:
    table = timeline(rng).table()
    assert len(table) == 12
    assert all(table[f"fused_{name}"].dtype == float for name in emotions.NAMES)
    assert str(table["person"].dtype) == "Int64"
    assert math.isnan(table["satisfaction"][0])
    assert table["face_reason"][0] == "no face"
    assert table["face_reason"][1] is None


def test_csv_is_what_pandas_would_write(rng: np.random.Generator) -> None:
    given = timeline(rng)
    narrow = Prediction(rng.dirichlet(np.ones(8)).astype(np.float32), quality=1e-7)
    comma = Prediction(None, 'a "reason", with a comma')
    given = replace(
        given, readings=(*given.readings, Reading(6.5, narrow, comma, None, 1 / 3, None, 0))
    )
    assert given.csv() == given.table().round(5).to_csv(index=False)


def test_parquet_is_read_by_pandas(tmp_path: Path, rng: np.random.Generator) -> None:
    kept = timeline(rng)
    (tmp_path / "call.parquet").write_bytes(kept.parquet())
    read, table = pd.read_parquet(tmp_path / "call.parquet"), kept.table()
    assert list(read.columns) == list(table.columns)
    words = ["face_reason", "voice_reason"]
    pd.testing.assert_frame_equal(
        read.drop(columns=words), table.drop(columns=words), check_exact=True
    )
    for name in words:
        assert read[name].fillna("").tolist() == table[name].fillna("").tolist()


def test_tables_of_before_count_in_full(tmp_path: Path, rng: np.random.Generator) -> None:
    """They do not know how good a moment was."""
    path = tmp_path / "old.csv"
    table = timeline(rng).table().drop(columns=["face_quality", "voice_quality"])
    table.to_csv(path, index=False)
    again = read(path)
    weights = {one.weight for r in again.readings for one in (r.face, r.voice)}
    assert weights == {0.0, 1.0}


@pytest.mark.parametrize("quality", [-0.2, 1.5, "good"])
def test_a_quality_that_is_none_is_refused(
    quality: float | str, tmp_path: Path, rng: np.random.Generator
) -> None:
    path = tmp_path / "table.csv"
    table = timeline(rng).table().astype({"face_quality": object})
    table.loc[4, "face_quality"] = quality
    table.to_csv(path, index=False)
    with pytest.raises(REFUSED):
        read(path)


@pytest.mark.parametrize("ending", FORMATS)
def test_certainty_and_disagreement_are_kept(
    ending: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    made = timeline(rng, 2)
    readings = tuple(replace(one, certainty=0.25, disagreement=0.75) for one in made.readings)
    path = tmp_path / f"call{ending}"
    write(replace(made, readings=readings), path)
    for reading in read(path).readings:
        assert (reading.certainty, reading.disagreement) == (0.25, 0.75)
