import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emotion.batch import output_folder, task
from emotion.batch.output_folder import DONE, OutputFolder
from emotion.batch.sources import Source
from emotion.batch.status import Failure
from emotion.batch.task import Outcome
from emotion.errors import OutputError
from emotion.models.shipped import Models
from tests.batch.recordings import SETTINGS
from tests.media_makers import sine, write_wav

FIRST, SECOND = Source("a.wav", "1", "2026-01-02"), Source("b.wav", "2", "2026-01-03")


def outcome(source: Source, text: str = "x") -> Outcome:
    return Outcome(source, "digest", f'{{"text": "{text}"}}\n'.encode(), text.encode(), 1.0)


def missing(path: Path, *given: Source, settings: dict[str, Any] = SETTINGS) -> list[Source]:
    with OutputFolder(path, settings) as folder:
        return folder.missing(given)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    with OutputFolder(tmp_path / "out", SETTINGS) as folder:
        assert folder.missing([FIRST, SECOND]) == [FIRST, SECOND]
        folder.add(outcome(FIRST))
        folder.add(outcome(SECOND))
    return tmp_path / "out"


def test_what_is_there_is_not_missing(filled: Path) -> None:
    assert missing(filled, FIRST, SECOND) == []
    assert {path.parent.name for path in filled.glob("readings/*/*.parquet")} == {
        "day=2026-01-02",
        "day=2026-01-03",
    }
    assert len(list(filled.glob("documents/*/*.jsonl"))) == 2
    assert [line["source"] for line in output_folder.done(filled)] == ["a.wav", "b.wav"]


def test_another_content_other_settings_and_lost_results_are_missing(filled: Path) -> None:
    changed = Source("a.wav", "other", "2026-01-02")
    assert missing(filled, changed, SECOND) == [changed]
    assert missing(filled, FIRST, SECOND, settings=SETTINGS | {"baseline": True}) == [FIRST, SECOND]
    unknown = Source("a.wav", "", "2026-01-02")
    assert missing(filled, unknown) == [unknown]
    next(filled.glob("documents/day=2026-01-02/*")).unlink()
    assert missing(filled, FIRST, SECOND) == [FIRST]


def test_a_torn_line_is_made_again_and_tears_no_other(filled: Path) -> None:
    path = filled / DONE
    path.write_bytes(path.read_bytes()[:-20])
    with OutputFolder(filled, SETTINGS) as folder:
        assert folder.missing([FIRST, SECOND]) == [SECOND]
        folder.add(outcome(SECOND))
    assert missing(filled, FIRST, SECOND) == []
    assert len(list(filled.glob("readings/*/*"))) == 2


def test_a_recording_has_one_result_wherever_it_lies(filled: Path) -> None:
    later = Source("a.wav", "3", "2026-05-05")
    with OutputFolder(filled, SETTINGS) as folder:
        assert folder.missing([later]) == [later]
        folder.add(outcome(later, "later"))
    assert [path.parent.name for path in filled.glob("readings/*/*") if path.read_text() != "x"]
    assert len(list(filled.glob("readings/*/*"))) == len(list(filled.glob("documents/*/*"))) == 2
    # What another run has of other recordings stays.
    assert missing(filled, later, SECOND) == []


def test_a_failure_is_listed_and_takes_nothing_away(filled: Path) -> None:
    with OutputFolder(filled, SETTINGS) as folder:
        folder.missing([Source("a.wav", "other", "2026-01-02")])
        folder.fail(Failure("a.wav", "It cannot be read."))
    assert output_folder.failures(filled) == [Failure("a.wav", "It cannot be read.")]
    assert len(list(filled.glob("readings/*/*"))) == 2
    assert missing(filled, SECOND) == []
    assert output_folder.failures(filled) == []


def test_two_runs_do_not_write_to_one_folder(filled: Path) -> None:
    with (
        OutputFolder(filled, SETTINGS),
        pytest.raises(OutputError, match="Another run writes to"),
    ):
        OutputFolder(filled, SETTINGS)
    assert missing(filled, FIRST) == []


def test_a_folder_that_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="is a file"):
        OutputFolder(tmp_path / "file", SETTINGS)
    with pytest.raises(OutputError, match="There is no folder"):
        OutputFolder(tmp_path / "gone" / "out", SETTINGS)


def test_all_readings_are_one_data_set(models: Models, speech: np.ndarray, tmp_path: Path) -> None:
    """Also where one file has a word in each row of a column and another none in any."""
    settings = SETTINGS | {"models": models.digests}
    paths = [
        write_wav(tmp_path / "voice.wav", speech[:24_000]),
        write_wav(tmp_path / "tone.wav", sine(440, 1, 16_000)),
    ]
    given = [Source(str(path), "1", f"2026-01-0{day}") for day, path in enumerate(paths, 1)]
    with OutputFolder(tmp_path / "out", settings) as folder:
        for source in folder.missing(given):
            folder.add(task.read_with(models, source, settings))
    table = pd.read_parquet(tmp_path / "out" / "readings")
    assert set(table["source"]) == {one.name for one in given}
    assert set(table["day"]) == {"2026-01-01", "2026-01-02"}
    for source in given:
        document = json.loads(
            next((tmp_path / "out" / "documents" / f"day={source.day}").iterdir()).read_text()
        )
        assert document["source"] == source.name
        rows = table[table["source"] == source.name]
        assert list(rows["time"]) == [reading["time"] for reading in document["readings"]]
        assert [None if pd.isna(word) else word for word in rows["voice_reason"]] == [
            reading["voice_reason"] for reading in document["readings"]
        ]
