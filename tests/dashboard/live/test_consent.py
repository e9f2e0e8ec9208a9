"""Nothing begins without the confirmation of somebody."""

from typing import Any

import pytest

from dashboard.live.consent import AGREED, Consent, ConsentError


@pytest.mark.parametrize(
    "given",
    [None, {}, {"agreed": False, "by": "Ada"}, {"agreed": "true", "by": "Ada"}, [True]],
)
def test_what_is_not_confirmed_is_refused(given: Any) -> None:
    with pytest.raises(ConsentError, match="other side knows"):
        Consent.confirmed(given)


def test_somebody_has_to_confirm_it() -> None:
    with pytest.raises(ConsentError, match="name"):
        Consent.confirmed({"agreed": True, "by": "  "})


def test_who_when_and_what_is_kept() -> None:
    document = Consent.confirmed({"agreed": True, "by": " Ada\n Example " + "x" * 200}).document()
    assert document["by"].startswith("Ada Example")
    assert len(document["by"]) <= 80
    assert document["at"].endswith("+00:00")
    assert document["statement"] == AGREED
