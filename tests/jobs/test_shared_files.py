from pathlib import Path

import pytest

from emotion.errors import DatasetError
from emotion.jobs import shared_files


def test_a_file_that_is_gone_or_another_one_is_missed(tmp_path: Path) -> None:
    here, absent = tmp_path / "here.wav", tmp_path / "absent.wav"
    here.write_bytes(b"1234")
    digests = shared_files.digests([here, absent])
    # What whoever gives the work lacks as well, nobody is to have.
    assert list(digests) == [here]
    shared_files.check(digests)
    # Of the same size.
    here.write_bytes(b"1235")
    with pytest.raises(DatasetError, match=r"has no .*here\.wav, or another one"):
        shared_files.check(digests)
    here.unlink()
    with pytest.raises(DatasetError, match=r"has no .*here\.wav, or another one"):
        shared_files.check(digests)
