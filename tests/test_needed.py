from collections.abc import Callable

import pytest

from tests import needed

MISSING = "no_such_thing_anywhere"


@pytest.mark.parametrize(
    ("variable", "value", "seek", "error"),
    [
        ("RAPPORT_TEST_BROWSER", "required", needed.program, RuntimeError),
        ("RAPPORT_TEST_DEPLOY", "required", needed.package, ModuleNotFoundError),
    ],
)
def test_what_is_missing_fails_where_it_is_required_and_is_skipped_elsewhere(
    variable: str,
    value: str,
    seek: Callable[[str], object],
    error: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(error, match=MISSING):
        seek(MISSING)
    monkeypatch.delenv(variable)
    if seek is needed.program:
        assert seek(MISSING) is None
    else:
        with pytest.raises(pytest.skip.Exception):
            seek(MISSING)
