"""Recordings of different lengths, made comparable."""

import numpy as np
import pandas as pd

from emotion.conversation import time_shares
from emotion.readings import emotions
from emotion.timeline.timeline import Timeline

PARTS = 100
"""Into how many equal parts of its time a recording is divided."""


def course(timeline: Timeline, parts: int = PARTS) -> pd.Series:
    """Satisfaction over relative time.

    Args:
        timeline: Of any length.
        parts: How many equal parts of its time there are; a short one has fewer.

    Returns:
        Mean satisfaction of each part, 0 to 100, by its middle in percent of the duration; NaN
        where nothing is read.
    """
    readings = timeline.readings
    parts = max(1, min(parts, len(readings)))
    length = max(timeline.duration, readings[-1].time if readings else 0.0, 1e-9)
    places = np.array([min(int(parts * r.time / length), parts - 1) for r in readings], int)
    scores = np.array(
        [np.nan if r.fused is None or r.satisfaction is None else r.satisfaction for r in readings],
        float,
    )
    means = pd.Series(scores).groupby(places).mean()
    means = means.reindex(range(parts))
    means.index = pd.Index((np.arange(parts) + 0.5) * 100 / parts)
    return means


def shares(timeline: Timeline) -> dict[str, str]:
    """Shares of the time of each emotion in words, such as '12 %', in the order of all tables.

    Args:
        timeline: Readings of one person.

    Returns:
        By the name of the emotion; '–' where nothing is read at all.
    """
    found = time_shares.shares(timeline)
    return {
        name.capitalize(): "–" if found is None else f"{100 * share:.0f} %"
        for name, share in zip(
            emotions.NAMES, np.zeros(emotions.COUNT) if found is None else found, strict=True
        )
    }
