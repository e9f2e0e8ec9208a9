"""Review a recording: its timeline, the moments that matter, and files to take away."""

from pathlib import Path

import streamlit as st

from dashboard import call_summary, charts, frame, resources, wording
from dashboard.upload import Job
from emotion.moments import Moment, turning_points

VIDEO = {
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/mp4",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
}
AUDIO = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
}
UNPLAYED = ("avi", "mpg", "mpeg", "wmv", "flv", "3gp", "ts", "wma", "aif", "aiff")
"""Read by Rapport, but not played by browsers."""

LEAD = 3.0
"""Seconds before a moment from which the player starts, to see what led to it."""

JOB, SHOWN, JUMPS = "review-job", "review-shown", "review-jumps"


def page() -> None:
    """The whole page: an upload, its progress, and the newest file that could be read."""
    frame.begin("Review a recording")
    models = resources.models()
    upload = st.file_uploader(
        "A video or sound file of a call. This server keeps it in memory until you close the "
        "page or another file takes its place, and on disk only during the analysis.",
        type=[*VIDEO, *AUDIO, *UNPLAYED],
        key="upload",
    )
    baseline = call_summary.baseline("A change reads the file anew.")
    job: Job | None = st.session_state.get(JOB)
    if upload is not None and (
        job is None or (job.upload, job.baseline) != (upload.file_id, baseline)
    ):
        job = Job(upload.file_id, upload.name, upload.getvalue(), models, baseline=baseline)
        st.session_state[JOB] = job
    if job is not None and not job.done:
        with st.container(key="progress"):
            progress(job)
    elif job is not None and job.error is not None:
        st.error(wording.plain(job.error), icon=":material/error:")
    elif job is not None and st.session_state.get(SHOWN) is not job:
        st.session_state[SHOWN] = job
        st.session_state[JUMPS] = []
    if SHOWN in st.session_state:
        show(st.session_state[SHOWN])


@st.fragment(run_every=0.5)
def progress(job: Job) -> None:
    """How far the analysis is; runs the page again once it is done."""
    if job.done:
        st.rerun()
    st.progress(job.share, f"Reading {wording.plain(job.name)} … {job.share:.0%}")


def show(job: Job) -> None:
    """What was read in a file."""
    timeline = job.timeline
    assert timeline is not None
    found = turning_points(timeline)
    st.header(wording.plain(job.name), anchor=False)
    if timeline.warning:
        st.warning(wording.plain(timeline.warning), icon=":material/warning:")
    watch, turns = st.columns([1, 1], gap="large")
    with watch, st.container(key="player"):
        player(job)
    with turns, st.container(key="summary"):
        call_summary.summary(timeline)
        st.subheader("Moments that matter", anchor=False)
        moments(found)
    with st.container(key="timeline"):
        st.subheader("Timeline", anchor=False)
        st.plotly_chart(charts.course(timeline, found), config=charts.CONFIG, key="timeline-chart")
    whole, files = st.columns([1, 1], gap="large")
    with whole:
        st.subheader("On average", anchor=False)
        call_summary.shares(timeline)
    with files:
        st.subheader("Take away", anchor=False)
        call_summary.downloads(timeline, Path(job.name).stem, job.parquet)
        st.caption("Readings are estimates, not facts about a person.")


def player(job: Job) -> None:
    """The file to watch or hear, from the moment that was pressed last."""
    ending = Path(job.name).suffix[1:].lower()
    jumps: list[float] = st.session_state[JUMPS]
    place, play = int(jumps[-1]) if jumps else 0, bool(jumps)
    # A player that already stands at a place does not go there again; a new one does.
    with st.container(key=f"player-{len(jumps)}"):
        if ending in VIDEO:
            st.video(job.content, VIDEO[ending], place, autoplay=play)
        elif ending in AUDIO:
            st.audio(job.content, AUDIO[ending], start_time=place, autoplay=play)
    if ending not in (*VIDEO, *AUDIO):
        st.info(
            f"Browsers do not play {ending.upper()} files. The times below are those of the file.",
            icon=":material/info:",
        )


def moments(found: list[Moment]) -> None:
    """The moments as buttons that play them."""
    if not found:
        call_summary.moments(found)
        return
    st.caption("Press one to play it from three seconds before.")
    with st.container(key="moments"):
        for number, moment in enumerate(found, 1):
            st.button(
                f"{number}\\. {call_summary.sentence(moment)}",
                key=f"moment-{number}",
                on_click=_jump,
                args=(max(moment.time - LEAD, 0.0),),
                type="tertiary",
            )


def _jump(time: float) -> None:
    st.session_state[JUMPS].append(time)


page()
