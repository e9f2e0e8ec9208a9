"""Parquet files that a process of its own makes."""

import io
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

from emotion.errors import OutputError
from emotion.exports import parquet
from tests.conversation.test_key_moments import made


@pytest.fixture
def without_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a server that has read no table."""
    monkeypatch.delitem(sys.modules, "pandas")


@pytest.mark.usefixtures("without_pandas")
def test_a_process_of_its_own_makes_the_same_file() -> None:
    timeline = made(["happy"] * 3)
    facts = {"consent_by": "Ada"}
    content = parquet.made(timeline, facts)
    assert "pandas" not in sys.modules
    expected = pd.read_parquet(io.BytesIO(timeline.parquet(facts)))
    assert set(expected["consent_by"]) == {"Ada"}
    found = pd.read_parquet(io.BytesIO(content))
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert found.attrs == expected.attrs


@pytest.mark.usefixtures("without_pandas")
@pytest.mark.parametrize(
    ("program", "said"), [("false", "could not be made: status 1"), (None, "could be started")]
)
def test_a_process_that_fails_says_so(
    program: str | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = str(tmp_path / "python") if program is None else shutil.which(program)
    if found is None:
        pytest.skip("there is no program that fails")
    monkeypatch.setattr(sys, "executable", found)
    with pytest.raises(OutputError, match=said):
        parquet.made(made(["happy"]))
