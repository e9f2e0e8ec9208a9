"""The chart of a whole timeline."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard import wording
from emotion import emotions, satisfaction
from emotion.moments import Moment
from emotion.timeline import Timeline

CONFIG = {"displayModeBar": False, "responsive": True}

COLUMNS = 600
"""Most points of one line. A longer recording is drawn by means over equal times, so
that a chart of hours is as quick as one of minutes."""

INK = "#64798a"
"""Seen on a light page as well as on a dark one."""
_LOW, _HIGH = "#B42318", "#0F766E"
_HOP = 0.5
_MERGED = [f"fused_{name}" for name in emotions.NAMES]
_RANGE = (-4, 104)


def course(timeline: Timeline, moments: Sequence[Moment]) -> go.Figure:
    """A whole call: satisfaction, the shares of the emotions, and what could be read.

    Args:
        timeline: Of the call.
        moments: To be marked with their numbers, from 1.
    """
    table = _columns(timeline)
    end = max(timeline.duration, _HOP)
    figure = _figure(table, moments, (0.0, end))
    shares = table[_MERGED].fillna(0.0).to_numpy()
    # A step goes on from its own time, so each share begins where its time does;
    # the last one needs an end.
    step = float(table["time"].diff().median()) if len(table) > 1 else _HOP
    edges = np.append(table["time"] - step, table["time"].iloc[-1])
    clocks = [wording.clock(max(edge, 0.0)) for edge in edges]
    for index, emotion in enumerate(emotions.EMOTIONS):
        figure.add_scatter(
            x=edges,
            y=np.append(shares[:, index], shares[-1, index]),
            name=emotion.name.capitalize(),
            customdata=clocks,
            stackgroup="emotions",
            mode="lines",
            line={"width": 0, "shape": "hv"},
            fillcolor=emotion.colour,
            hovertemplate=f"%{{customdata}} {emotion.name} %{{y:.0%}}<extra></extra>",
            row=2,
            col=1,
        )
    read = table[["read_voice", "read_face"]].to_numpy().T
    figure.add_heatmap(
        x=table["time"] - step / 2,
        y=["voice", "face"],
        z=read,
        zmin=0,
        zmax=1,
        colorscale=[(0, "rgba(138,148,158,0.15)"), (1, _HIGH)],
        showscale=False,
        ygap=2,
        hovertemplate="%{y} read %{z:.0%} of this time<extra></extra>",
        row=3,
        col=1,
    )
    figure.update_yaxes(
        row=2, col=1, range=(0, 1), tickvals=[0, 0.5, 1], ticktext=["0 %", "50 %", "100 %"]
    )
    figure.update_layout(
        height=500,
        showlegend=True,
        legend={
            "orientation": "h",
            "y": -0.09,
            "x": 0,
            "traceorder": "normal",
            "itemclick": False,
            "itemdoubleclick": False,
        },
    )
    return figure


def _columns(timeline: Timeline) -> pd.DataFrame:
    """What is drawn of each reading, or of equal times in a timeline of very many."""
    table = timeline.table()[["time", "satisfaction", *_MERGED]].copy()
    # Satisfaction stands while nothing is read; the line shows that there is a gap.
    table.loc[table[_MERGED[0]].isna(), "satisfaction"] = np.nan
    table["read_face"] = [float(r.face.probabilities is not None) for r in timeline.readings]
    table["read_voice"] = [float(r.voice.probabilities is not None) for r in timeline.readings]
    group = -(-len(table) // COLUMNS)
    if group <= 1:
        return table
    number = np.arange(len(table)) // group
    means = table.groupby(number).mean()
    means["time"] = table["time"].groupby(number).max()
    return means


def _figure(
    table: pd.DataFrame,
    moments: Sequence[Moment],
    span: tuple[float, float],
) -> go.Figure:
    """Three rows over one axis of time, the first of which holds satisfaction."""
    figure = make_subplots(
        rows=3, cols=1, shared_xaxes=True, row_heights=[0.38, 0.52, 0.10], vertical_spacing=0.05
    )
    figure.add_scatter(
        x=table["time"],
        y=table["satisfaction"],
        name="Satisfaction",
        mode="lines",
        line={"color": INK, "width": 2.5},
        customdata=[wording.clock(time) for time in table["time"]],
        hovertemplate="%{customdata} satisfaction %{y:.0f}<extra></extra>",
        showlegend=False,
        row=1,
        col=1,
    )
    # After the line, because bands are only drawn where there is something.
    for low, high, colour in (
        (_RANGE[0], satisfaction.DISSATISFIED, _LOW),
        (satisfaction.SATISFIED, _RANGE[1], _HIGH),
    ):
        figure.add_hrect(
            y0=low,
            y1=high,
            fillcolor=colour,
            opacity=0.08,
            line_width=0,
            layer="below",
            row=1,
            col=1,
        )
    for number, moment in enumerate(moments, 1):
        _mark(figure, table, moment, number)
    ticks = wording.ticks(*span)
    figure.update_xaxes(
        range=span,
        tickvals=ticks,
        ticktext=[wording.clock(tick) for tick in ticks],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(showgrid=False, zeroline=False, fixedrange=True)
    figure.update_yaxes(
        row=1,
        col=1,
        range=_RANGE,
        title={"text": "satisfaction", "font_size": 12},
        tickvals=[0, satisfaction.DISSATISFIED, satisfaction.SATISFIED, 100],
    )
    figure.update_layout(
        margin={"l": 70, "r": 16, "t": 8, "b": 24},
        showlegend=False,
        bargap=0,
        hovermode="closest",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        uirevision="same",
    )
    return figure


def _mark(figure: go.Figure, table: pd.DataFrame, moment: Moment, number: int) -> None:
    rises = moment.change > 0
    value = float(np.interp(moment.time, table["time"], table["satisfaction"].ffill().bfill()))
    colour = _HIGH if rises else _LOW
    figure.add_vline(x=moment.time, line={"color": colour, "width": 1, "dash": "dot"}, row=1, col=1)
    figure.add_annotation(
        x=moment.time,
        y=value,
        # Towards the middle, where a label has room.
        ay=28 if value > 50 else -28,
        ax=0,
        text=f"{number}  {wording.change(moment)}",
        font={"color": "#FFFFFF", "size": 13},
        bgcolor=colour,
        borderpad=3,
        arrowcolor=colour,
        arrowwidth=1.5,
        arrowhead=6,
        row=1,
        col=1,
    )
