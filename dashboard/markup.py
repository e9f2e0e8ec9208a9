"""Pieces of HTML for what has to be grasped at a glance.

Their style is in `style.css`. To a screen reader each drawing is one picture with one sentence.
"""

from html import escape
from pathlib import Path

import numpy as np

from dashboard import wording
from emotion.readings import emotions, satisfaction

STYLE = Path(__file__).with_name("style.css")


def mostly(name: str, note: str) -> str:
    """An emotion that stands for a whole call, large, with a note of how much of it.

    Args:
        name: Of the emotion, from `emotion.readings.emotions.NAMES`.
        note: A line of text, which is shown as it is.
    """
    return _mood(wording.SYMBOLS[name], name.capitalize(), note, wording.COLOURS[name])


def mixed(note: str) -> str:
    """What stands in the place of an emotion where none of them is most of the time.

    Args:
        note: A line of text, which is shown as it is.
    """
    return _mood("contrast", "Mixed", note, "var(--rapport-faint)")


def waiting(title: str, note: str) -> str:
    """What stands in the place of the likeliest emotion while there is none.

    Args:
        title: A few words, which are shown as they are.
        note: A line of text, which is shown as it is.
    """
    return _mood("hourglass_empty", title, note, "var(--rapport-faint)")


def gauge(value: float | None) -> str:
    """Satisfaction on its scale from 0 to 100.

    Args:
        value: 0 to 100; None where it is not known.
    """
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


def _symbol(name: str, colour: str | None = None) -> str:
    # Hidden from screen readers, which would read the name out.
    style = f' style="color:{colour}"' if colour else ""
    return f'<span class="rapport-symbol" aria-hidden="true"{style}>{name}</span>'


def _mood(symbol: str, name: str, note: str, colour: str) -> str:
    return (
        f'<div class="rapport-mood" style="border-color:{colour}">'
        f"{_symbol(symbol, colour)}<div><p>{escape(name)}</p>"
        f"<small>{escape(note)}</small></div></div>"
    )
