"""Running an evaluation from the page, in a process that outlives it."""

from pathlib import Path

import streamlit as st

from dashboard import evaluation_reports, server_data, wording
from emotion.errors import ReportError
from emotion.evaluation import protocols
from emotion.jobs.evaluation_run import EvaluationRun, RunState
from emotion.reports.names import ProtocolName

VIEWS = ("Reports", "Run an evaluation", "Models")
"""Names of the views of the page."""

VIEW = "evaluation-view"
"""Key of the view that is shown."""

DATASETS = {
    "ravdess": "RAVDESS",
    "savee": "SAVEE",
    "cremad": "CREMA-D",
    "tess": "TESS",
    "emodb": "EMO-DB",
    "ferplus": "FER+",
    "own": "Data of my own",
}
MODALITIES = {"fused": "Face and voice", "voice": "Voice", "face": "Face"}
SHIPPED, TRAIN = "The shipped models", "Train and test by a protocol"


def page(job: EvaluationRun) -> None:
    """The evaluation that is running or was the last, and the form for another."""
    if not server_data.allowed():
        st.info(server_data.reason(), icon=":material/lock:")
        return
    state = job.state()
    running = state is not None and state.status == "running"
    if running:
        _running(job)
        st.caption("It goes on when you leave this page. Another one can begin when it has ended.")
    elif state is not None:
        _ended(state)
    # Drawn while it runs as well: Streamlit forgets what was chosen in a form that is not.
    _form(job, disabled=running)


@st.fragment(run_every=1.0)
def _running(job: EvaluationRun) -> None:
    """How far it is."""
    state = job.state()
    if state is None or state.status != "running":
        st.rerun()
    with st.container(border=True, key="running"):
        st.subheader(f"Running: {state.title}", anchor=False)
        share = state.done / state.total if state.total else 0.0
        st.progress(min(share, 1.0), text=wording.plain(how_far(state)))
        if st.button("Cancel", icon=":material/cancel:"):
            job.cancel(state.run)
            st.rerun()


def how_far(state: RunState) -> str:
    """How far an evaluation that runs is, in a line."""
    if not state.total:
        return f"Getting ready, {wording.clock(state.seconds)}"
    left = "" if state.left is None else f", about {wording.clock(state.left)} left of this step"
    # Going through 52 clips twice is not reading 104.
    each = max(1, state.total // state.passes)
    at = min(state.done // each, state.passes - 1)
    several = "s" if each != 1 else ""
    title = MODALITIES.get(state.step, state.step)
    step = title if state.passes == 1 else f"{title}, pass {at + 1} of {state.passes}"
    return (
        f"{step}: {state.done - at * each} of {each} {state.unit}{several}, "
        f"{wording.clock(state.seconds)} so far{left}"
    )


def _ended(state: RunState) -> None:
    took = wording.clock(state.seconds)
    if state.status == "done":
        st.success(f"Done in {took}: {wording.plain(state.title)}", icon=":material/check_circle:")
        st.button("Show the report", type="primary", on_click=_show, args=(str(state.report),))
    elif state.status == "cancelled":
        st.info(f"Cancelled after {took}: {wording.plain(state.title)}", icon=":material/cancel:")
    else:
        st.error(
            f"{wording.plain(state.title)} ended after {took}: {wording.plain(state.message)}",
            icon=":material/error:",
        )


def _show(path: str) -> None:
    st.session_state[evaluation_reports.CHOSEN] = [path]
    st.session_state.pop(f"{evaluation_reports.CHOSEN}-field", None)
    st.session_state[VIEW] = VIEWS[0]


def _form(job: EvaluationRun, *, disabled: bool) -> None:
    folders = server_data.folders()
    if not folders:
        st.info(server_data.reason(), icon=":material/info:")
        return
    what = st.segmented_control(
        "Evaluate", (SHIPPED, TRAIN), default=SHIPPED, key="what", disabled=disabled
    )
    trained = what == TRAIN
    left, right = st.columns(2)
    dataset = left.selectbox(
        "Data set",
        list(DATASETS),
        format_func=lambda name: DATASETS[name],
        key="dataset",
        disabled=disabled,
    )
    root = right.selectbox(
        "Its folder on this server",
        folders,
        format_func=server_data.name,
        key="run-folder",
        disabled=disabled,
    )
    if dataset == "ferplus":
        modality = "face"
        trained = False
        st.caption("FER+ has faces alone, and the shipped model is scored on its part 'valid'.")
    else:
        modality = left.selectbox(
            "Modality",
            list(MODALITIES),
            format_func=lambda name: MODALITIES[name],
            key="modality",
            disabled=disabled,
        )
    # Data of one's own is called as its folder is, but never as a corpus that is known by name.
    name = dataset if dataset != "own" else f"own-{root.name}"
    arguments = ["evaluate", name, str(root), "--modality", modality]
    title = f"{MODALITIES[modality]}, {DATASETS[dataset]}"
    if trained:
        # The form names one corpus, so that none can be left out; the strictest stands first.
        splits = {
            one.name: one
            for one in reversed(protocols.of(modality))
            if one.name != ProtocolName.LEAVE_ONE_CORPUS_OUT
        }
        protocol = right.selectbox(
            "Protocol",
            list(splits),
            format_func=lambda name: splits[name].title,
            key="protocol",
            disabled=disabled,
        )
        right.caption(splits[protocol].sentence)
        recipe = "default"
        if modality == "voice":
            recipe = left.selectbox("Recipe", ("default", "paper"), key="recipe", disabled=disabled)
        seed = right.number_input("Seed", 0, 2**31 - 1, 0, key="seed", disabled=disabled)
        arguments = ["cross-validate", name, str(root), "--modality", modality]
        arguments += ["--protocol", protocol, "--recipe", recipe, "--seed", str(seed)]
        title += f", {protocol}" + (f", recipe {recipe}" if recipe != "default" else "")
        if modality != "face" and recipe == "default":
            encoder: Path | None = st.selectbox(
                "Encoder of Whisper base (an npz file in one of the folders)",
                [path for folder in folders for path in sorted(folder.glob("*.npz"))],
                format_func=lambda path: path.name,
                placeholder="None is there; rapport train weights whisper makes it",
                key="npz",
                disabled=disabled,
            )
            arguments += ["--weights", "" if encoder is None else str(encoder)]
    if st.button("Start", type="primary", icon=":material/play_arrow:", disabled=disabled):
        if arguments[-2:] == ["--weights", ""]:
            st.error(
                "There is no npz file of the Whisper encoder in the folders of "
                f"{server_data.SETTING}. `rapport train weights whisper` makes it.",
                icon=":material/error:",
            )
            return
        try:
            job.start(arguments, title)
        except ReportError as error:
            st.error(wording.plain(str(error)), icon=":material/error:")
        else:
            st.rerun()
