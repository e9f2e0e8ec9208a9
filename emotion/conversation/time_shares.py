"""For how much of the time each emotion is the likeliest.

The mean of the probabilities says how sure the readings are as much as what they are: of a
recording that is happy for half of its time it may say 'fearful 18 %'. A share of time can be
checked by watching.
"""

import numpy as np

from emotion.readings import emotions
from emotion.timeline.timeline import Timeline

MIXED = 0.4
"""Share of the time below which no single emotion stands for the whole."""


def shares(timeline: Timeline) -> np.ndarray | None:
    """For what share of the time in which something is read each emotion is the likeliest.

    Args:
        timeline: Readings of one person.

    Returns:
        Shape (8,), adding up to 1; None where nothing is read at all.
    """
    best = [int(r.fused.argmax()) for r in timeline.readings if r.fused is not None]
    if not best:
        return None
    return np.asarray(np.bincount(best, minlength=emotions.COUNT) / len(best))


def in_words(timeline: Timeline, most: int) -> str:
    """The likeliest emotions with their shares of the time, such as 'happy 60%, calm 40%'.

    Args:
        timeline: Of a recording.
        most: How many are named; those that never occur are not.
    """
    found = shares(timeline)
    if found is None:
        return ""
    order = np.argsort(-found, kind="stable")[:most]
    return ", ".join(f"{emotions.NAMES[one]} {found[one]:.0%}" for one in order if found[one] > 0)


def headline(timeline: Timeline) -> tuple[str, float] | None:
    """The emotion that stands for the whole, and its share of the time, 0 to 1.

    Args:
        timeline: Readings of one person.

    Returns:
        'mixed' with the largest share where that is below 40 %; None where nothing is read.
    """
    found = shares(timeline)
    if found is None:
        return None
    best = int(found.argmax())
    share = float(found[best])
    return (emotions.NAMES[best] if share >= MIXED else "mixed"), share
