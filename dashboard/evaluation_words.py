"""Names of what a report says, and its tables: shown, saved as CSV and for a paper."""

import re
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import evaluation_names as names
from emotion.reports.model import Report
from emotion.reports.names import Modality, ResultName, rule_of

MEASURES = {
    "accuracy": "Accuracy",
    "unweighted_average_recall": "Mean recall",
    "macro_f1": "Macro F1",
    "expected_calibration_error": "Calibration error ↓",
}
HELP = {
    "expected_calibration_error": "Lower is better: how far the confidence of predictions is from "
    "their accuracy, on average over bins of confidence (Guo et al. 2017).",
}
"""What is said of a measure that is asked about."""

RESULTS = {
    str(ResultName.PLAIN): "Not adapted",
    str(ResultName.ADAPTED): "Speaker-adapted",
    str(ResultName.ADAPTED_TO_ONE_EMOTION): "Speaker-adapted, calls of one emotion",
} | names.MODALITIES


def title(report: Report) -> str:
    """A report in a few words."""
    recipe = "" if report.recipe == "default" else f", recipe {report.recipe}"
    more = sorted({one.corpus for one in report.trained_on} - set(report.dataset))
    trained = f", trained on {len(more)} more" if more else ""
    return (
        f"{names.MODALITIES[report.modality]}, {names.data_sets(report)}, "
        f"{names.protocol(report.protocol).title}{recipe}{trained}, "
        f"{report.clips:,} clips, {report.date[:10]}"
    )


def named(result: str) -> str:
    """A result as people would say it."""
    rule = rule_of(result)
    if rule is not None:
        return f"{names.MODALITIES[Modality.FUSED]}, rule: {rule}"
    return RESULTS.get(result) or result.capitalize()


def percent(share: float | None) -> float | None:
    """A share in percent; None of None."""
    return None if share is None else 100 * share


def show_table(table: pd.DataFrame) -> None:
    """Draw a table; where there is no figure it has '–'.

    Args:
        table: Numbers in percent, and words.
    """
    columns = percent_columns(table)
    st.dataframe(table, hide_index=True, column_config=columns, placeholder="–")


def percent_columns(table: pd.DataFrame) -> dict[str, Any]:
    """How the columns of a table are shown: capitals, and numbers as percent."""
    columns = {}
    for column in table.columns:
        title = str(column)[0].upper() + str(column)[1:]
        columns[column] = (
            st.column_config.NumberColumn(title, format="%.1f")
            if table[column].dtype == float
            else st.column_config.Column(title)
        )
    return columns


def save_table(table: pd.DataFrame, stem: str) -> None:
    """Buttons that save a table, in a row of their own.

    Args:
        table: To save.
        stem: Name of the files without their ending.
    """
    with st.container(horizontal=True, key="table-downloads"):
        table_buttons(table, stem)


def table_buttons(table: pd.DataFrame, stem: str) -> None:
    """Buttons that save a table.

    Args:
        table: To save.
        stem: Name of the files without their ending.
    """
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


def stem(report: Report, result: str) -> str:
    """Name of a file for what is saved of a result."""
    words = [*report.dataset[:2], report.modality, report.protocol, result]
    return re.sub(r"[^a-z0-9]+", "-", "-".join(["rapport", *words]).lower()).strip("-")
