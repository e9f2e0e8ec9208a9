"""Two timelines side by side: their course in relative time, and their figures."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import charts, wording
from dashboard.palette import ACCENT, WARM
from emotion.conversation import side_by_side
from emotion.timeline.timeline import Timeline

_COLOURS = (ACCENT, WARM)


def show(timelines: Mapping[str, Timeline], rows: Mapping[str, Mapping[str, str]]) -> None:
    """Chart and table of two timelines.

    Args:
        timelines: Two, by the name that they are shown under.
        rows: Further figures of each, by name and by what they are of.
    """
    st.plotly_chart(_figure(timelines), config=charts.CONFIG, key="compare-chart")
    st.caption("From the start to the end of each, whatever its length.")
    columns = {}
    for label, timeline in timelines.items():
        satisfaction = timeline.summary().satisfaction
        figures = {
            "Length": wording.clock(timeline.duration),
            "Satisfaction": "–" if satisfaction is None else f"{satisfaction:.0f}",
        }
        columns[label] = figures | dict(rows.get(label, {})) | side_by_side.shares(timeline)
    st.dataframe(
        pd.DataFrame(columns),
        height="content",
        column_config={"_index": st.column_config.TextColumn(width=165)},
        key="compare-table",
    )


def _figure(timelines: Mapping[str, Timeline]) -> go.Figure:
    figure = go.Figure()
    for colour, (label, timeline) in zip(_COLOURS, timelines.items(), strict=False):
        course = side_by_side.course(timeline)
        figure.add_scatter(
            x=course.index,
            y=course,
            name=label,
            mode="lines",
            line={"color": colour, "width": 2.5},
            hovertemplate="%{x:.0f} % of the time: satisfaction %{y:.0f}<extra></extra>",
        )
    figure.update_layout(
        height=260,
        margin={"l": 50, "r": 16, "t": 8, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend=charts.LEGEND,
    )
    figure.update_xaxes(range=(0, 100), ticksuffix=" %", showgrid=False, fixedrange=True)
    figure.update_yaxes(range=(0, 100), title="satisfaction", showgrid=False, fixedrange=True)
    return figure
