"""The moments of a call that matter, and those at which satisfaction turned.

Each turning point is a step: the satisfaction over the seconds after it compared with that over
the seconds before it (the simplest detector of a change of mean; Basseville & Nikiforov
1993, 'Detection of Abrupt Changes'). Each reading counts by how much it says; the smoothed
value that a page shows is not used, because smoothing moves a change to later than it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emotion.readings import emotions, fusion, satisfaction
from emotion.readings.probability import information
from emotion.timeline.timeline import Timeline

WINDOW = 3.0
"""Seconds on each side that are compared: as long as the window of sound that a voice is
read from, so that a change of voice has arrived by its end."""

APART = 6.0
"""Least seconds between two moments, so that their windows do not overlap."""

LEAST = 10.0
"""Points of satisfaction that make a moment: from the middle of the scale they lead to
'satisfied' or 'dissatisfied'."""


RISE, FALL = "rise", "fall"
HIGH, LOW = "high", "low"
DISAGREEMENT = "disagreement"
SILENCE = "silence"
INTERRUPTION = "interruption"
OWN = "own"
KINDS = {
    RISE: "Satisfaction rises",
    FALL: "Satisfaction falls",
    HIGH: "Most satisfied",
    LOW: "Least satisfied",
    DISAGREEMENT: "Face and voice disagree",
    SILENCE: "Long silence",
    INTERRUPTION: "The customer is interrupted",
    OWN: "Own moment",
}
"""What a moment can be, and how it is called."""


@dataclass(frozen=True)
class Moment:
    """A time of a call that matters.

    Attributes:
        time: Seconds from the start of the call.
        change: Points of satisfaction, from -100 to 100; for highs and lows from what is usual
            in this call; 0 for other kinds.
        before: Name of the likeliest emotion in the seconds before, '' where it is not known.
        after: Name of the likeliest emotion in the seconds after, '' where it is not known.
        kind: One of `KINDS`; '' for a rise or fall by the sign of the change.
        weight: How much it matters, 0 to 1, comparable between kinds.
        length: Seconds that it lasts; 0 for a point of time.
        title: In words of whoever reviewed it; '' for those of its kind.
        comment: Of whoever reviewed it.
    """

    time: float
    change: float = 0.0
    before: str = ""
    after: str = ""
    kind: str = ""
    weight: float = 0.0
    length: float = 0.0
    title: str = ""
    comment: str = ""

    def __post_init__(self) -> None:
        """Name a change by its direction."""
        if not self.kind:
            object.__setattr__(self, "kind", RISE if self.change > 0 else FALL)

    @property
    def course(self) -> str:
        """From what to what, as far as that is known: 'sad → happy', 'stays sad' or ''."""
        if not self.before or not self.after:
            return ""
        return (
            f"stays {self.after}" if self.before == self.after else f"{self.before} → {self.after}"
        )

    @property
    def turn(self) -> str:
        """How satisfaction turned: '▲ 23' or '▼ 16'; '' where it did not."""
        return f"{'▲' if self.change > 0 else '▼'} {abs(self.change):.0f}" if self.change else ""

    @property
    def words(self) -> str:
        """What it is, in a few words: those of the reviewer, or of its kind with its size."""
        if self.title:
            return self.title
        if self.kind in (RISE, FALL, HIGH, LOW):
            size = f"{KINDS[self.kind]} ({self.change:+.0f})"
            return f"{size}, {self.course}" if self.course else size
        if self.length:
            return f"{KINDS[self.kind]}, {self.length:.0f} s"
        return KINDS[self.kind]

    def document(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return {
            "time": round(self.time, 3),
            "kind": self.kind,
            "title": self.words,
            "comment": self.comment,
            "change": round(self.change, 2),
            "before": self.before or None,
            "after": self.after or None,
            "length": round(self.length, 3),
            "weight": round(self.weight, 4),
        }


def turning_points(
    timeline: Timeline, count: int = 5, *, window: float = WINDOW, apart: float = APART
) -> list[Moment]:
    """The strongest rises and falls of satisfaction, in order of time.

    A time is considered if at least half of the readings that its two windows have room
    for hold something, if its first window does not reach back before the first of them,
    and if they are about one person. From those the largest change is taken first, then the
    next one that is far enough from all taken before, as long as it is a peak: no neighbour
    within the window changes more in the same direction.

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
    if not known.any():
        return []
    fused = np.zeros((len(times), emotions.COUNT))
    scores, weights = np.zeros(len(times)), np.zeros(len(times))
    for index, reading in enumerate(timeline.readings):
        clearest, weight = fusion.most_informative(
            reading.face, reading.voice, reading.fused, timeline.reliability
        )
        if reading.fused is not None and clearest is not None:
            fused[index] = reading.fused
            scores[index] = satisfaction.score(clearest)
            weights[index] = weight * information(clearest)
    # Half a hundredth of a second keeps rounding from moving a reading across an edge.
    start, middle, end = (
        np.searchsorted(times, times + shift + 0.005, side="right")
        for shift in (-window, 0.0, window)
    )
    step = float(np.median(np.diff(times)))
    least = max(1.0, 0.5 * window / step)
    counts = _running(known)
    # What is known grows in the first seconds, which is no turn of the call.
    settled = times - window >= times[known.argmax()] - step - 0.005
    enough = (counts[middle] - counts[start] >= least) & (counts[end] - counts[middle] >= least)
    # Another person's satisfaction is no turn of this one's.
    met = _running(_changed([reading.person for reading in timeline.readings]))
    one_person = met[end] == met[np.minimum(start + 1, end)]
    usable = np.flatnonzero(enough & settled & one_person)
    earlier, later = (
        (_running(fused)[last] - _running(fused)[first])[usable]
        for first, last in ((start, middle), (middle, end))
    )
    before, after = (
        _estimates(scores, weights, first, last, window / step)[usable]
        for first, last in ((start, middle), (middle, end))
    )
    changes = after - before
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
            weight=min(abs(float(changes[index])) / 50, 1.0),
        )
        for index in sorted(chosen)
    ]


def _changed(people: Sequence[int | None]) -> np.ndarray:
    """Whether each reading is about another person than the one before who was seen."""
    changed = np.zeros(len(people), bool)
    last = None
    for index, person in enumerate(people):
        changed[index] = person is not None and last is not None and person != last
        last = last if person is None else person
    return changed


def _running(values: np.ndarray) -> np.ndarray:
    """Running sums along the first axis, from 0: sums over any interval are differences."""
    return np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])


def _estimates(
    scores: np.ndarray, weights: np.ndarray, first: np.ndarray, last: np.ndarray, count: float
) -> np.ndarray:
    """Satisfaction over intervals of readings that have room for so many."""
    weight, total = _running(weights), _running(scores * weights)
    weight, total = weight[last] - weight[first], total[last] - total[first]
    mean = total / np.maximum(weight, 1e-9)
    return np.asarray(satisfaction.estimate(mean, weight / count))
