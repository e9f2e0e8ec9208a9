"""The way from a server that is about to stop to another one."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import another_server
from dashboard.live.calls import Calls
from emotion.models.shipped import Models


@pytest.mark.parametrize("base", ["", "calls"])
def test_only_a_server_that_is_about_to_stop_takes_the_proxys_cookie_back(
    base: str, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORT_CALLS", "2")
    begun: list[Calls] = []
    site = Starlette(routes=[another_server.route(lambda: begun[0] if begun else None, base)])
    address = f"/{base}/another-server".replace("//", "/")
    with TestClient(site, base_url="https://testserver", follow_redirects=False) as client:
        client.cookies.set("rapport", "one")
        for drains in (False, False, True):
            answer = client.get(address)
            assert answer.status_code == 303
            assert answer.headers["location"] == (f"/{base}/" if base else "/")
            assert ("rapport" in answer.headers.get("set-cookie", "")) == drains
            if not begun:
                begun.append(Calls(models))
            else:
                begun[0].drain()
        cookie = answer.headers["set-cookie"]
        assert "Max-Age=0" in cookie
        assert "Path=/;" in f"{cookie};"
