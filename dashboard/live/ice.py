"""The servers that help browsers outside the local network to connect."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from emotion.errors import RapportError

SETTING = "RAPPORT_ICE_SERVERS"
"""Environment variable, or key in .streamlit/secrets.toml, with the servers that help
browsers outside the local network to connect."""


class SettingError(RapportError):
    """A setting of the server that does not mean anything."""


def ice_servers() -> list[dict[str, Any]]:
    """The servers that the setting names; none without it.

    Raises:
        SettingError: If the setting is not a JSON list of servers.
    """
    setting: Any = os.environ.get(SETTING)
    if setting is None:
        try:
            setting = st.secrets.get(SETTING)
        except StreamlitSecretNotFoundError:
            return []
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
    return [dict(server) for server in servers]


def _is_server(server: Any) -> bool:
    return isinstance(server, Mapping) and bool(server.get("urls"))
