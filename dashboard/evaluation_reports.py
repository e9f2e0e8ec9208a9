"""Reports of evaluations: one in detail, several side by side."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import evaluation_figures, evaluation_table, resources, server_data, wording
from emotion.errors import ReportError
from emotion.evaluation import comparison, protocols, published
from emotion.jobs.evaluation_run import EvaluationRun
from emotion.reports import store, text
from emotion.reports.model import Report, Result

CHOSEN, FOLDER, UPLOADED = "reports-chosen", "dataset-folder", "reports-uploaded"
"""Keys of what the user has chosen, which outlives the page."""

MOST = 4
"""Most reports side by side."""

MEASURES = {
    "accuracy": "Accuracy",
    "unweighted_average_recall": "Mean recall",
    "macro_f1": "Macro F1",
    "expected_calibration_error": "Calibration error ↓",
}
MODALITIES = evaluation_table.MODALITIES
RESULTS = {
    "none": "Not adapted",
    "speaker-adapted": "Speaker-adapted",
    "speaker-adapted, one emotion": "Speaker-adapted, calls of one emotion",
    "voice": "Voice",
    "face": "Face",
    "fused": "Face and voice",
}
_MODALITY_ORDER = ("fused", "voice", "face")
_PLAYED = (".mp4", ".webm", ".mov", ".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac")
_PICTURES = (".mp4", ".webm", ".mov")


def page(job: EvaluationRun) -> None:
    """Choose reports and look at them."""
    names = _choices(job)
    kept = [name for name in st.session_state.get(CHOSEN, []) if name in names]
    if not kept and names:
        kept = [next(iter(names))]
    left, right = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    with left:
        # Streamlit forgets a choice when its page is left, and the user should not have to.
        st.session_state.setdefault(f"{CHOSEN}-field", kept)
        st.session_state[f"{CHOSEN}-field"] = [
            name for name in st.session_state[f"{CHOSEN}-field"] if name in names
        ]
        chosen = st.multiselect(
            "Reports",
            list(names),
            max_selections=MOST,
            format_func=lambda name: names[name],
            help=f"One for its details, up to {MOST} to compare them.",
            key=f"{CHOSEN}-field",
        )
    st.session_state[CHOSEN] = chosen
    found = {name: report for name in names if (report := _report(name))}
    with right, st.popover("Add a report", icon=":material/upload_file:", width="stretch"):
        _upload()
    if not names:
        st.info("There is no report yet. Run an evaluation.", icon=":material/info:")
    elif not chosen:
        st.info("Choose a report to see it, or several to compare them.", icon=":material/info:")
    elif len(chosen) == 1:
        _details(names[chosen[0]], found[chosen[0]])
    else:
        _compared([(names[name], found[name]) for name in chosen])
    if found:
        with st.expander(f"All {len(found)} reports", icon=":material/table_rows:"):
            evaluation_table.show(found, chosen, f"{CHOSEN}-field", MOST)
    _across_protocols()


def _choices(job: EvaluationRun) -> dict[str, str]:
    """What can be chosen, by its key, and its name for the user."""
    choices: dict[str, str] = {}
    ranks: dict[str, int] = {}
    for path in [*job.reports, *_shipped()]:
        try:
            report = _read(str(path), path.stat().st_mtime)
        except (ReportError, OSError) as error:
            st.error(wording.plain(str(error)), icon=":material/error:")
            continue
        choices[str(path)] = title(report)
        # What is the user's own comes first, and then what rests on both senses.
        own = path.parent == job.folder
        ranks[str(path)] = -1 if own else _MODALITY_ORDER.index(report.modality)
    choices = dict(sorted(choices.items(), key=lambda choice: ranks[choice[0]]))
    for name, report in st.session_state.get(UPLOADED, {}).items():
        choices[f"upload:{name}"] = f"{name}: {title(report)}"
    # Streamlit tells choices apart by what is shown of them.
    told: Counter[str] = Counter()
    for name, shown in choices.items():
        told[shown] += 1
        if told[shown] > 1:
            choices[name] = f"{shown} ({told[shown]})"
    return choices


def _shipped() -> list[Path]:
    return sorted((resources.folder() / "reports").glob("*.json"))


@st.cache_data(max_entries=64, show_spinner=False)
def _read(path: str, changed: float) -> Report:
    del changed
    return store.read(Path(path))


def _report(name: str) -> Report | None:
    if name.startswith("upload:"):
        found: Report | None = st.session_state.get(UPLOADED, {}).get(name.partition(":")[2])
        return found
    return _read(name, Path(name).stat().st_mtime)


def _upload() -> None:
    files = st.file_uploader(
        "Reports as `--json` writes them", type="json", accept_multiple_files=True
    )
    kept: dict[str, Report] = st.session_state.setdefault(UPLOADED, {})
    changed = False
    for file in files or []:
        try:
            report = store.parse(file.getvalue().decode("utf-8", "replace"), file.name)
        except ReportError as error:
            st.error(wording.plain(str(error)), icon=":material/error:")
            continue
        if kept.get(file.name) != report:
            kept[file.name] = report
            changed = True
    if changed:
        st.rerun()


def title(report: Report) -> str:
    """A report in a few words."""
    datasets = ", ".join(report.dataset)
    if len(report.dataset) > 2:
        datasets = f"{len(report.dataset)} corpora"
    recipe = "" if report.recipe == "default" else f", recipe {report.recipe}"
    more = sorted({one.corpus for one in report.trained_on} - set(report.dataset))
    trained = f", trained on {len(more)} more" if more else ""
    modality = MODALITIES.get(report.modality, report.modality)
    return (
        f"{modality}, {datasets}, {report.protocol}{recipe}{trained}, "
        f"{report.clips:,} clips, {report.date[:10]}"
    )


def _named(result: str) -> str:
    """A result as people would say it."""
    if result in RESULTS:
        return RESULTS[result]
    return result.replace("fused: ", "Face and voice, rule: ").capitalize()


def _details(name: str, report: Report) -> None:
    """One report: figures, confusion, calibration, kinds of clips, published figures."""
    st.caption(_origin(report))
    _notes(report)
    key = store.digest(report)
    result = st.selectbox("Result", list(report.results), format_func=_named, key=f"result-{key}")
    figures = report.results[result]
    _headline(figures)
    kind = st.segmented_control(
        "Save figures as", evaluation_figures.FORMATS, default="PNG", key="figure-format"
    )
    stem = _stem(report, result)
    left, right = st.columns([3, 2], gap="large")
    with left:
        shares = st.toggle("Share of each true emotion instead of clips", key="confusion-shares")
        with st.container(key="confusion-chart"):
            event = st.plotly_chart(
                evaluation_figures.confusion(
                    figures.confusion,
                    report.labels,
                    shares=shares,
                    unanswered=figures.unanswered,
                ),
                config=evaluation_figures.config(f"{stem}-confusion", kind or "PNG"),
                theme=None,
                on_select="rerun",
                selection_mode="points",
                # A cell that was chosen in another report is none of this.
                key=f"confusion-{key}-{result}",
            )
        if figures.predictions:
            st.caption("Click on a cell to list its clips.")
    table = by_class(figures)
    with right:
        st.dataframe(table, hide_index=True, column_config=_percent_columns(table))
        st.plotly_chart(
            evaluation_figures.reliability(figures.reliability),
            config=evaluation_figures.config(f"{stem}-reliability", kind or "PNG"),
            theme=None,
            key="reliability-chart",
        )
        st.caption("How often answers of each confidence are right; a larger point is more clips.")
    try:
        answers = comparison.predictions(report, result)
    except ReportError as error:
        st.caption(str(error))
    else:
        _cell(answers, report.labels, event["selection"]["points"])
        _groups(answers, stem, kind or "PNG")
    _published(report, result)
    _downloads(report, table, stem)


def _origin(report: Report) -> str:
    """Where a report comes from, as one line."""
    return wording.plain(
        f"{', '.join(report.dataset)} · {report.protocol} · recipe {report.recipe} "
        f"· seed {report.seed} · commit {report.commit or 'unknown'} · {report.date[:16]} UTC "
        f"· {wording.clock(report.seconds)} min"
    )


def _notes(report: Report) -> None:
    for note in report.notes:
        st.caption(f":material/info: {wording.plain(note)}")
    if met := report.seen_in_training:
        st.warning(
            f"{met:,} of {report.clips:,} clips are of people that the shipped voice was "
            "trained on: these figures are optimistically biased.",
            icon=":material/warning:",
        )
    failed = report.failed
    if failed:
        with st.expander(f"{len(failed)} clips could not be read", icon=":material/warning:"):
            st.dataframe(pd.DataFrame(failed.items(), columns=["file", "reason"]), hide_index=True)


def _headline(figures: Result) -> None:
    """The most important figures, large."""
    columns = st.columns(len(MEASURES) + 1)
    for column, (measure, name) in zip(columns, MEASURES.items(), strict=False):
        column.metric(name, f"{text.percent(getattr(figures, measure))} %")
    kinds = figures.satisfaction
    columns[-1].metric(
        "Satisfaction right" if kinds else "Clips",
        f"{text.percent(kinds.accuracy)} %" if kinds else f"{figures.clips:,}",
        help="Satisfied, neutral or dissatisfied: happy and calm; neutral and surprised; the rest.",
    )
    if figures.clips:
        over_folds = text.interval(figures.accuracy_95_over_folds)
        folds = f", {over_folds} % over folds" if len(figures.folds) > 1 else ""
        st.caption(
            f"{figures.clips:,} predictions; accuracy 95 %: "
            f"{text.interval(figures.accuracy_95)} % over clips{folds}."
        )


def by_class(figures: Result) -> pd.DataFrame:
    """Recall, precision and F1 by emotion, in percent; NaN where there is none."""
    rows = [
        {
            "emotion": name,
            **{
                measure: _percent(getattr(figures, measure)[name])
                for measure in ("recall", "precision", "f1")
            },
        }
        for name in figures.recall
    ]
    return pd.DataFrame(rows, columns=["emotion", "recall", "precision", "f1"])


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _percent_columns(table: pd.DataFrame) -> dict[str, Any]:
    columns = {}
    for column in table.columns:
        title = str(column)[0].upper() + str(column)[1:]
        columns[column] = (
            st.column_config.NumberColumn(title, format="%.1f")
            if table[column].dtype == float
            else st.column_config.Column(title)
        )
    return columns


def _cell(answers: pd.DataFrame, labels: list[str], points: list[dict[str, Any]]) -> None:
    """The clips of the chosen cell of the confusion matrix, to be played."""
    if not points:
        return
    true = labels.index(points[0]["y"])
    shown = points[0]["x"]
    answered = -1 if shown == evaluation_figures.NOTHING else labels.index(shown)
    chosen = comparison.cell(answers, true, answered)
    with st.container(border=True, key="cell"):
        st.subheader(f"{labels[true]}, answered {shown}", anchor=False)
        if chosen.empty:
            st.caption("No clip.")
            return
        clips = chosen[["file", "speaker", "fold", "probability"]].reset_index(drop=True)
        event = st.dataframe(
            clips,
            hide_index=True,
            on_select="rerun",
            selection_mode="single-row",
            column_config={"probability": st.column_config.NumberColumn(format="%.2f")},
            key=f"cell-{true}-{answered}",
        )
        folders = server_data.folders()
        if not server_data.allowed() or not folders:
            st.caption(server_data.reason())
            return
        root = st.selectbox(
            "Data set on this server, to play a clip",
            folders,
            format_func=server_data.name,
            key=FOLDER,
        )
        rows = event["selection"]["rows"]
        if rows and root is not None:
            _play(root, str(clips["file"][rows[0]]))
        else:
            st.caption("Choose a clip in the table to play it.")


def _play(folder: Path, name: str) -> None:
    root = folder.resolve()
    path = (root / name.replace("\0", "")).resolve()
    # The name comes from a report, which may be anyone's.
    if not path.is_relative_to(root) or not path.is_file():
        st.warning(wording.plain(f"There is no {name} in {root}."), icon=":material/warning:")
    elif path.suffix.lower() not in _PLAYED:
        st.info(wording.plain(f"Browsers do not play {path.suffix} files: {path}"))
    elif path.suffix.lower() in _PICTURES:
        st.video(str(path))
    else:
        st.audio(str(path))


def _groups(answers: pd.DataFrame, stem: str, kind: str) -> None:
    """Accuracy by speaker, intensity, sex and sentence, as far as they are known."""
    known = [name for name in comparison.GROUPS if answers[name].nunique() > 1]
    if not known:
        return
    group = st.segmented_control("Accuracy by", known, default=known[0], key="group") or known[0]
    table = comparison.by_group(answers, group)
    st.plotly_chart(
        evaluation_figures.groups(table, group),
        config=evaluation_figures.config(f"{stem}-by-{group}", kind),
        theme=None,
        key="group-chart",
    )


def _published(report: Report, result: str) -> None:
    """Figures that others have published on the same data."""
    if len(report.dataset) != 1:
        return
    modality = result if result in MODALITIES else report.modality
    rows = [
        {
            "system": anchor.system,
            "protocol": anchor.protocol,
            "people tested": _PEOPLE[anchor.kind],
            "accuracy": anchor.percent,
        }
        for anchor in published.ANCHORS
        if anchor.dataset == report.dataset[0] and anchor.modality == modality
    ]
    if not rows:
        return
    own = report.results[result].accuracy
    # The shipped face has trained on FER+ alone, so it meets nobody again.
    met = report.seen_in_training and modality != "face"
    kind = published.RANDOM if met else published.kind(report.protocol)
    rows.append(
        {
            "system": f"this report: {_named(result)}",
            "protocol": report.protocol,
            "people tested": _PEOPLE[kind],
            "accuracy": 100 * own if own is not None else None,
        }
    )
    st.subheader("Published figures", anchor=False)
    table = pd.DataFrame(rows).sort_values("accuracy", ascending=False)
    st.dataframe(table, hide_index=True, column_config=_percent_columns(table))
    st.caption(
        "Only figures of the same kind of split can be compared: a system that has trained on "
        "the people it is tested on looks far better than it is to other people. Where the split "
        "is not stated, it may be either."
    )


_PEOPLE = {
    published.HELD_OUT: "held-out people",
    published.RANDOM: "also trained on",
    published.UNSTATED: "not stated",
}


def _compared(found: list[tuple[str, Report]]) -> None:
    """Several reports side by side, and whether they differ by more than chance."""
    st.subheader("Side by side", anchor=False)
    # Two in a row: with more of them nobody could read the cells.
    columns = [column for _ in range(0, len(found), 2) for column in st.columns(2, gap="medium")][
        : len(found)
    ]
    chosen: list[tuple[str, Report, str]] = []
    kind = st.session_state.get("figure-format") or "PNG"
    for index, (column, (name, report)) in enumerate(zip(columns, found, strict=True)):
        with column:
            st.markdown(f"**{index + 1}.** {wording.plain(name)}")
            result = st.selectbox(
                "Result",
                list(report.results),
                format_func=_named,
                key=f"result-{index}-{store.digest(report)}",
            )
            chosen.append((name, report, result))
            st.plotly_chart(
                evaluation_figures.confusion(
                    report.results[result].confusion,
                    report.labels,
                    shares=True,
                    unanswered=report.results[result].unanswered,
                ),
                config=evaluation_figures.config(f"{_stem(report, result)}-confusion", kind),
                theme=None,
                key=f"compared-{index}",
            )
    table = pd.DataFrame(
        [
            {
                "report": f"{index}. {name}",
                "result": _named(result),
                "answers": report.results[result].clips,
                **{
                    title: None
                    if (value := getattr(report.results[result], measure)) is None
                    else 100 * value
                    for measure, title in MEASURES.items()
                },
            }
            for index, (name, report, result) in enumerate(chosen, start=1)
        ]
    )
    st.dataframe(table, hide_index=True, column_config=_percent_columns(table))
    for index, (_, report, result) in enumerate(chosen[1:], start=2):
        st.markdown(f"**1 against {index}**")
        try:
            first = comparison.predictions(chosen[0][1], chosen[0][2])
            difference = comparison.compare(first, comparison.predictions(report, result))
        except ReportError as error:
            st.info(wording.plain(str(error)), icon=":material/info:")
        else:
            st.markdown(wording.plain(difference.sentence))
    _save_table(table, "comparison")


def _across_protocols() -> None:
    """What the shipped reports say under random splits and of held-out people."""
    rows = []
    for path in _shipped():
        try:
            report = _read(str(path), path.stat().st_mtime)
        except (ReportError, OSError):
            continue
        if report.dataset != ["ravdess"] or report.protocol not in _ORDER:
            continue
        if {one.corpus for one in report.trained_on} - {"ravdess"}:
            continue
        sense = MODALITIES[report.modality]
        for name, result in report.results.items():
            if name in ("none", "speaker-adapted", "fused"):
                rows.append(
                    {
                        "system": _system(sense, report, name),
                        "protocol": report.protocol,
                        "accuracy": result.accuracy,
                    }
                )
    if not rows:
        return
    table = pd.DataFrame(rows)
    table = table.sort_values(
        "protocol", key=lambda column: column.map(_ORDER.index), kind="stable"
    )
    st.subheader("What random splits hide", anchor=False)
    st.plotly_chart(
        evaluation_figures.protocols(table),
        config=evaluation_figures.config("rapport-protocols", "PNG"),
        theme=None,
        key="protocols-chart",
    )
    st.caption(
        "The same recognisers on RAVDESS. Under a random split clips, or even frames, of one "
        "person stand on both sides, and what is measured is partly whether a person is known "
        "again; under actor-5fold and loso every tested person is a stranger, as a customer is."
    )


_ORDER = [one.name for one in protocols.ALL if one.name != "leave-one-corpus-out"]


def _system(sense: str, report: Report, result: str) -> str:
    recipe = "" if report.recipe == "default" else f", {report.recipe}"
    adapted = ", speaker-adapted" if result == "speaker-adapted" else ""
    alone = ", one person" if len(set(report.tested.get("speaker", []))) == 1 else ""
    return f"{sense}{recipe}{adapted}{alone}"


def _downloads(report: Report, table: pd.DataFrame, stem: str) -> None:
    with st.container(horizontal=True, key="report-downloads"):
        st.download_button(
            "Report (JSON)",
            store.written(report),
            f"{stem}.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )
        _table_buttons(table, f"{stem}-by-emotion")


def _save_table(table: pd.DataFrame, stem: str) -> None:
    with st.container(horizontal=True, key="table-downloads"):
        _table_buttons(table, stem)


def _table_buttons(table: pd.DataFrame, stem: str) -> None:
    st.download_button(
        "Table (CSV)",
        table.round(2).to_csv(index=False),
        f"{stem}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    st.download_button(
        "Table (LaTeX)",
        latex(table),
        f"{stem}.tex",
        "text/x-tex",
        icon=":material/download:",
        on_click="ignore",
    )


def latex(table: pd.DataFrame) -> str:
    """A table for a paper, with the lines of the package booktabs."""
    return str(table.to_latex(index=False, float_format="%.1f", na_rep="--", escape=True))


def _stem(report: Report, result: str) -> str:
    """Name of a file for what is saved of a result."""
    words = [*report.dataset[:2], report.modality, report.protocol, result]
    return re.sub(r"[^a-z0-9]+", "-", "-".join(["rapport", *words]).lower()).strip("-")
