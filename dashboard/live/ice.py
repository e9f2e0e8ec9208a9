"""The servers that help browsers outside the local network to connect."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from dashboard import settings
from emotion.errors import RapportError

SETTING = "RAPPORT_ICE_SERVERS"
"""Environment variable, or key in .streamlit/secrets.toml, with the servers that help
browsers outside the local network to connect."""


SECRET = "RAPPORT_TURN_SECRET"
"""Environment variable, or key in .streamlit/secrets.toml, with the secret that is shared with
the TURN servers of the setting (coturn's `static-auth-secret`)."""

LASTING = 12 * 3600.0
"""Seconds for which credentials of a TURN server are good: a page that stays open all day."""


class SettingError(RapportError):
    """A setting of the server that does not mean anything."""


def ice_servers() -> list[dict[str, Any]]:
    """The servers that the setting names; none without it.

    TURN servers without a password of their own get one that is good for twelve hours, where
    the secret that is shared with them is set.

    Raises:
        SettingError: If the setting is not a JSON list of servers.
    """
    setting = settings.setting(SETTING)
    if not setting:
        return []
    servers = setting
    if isinstance(setting, str):
        try:
            servers = json.loads(setting)
        except json.JSONDecodeError as error:
            raise SettingError(
                f"{SETTING} should be a JSON list of servers; it is no JSON ({error.msg})."
            ) from error
    # What is wrong stays unsaid, because the setting may hold a password.
    if not (isinstance(servers, Sequence) and all(map(_is_server, servers))):
        raise SettingError(
            f"{SETTING} should be a JSON list of servers such as "
            '[{"urls": "stun:stun.example.org:3478"}].'
        )
    secret = settings.setting(SECRET)
    found = [dict(server) for server in servers]
    if secret:
        for server in found:
            if _is_turn(server) and "credential" not in server:
                server |= credentials(str(secret), time.time() + LASTING)
    return found


def credentials(secret: str, until: float) -> dict[str, str]:
    """A user of a TURN server and the password, good until a time.

    Who may use the server is then known by nobody but whom the dashboard gave it to, and not
    for long; the secret itself stays on the servers. The scheme is that of
    draft-uberti-behave-turn-rest-00, which coturn calls `use-auth-secret`.

    Args:
        secret: Shared with the server.
        until: Seconds since 1970.
    """
    user = f"{round(until)}:rapport"
    digest = hmac.new(secret.encode(), user.encode(), hashlib.sha1).digest()
    return {"username": user, "credential": base64.b64encode(digest).decode()}


def _is_turn(server: Mapping[str, Any]) -> bool:
    urls = server["urls"]
    named = [urls] if isinstance(urls, str) else urls
    return any(str(url).startswith(("turn:", "turns:")) for url in named)


def _is_server(server: Any) -> bool:
    return isinstance(server, Mapping) and bool(server.get("urls"))
