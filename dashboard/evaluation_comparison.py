"""Reports beside each other: several chosen ones, published figures, and other protocols."""

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from dashboard import evaluation_figures, wording
from dashboard import evaluation_names as names
from dashboard import evaluation_words as words
from emotion.errors import ReportError
from emotion.evaluation import comparison, protocols, published
from emotion.reports import report_files
from emotion.reports.model import Report
from emotion.reports.names import ResultName


def with_published(report: Report, result: str) -> None:
    """Figures that others have published on the same data."""
    if len(report.dataset) != 1:
        return
    modality = result if result in names.MODALITIES else report.modality
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
    met = report.seen_by(modality) > 0
    kind = published.RANDOM if met else published.kind(report.protocol)
    rows.append(
        {
            "system": f"this report: {words.named(result)}",
            "protocol": names.protocol(report.protocol).title,
            "people tested": _PEOPLE[kind],
            "accuracy": words.percent(own),
        }
    )
    st.subheader("Published figures", anchor=False)
    table = pd.DataFrame(rows).sort_values("accuracy", ascending=False)
    words.show_table(table)
    st.caption(
        "Only figures of the same kind of split can be compared: a system that has trained on "
        "the people it is tested on looks far better than it is to other people. Where the split "
        "is not stated, it may be either."
    )


_PEOPLE = {
    published.HELD_OUT: published.HELD_OUT,
    published.RANDOM: "also trained on",
    published.UNSTATED: published.UNSTATED,
}


def side_by_side(found: list[tuple[str, Report]]) -> None:
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
                format_func=words.named,
                key=f"result-{index}-{report_files.digest(report)}",
            )
            chosen.append((name, report, result))
            st.plotly_chart(
                evaluation_figures.confusion(
                    report.results[result].confusion,
                    report.labels,
                    shares=True,
                    unanswered=report.results[result].unanswered,
                ),
                config=evaluation_figures.config(f"{words.stem(report, result)}-confusion", kind),
                theme=None,
                key=f"compared-{index}",
            )
    table = pd.DataFrame(
        [
            {
                "report": f"{index}. {name}",
                "result": words.named(result),
                "predictions": report.results[result].clips,
                **{
                    title: words.percent(getattr(report.results[result], measure))
                    for measure, title in words.MEASURES.items()
                },
            }
            for index, (name, report, result) in enumerate(chosen, start=1)
        ]
    )
    words.show_table(table)
    for index, (_, report, result) in enumerate(chosen[1:], start=2):
        st.markdown(f"**1 against {index}**")
        try:
            first = comparison.predictions(chosen[0][1], chosen[0][2])
            difference = comparison.compare(first, comparison.predictions(report, result))
        except ReportError as error:
            st.info(wording.plain(str(error)), icon=":material/info:")
        else:
            st.markdown(wording.plain(difference.sentence))
    words.save_table(table, "comparison")


def across_protocols(shipped: Iterable[Report]) -> None:
    """What the shipped reports say under random splits and of held-out people.

    Args:
        shipped: Reports of which those on RAVDESS are shown.
    """
    rows = []
    for report in shipped:
        if report.dataset != ["ravdess"] or report.protocol not in _ORDER:
            continue
        if {one.corpus for one in report.trained_on} - {"ravdess"}:
            continue
        modality = names.MODALITIES[report.modality]
        for name, result in report.results.items():
            if name in (ResultName.PLAIN, ResultName.ADAPTED, ResultName.FUSED):
                rows.append(
                    {
                        "system": _system(modality, report, name),
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
    table["protocol"] = [names.protocol(name).title for name in table["protocol"]]
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
        "again; under five folds of actors, and with one speaker left out, every tested person is "
        "held out of training, as a customer is."
    )


_ORDER = [one.name for one in protocols.ALL if not one.needs_several_corpora]


def _system(modality: str, report: Report, result: str) -> str:
    recipe = "" if report.recipe == "default" else f", {report.recipe}"
    adapted = ", speaker-adapted" if result == ResultName.ADAPTED else ""
    alone = ", one person" if len(set(report.tested.speaker)) == 1 else ""
    return f"{modality}{recipe}{adapted}{alone}"
