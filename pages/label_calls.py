"""Label calls: people say how satisfied customers were, blind to the reading, which is scored."""

from functools import partial

import streamlit as st

from dashboard import call_store, frame, wording
from emotion.errors import StoreError
from emotion.store import ratings
from emotion.store.access import LOCAL, Actor, rater_here
from emotion.store.database import Store
from emotion.store.ratings import GROUPS, Agreement

PASSED = "label-passed"
_ICONS = dict(zip(GROUPS, ("sentiment_satisfied", "sentiment_neutral", "mood_bad"), strict=True))


def page() -> None:
    """The next call to label, and how raters and readings agree so far."""
    frame.begin("Label calls")
    st.write(
        "How satisfied was the customer at the end of a call that you kept? Answer from memory and "
        "notes: what Rapport read is not shown, so that it can be compared with your answers."
    )
    with call_store.explained():
        found = call_store.opened()
        if found is not None:
            _labels(*found)


def _labels(store: Store, actor: Actor) -> None:
    if actor.subject == LOCAL.subject:
        name = st.text_input(
            "Your name or initials, as several people can label",
            key="label-rater",
            max_chars=40,
        )
        if not name.strip():
            st.info("Enter a name or initials to begin.", icon=":material/badge:")
            _agreement(ratings.agreement(store, actor))
            return
        actor = rater_here(name)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _next(store, actor)
    with right:
        _agreement(ratings.agreement(store, actor))


def _next(store: Store, actor: Actor) -> None:
    passed: set[str] = st.session_state.setdefault(PASSED, set())
    waiting = [call for call in ratings.to_rate(store, actor) if call not in passed]
    if not waiting:
        st.success("There is no call left for you to label.", icon=":material/done_all:")
        if passed:
            st.button("Go through the ones you skipped", on_click=passed.clear)
        return
    call = ratings.blind(store, actor, waiting[0])
    st.caption(f"{len(waiting)} to label")
    with st.container(border=True, key="label-call"):
        title = call.title or f"Call of {call.started_at:%d %B %Y}"
        st.subheader(wording.plain(title), anchor=False)
        facts = [
            f"{call.started_at:%A, %d %B %Y, %H:%M} UTC",
            f"{wording.clock(call.duration)} long",
            call.customer and f"with {call.customer}",
            call.product and f"about {call.product}",
        ]
        st.caption(wording.plain(", ".join(fact for fact in facts if fact)))
        for time, label, text in call.notes:
            said = wording.plain(" ".join((label, text)).strip())
            st.markdown(f"**{wording.clock(time)}** {said}")
        with st.container(horizontal=True):
            for group in GROUPS:
                st.button(
                    group.capitalize(),
                    icon=f":material/{_ICONS[group]}:",
                    key=f"label-{group}",
                    on_click=partial(_rate, store, actor, call.identifier, group),
                )
            st.button(
                "Skip",
                key="label-pass",
                type="tertiary",
                on_click=partial(passed.add, call.identifier),
            )


def _agreement(found: Agreement) -> None:
    st.subheader("So far", anchor=False)
    if not found.calls:
        st.caption("No call has been labelled yet.")
        return
    left, right = st.columns(2)
    left.metric("Calls labelled", found.calls)
    right.metric("Raters", found.raters)
    if found.accuracy is not None and found.interval is not None:
        low, high = found.interval
        st.metric("Readings that agree with the raters", wording.percent(found.accuracy))
        st.caption(
            f"{found.right} of {found.scored} calls with a majority of raters; 95 % interval "
            f"{wording.percent(low)} to {wording.percent(high)}. Naas & Sigg (2020) report "
            "78 % on calls of their own."
        )
    if found.alpha is None:
        st.caption("Agreement of raters needs two of them on the same calls.")
    else:
        st.metric("Agreement of raters (Krippendorff's alpha)", f"{found.alpha:.2f}")
        st.caption("1 is perfect, 0 is chance; from 0.67 on tentative conclusions are drawn.")


def _rate(store: Store, actor: Actor, call: str, group: str) -> None:
    try:
        ratings.rate(store, actor, call, group)
    except StoreError as error:
        st.toast(str(error), icon=":material/error:")


page()
