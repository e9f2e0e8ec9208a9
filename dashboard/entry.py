"""Who may open the dashboard at all.

On this machine alone there is one user without sign-in. A server that answers others as well
does not start without a sign-in (OpenID Connect, `st.login`), before which it shows nothing,
unless its owner says that whoever can reach it may see and do everything.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.server_data import listens_here, local

SWITCH = "RAPPORT_ALLOW_ANYONE"
"""Environment variable that lets whoever can reach the server use it, all as one user."""

APPLICATION = Path(__file__).resolve().parents[1] / "app.py"
"""What Streamlit runs."""

_MEANS = (
    f"{SWITCH}=1, by which whoever can reach it sees and deletes every kept call, and calls are "
    "analysed for anybody"
)


def with_sign_in() -> bool:
    """Whether the server's secrets set up a sign-in ([auth] in .streamlit/secrets.toml)."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False


def refuse() -> None:
    """End the process with a sentence where it would answer others without a sign-in."""
    if listens_here() or with_sign_in() or _anyone():
        return
    address = st.get_option("server.address") or "at every address"
    sys.exit(
        f"This server would answer other machines ({address}) and has no sign-in, so it does not "
        "start. Set one up ([auth] in .streamlit/secrets.toml, see docs/setup.md), let it answer "
        f"this machine alone (--server.address localhost), or set {_MEANS}."
    )


def check(options: Sequence[str]) -> None:
    """End the process where a server is about to start that would answer others without a sign-in.

    Streamlit has not begun to start it yet.

    Args:
        options: That it is going to be started with.

    Raises:
        SystemExit: With a sentence for the user.
    """
    import click
    from streamlit import config
    from streamlit.web import bootstrap, cli

    # As `streamlit run` does it: the settings beside app.py count from whatever folder it is run.
    config._main_script_path = str(APPLICATION)
    given = [str(APPLICATION), *options]
    try:
        with cli.main_run.make_context("streamlit run", given) as context:
            flags = {name: value for name, value in context.params.items() if "_" in name}
    except click.exceptions.Exit as asked:
        # Only help was wanted, and was given.
        sys.exit(asked.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    bootstrap.load_config_options(flags)
    refuse()


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
    if local() or _anyone():
        return True
    st.title("Rapport", anchor=False)
    st.error(
        "This server was asked from another machine, or by another name than localhost, and has no "
        "sign-in, so it shows nothing. Its owner can set one up ([auth] in "
        f".streamlit/secrets.toml, see docs/setup.md), or set {_MEANS}.",
        icon=":material/lock:",
    )
    return False


def _anyone() -> bool:
    return os.environ.get(SWITCH) == "1"


def user() -> str:
    """Who is signed in, by which a server distinguishes users; '' where nobody signs in."""
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


if __name__ == "__main__":
    check(sys.argv[1:])
