"""The moments of a call at which satisfaction turned.

Each moment is a step: the satisfaction of the merged emotions over the seconds after it
compared with that over the seconds before it (the simplest detector of a change of mean;
Basseville & Nikiforov 1993, 'Detection of Abrupt Changes'). The plain score is used, not the
smoothed one that a page shows, because smoothing moves a change to later than it happened.
"""

from dataclasses import dataclass

import numpy as np

from emotion import emotions, satisfaction
from emotion.timeline import Timeline

WINDOW = 3.0
"""Seconds on each side that are compared: as long as the window of sound that a voice is
read from, so that a change of voice has arrived by its end."""

APART = 6.0
"""Least seconds between two moments, so that their windows do not overlap."""

LEAST = 10.0
"""Points of satisfaction that make a moment: from the middle of the scale they lead to
'satisfied' or 'dissatisfied'."""


@dataclass(frozen=True)
class Moment:
    """A time at which satisfaction rose or fell.

    Attributes:
        time: Seconds from the start of the call.
        change: Points of satisfaction, from -100 to 100.
        before: Name of the likeliest emotion in the seconds before.
        after: The same of the seconds after.
    """

    time: float
    change: float
    before: str
    after: str


def turning_points(
    timeline: Timeline, count: int = 5, *, window: float = WINDOW, apart: float = APART
) -> list[Moment]:
    """The strongest rises and falls of satisfaction, in order of time.

    A time is considered if at least half of the readings that its two windows have room
    for hold something. From those the largest change is taken first, then the next one that
    is far enough from all taken before, as long as it is a peak: no neighbour within the
    window changes more in the same direction.

    Args:
        timeline: Of a call or a recording.
        count: Most moments to give.
        window: Seconds on each side that are compared.
        apart: Least seconds between two moments.
    """
    if len(timeline.readings) < 2:
        return []
    times = np.array([reading.time for reading in timeline.readings])
    known = np.array([reading.fused is not None for reading in timeline.readings])
    merged = np.array(
        [
            np.zeros(emotions.COUNT) if reading.fused is None else reading.fused
            for reading in timeline.readings
        ]
    )
    # Sums over any interval are differences of running sums.
    sums = np.vstack([np.zeros(emotions.COUNT), np.cumsum(merged, axis=0)])
    counts = np.concatenate([[0], np.cumsum(known)])
    # Half a hundredth of a second keeps rounding from moving a reading across an edge.
    start, middle, end = (
        np.searchsorted(times, times + shift + 0.005, side="right")
        for shift in (-window, 0.0, window)
    )
    least = max(1.0, 0.5 * window / float(np.median(np.diff(times))))
    before, after = counts[middle] - counts[start], counts[end] - counts[middle]
    usable = np.flatnonzero((before >= least) & (after >= least))
    earlier = (sums[middle] - sums[start])[usable] / before[usable, None]
    later = (sums[end] - sums[middle])[usable] / after[usable, None]
    changes = np.array(
        [satisfaction.score(b) - satisfaction.score(a) for a, b in zip(earlier, later, strict=True)]
    )
    times = times[usable]
    chosen: list[int] = []
    for index in np.argsort(-np.abs(changes), kind="stable"):
        if len(chosen) == count or abs(changes[index]) < LEAST:
            break
        near = np.abs(times - times[index]) <= window
        peak = abs(changes[index]) >= np.max(changes[near] * np.sign(changes[index]))
        if peak and all(abs(times[index] - times[other]) >= apart for other in chosen):
            chosen.append(int(index))
    return [
        Moment(
            float(times[index]),
            float(changes[index]),
            emotions.NAMES[int(earlier[index].argmax())],
            emotions.NAMES[int(later[index].argmax())],
        )
        for index in sorted(chosen)
    ]
