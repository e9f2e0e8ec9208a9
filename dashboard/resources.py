"""The shipped models, loaded once for all pages and sessions."""

from functools import cache
from pathlib import Path

import streamlit as st

from dashboard.live.peers import Peers
from dashboard.live.running_calls import RunningCalls
from dashboard.review.desks import Desks
from emotion.errors import ModelError
from emotion.models import manifest
from emotion.models.runtime import one_thread_a_product
from emotion.models.shipped import Models

_begun: list[RunningCalls] = []


def models() -> Models:
    """The models; without them the page says why in a sentence and ends here."""
    try:
        return _load(manifest.folder())
    except ModelError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()


def live() -> tuple[RunningCalls, Peers]:
    """The live calls of this server, and its connections to browsers."""
    return _live(manifest.folder())


def begun() -> RunningCalls | None:
    """The live calls of this server if it has got so far as to take some."""
    return _begun[0] if _begun else None


def desks() -> Desks:
    """The recordings under review on this server."""
    return _desks()


@cache
def _desks() -> Desks:
    # Asked for by the server's own threads as well, to which Streamlit's cache is closed.
    return Desks(lambda: _load(manifest.folder()))


@st.cache_resource(show_spinner="Measuring how many calls this machine can read …")
def _live(place: Path) -> tuple[RunningCalls, Peers]:
    calls = RunningCalls(_load(place))
    _begun[:] = [calls]
    return calls, Peers(calls)


@st.cache_resource(show_spinner="Loading the models …")
def _load(place: Path) -> Models:
    one_thread_a_product()
    return Models.load(place)
