"""How files are found by what users give."""

from pathlib import Path

import pytest

from emotion.media import file_names


def test_a_pattern_stands_for_the_files_that_are_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows does not expand it."""
    monkeypatch.chdir(tmp_path)
    for name in ("b.wav", "a.wav", "c.mp4", "[1].wav"):
        Path(name).touch()
    assert file_names.expanded(["*.mp4", "?.wav"]) == ["c.mp4", "a.wav", "b.wav"]
    assert file_names.expanded(["[1].wav", "[x].wav", "s3://calls/*.wav"]) == [
        "[1].wav",
        "[x].wav",
        "s3://calls/*.wav",
    ]
