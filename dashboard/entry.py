"""Who may open the dashboard at all.

On this machine alone there is one user without sign-in. A server that answers others as well
shows nothing before they sign in (OpenID Connect, `st.login`), unless its owner says that
whoever can reach it may see and do everything.
"""

import os
from typing import Any

import streamlit as st

from dashboard.server_data import local

SWITCH = "RAPPORT_ALLOW_ANYONE"
"""Environment variable that lets whoever can reach the server use it, all as one user."""


def with_sign_in() -> bool:
    """Whether the server's secrets set up a sign-in ([auth] in .streamlit/secrets.toml)."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False


def granted() -> bool:
    """Whether whoever asks may see pages; where they may not, this one says why."""
    if with_sign_in():
        user: Any = st.user
        if user.is_logged_in:
            return True
        st.title("Rapport", anchor=False)
        st.info("Sign in to use this dashboard.", icon=":material/lock:")
        st.button("Sign in", on_click=st.login, icon=":material/login:", type="primary")
        return False
    if local() or os.environ.get(SWITCH) == "1":
        return True
    st.title("Rapport", anchor=False)
    st.error(
        "This server answers other machines and has no sign-in, so it shows nothing. Its owner can "
        "set one up ([auth] in .streamlit/secrets.toml, see docs/setup.md), start it with "
        f"ADDRESS=localhost, or set {SWITCH}=1: then whoever can reach it sees and deletes every "
        "kept call, and calls are analysed for anybody.",
        icon=":material/lock:",
    )
    return False


def user() -> str:
    """Who is signed in, by which a server tells users apart; '' where nobody signs in."""
    if not with_sign_in():
        return ""
    signed_in: Any = st.user
    return str(signed_in.get("sub") or signed_in.get("email") or "")


def sign_out() -> None:
    """Say who is signed in, with a way out; nothing where nobody signs in."""
    if not with_sign_in():
        return
    user: Any = st.user
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        st.caption(str(user.get("name") or user.get("email") or user.get("sub")))
        st.button("Sign out", on_click=st.logout, icon=":material/logout:", type="tertiary")
