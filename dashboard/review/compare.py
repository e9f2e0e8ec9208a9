"""Two recordings, or two people of one, side by side."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import charts, wording
from dashboard.review.review import Review
from emotion.conversation.participants import BY_CHANNEL, BY_MOUTH, Participant
from emotion.findings import side_by_side
from emotion.timeline import Timeline

_COLOURS = ("#0F766E", "#B45309")


def show(reviews: Sequence[Review]) -> None:
    """The comparison, where there are two of whom something was read."""
    found = {
        (review.identifier, index): (review, one)
        for review in reviews
        for index, one in enumerate(review.participants)
    }
    if len(found) < 2:
        return
    keys = list(found)

    def name(key: tuple[str, int]) -> str:
        review, one = found[key]
        return review.name if len(review.participants) == 1 else f"{review.name}: {one.name}"

    with st.expander("Compare two", icon=":material/compare_arrows:"):
        left, right = st.columns(2)
        first = left.selectbox("One", keys, format_func=name, key="compare-one")
        # Rather another recording than another person of the same one.
        other = next((n for n, key in enumerate(keys) if key[0] != keys[0][0]), 1)
        second = right.selectbox("Other", keys, index=other, format_func=name, key="compare-other")
        if first == second:
            st.caption("Choose two that are not the same.")
            return
        pair = {name(key): found[key] for key in (first, second)}
        timelines = {label: one.timeline for label, (_, one) in pair.items()}
        st.plotly_chart(_figure(timelines), config=charts.CONFIG, key="compare-chart")
        st.caption("From the start to the end of each, whatever its length.")
        st.dataframe(
            _table({label: (one, _said(review, one)) for label, (review, one) in pair.items()}),
            key="compare-table",
        )


def _figure(timelines: dict[str, Timeline]) -> go.Figure:
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
        legend={"orientation": "h", "y": 1.15},
    )
    figure.update_xaxes(range=(0, 100), ticksuffix=" %", showgrid=False, fixedrange=True)
    figure.update_yaxes(range=(0, 100), title="satisfaction", showgrid=False, fixedrange=True)
    return figure


def _said(review: Review, one: Participant) -> float | None:
    """Share of all that is said, where it is known who speaks."""
    if one.voice_by not in (BY_CHANNEL, BY_MOUTH):
        return None
    everything = sum(sum(other.speech) for other in review.participants)
    return sum(one.speech) / everything if everything else None


def _table(pair: dict[str, tuple[Participant, float | None]]) -> pd.DataFrame:
    columns = {}
    for label, (one, said) in pair.items():
        whole = one.timeline.summary()
        rows = {
            "Length": wording.clock(one.timeline.duration),
            "Satisfaction": "–" if whole.satisfaction is None else f"{whole.satisfaction:.0f}",
            "Share of what is said": "–" if said is None else f"{said:.0%}",
        }
        columns[label] = rows | side_by_side.shares(one.timeline)
    return pd.DataFrame(columns)
