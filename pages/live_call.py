"""Live call: how the customer feels now, and where it turned."""

from typing import Any

import streamlit as st

from dashboard import call_summary, charts, frame, kept_calls, resources, wording
from dashboard.live import component
from dashboard.live.calls import KeptCall, offered
from dashboard.live.consent import AGREED, Consent
from dashboard.live.ice import SettingError, ice_servers
from emotion.errors import RapportError
from emotion.exports import html_report
from emotion.moments import turning_points
from emotion.store.drafts import SavedConsent, SavedNote

TOKEN, ANSWER, SHOWN, WIDGET = "live-token", "live-answer", "live-shown", "live-call"

WIDE = "<style>.block-container { max-width: 1760px; }</style>"
"""A page that stays open beside a call uses all the room that there is."""


def page() -> None:
    """The call in the browser's hands, and what it came to once it has ended."""
    frame.begin("Live call")
    st.html(WIDE)
    resources.models()
    try:
        servers = ice_servers()
    except SettingError as error:
        st.error(str(error), icon=":material/error:")
        return
    calls, _ = resources.live()
    ended = calls.find(st.session_state.get(SHOWN))
    with st.container(key="ended"):
        if ended is not None:
            summary(ended)
    running = calls.find(st.session_state.get(TOKEN))
    with st.container(key="call"):
        component.mount(
            {
                "iceServers": servers,
                "answer": st.session_state.get(ANSWER),
                "kept": _kept(running),
                "ended": ended is not None,
            },
            on_offer_change=_offer,
            on_hello_change=_hello,
            on_ended_change=_ended,
        )


def summary(kept: KeptCall) -> None:
    """What a call came to, until it is dismissed."""
    timeline = kept.call.timeline()
    head, away = st.columns([4, 1], vertical_alignment="bottom")
    head.subheader("The call has ended", anchor=False)
    with away:
        st.button(
            "Dismiss",
            icon=":material/delete:",
            help="Forgets everything that was read in this call, at once.",
            on_click=_dismiss,
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
    st.plotly_chart(charts.course(timeline, found), config=charts.CONFIG, key="course-chart")
    stem = f"rapport-call-{kept.began:%Y-%m-%d-%H%M}"
    document = kept.document() | {"moments": [moment.document() for moment in found]}
    call_summary.downloads(
        timeline,
        stem,
        timeline.parquet(),
        document=document,
        report=html_report.make(timeline, found, document, title=f"Call of {kept.began:%d %B %Y}"),
    )
    kept_calls.save_form(
        timeline,
        "live",
        kept.began.astimezone(),
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


def _talk(kept: KeptCall) -> None:
    talk = kept.call.talk()
    if talk is None or talk.own_share is None:
        return
    st.caption(
        f"You spoke {talk.own_share:.0%} of what was said; your longest turn took "
        f"{wording.clock(talk.longest(customer=False))}, the customer's "
        f"{wording.clock(talk.longest(customer=True))}. You interrupted "
        f"{len(talk.interruptions)} times; {len(talk.pauses)} pauses of two seconds and more."
    )


def _notes(kept: KeptCall) -> None:
    if kept.notes:
        st.subheader("Notes", anchor=False)
        for note in kept.notes:
            st.markdown(f"**{wording.clock(note.time)}** {wording.plain(note.text)}")


def _kept(running: KeptCall | None) -> dict[str, str] | None:
    """A call that runs without this page, which may go on with it."""
    if running is None or not running.running or running.connected:
        return None
    return {"token": running.token, "clock": wording.clock(running.call.state().seconds)}


def _sent(name: str) -> Any:
    return getattr(st.session_state.get(WIDGET), name, None) or {}


def _offer() -> None:
    """The browser has captured something: answer it."""
    offer = _sent("offer")
    token = offered(offer, "token")
    answer: dict[str, Any] = {"id": offered(offer, "id")}
    try:
        calls, peers = resources.live()
        kept = calls.find(token)
        if kept is None:
            kept = calls.begin(
                token,
                Consent.confirmed(offer.get("consent")),
                offered(offer, "source"),
                baseline=offer.get("baseline") is True,
            )
        elif not kept.running:
            answer |= {"final": True, "error": kept.why or "This call has ended."}
        if "error" not in answer:
            try:
                answer["sdp"] = peers.answer(
                    kept, offered(offer, "sdp"), offer.get("roles") or {}, ice_servers()
                )
            except RapportError:
                if not kept.call.state().frames:
                    calls.dismiss(token)
                raise
            st.session_state[TOKEN] = token
            st.session_state.pop(SHOWN, None)
    except RapportError as error:
        answer |= {"error": str(error)}
    st.session_state[ANSWER] = answer


def _hello() -> None:
    """A page has come back and knows of a call."""
    token = offered(_sent("hello"), "token")
    calls, _ = resources.live()
    kept = calls.find(token)
    if kept is not None:
        st.session_state[TOKEN if kept.running else SHOWN] = token


def _ended() -> None:
    """The browser stopped, or heard that the call has ended."""
    token = offered(_sent("ended"), "token")
    calls, peers = resources.live()
    kept = calls.find(token)
    if kept is None:
        return
    kept.end()
    peers.close(token)
    kept.call.stop(2.0)
    st.session_state.pop(TOKEN, None)
    st.session_state.pop(ANSWER, None)
    st.session_state[SHOWN] = token


def _dismiss(token: str) -> None:
    resources.live()[0].dismiss(token)
    st.session_state.pop(SHOWN, None)


page()
