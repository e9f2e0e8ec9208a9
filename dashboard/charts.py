"""The chart of a whole timeline."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard import wording
from dashboard.palette import ACCENT, LOW
from emotion.readings import emotions, satisfaction
from emotion.readings.reading import HOP
from emotion.timeline.moments import Moment
from emotion.timeline.timeline import Timeline

CONFIG = {"displayModeBar": False, "responsive": True}

LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
"""Above a figure, upwards: on a narrow page, where it takes several lines, it would else lie on
what is drawn."""

COLUMNS = 600
"""Most points of one line. A longer recording is drawn by means over equal times, so
that a chart of hours is as quick as one of minutes."""

INK = "#64798a"
"""Seen on a light page as well as on a dark one."""
_RANGE = (-4, 104)


def course(timeline: Timeline, moments: Sequence[Moment]) -> go.Figure:
    """A whole call: satisfaction, the shares of the emotions, and what could be read.

    Args:
        timeline: Of the call.
        moments: To be marked with their numbers, from 1.
    """
    lines = _lines(timeline)
    end = max(timeline.duration, HOP)
    figure = _figure(lines, moments, (0.0, end))
    # A step goes on from its own time, so each share begins where its time does;
    # the last one needs an end.
    step = float(np.median(np.diff(lines.times))) if len(lines.times) > 1 else HOP
    edges = np.append(lines.times - step, lines.times[-1])
    clocks = [wording.clock(max(edge, 0.0)) for edge in edges]
    shares = np.nan_to_num(lines.shares)
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
    figure.add_heatmap(
        x=lines.times - step / 2,
        y=["voice", "face"],
        z=lines.read.T,
        zmin=0,
        zmax=1,
        colorscale=[(0, "rgba(138,148,158,0.15)"), (1, ACCENT)],
        showscale=False,
        ygap=2,
        hovertemplate="%{y} read %{z:.0%} of this time<extra></extra>",
        row=3,
        col=1,
    )
    figure.update_yaxes(
        row=2, col=1, range=(0, 1), tickvals=[0, 0.5, 1], ticktext=["0 %", "50 %", "100 %"]
    )
    figure.update_layout(height=470)
    return figure


@dataclass(frozen=True)
class _Lines:
    """What is drawn of each reading, or of equal times in a timeline of very many.

    Tables of pandas would do the same, and keep 90 MB of every server that a call ended on.

    Attributes:
        times: Seconds, shape (n,).
        satisfaction: 0 to 100, shape (n,); NaN where nothing was read, though it stands then:
            the line shows that there is a gap.
        shares: Fused, shape (n, 8), NaN where nothing was read.
        read: Whether the voice and the face were, 0 to 1, shape (n, 2).
    """

    times: np.ndarray
    satisfaction: np.ndarray
    shares: np.ndarray
    read: np.ndarray


def _lines(timeline: Timeline) -> _Lines:
    readings = timeline.readings
    nothing = np.full(emotions.COUNT, np.nan)
    scores = [None if one.fused is None else one.satisfaction for one in readings]
    times = np.array([one.time for one in readings])
    columns = np.column_stack(
        [
            np.array([np.nan if score is None else score for score in scores]),
            np.stack([nothing if one.fused is None else one.fused for one in readings]),
            np.array(
                [
                    [sense.probabilities is not None for sense in (one.voice, one.face)]
                    for one in readings
                ],
                float,
            ),
        ]
    )
    group = -(-len(times) // COLUMNS)
    if group > 1:
        starts = np.arange(0, len(times), group)
        known = np.isfinite(columns)
        counts = np.add.reduceat(known, starts)
        sums = np.add.reduceat(np.where(known, columns, 0.0), starts)
        columns = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
        times = np.maximum.reduceat(times, starts)
    return _Lines(times, columns[:, 0], columns[:, 1:-2], columns[:, -2:])


def _figure(
    lines: _Lines,
    moments: Sequence[Moment],
    span: tuple[float, float],
) -> go.Figure:
    """Three rows over one axis of time, the first of which holds satisfaction."""
    figure = make_subplots(
        rows=3, cols=1, shared_xaxes=True, row_heights=[0.38, 0.52, 0.10], vertical_spacing=0.05
    )
    figure.add_scatter(
        x=lines.times,
        y=lines.satisfaction,
        name="Satisfaction",
        mode="lines",
        line={"color": INK, "width": 2.5},
        customdata=[wording.clock(time) for time in lines.times],
        hovertemplate="%{customdata} satisfaction %{y:.0f}<extra></extra>",
        showlegend=False,
        row=1,
        col=1,
    )
    # After the line, because bands are only drawn where there is something.
    for low, high, colour in (
        (_RANGE[0], satisfaction.DISSATISFIED, LOW),
        (satisfaction.SATISFIED, _RANGE[1], ACCENT),
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
        _mark(figure, lines, moment, number)
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


def _mark(figure: go.Figure, lines: _Lines, moment: Moment, number: int) -> None:
    known = np.isfinite(lines.satisfaction)
    value = float(np.interp(moment.time, lines.times[known], lines.satisfaction[known]))
    # Nothing rises or falls at what somebody added.
    colour = INK if not moment.change else ACCENT if moment.change > 0 else LOW
    figure.add_vline(x=moment.time, line={"color": colour, "width": 1, "dash": "dot"}, row=1, col=1)
    figure.add_annotation(
        x=moment.time,
        y=value,
        # Towards the middle, where a label has room.
        ay=28 if value > 50 else -28,
        ax=0,
        text=f"{number}  {wording.change(moment)}".rstrip(),
        font={"color": "#FFFFFF", "size": 13},
        bgcolor=colour,
        borderpad=3,
        arrowcolor=colour,
        arrowwidth=1.5,
        arrowhead=6,
        row=1,
        col=1,
    )
