"""Batch: how far the recordings are that `rapport analyze --out` reads."""

import pandas as pd
import streamlit as st

from dashboard import batches, frame, wording
from emotion.batch.status import DONE, RUNNING, Status
from emotion.errors import ReportError

STATES = {RUNNING: "running", "paused": "paused: near its limit of memory"}


def page() -> None:
    """The batch of the folder that the server's owner named."""
    frame.begin("Batch")
    if batches.folder() is None:
        st.info(
            f"No batch is shown. Name a folder of results of rapport analyze in {batches.SETTING} "
            "when the server is started.",
            icon=":material/info:",
        )
        return
    progress()


@st.fragment(run_every=2.0)
def progress() -> None:
    """What the folder says now."""
    folder = batches.folder()
    assert folder is not None
    try:
        status = Status.read(folder)
    except ReportError as error:
        st.error(wording.plain(str(error)), icon=":material/error:")
        return
    if status is None:
        st.info(wording.plain(f"No batch has begun in {folder}."), icon=":material/info:")
        return
    tried = status.kept + status.done + status.failed
    st.caption(wording.plain(str(folder)))
    st.progress(min(status.share, 1.0), text=f"{tried:,} of {status.total:,} recordings")
    _state(status)
    figures = st.columns(5)
    figures[0].metric("Read", f"{status.done:,}")
    figures[1].metric("There already", f"{status.kept:,}")
    figures[2].metric("Could not be read", f"{status.failed:,}")
    figures[3].metric("A minute", f"{status.rate:.1f}")
    figures[4].metric("Left", "–" if status.left is None else wording.clock(status.left))
    if status.workers:
        st.subheader("Workers", anchor=False)
        st.dataframe(workers(status), hide_index=True, key="batch-workers")
    if status.failures:
        st.subheader("Could not be read, latest first", anchor=False)
        rows = [(failure.source, failure.error) for failure in reversed(status.failures)]
        st.dataframe(
            pd.DataFrame(rows, columns=["Recording", "Why"]), hide_index=True, key="batch-failures"
        )


def workers(status: Status) -> pd.DataFrame:
    """The workers, a row each."""
    rows = [
        (
            worker.name,
            STATES.get(worker.state, worker.state),
            worker.reading,
            f"{worker.memory / 1e6:,.0f}",
            f"{worker.limit / 1e6:,.0f}" if worker.limit else "–",
        )
        for worker in status.workers
    ]
    return pd.DataFrame(rows, columns=["Worker", "State", "Reads", "Memory, MB", "Limit, MB"])


def _state(status: Status) -> None:
    if status.silent:
        st.warning(
            "It says that it runs, and has not been heard of for half a minute. If it was killed, "
            "the same command does the rest.",
            icon=":material/warning:",
        )
    elif status.state == DONE:
        st.success("Every recording was tried.", icon=":material/check:")
    elif status.state != RUNNING:
        st.info("It was ended; the same command does the rest.", icon=":material/info:")


page()
