"""Live call: how the customer feels now, and where it turned."""

from typing import Any

import streamlit as st

from dashboard import frame, resources, wording
from dashboard.live import component
from dashboard.live.consent import Consent
from dashboard.live.ice import SettingError, ice_servers
from dashboard.live.running_calls import RunningCall, offered
from emotion.errors import RapportError

TOKEN, ANSWER, SHOWN, WIDGET = "live-token", "live-answer", "live-shown", "live-call"
UNKNOWN = "live-unknown"

GONE = (
    "The server was started anew or has forgotten this call, and what was read in it is lost. "
    "Press Start for a new one."
)
"""What a page hears that comes back to a server which knows nothing of its call."""

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
            # Charts, tables and the store take half as much memory again as a server with calls.
            from dashboard.live import call_end

            call_end.show(ended, _dismiss)
    running = calls.find(st.session_state.get(TOKEN))
    with st.container(key="call"):
        component.mount(
            {
                "iceServers": servers,
                "answer": st.session_state.get(ANSWER),
                "kept": _kept(running),
                "ended": ended is not None,
                "gone": _gone(),
            },
            on_offer_change=_offer,
            on_hello_change=_hello,
            on_ended_change=_ended,
        )


def _kept(running: RunningCall | None) -> dict[str, str] | None:
    """A call that runs without this page, which may go on with it."""
    if running is None or not running.running or running.connected:
        return None
    return {"token": running.token, "clock": wording.clock(running.call.state().seconds)}


def _gone() -> dict[str, str] | None:
    """A call that ran in the page when it came to this server, which knows nothing of it."""
    token = st.session_state.get(UNKNOWN)
    return None if token is None else {"token": token, "why": GONE}


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
        if kept is None and offer.get("again") is True:
            # Another one in its place would tell nobody that what was read is gone.
            answer |= {"final": True, "error": GONE}
        elif kept is None:
            kept = calls.begin(
                token,
                Consent.confirmed(offer.get("consent")),
                offered(offer, "source"),
                baseline=offer.get("baseline") is True,
            )
        elif not kept.running:
            answer |= {"final": True, "error": kept.why or "This call has ended."}
        if kept is not None and "error" not in answer:
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
    hello = _sent("hello")
    token = offered(hello, "token")
    calls, _ = resources.live()
    kept = calls.find(token)
    if kept is None and hello.get("running") is True:
        # Streamlit draws the page of another machine's server anew, as if nothing had been.
        st.session_state[UNKNOWN] = token
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
