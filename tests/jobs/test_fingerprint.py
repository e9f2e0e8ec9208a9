from pathlib import Path

import pytest

from emotion.jobs import fingerprint, progress
from emotion.voice import log_mel


def test_another_content_of_the_same_size_is_another_file(tmp_path: Path) -> None:
    first, second = tmp_path / "a.bin", tmp_path / "b.bin"
    first.write_bytes(b"12345678")
    second.write_bytes(b"12345679")
    assert fingerprint.of_file(first) != fingerprint.of_file(second)
    second.write_bytes(b"12345678")
    assert fingerprint.of_file(first) == fingerprint.of_file(second)


def test_a_file_that_changes_in_place_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"first content")
    before = fingerprint.of_file(path)
    path.write_bytes(b"other content")
    assert fingerprint.of_file(path) != before


def test_a_file_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert fingerprint.of_file(tmp_path / "gone.wav") == ""


def test_parts_differ_by_their_content_and_not_by_their_kind() -> None:
    assert fingerprint.of_parts("a", "b") == fingerprint.of_parts(b"ab")
    assert fingerprint.of_parts("a", "b") != fingerprint.of_parts("b", "a")


@pytest.mark.parametrize("others", [(), (log_mel,)])
def test_code_differs_by_its_modules(others: tuple[object, ...]) -> None:
    assert fingerprint.of_code((progress,)) != fingerprint.of_code((fingerprint, *others))  # type: ignore[arg-type]
    assert fingerprint.of_code((progress, log_mel)) == fingerprint.of_code((progress, log_mel))
