"""Batch: how far the recordings are that `rapport analyze --out` reads."""

from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard import batches, frame, wording
from emotion.batch.output_folder import FAILURES
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
    # In a row, and in two or three where the page is narrow.
    with st.container(horizontal=True, gap="medium"):
        for name, figure in (
            ("Read", f"{status.done:,}"),
            ("There already", f"{status.kept:,}"),
            ("Could not be read", f"{status.failed:,}"),
            ("A minute", f"{status.rate:.1f}"),
            ("Left", "–" if status.left is None else wording.clock(status.left)),
        ):
            st.metric(name, figure, width="content")
    if status.workers:
        st.subheader("Workers", anchor=False)
        whole = st.column_config.NumberColumn(format="localized")
        st.dataframe(
            workers(status),
            hide_index=True,
            key="batch-workers",
            column_config={"Memory, MB": whole, "Limit, MB": whole},
        )
    if status.failures:
        _failures(folder, status)


def _failures(folder: Path, status: Status) -> None:
    """What could not be read, with the reason as a whole: a table would cut it off."""
    st.subheader("Could not be read, latest first", anchor=False)
    if status.failed > len(status.failures):
        st.caption(
            wording.plain(
                f"The latest {len(status.failures)} of {status.failed:,}; all of them are in "
                f"{folder / FAILURES}."
            )
        )
    st.markdown(
        "\n".join(
            f"- **{wording.plain(failure.source)}**  \n  {wording.plain(failure.error)}"
            for failure in reversed(status.failures)
        )
    )


def workers(status: Status) -> pd.DataFrame:
    """The workers, a row each.

    Args:
        status: Of the run.
    """
    rows = [
        (
            worker.name,
            STATES.get(worker.state, worker.state),
            worker.reading,
            round(worker.memory / 1e6),
            round(worker.limit / 1e6) if worker.limit else None,
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
