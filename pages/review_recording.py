"""Review recordings: their timelines, the moments that matter, and files to download."""

from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import call_store, call_summary, entry, frame, resources, wording
from dashboard.live.running_calls import offered
from dashboard.review import compare, downloads, people_form, player, tracks_form, uploader
from dashboard.review.desks import Desk
from dashboard.review.review import Review, State
from emotion.errors import RapportError

LIMITS = (
    "Read recordings of people who know and agree. Your own staff are not to be read, in "
    "role-plays either: at work the EU forbids it (AI Act, Art. 5(1)(f))."
)
"""Of use, as the live page says before each call."""

DESK, SHOWN, PERSON = "review-desk", "review-shown", "review-person"
UPLOADER, PLAYER = "review-uploader", "review-player"


def page() -> None:
    """The whole page: what is uploaded, how far it is, and one recording that has been read."""
    frame.begin("Review recordings")
    resources.models()
    desk = _desk()
    baseline = call_summary.baseline("It counts for recordings that are added from now on.")
    review = None if desk is None else _shown(desk)
    uploader.mount(
        desk,
        None if review is None else review.identifier,
        baseline=baseline,
        key=UPLOADER,
        on_hello_change=_hello,
        on_changed_change=lambda: None,
        on_open_change=_open,
    )
    st.caption(LIMITS)
    if desk is None or review is None:
        return
    show(desk, review, baseline)
    compare.show(desk.finished, (review.identifier, _person(review)))


def show(desk: Desk, review: Review, baseline: bool) -> None:
    """What was read in a recording.

    Args:
        desk: That the recording lies on.
        review: The recording.
        baseline: Whether the page asks for readings relative to the person's ordinary face.
    """
    st.header(wording.plain(review.name), anchor=False)
    if baseline != review.baseline and review.playable:
        st.button(
            f"Read it anew {'calibrated' if baseline else 'without calibration'}",
            icon=":material/refresh:",
            on_click=_read_anew,
            args=(review, baseline),
        )
    if review.warning:
        st.warning(wording.plain(review.warning), icon=":material/warning:")
    tracks_form.show(review, lambda tracks: resources.desks().read(review, tracks=tracks))
    people_form.show(review)
    index = _person(review)
    timeline = review.participants[index].timeline
    player.mount(
        desk.token,
        review,
        index,
        key=PLAYER,
        on_moment_change=_moment,
        on_person_change=_choose,
    )
    whole, files = st.columns([1, 1], gap="large")
    with whole, st.container(key="summary"):
        call_summary.summary(timeline)
        call_summary.shares(timeline)
        call_summary.talk(review.talk)
        one = review.participants[index]
        asked = review.conversation is not None and review.conversation.asks_for_speakers
        if one.shares_voice and any(one.speech):
            st.caption(
                "The voice is shared: all that is heard counts as this person's, whoever speaks."
                + (" If several people do, say above how many." if asked else "")
            )
    with files:
        st.subheader("Download", anchor=False)
        downloads.buttons(review, index)
        downloads.annotated(resources.desks(), desk, review)
        st.caption("Readings are estimates, not facts about a person.")
        moments = review.moments_of(index).moments
        several = len(review.participants) > 1
        call_store.save_form(
            timeline,
            "recording",
            datetime.now().astimezone(),
            key=f"{review.identifier}-{index}",
            title=Path(review.name).stem,
            whose=(f"{one.name} ({one.role})" if one.role else one.name) if several else "",
            moments=tuple(moments),
        )


def _desk() -> Desk | None:
    """The recordings of this browser, once it has said which ones these are."""
    token = st.session_state.get(DESK)
    if token is None:
        return None
    desks = resources.desks()
    desk = desks.desk(token)
    context = get_script_run_ctx()
    if context is not None:
        desks.enter(desk, context.session_id, entry.user())
    return desk


def _shown(desk: Desk) -> Review | None:
    """The recording that was opened last, or else the first one that has been read."""
    review = desk.reviews.get(st.session_state.get(SHOWN, ""))
    if review is not None and review.state is State.DONE:
        return review
    finished = desk.finished
    if not finished:
        return None
    st.session_state[SHOWN] = finished[0].identifier
    return finished[0]


def _person(review: Review) -> int:
    """Whose timeline is shown: who was chosen, or the customer, or the first."""
    people = review.participants
    chosen = st.session_state.get(PERSON, {}).get(review.identifier)
    if chosen is not None and chosen < len(people):
        return int(chosen)
    return next((index for index, one in enumerate(people) if one.is_customer), 0)


def _read_anew(review: Review, baseline: bool) -> None:
    resources.desks().read(review, baseline=baseline)


def _sent(component: str, name: str) -> Any:
    return getattr(st.session_state.get(component), name, None) or {}


def _hello() -> None:
    """The browser says which recordings are its own."""
    token = offered(_sent(UPLOADER, "hello"), "token")
    try:
        resources.desks().desk(token)
    except RapportError as error:
        st.toast(str(error), icon=":material/error:")
        return
    st.session_state[DESK] = token


def _open() -> None:
    st.session_state[SHOWN] = offered(_sent(UPLOADER, "open"), "id")


def _choose() -> None:
    index = _sent(PLAYER, "person").get("index")
    if isinstance(index, int):
        st.session_state.setdefault(PERSON, {})[st.session_state.get(SHOWN)] = index


def _moment() -> None:
    """A moment was added, changed or deleted in the player."""
    desk = _desk()
    review = None if desk is None else _shown(desk)
    if review is None:
        return
    moments = review.moments_of(_person(review))
    sent = _sent(PLAYER, "moment")
    match offered(sent, "action"):
        case "add":
            time = sent.get("time")
            if isinstance(time, int | float):
                moments.add(float(time))
        case "change":
            moments.change(offered(sent, "key"), offered(sent, "title"), offered(sent, "comment"))
        case "delete":
            moments.delete(offered(sent, "key"))


page()
