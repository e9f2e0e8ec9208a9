"""Settings that a server takes from its environment or from .streamlit/secrets.toml."""

import os
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError


def setting(name: str) -> Any:
    """A setting as it stands there; the environment comes first, None where it is in neither.

    Args:
        name: Of the variable, or of the key in secrets.toml.
    """
    given: Any = os.environ.get(name)
    if given is None:
        try:
            given = st.secrets.get(name)
        except StreamlitSecretNotFoundError:
            return None
    return given
