"""The figures of evaluation reports."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts import INK, LEGEND
from emotion.readings.probability import row_shares
from emotion.reports.figures import Bin

ACCENT, SECOND = "#0F766E", "#D55E00"
FORMATS = ("PNG", "SVG")

_COLOURS = [(0.0, "#F7FAFA"), (1.0, ACCENT)]
_CELL = 46


def config(name: str, kind: str) -> dict[str, Any]:
    """Of a chart with one button, which saves the figure in the browser.

    Args:
        name: Of the file, without the ending.
        kind: One of `FORMATS`.
    """
    return {
        "displaylogo": False,
        "displayModeBar": True,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": kind.lower(), "filename": name, "scale": 2},
        "responsive": True,
    }


NOTHING = "no prediction"


def confusion(
    matrix: Sequence[Sequence[int]],
    names: Sequence[str],
    *,
    shares: bool,
    unanswered: Sequence[int] = (),
) -> go.Figure:
    """True classes downwards, predictions across; only true classes that occur.

    Over the cells lie invisible points, which are what a click on a cell hits.

    Args:
        matrix: Counts, a list for each true class.
        names: Of the classes.
        shares: Whether to show the share of each true class's clips instead of counts.
        unanswered: Clips without a prediction by true class; a column of their own if there
            are any.
    """
    counts = np.array(matrix)
    if any(unanswered):
        counts = np.hstack([counts, np.array(unanswered)[:, None]])
    predictions = [*names, NOTHING][: counts.shape[1]]
    rows = [row for row in range(len(names)) if counts[row].sum()]
    part = counts[rows]
    normal = row_shares(part)
    texts = [
        [f"{100 * share:.0f}" if shares else f"{count}" for share, count in zip(*both, strict=True)]
        for both in zip(normal, part, strict=True)
    ]
    figure = go.Figure(
        go.Heatmap(
            z=normal,
            x=predictions,
            y=[names[row] for row in rows],
            text=texts,
            texttemplate="%{text}",
            colorscale=_COLOURS,
            zmin=0,
            zmax=1,
            showscale=False,
            xgap=2,
            ygap=2,
            hoverinfo="skip",
        )
    )
    across, down = np.meshgrid(np.arange(len(predictions)), np.arange(len(rows)))
    figure.add_scatter(
        x=[predictions[int(column)] for column in across.ravel()],
        y=[names[rows[int(row)]] for row in down.ravel()],
        mode="markers",
        marker={"symbol": "square", "size": _CELL - 10, "opacity": 0.01, "color": INK},
        selected={"marker": {"opacity": 0.25}},
        unselected={"marker": {"opacity": 0.01}},
        customdata=np.stack([part.ravel(), np.round(100 * normal.ravel(), 1)], axis=1),
        hovertemplate="true %{y}, predicted %{x}<br>%{customdata[0]} clips, %{customdata[1]} % "
        "of this emotion<extra></extra>",
        showlegend=False,
    )
    figure.update_yaxes(autorange="reversed", title="true", title_standoff=12, fixedrange=True)
    figure.update_xaxes(
        title="predicted",
        # Turned names are longer than the room that the title else leaves them.
        title_standoff=16,
        automargin=True,
        side="bottom",
        tickangle=-35,
        fixedrange=True,
    )
    return _laid_out(figure, 140 + _CELL * len(rows))


def reliability(bins: Sequence[Bin]) -> go.Figure:
    """How often predictions of each confidence are right; the diagonal is what they claim."""
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": INK, "dash": "dot", "width": 1},
        hoverinfo="skip",
        showlegend=False,
    )
    most = max((one.clips for one in bins), default=1)
    figure.add_scatter(
        x=[one.confidence for one in bins],
        y=[one.accuracy for one in bins],
        mode="lines+markers",
        line={"color": ACCENT},
        marker={"size": [6 + 14 * (one.clips / most) ** 0.5 for one in bins]},
        customdata=[one.clips for one in bins],
        hovertemplate="%{customdata} clips: said %{x:.0%}, right %{y:.0%}<extra></extra>",
        showlegend=False,
    )
    # Begun below 0, so that the zeros of the two axes do not lie on each other.
    figure.update_xaxes(title="confidence", range=(-0.04, 1.04), tickformat=".0%", fixedrange=True)
    figure.update_yaxes(title="accuracy", range=(-0.04, 1.04), tickformat=".0%", fixedrange=True)
    return _laid_out(figure, 320)


def groups(table: pd.DataFrame, group: str) -> go.Figure:
    """Accuracy of each kind of clip with 95 % intervals, from `comparison.by_group`."""
    figure = go.Figure(
        go.Bar(
            x=table[group],
            y=table["accuracy"],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": table["high"] - table["accuracy"],
                "arrayminus": table["accuracy"] - table["low"],
                "color": INK,
                "thickness": 1,
            },
            marker={"color": ACCENT},
            width=min(0.8, 0.12 * len(table)),
            customdata=table["clips"],
            hovertemplate="%{x}: %{y:.1%} of %{customdata} clips<extra></extra>",
        )
    )
    figure.update_yaxes(title="accuracy", range=(0, 1.02), tickformat=".0%", fixedrange=True)
    # A name such as 03 is no number.
    figure.update_xaxes(type="category", fixedrange=True)
    return _laid_out(figure, 320)


def protocols(rows: pd.DataFrame) -> go.Figure:
    """Accuracy by protocol, a group of bars for each.

    Args:
        rows: Columns: system, protocol, accuracy (0 to 1).
    """
    figure = go.Figure()
    palette = (ACCENT, SECOND, "#8A8F98", "#0072B2", "#CC79A7", "#E6B000")
    for index, (system, part) in enumerate(rows.groupby("system", sort=False)):
        figure.add_bar(
            x=part["protocol"],
            y=part["accuracy"],
            name=str(system),
            marker={"color": palette[index % len(palette)]},
            text=[f"{100 * share:.0f}" for share in part["accuracy"]],
            hovertemplate="%{fullData.name}, %{x}: %{y:.1%}<extra></extra>",
        )
    figure.update_layout(barmode="group", legend=LEGEND)
    figure.update_yaxes(title="accuracy", range=(0, 1.05), tickformat=".0%", fixedrange=True)
    # Names of several words, which a narrow page turns, would else be cut off.
    figure.update_xaxes(type="category", automargin=True, fixedrange=True)
    return _laid_out(figure, 340)


def _laid_out(figure: go.Figure, height: int) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 110, "r": 16, "t": 30, "b": 60},
        dragmode=False,
        clickmode="event+select",
        font={"color": INK, "size": 13},
        plot_bgcolor="#FFFFFF",
        paper_bgcolor="#FFFFFF",
    )
    return figure
