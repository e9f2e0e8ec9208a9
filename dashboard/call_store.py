"""Calls that the user saves: by whom, in which store, and the form that does it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import entry, wording
from emotion.errors import StoreError
from emotion.store.access import LOCAL, Actor
from emotion.store.drafts import Draft, SavedConsent, SavedMoment, SavedNote
from emotion.timeline.moments import Moment
from emotion.timeline.timeline import Timeline

# The store brings databases and tables into memory, 100 MB: a server on which calls are held and
# none is kept goes without.
if TYPE_CHECKING:
    from emotion.store.database import Store
    from emotion.store.kept_calls import KeptCalls

_cleaned: dict[str, date] = {}
"""The day on which calls of a store were last deleted by retention."""


def calls() -> "KeptCalls | None":
    """The kept calls as the user of this page may see them; without any, the page says why."""
    from emotion.store.kept_calls import KeptCalls

    found = opened()
    return None if found is None else KeptCalls(*found)


def opened() -> "tuple[Store, Actor] | None":
    """The store and the user of this page; without a user or a store, the page says why."""
    from emotion.store import retention

    try:
        store = _store(os.environ.get("RAPPORT_DATABASE"))
        today = datetime.now(UTC).date()
        if _cleaned.get(store.where) != today:
            retention.run(store)
            _cleaned[store.where] = today
        actor = _actor(store)
    except StoreError as error:
        st.error(wording.plain(str(error)), icon=":material/error:")
        return None
    return None if actor is None else (store, actor)


@contextmanager
def explained() -> Iterator[None]:
    """Say in the page what the store says, such as that it is away, in place of what is inside."""
    try:
        yield
    except StoreError as error:
        st.error(wording.plain(str(error)), icon=":material/error:")


def save_form(
    timeline: Timeline,
    kind: str,
    began: datetime,
    *,
    key: str,
    title: str = "",
    whose: str = "",
    notes: tuple[SavedNote, ...] = (),
    moments: tuple[Moment, ...] = (),
    consents: tuple[SavedConsent, ...] = (),
) -> None:
    """Offer to keep a call; nothing is kept unless the button is pressed.

    Args:
        timeline: What was read.
        kind: 'live' or 'recording'.
        began: When the call began, with a zone.
        key: Of the call, so that it is saved once.
        title: That is offered.
        whose: Readings these are, where the call has those of several people.
        notes: Of the user.
        moments: That matter.
        consents: That were given.
    """
    saved: set[str] = st.session_state.setdefault("saved-calls", set())
    if key in saved:
        st.success("Saved. It is in the history.", icon=":material/check_circle:")
        return
    form = st.expander(
        "Keep this call", icon=":material/save:", key=f"keep-{key}", on_change="rerun"
    )
    if not form.open:
        return
    with form, explained():
        kept, until = None, ""
        # The form is there all the same: what was typed into it is not lost with the database.
        with explained():
            kept = calls()
            if kept is not None:
                end = kept.end(kind)
                until = f" until {end:%d %B %Y}" if end else " until you delete them"
        with st.form(f"save-{key}", border=False):
            left, middle, right = st.columns(3)
            customer = left.text_input("Customer (a pseudonym)", max_chars=100)
            name = middle.text_input("Title", title, max_chars=200)
            product = right.text_input("Product", max_chars=100)
            of_whom = f" of {wording.plain(whose)}" if whose else ""
            st.caption(
                f"Readings{of_whom}, notes and moments are kept{until}; never a picture or a sound."
            )
            wanted = st.form_submit_button("Save", icon=":material/save:", type="primary")
        if kept is None or not wanted:
            return
        draft = Draft.of(
            timeline,
            kind,
            began,
            customer=customer,
            title=name,
            product=product,
            notes=notes,
            moments=[SavedMoment(one.time, one.kind, one.change, _words(one)) for one in moments],
            consents=consents,
        )
        # It is there where a page was loaded again, or never heard that its call was saved.
        if kind != "live" or not kept.has(draft):
            kept.save(draft)
        saved.add(key)
        st.rerun()


def _words(moment: Moment) -> str:
    """What whoever reviewed a moment called it and wrote of it."""
    return ": ".join(part for part in (moment.title, moment.comment) if part)


def _actor(store: "Store") -> Actor | None:
    """Who uses this page; None, with the reason on the page, if nobody may."""
    if entry.with_sign_in():
        from emotion.store import accounts

        user: Any = st.user
        return accounts.signed_in(store, user.to_dict()) if user.is_logged_in else None
    return LOCAL


@st.cache_resource(show_spinner=False)
def _store(url: str | None) -> "Store":
    from emotion.store.database import Store

    store = Store(url)
    store.upgrade()
    return store
