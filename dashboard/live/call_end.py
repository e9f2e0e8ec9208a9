"""What a live call came to: summary, charts, exports, and how it is kept."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard import call_store, call_summary, wording
from dashboard.live.consent import AGREED
from dashboard.live.running_calls import RunningCall
from emotion.exports import html_report
from emotion.store.drafts import SavedConsent, SavedNote
from emotion.timeline.moments import turning_points


def show(kept: RunningCall, dismiss: Callable[[str], None]) -> None:
    """What a call came to, until it is dismissed.

    Args:
        kept: That has ended.
        dismiss: Forgets the call that a page knows by a token.
    """
    timeline = kept.call.timeline()
    head, away = st.columns([4, 1], vertical_alignment="bottom")
    head.subheader("The call has ended", anchor=False)
    with away:
        st.button(
            "Dismiss",
            icon=":material/delete:",
            help="Forgets everything that was read in this call, at once.",
            on_click=dismiss,
            args=(kept.token,),
            width="stretch",
        )
    if kept.why:
        st.info(kept.why, icon=":material/info:")
    if not timeline.readings:
        st.info("It ended before anything was read.", icon=":material/info:")
        return
    st.caption(
        "What was read is kept on this server for an hour, or until you dismiss it. Save what "
        "you want to keep."
    )
    found = turning_points(timeline)
    left, right = st.columns([1, 1], gap="large")
    with left:
        call_summary.summary(timeline)
        st.subheader("Moments that matter", anchor=False)
        call_summary.moments(found)
    with right:
        call_summary.shares(timeline)
        _talk(kept)
        _notes(kept)
    call_summary.course(timeline, found, key="course-chart")
    stem = f"rapport-call-{kept.began:%Y-%m-%d-%H%M}"
    document = kept.document() | {"moments": [moment.document() for moment in found]}
    call_summary.downloads(
        timeline,
        stem,
        document=document,
        facts=kept.facts(),
        report=partial(
            html_report.make, timeline, found, document, title=f"Call of {kept.began:%d %B %Y}"
        ),
    )
    call_store.save_form(
        timeline,
        "live",
        kept.began,
        key=kept.token,
        notes=tuple(SavedNote(note.time, text=note.text) for note in kept.notes),
        moments=tuple(found),
        consents=(SavedConsent(kept.consent.by, kept.consent.at, AGREED),),
    )
    st.caption(
        f"Confirmed by {wording.plain(kept.consent.by)} at "
        f"{kept.consent.at.astimezone():%H:%M} that the other side agrees. "
        "Readings are estimates of expressions, not of what a person feels."
    )


def _talk(kept: RunningCall) -> None:
    talk = kept.call.talk()
    if talk is None or talk.own_share is None:
        return
    st.caption(
        f"You spoke {wording.percent(talk.own_share)} of what was said; your longest turn took "
        f"{wording.clock(talk.longest(customer=False))}, the customer's "
        f"{wording.clock(talk.longest(customer=True))}. Times that you interrupted: "
        f"{len(talk.interruptions)}. Pauses of two seconds and more: {len(talk.pauses)}."
    )


def _notes(kept: RunningCall) -> None:
    if kept.notes:
        st.subheader("Notes", anchor=False)
        for note in kept.notes:
            st.markdown(f"**{wording.clock(note.time)}** {wording.plain(note.text)}")
