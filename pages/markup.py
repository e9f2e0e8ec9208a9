"""Pieces of HTML for what has to be grasped at a glance.

They are lighter than charts: they change twice a second without a flicker. Their looks
are in `style.css`.
"""

from pathlib import Path

import numpy as np

from emotion import emotions, satisfaction
from emotion.reading import Opinion
from pages import wording

STYLE = Path(__file__).with_name("style.css")


def mood(probabilities: np.ndarray | None, note: str) -> str:
    """The likeliest emotion, large, with a note of what it rests on.

    Args:
        probabilities: Merged, shape (8,), or None where nothing is read.
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


def waiting(title: str, note: str) -> str:
    """What stands in the place of the likeliest emotion while there is none."""
    return _mood("hourglass_empty", title, note, "var(--rapport-faint)")


def gauge(value: float | None) -> str:
    """Satisfaction on its scale from 0 to 100."""
    if value is None:
        figure, word, marker = "", "not known yet", ""
    else:
        figure, word = f"{value:.0f}", satisfaction.label(value)
        marker = f'<i class="rapport-marker" style="left:{value:.1f}%"></i>'
    low, high = satisfaction.DISSATISFIED, satisfaction.SATISFIED
    return (
        '<div class="rapport-gauge"><div class="rapport-line"><span>Satisfaction</span>'
        f'<span><b>{figure}</b> <em class="rapport-{word.split()[0]}">{word}</em></span></div>'
        '<div class="rapport-scale">'
        f'<i class="rapport-low" style="width:{low:g}%"></i>'
        f'<i class="rapport-middle" style="width:{high - low:g}%"></i>'
        f'<i class="rapport-high" style="width:{100 - high:g}%"></i>{marker}</div></div>'
    )


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
    return f'<div class="rapport-bars">{"".join(rows)}</div>'


def sense(name: str, symbol: str, opinion: Opinion | None, advice: str | None = None) -> str:
    """What face or voice says by itself, or why it says nothing.

    Args:
        name: 'Face' or 'Voice'.
        symbol: Name in the symbol font.
        opinion: Of the sense; None before the first reading.
        advice: What the user should do about it, or None.
    """
    if advice is not None:
        tone, text = " rapport-warning", advice
    elif opinion is None or opinion.probabilities is None:
        tone, text = " rapport-absent", wording.reason(opinion.reason if opinion else None)
    else:
        best = int(opinion.probabilities.argmax())
        share = f"{100 * opinion.probabilities[best]:.0f} %"
        tone, text = " rapport-read", f"{emotions.NAMES[best].capitalize()} {share}"
    return (
        f'<div class="rapport-sense{tone}"><span class="rapport-symbol">{symbol}</span>'
        f"<div><small>{name}</small><p>{text}</p></div></div>"
    )


def _mood(symbol: str, name: str, note: str, colour: str) -> str:
    return (
        f'<div class="rapport-mood" style="border-color:{colour}">'
        f'<span class="rapport-symbol" style="color:{colour}">{symbol}</span>'
        f"<div><p>{name}</p><small>{note}</small></div></div>"
    )
