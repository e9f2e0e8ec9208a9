"""Data sets on the server that pages may read and play, and whether they may at all.

Whoever can open a page must not thereby read the server's files or start hours of work on
it. So data sets are those that lie in the folders of `RAPPORT_DATASETS`, and runs and
playing are for this machine alone unless the server's owner says otherwise.
"""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

SETTING = "RAPPORT_DATASETS"
"""Environment variable with folders, separated as in PATH, in which data sets lie."""

SWITCH = "RAPPORT_ALLOW_RUNS"
"""Environment variable that allows runs and playing to everybody who can open the page."""

_FORWARDED = ("Forwarded", "X-Forwarded-For")
"""Headers by which a proxy says for whom it asks."""


def folders() -> list[Path]:
    """The data sets that are offered: the folders of the setting, and those right in them."""
    found: list[Path] = []
    for text in os.environ.get(SETTING, "").split(os.pathsep):
        root = Path(text.strip()).expanduser()
        if not text.strip() or not root.is_dir():
            continue
        inside = sorted(one for one in root.iterdir() if one.is_dir())
        found += [root, *(one for one in inside if not one.name.startswith("."))]
    return found


def name(folder: Path) -> str:
    """A data set's folder in a few words."""
    return f"{folder.name} ({folder.parent})"


def allowed() -> bool:
    """Whether evaluations may be run and clips played."""
    return os.environ.get(SWITCH) == "1" or local()


def local() -> bool:
    """Whether the server answers this machine alone, and was asked from it."""
    return listens_here() and asked_here(st.context.headers)


def listens_here() -> bool:
    """Whether nobody but this machine itself can reach the server."""
    return _here(st.get_option("server.address") or "")


def asked_here(headers: Mapping[str, str]) -> bool:
    """Whether a page was asked for by the names that this machine has for itself.

    A server on `localhost` is reached from elsewhere all the same: through a proxy beside it, and
    by any page of the web whose name is made to lead to 127.0.0.1 (DNS rebinding). Browsers
    say in either case by which name it was asked for.

    Args:
        headers: Of the request; those of a test may be none at all.
    """
    if any(headers.get(name) for name in _FORWARDED):
        return False
    names = [f"//{headers['Host']}"] if "Host" in headers else []
    names += [headers["Origin"]] if "Origin" in headers else []
    try:
        return all(_here(urlsplit(name).hostname or "") for name in names)
    except ValueError:
        return False


def _here(host: str) -> bool:
    """Whether a name or an address is of the machine that uses it."""
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def reason() -> str:
    """Why nothing is offered, and what to do, for whoever runs the server."""
    if not allowed():
        return (
            "Evaluations are run, and clips played, on the server's own machine only. Its owner "
            f"can allow them to everybody with {SWITCH}=1."
        )
    return (
        f"No data set is offered. Name the folders in which they lie when the server is started, "
        f"such as {SETTING}=/data/ravdess{os.pathsep}/data/savee."
    )
