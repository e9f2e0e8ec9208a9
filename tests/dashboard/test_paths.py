from pathlib import Path

import pytest

from dashboard import paths


def test_a_path_is_absolute_and_knows_home() -> None:
    assert paths.typed(" /data/x ") == Path("/data/x")
    assert paths.typed("~") == Path.home()
    assert paths.typed("data") == Path.cwd() / "data"


@pytest.mark.parametrize("text", ["", "  ", "~nobody-of-that-name/x"])
def test_what_is_no_path_is_none(text: str) -> None:
    assert paths.typed(text) is None
