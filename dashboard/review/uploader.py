"""The part of the review page that takes recordings and shows how far each of them is."""

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.review import file_kinds
from dashboard.review.desks import Desk
from dashboard.review.review import State
from dashboard.review.routes import limit

_FOLDER = Path(__file__).parent


@cache
def _component() -> Any:
    return st.components.v2.component(
        "rapport_uploader",
        html=(_FOLDER / "uploader.html").read_text(encoding="utf-8"),
        css=(_FOLDER / "uploader.css").read_text(encoding="utf-8"),
        js=(_FOLDER / "uploader.js").read_text(encoding="utf-8"),
    )


def mount(
    desk: Desk | None, shown: str | None, *, baseline: bool, key: str, **callbacks: Any
) -> None:
    """Show it.

    Args:
        desk: Of this page; None before its browser has said which one that is.
        shown: Identifier of the recording that the page shows.
        baseline: Whether what is added is read relative to the ordinary face.
        key: Of the component.
        callbacks: As `st.components.v2` takes them.
    """
    ends = (State.DONE, State.FAILED)
    _component()(
        key=key,
        data={
            "desk": None if desk is None else desk.token,
            "shown": shown,
            # Of these the page knows already how they ended.
            "settled": []
            if desk is None
            else [one.identifier for one in desk.reviews.values() if one.state in ends],
            "baseline": baseline,
            "limit": limit(),
            "endings": list(file_kinds.ENDINGS),
            "which": "Video or sound, several at once, up to "
            f"{limit() / 1024**3:g} GB each. They stay on this server's disk while "
            "you review them; removing one, or closing the page for two minutes, deletes it.",
        },
        **callbacks,
    )
