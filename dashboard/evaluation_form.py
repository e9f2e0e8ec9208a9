"""Running an evaluation from the page, in a process that outlives it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import evaluation_names as names
from dashboard import evaluation_reports, kept_choices, server_data, wording
from emotion.errors import ReportError
from emotion.evaluation import protocols
from emotion.jobs.evaluation_run import EvaluationRun, RunState
from emotion.reports.names import Modality, ProtocolName

VIEWS = ("Reports", "Run an evaluation", "Models")
"""Names of the views of the page."""

VIEW = "evaluation-view"
"""Key of the view that is shown."""

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
    _form(job, disabled=running)


@st.fragment(run_every=1.0)
def _running(job: EvaluationRun) -> None:
    """How far it is."""
    state = job.state()
    if state is None or state.status != "running":
        st.rerun()
    with st.container(border=True, key="running"):
        st.subheader(wording.plain(f"Running: {state.title}"), anchor=False)
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
    title = names.MODALITIES.get(state.step, state.step)
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


Choice = TypeVar("Choice")


def _choice(
    column: DeltaGenerator, label: str, key: str, options: Mapping[Choice, str], *, disabled: bool
) -> Choice:
    """One of several in a list, the one that was chosen last.

    Args:
        column: In which it is drawn.
        label: Above it.
        key: Under which the choice is kept.
        options: By what they are called, one at least.
        disabled: Whether nothing can be chosen now.
    """
    kept_choices.restore(key, list(options))
    chosen = column.selectbox(
        label, list(options), format_func=lambda one: options[one], key=key, disabled=disabled
    )
    kept_choices.keep(key)
    return chosen


def _form(job: EvaluationRun, *, disabled: bool) -> None:
    folders = server_data.folders()
    if not folders:
        st.info(server_data.reason(), icon=":material/info:")
        return
    kept_choices.restore("what", (SHIPPED, TRAIN))
    what = st.segmented_control(
        "Evaluate", (SHIPPED, TRAIN), key="what", required=True, disabled=disabled
    )
    kept_choices.keep("what")
    trained = what == TRAIN
    if not trained:
        st.caption(names.protocol(ProtocolName.SHIPPED).sentence)
    left, right = st.columns(2)
    dataset: str = _choice(
        left,
        "Data set",
        "dataset",
        {name: one.title for name, one in names.OFFERED.items()},
        disabled=disabled,
    )
    left.caption(names.OFFERED[dataset].sentence)
    root = _choice(
        right,
        "Its folder on this server",
        "run-folder",
        {folder: server_data.name(folder) for folder in folders},
        disabled=disabled,
    )
    if dataset == "ferplus":
        modality = str(Modality.FACE)
        trained = False
        st.caption("FER+ has faces alone, and the shipped model is scored on its part 'valid'.")
    else:
        modality = _choice(left, "Modality", "modality", names.MODALITIES, disabled=disabled)
    # Data of one's own is called as its folder is, but never as a corpus that is known by name.
    name = dataset if dataset != names.OWN else f"own-{root.name}"
    arguments = ["evaluate", name, str(root), "--modality", modality]
    title = f"{names.MODALITIES[modality]}, {names.OFFERED[dataset].title}"
    if trained:
        # The form names one corpus, so that none can be left out; the strictest stands first.
        splits = {
            str(one.name): one
            for one in reversed(protocols.of(modality))
            if not one.needs_several_corpora
        }
        protocol = _choice(
            right,
            "Protocol",
            "protocol",
            {name: one.title for name, one in splits.items()},
            disabled=disabled,
        )
        right.caption(splits[protocol].sentence)
        recipe = "default"
        if modality == Modality.VOICE:
            recipes = {"default": "default", "paper": "paper"}
            recipe = _choice(left, "Recipe", "recipe", recipes, disabled=disabled)
        # Text that is no number is refused by the field itself.
        st.session_state.setdefault("seed", st.session_state.get("kept-seed", 0))
        seed = right.number_input("Seed", 0, 2**31 - 1, key="seed", disabled=disabled)
        kept_choices.keep("seed")
        arguments = ["cross-validate", name, str(root), "--modality", modality]
        arguments += ["--protocol", protocol, "--recipe", recipe, "--seed", str(seed)]
        title += f", {splits[protocol].title}"
        title += f", recipe {recipe}" if recipe != "default" else ""
        if modality != Modality.FACE and recipe == "default":
            encoders = [path for folder in folders for path in sorted(folder.glob("*.npz"))]
            # What was fetched for the face may lie beside it.
            encoders.sort(key=lambda path: "whisper" not in path.name.lower())
            kept_choices.restore("npz", encoders)
            encoder: Path | None = st.selectbox(
                "Encoder of Whisper base (an npz file in one of the folders)",
                encoders,
                format_func=lambda path: path.name,
                placeholder="None is there; rapport train weights whisper makes it",
                key="npz",
                disabled=disabled,
            )
            kept_choices.keep("npz")
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
