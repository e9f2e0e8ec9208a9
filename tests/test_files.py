import os
from pathlib import Path

import pytest

from emotion import files
from emotion.errors import OutputError


def test_a_file_is_written_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    files.write(path, "größer")
    files.write(path, b"bytes")
    assert path.read_bytes() == b"bytes"
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_there_stays_if_anything_fails(tmp_path: Path) -> None:
    path = tmp_path / "out.npz"
    path.write_text("before")

    def fail() -> None:
        with files.replacing(path) as fresh:
            assert fresh.suffix == ".npz"
            fresh.write_text("half")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("before")
    link = tmp_path / "link.txt"
    link.symlink_to("real.txt")
    files.write(link, "after")
    assert link.is_symlink()
    assert (tmp_path / "real.txt").read_text() == "after"


def test_permissions_are_those_of_before_or_of_any_new_file(tmp_path: Path) -> None:
    path, plain = tmp_path / "out.txt", tmp_path / "plain.txt"
    plain.write_text("")
    files.write(path, "x")
    assert path.stat().st_mode == plain.stat().st_mode
    path.chmod(0o640)
    files.write(path, "y")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    files.write(Path(f"/dev/fd/{writer}"), "through")
    os.close(writer)
    assert os.read(reader, 100) == b"through"
    os.close(reader)


@pytest.mark.parametrize("name", ["gone/out.txt", "."])
def test_what_cannot_be_written_is_one_sentence(name: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot be written: .*\.$"):
        files.write(tmp_path / name, "x")
