"""A file of results beside a disk that is full, as a limit on the size of files makes one."""

from pathlib import Path

import pytest

from emotion.errors import OutputError
from emotion.jobs.result_file import ResultFile

resource = pytest.importorskip("resource", reason="needs a limit on the size of files")


def test_what_an_earlier_run_left_stays_where_the_first_result_has_no_room(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_bytes(b"earlier\n")
    results = ResultFile(path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    try:
        with pytest.raises(OutputError, match=r"results\.jsonl cannot be written"):
            results.append(b"x" * 2_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == b"earlier\n"
    results.append(b"first\n")
    results.append(b"second\n")
    results.close()
    assert path.read_bytes() == b"first\nsecond\n"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_later_result_without_room_leaves_those_before_it(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    results = ResultFile(path, b"head\n")
    results.append(b"first\n")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    try:
        with pytest.raises(OutputError, match="cannot be written"):
            results.append(b"x" * 2_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    results.close()
    assert path.read_bytes() == b"head\nfirst\n"
