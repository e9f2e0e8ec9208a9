"""Pieces of HTML for what has to be grasped at a glance.

They are lighter than charts: they change twice a second without a flicker. Their style
are in `style.css`. To a screen reader each drawing is one picture with one sentence.
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np

from dashboard import wording
from emotion import emotions, satisfaction
from emotion.moments import Moment
from emotion.readings import Prediction, Reading
from emotion.timeline import Timeline
from emotion.voice.windows import HOP

STYLE = Path(__file__).with_name("style.css")

_HALF = 1.4
"""Half the width of a line, in percent of the height of its chart."""

_SAID = 5
"""Most emotions of a chart that are said one after the other."""


def mood(probabilities: np.ndarray | None, note: str) -> str:
    """The likeliest emotion, large, with a note of what it rests on.

    Args:
        probabilities: Fused, shape (8,), or None where nothing is read.
        note: One short line.
    """
    if probabilities is None:
        return waiting("Nothing to read", note)
    best = int(probabilities.argmax())
    name = emotions.NAMES[best]
    share = f"{100 * probabilities[best]:.0f} %"
    return _mood(
        wording.SYMBOLS[name], name.capitalize(), f"{share} · {note}", wording.COLOURS[name]
    )


def mostly(name: str, note: str) -> str:
    """An emotion that stands for a whole call, large, with a note of how much of it."""
    return _mood(wording.SYMBOLS[name], name.capitalize(), note, wording.COLOURS[name])


def mixed(note: str) -> str:
    """What stands in the place of an emotion where none of them is most of the time."""
    return _mood("contrast", "Mixed", note, "var(--rapport-faint)")


def waiting(title: str, note: str) -> str:
    """What stands in the place of the likeliest emotion while there is none."""
    return _mood("hourglass_empty", title, note, "var(--rapport-faint)")


def gauge(value: float | None) -> str:
    """Satisfaction on its scale from 0 to 100."""
    if value is None:
        figure, word, marker = "", "not known", ""
        said = "Satisfaction not known"
    else:
        figure, word = f"{value:.0f}", satisfaction.label(value)
        marker = f'<i class="rapport-marker" style="left:{value:.1f}%"></i>'
        said = f"Satisfaction {figure} of 100, {word}"
    low, high = satisfaction.DISSATISFIED, satisfaction.SATISFIED
    return (
        f'<div class="rapport-gauge" role="img" aria-label="{said}">'
        '<div class="rapport-line"><span>Satisfaction</span>'
        f'<span><b>{figure}</b> <em class="rapport-{word.split()[0]}">{word}</em></span></div>'
        '<div class="rapport-scale">'
        f'<i class="rapport-low" style="width:{low:g}%"></i>'
        f'<i class="rapport-middle" style="width:{high - low:g}%"></i>'
        f'<i class="rapport-high" style="width:{100 - high:g}%"></i>{marker}</div></div>'
    )


def legend() -> str:
    """Which colour is which emotion."""
    # Beside the chart and not in it: where a page is turned or made narrow, Plotly leaves its own
    # lying on the chart.
    parts = (
        f'<span><i style="background:{one.colour}"></i>{one.name.capitalize()}</span>'
        for one in emotions.EMOTIONS
    )
    return f'<div class="rapport-legend">{"".join(parts)}</div>'


def bars(probabilities: np.ndarray | None) -> str:
    """The eight probabilities as bars, always in the same order."""
    rows = []
    for index, emotion in enumerate(emotions.EMOTIONS):
        share = 0.0 if probabilities is None else 100 * float(probabilities[index])
        figure = "" if probabilities is None else f"{share:.0f} %"
        best = probabilities is not None and index == int(probabilities.argmax())
        rows.append(
            f'<div class="rapport-bar{" rapport-best" if best else ""}">'
            f"<span>{emotion.name.capitalize()}</span>"
            f'<i><i style="width:{share:.1f}%;background:{emotion.colour}"></i></i>'
            f"<b>{figure}</b></div>"
        )
    said = "Emotions not known"
    if probabilities is not None:
        order = np.argsort(-probabilities, kind="stable")
        said = ", ".join(f"{emotions.NAMES[i]} {100 * probabilities[i]:.0f} %" for i in order)
    return (
        f'<div class="rapport-bars" role="img" aria-label="{said.capitalize()}">'
        f"{''.join(rows)}</div>"
    )


def sense(name: str, symbol: str, prediction: Prediction | None, advice: str | None = None) -> str:
    """What face or voice says by itself, or why it says nothing.

    Args:
        name: 'Face' or 'Voice'.
        symbol: Name in the symbol font.
        prediction: Of the sense; None before the first reading.
        advice: What the user should do about it, or None.
    """
    if advice is not None:
        tone, text = " rapport-warning", advice
    elif prediction is None or prediction.probabilities is None:
        tone, text = " rapport-absent", wording.reason(prediction.reason if prediction else None)
    else:
        best = int(prediction.probabilities.argmax())
        share = f"{100 * prediction.probabilities[best]:.0f} %"
        tone, text = " rapport-read", f"{emotions.NAMES[best].capitalize()} {share}"
    return (
        f'<div class="rapport-sense{tone}">{_symbol(symbol)}'
        f"<div><small>{name}</small><p>{text}</p></div></div>"
    )


def rolling(timeline: Timeline, span: float, moments: Sequence[Moment]) -> str:
    """Satisfaction over the last seconds of a call, and the main emotion below it.

    Args:
        timeline: Of the last `span` seconds of a call.
        span: Seconds that the chart is wide.
        moments: To be marked; at times within the chart.
    """
    end = max(timeline.duration, span / 4)
    start = max(end - span, 0.0)

    def across(time: float) -> float:
        return 100 * (min(max(time, start), end) - start) / (end - start)

    low, high = satisfaction.DISSATISFIED, satisfaction.SATISFIED
    lines, runs = [], []
    for best, run in groupby(timeline.readings, _best):
        # Satisfaction stands while nothing is read; the line shows that there is a gap.
        if best is None:
            continue
        part = list(run)
        left, right = across(part[0].time - HOP), across(part[-1].time)
        clocks = [wording.clock(max(part[0].time - HOP, 0)), wording.clock(part[-1].time)]
        runs.append(
            f'<i style="left:{left:.2f}%;width:{right - left:.2f}%;'
            f'background:{emotions.EMOTIONS[best].colour}" '
            f'title="{"–".join(clocks)} {emotions.NAMES[best]}"></i>'
        )
    for known, run in groupby(timeline.readings, lambda reading: _best(reading) is not None):
        if known:
            points = [(across(r.time), 100 - (r.satisfaction or 0.0)) for r in run]
            # A band cut out of a box, because Streamlit lets no SVG through.
            edge = [(x, y - _HALF) for x, y in points] + [(x, y + _HALF) for x, y in points[::-1]]
            polygon = ",".join(f"{x:.2f}% {y:.1f}%" for x, y in edge)
            lines.append(f'<i class="rapport-trace" style="clip-path:polygon({polygon})"></i>')
    times = [reading.time for reading in timeline.readings]
    scores = [50.0 if r.satisfaction is None else r.satisfaction for r in timeline.readings]
    marks = []
    for moment in moments:
        height = 100 - float(np.interp(moment.time, times, scores))
        # Towards the middle, where a label has room.
        top = height + (30 if height < 50 else -30)
        tone = "high" if moment.change > 0 else "low"
        marks.append(
            f'<b class="rapport-{tone}" style="left:{across(moment.time):.2f}%;top:{top:.1f}%">'
            f"{wording.change(moment)}</b>"
        )
    scale = (
        f'<span style="top:{100 - value:g}%">{value:g}</span>' for value in (0, low, high, 100)
    )
    clock = (
        f'<span style="left:{across(tick):.2f}%">{wording.clock(tick)}</span>'
        for tick in wording.ticks(start, end)
    )
    return (
        f'<div class="rapport-rolling" role="img" aria-label="{_said(timeline, span)}">'
        "<small>Satisfaction</small>"
        f'<div class="rapport-course"><div class="rapport-values">{"".join(scale)}</div>'
        f'<i class="rapport-high" style="top:0;height:{100 - high:g}%"></i>'
        f'<i class="rapport-low" style="bottom:0;height:{low:g}%"></i>'
        f"{''.join(lines)}{''.join(marks)}</div>"
        f'<small>Emotion</small><div class="rapport-runs">{"".join(runs)}</div>'
        f'<div class="rapport-clock">{"".join(clock)}</div></div>'
    )


def _best(reading: Reading) -> int | None:
    """Index of the likeliest fused emotion, or None where nothing is read."""
    return None if reading.fused is None else int(reading.fused.argmax())


def _said(timeline: Timeline, span: float) -> str:
    """The rolling chart as a sentence."""
    runs = [best for best, _ in groupby(b for b in map(_best, timeline.readings) if b is not None)]
    if not runs:
        return "Satisfaction and emotions not known yet"
    seconds = max(round(min(timeline.duration, span)), 1)
    score = timeline.readings[-1].satisfaction
    now = "" if score is None else f", now {score:.0f}"
    names = ", then ".join(emotions.NAMES[best] for best in runs[-_SAID:])
    lately = "second" if seconds == 1 else f"{seconds} seconds"
    return f"Satisfaction over the last {lately}{now}; emotions: {names}"


def _symbol(name: str, colour: str | None = None) -> str:
    # Hidden from screen readers, which would read the name out.
    style = f' style="color:{colour}"' if colour else ""
    return f'<span class="rapport-symbol" aria-hidden="true"{style}>{name}</span>'


def _mood(symbol: str, name: str, note: str, colour: str) -> str:
    return (
        f'<div class="rapport-mood" style="border-color:{colour}">'
        f"{_symbol(symbol, colour)}<div><p>{name}</p><small>{note}</small></div></div>"
    )
