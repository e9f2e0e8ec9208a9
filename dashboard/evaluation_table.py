"""All reports as one table: narrowed down, and with those marked that can be compared."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard import evaluation_names as names
from dashboard.evaluation_words import percent
from emotion.evaluation import comparison
from emotion.reports.model import Report

_FILTERS = {"modality": "Modality", "dataset": "Data set", "protocol": "Protocol"}


def rows(reports: Mapping[str, Report], chosen: Sequence[str] = ()) -> pd.DataFrame:
    """What is known of each report, by its key.

    Columns: comparable (whether it tests clips of the first chosen one, with the same
    classes), modality, dataset, protocol, recipe, clips, accuracy, low and high (95 % over
    clips), all three in percent or None, and date. The accuracy is that of the first result.

    Args:
        reports: By key.
        chosen: Keys of those that are shown.
    """
    first = next((reports[key] for key in chosen if key in reports), None)
    table = []
    for key, report in reports.items():
        result = next(iter(report.results.values()))
        low, high = result.accuracy_95
        table.append(
            {
                "key": key,
                "comparable": first is not None and comparable(first, report),
                "modality": names.MODALITIES[report.modality],
                "dataset": names.data_sets(report),
                "protocol": names.protocol(report.protocol).title,
                "recipe": report.recipe,
                "clips": report.clips,
                "accuracy": percent(result.accuracy),
                "low": percent(low),
                "high": percent(high),
                "date": report.date[:10],
            }
        )
    return pd.DataFrame(table).set_index("key") if table else pd.DataFrame()


def comparable(one: Report, other: Report) -> bool:
    """Whether two reports ask the same question of clips that both have."""
    return one.labels == other.labels and comparison.share_clips(one, other)


def narrowed(table: pd.DataFrame, wanted: Mapping[str, str | None]) -> pd.DataFrame:
    """The rows with the wanted values.

    Args:
        table: As `rows` gives it.
        wanted: By column; None for any value.
    """
    for column, value in wanted.items():
        if value is not None:
            table = table[table[column] == value]
    return table


def show(reports: Mapping[str, Report], chosen: Sequence[str], field: str, most: int) -> None:
    """Draw the table; rows that are selected are chosen.

    Args:
        reports: By key.
        chosen: Keys of those that are shown.
        field: Key of the state of the session that holds the chosen keys.
        most: Largest number to choose.
    """
    table = rows(reports, chosen)
    columns = st.columns(len(_FILTERS))
    wanted = {
        name: column.selectbox(
            title,
            sorted(table[name].unique()),
            index=None,
            placeholder="Any",
            key=f"reports-{name}",
        )
        for column, (name, title) in zip(columns, _FILTERS.items(), strict=True)
    }
    shown = narrowed(table, wanted)
    key = "reports-table"

    def choose() -> None:
        selected = st.session_state[key]["selection"]["rows"]
        if selected:
            st.session_state[field] = [str(shown.index[row]) for row in selected[:most]]

    st.dataframe(
        # In words: a second column of boxes would look as if it could be ticked, too.
        shown.assign(comparable=shown["comparable"].map({True: "yes", False: ""})),
        hide_index=True,
        height="content",
        on_select=choose,
        selection_mode="multi-row",
        key=key,
        placeholder="–",
        column_config={
            "comparable": st.column_config.TextColumn(
                "Comparable",
                help="Tests clips that the chosen report tests as well, for the same emotions.",
            ),
            "modality": "Modality",
            "dataset": "Data set",
            "protocol": "Protocol",
            "recipe": "Recipe",
            "clips": st.column_config.NumberColumn("Clips", format="localized"),
            "accuracy": st.column_config.NumberColumn("Accuracy %", format="%.1f"),
            "low": st.column_config.NumberColumn("95 % from", format="%.1f"),
            "high": st.column_config.NumberColumn("95 % to", format="%.1f"),
            "date": "Date",
        },
    )
    st.caption(f"Select up to {most} rows to show and compare them.")
