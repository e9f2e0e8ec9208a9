"""The part of the live page that runs in the browser: plain JavaScript, no build step."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import wording
from dashboard.live import consent, hints
from dashboard.settings import setting
from emotion.readings import satisfaction
from emotion.readings.emotions import EMOTIONS

_FOLDER = Path(__file__).parent
_SCRIPTS = (
    *("capture.js", "notices.js", "connection.js", "sources.js"),
    *("drawing.js", "region.js", "setup.js", "call.js"),
)
"""Joined to one module, in this order."""

LABELS = ("Price", "Objection", "Next step")
"""Of notes, where neither the server's owner nor the user sets others."""

NAMES = "RAPPORT_NOTE_LABELS"
"""Environment variable, or key in secrets.toml, with the owner's, separated by commas."""


@cache
def _component() -> Any:
    return st.components.v2.component(
        "rapport_live_call",
        html=(_FOLDER / "call.html").read_text(encoding="utf-8"),
        css=(_FOLDER / "call.css").read_text(encoding="utf-8"),
        js="\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in _SCRIPTS),
    )


def mount(data: dict[str, Any], **callbacks: Any) -> Any:
    """Show it.

    Args:
        data: What the page has to say to it: 'answer', 'error', 'kept', 'iceServers'.
        callbacks: As `st.components.v2` takes them.
    """
    # As one text: Streamlit looks at each list for a table, and takes 94 MB of pandas to do it.
    return _component()(key="live-call", data={"json": json.dumps(_texts() | data)}, **callbacks)


def labels() -> list[str]:
    """Labels of notes that a page begins with, nine at most."""
    given = [one.strip() for one in str(setting(NAMES) or "").split(",")]
    return [one for one in given if one][:9] or list(LABELS)


@cache
def _texts() -> dict[str, Any]:
    return {
        "emotions": [
            {
                "name": emotion.name,
                "colour": emotion.colour,
                "symbol": wording.SYMBOLS[emotion.name],
            }
            for emotion in EMOTIONS
        ],
        "limits": [satisfaction.DISSATISFIED, satisfaction.SATISFIED],
        "labels": labels(),
        "message": consent.message(),
        "agreed": consent.AGREED,
        "points": [list(point) for point in consent.POINTS],
        "hints": [
            {
                "name": name,
                "title": kind.title,
                "limit": kind.limit,
                "unit": kind.unit,
                "both": kind.two_channels,
            }
            for name, kind in hints.KINDS.items()
        ],
    }
