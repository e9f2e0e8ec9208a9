"""Reports of evaluations: one in detail, several side by side."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import (
    evaluation_comparison,
    evaluation_figures,
    evaluation_table,
    server_data,
    wording,
)
from dashboard import evaluation_names as names
from dashboard import evaluation_words as words
from emotion.errors import ReportError
from emotion.evaluation import comparison
from emotion.jobs.evaluation_run import EvaluationRun
from emotion.models import manifest
from emotion.reports import report_files, text
from emotion.reports.figures import Result
from emotion.reports.model import Report

CHOSEN, FOLDER, UPLOADED = "reports-chosen", "dataset-folder", "reports-uploaded"
"""Keys of what the user has chosen, which outlives the page."""

MOST = 4
"""Most reports side by side."""

_PLAYED = (".mp4", ".webm", ".mov", ".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac")
_PICTURES = (".mp4", ".webm", ".mov")


def page(job: EvaluationRun) -> None:
    """Choose reports and look at them."""
    titles = _choices(job)
    kept = [name for name in st.session_state.get(CHOSEN, []) if name in titles]
    if not kept and titles:
        kept = [next(iter(titles))]
    left, right = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    with left:
        # Streamlit forgets a choice when its page is left, and the user should not have to.
        st.session_state.setdefault(f"{CHOSEN}-field", kept)
        st.session_state[f"{CHOSEN}-field"] = [
            name for name in st.session_state[f"{CHOSEN}-field"] if name in titles
        ]
        chosen = st.multiselect(
            "Reports",
            list(titles),
            max_selections=MOST,
            format_func=lambda name: titles[name],
            help=f"One for its details, up to {MOST} to compare them.",
            key=f"{CHOSEN}-field",
        )
    st.session_state[CHOSEN] = chosen
    found = {name: report for name in titles if (report := _report(name))}
    with right, st.popover("Add a report", icon=":material/upload_file:", width="stretch"):
        _upload()
    if not titles:
        st.info("There is no report yet. Run an evaluation.", icon=":material/info:")
    elif not chosen:
        st.info("Choose a report to see it, or several to compare them.", icon=":material/info:")
    elif len(chosen) == 1:
        _details(titles[chosen[0]], found[chosen[0]])
    else:
        evaluation_comparison.side_by_side([(titles[name], found[name]) for name in chosen])
    if found:
        with st.expander(f"All {len(found)} reports", icon=":material/table_rows:"):
            evaluation_table.show(found, chosen, f"{CHOSEN}-field", MOST)
    evaluation_comparison.across_protocols(_shipped_reports())


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
        choices[str(path)] = words.title(report)
        # What is the user's own comes first, and then what rests on both modalities.
        own = path.parent == job.folder
        ranks[str(path)] = -1 if own else list(names.MODALITIES).index(report.modality)
    choices = dict(sorted(choices.items(), key=lambda choice: ranks[choice[0]]))
    for name, report in st.session_state.get(UPLOADED, {}).items():
        choices[f"upload:{name}"] = f"{name}: {words.title(report)}"
    # Streamlit tells choices apart by what is shown of them.
    repeated: Counter[str] = Counter()
    for name, shown in choices.items():
        repeated[shown] += 1
        if repeated[shown] > 1:
            choices[name] = f"{shown} ({repeated[shown]})"
    return choices


def _shipped() -> list[Path]:
    return sorted((manifest.folder() / "reports").glob("*.json"))


def _shipped_reports() -> Iterator[Report]:
    for path in _shipped():
        try:
            yield _read(str(path), path.stat().st_mtime)
        except (ReportError, OSError):
            continue


@st.cache_data(max_entries=64, show_spinner=False)
def _read(path: str, changed: float) -> Report:
    del changed
    return report_files.read(Path(path))


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
            report = report_files.parse(file.getvalue().decode("utf-8", "replace"), file.name)
        except ReportError as error:
            st.error(wording.plain(str(error)), icon=":material/error:")
            continue
        if kept.get(file.name) != report:
            kept[file.name] = report
            changed = True
    if changed:
        st.rerun()


def _details(name: str, report: Report) -> None:
    """One report: figures, confusion, calibration, kinds of clips, published figures."""
    st.caption(_origin(report))
    # Of more than two a sentence each would be longer than what is said of them.
    few = report.dataset if len(report.dataset) <= 2 else []
    about = [names.data_set(name).sentence for name in few]
    st.caption(" ".join([*about, names.protocol(report.protocol).sentence]).strip())
    _notes(report)
    key = report_files.digest(report)
    result = st.selectbox(
        "Result", list(report.results), format_func=words.named, key=f"result-{key}"
    )
    figures = report.results[result]
    _headline(figures)
    kind = st.segmented_control(
        "Save figures as", evaluation_figures.FORMATS, default="PNG", key="figure-format"
    )
    stem = words.stem(report, result)
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
        words.show_table(table)
        st.plotly_chart(
            evaluation_figures.reliability(figures.reliability),
            config=evaluation_figures.config(f"{stem}-reliability", kind or "PNG"),
            theme=None,
            key="reliability-chart",
        )
        st.caption(
            "How often predictions of each confidence are right; a larger point is more clips."
        )
    try:
        predictions = comparison.predictions(report, result)
    except ReportError as error:
        st.caption(wording.plain(str(error)))
    else:
        _cell(predictions, report.labels, event["selection"]["points"])
        _groups(predictions, stem, kind or "PNG")
    evaluation_comparison.with_published(report, result)
    _downloads(report, table, stem)


def _origin(report: Report) -> str:
    """Where a report comes from, as one line."""
    return wording.plain(
        f"{names.data_sets(report)} · {names.protocol(report.protocol).title} "
        f"· recipe {report.recipe} · seed {report.seed} · commit {report.commit or 'unknown'} "
        f"· {report.date[:16].replace('T', ' ')} UTC · took {wording.clock(report.seconds)}"
    )


def _notes(report: Report) -> None:
    for note in report.notes:
        st.caption(f":material/info: {wording.plain(note)}")
    if seen := text.seen_in_training(report):
        st.warning(wording.plain(seen), icon=":material/warning:")
    failed = report.failed
    if failed:
        with st.expander(f"{len(failed)} clips could not be read", icon=":material/warning:"):
            st.dataframe(pd.DataFrame(failed.items(), columns=["file", "reason"]), hide_index=True)


def _headline(figures: Result) -> None:
    """The most important figures, large."""
    columns = st.columns(len(words.MEASURES) + 1)
    for column, (measure, name) in zip(columns, words.MEASURES.items(), strict=False):
        share = text.percent(getattr(figures, measure))
        column.metric(name, f"{share} %", help=words.HELP.get(measure))
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
                measure: words.percent(getattr(figures, measure)[name])
                for measure in ("recall", "precision", "f1")
            },
        }
        for name in figures.recall
    ]
    return pd.DataFrame(rows, columns=["emotion", "recall", "precision", "f1"])


def _cell(predictions: pd.DataFrame, labels: list[str], points: list[dict[str, Any]]) -> None:
    """The clips of the chosen cell of the confusion matrix, to be played."""
    if not points:
        return
    true = labels.index(points[0]["y"])
    shown = points[0]["x"]
    predicted = -1 if shown == evaluation_figures.NOTHING else labels.index(shown)
    chosen = comparison.cell(predictions, true, predicted)
    with st.container(border=True, key="cell"):
        st.subheader(wording.plain(f"{labels[true]}, predicted {shown}"), anchor=False)
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
            key=f"cell-{true}-{predicted}",
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


def _groups(predictions: pd.DataFrame, stem: str, kind: str) -> None:
    """Accuracy by speaker, intensity, sex and sentence, as far as they are known."""
    known = [name for name in comparison.GROUPS if predictions[name].nunique() > 1]
    if not known:
        return
    group = st.segmented_control("Accuracy by", known, default=known[0], key="group") or known[0]
    table = comparison.by_group(predictions, group)
    st.plotly_chart(
        evaluation_figures.groups(table, group),
        config=evaluation_figures.config(f"{stem}-by-{group}", kind),
        theme=None,
        key="group-chart",
    )


def _downloads(report: Report, table: pd.DataFrame, stem: str) -> None:
    with st.container(horizontal=True, key="report-downloads"):
        st.download_button(
            "Report (JSON)",
            report_files.written(report),
            f"{stem}.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )
        words.table_buttons(table, f"{stem}-by-emotion")
