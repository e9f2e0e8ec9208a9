"""Which moments of a recording are worth looking at, by a rule that is the same for all.

What counts:

- Rises and falls: satisfaction over the seconds after a time against those before it, see
  `emotion.timeline.moments.turning_points`. The longer a recording is, the longer a change has to
  last: 3 seconds on each side up to three minutes, 10 from ten minutes on.
- Highs and lows: the times at which satisfaction over such a window is farthest above and below
  its mean of the recording, by 15 points at least.
- Disagreement: face and voice contradict each other (`emotion.readings.fusion.DISAGREE`) for two
  seconds and more.
- Silence: nobody speaks for five seconds and more, between two times at which somebody does.
- Interruptions: the salesperson begins while the customer has the turn
  (`emotion.conversation.talk.measure`); only where it is known who speaks.

Each is weighed from 0 to 1: changes by 50 points, highs and lows by 50 points and by 0.8, as a
change leads to them and says more; disagreements by their mean and by ten seconds, silences by
fifteen seconds; an interruption weighs 0.35. The heaviest are kept, five and one for every two
minutes, 30 at most, no two closer than six seconds, and of no kind more than a third of them
unless others leave room.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest

import numpy as np

from emotion.conversation.talk import SPEAKING, Talk
from emotion.readings.fusion import DISAGREE
from emotion.readings.reading import HOP
from emotion.timeline.moments import (
    APART,
    DISAGREEMENT,
    FALL,
    HIGH,
    INTERRUPTION,
    LOW,
    RISE,
    SILENCE,
    Moment,
    turning_points,
)
from emotion.timeline.timeline import Timeline

LEAST_COUNT, MOST_COUNT = 5, 30
PER_MINUTE = 0.5

FAR = 15.0
"""Points of satisfaction by which a high or a low differs from the mean of its recording."""

LONG_SILENCE = 5.0
"""Seconds without speech that are a moment."""

LEAST_DISAGREEMENT = 2.0
"""Seconds for which face and voice contradict each other that are a moment."""

_FULL_CHANGE, _FULL_DISAGREEMENT, _FULL_SILENCE = 50.0, 10.0, 15.0
_INTERRUPTED = 0.35
_EXTREME = 0.8


def of_everyone(
    timelines: Sequence[Timeline], speech: Sequence[Sequence[float]], talk: Talk | None
) -> list[list[Moment]]:
    """The moments that matter of each participant of a conversation, in order of time.

    Args:
        timelines: Of each of them.
        speech: Share of each half second that is speech, 0 to 1, of each voice that is heard; a
            silence is one of them all.
        talk: Between customer and salesperson; None where it is not known who speaks.
    """
    heard = [max(shares) for shares in zip_longest(*speech, fillvalue=0.0)]
    return [find(one, speech=heard, talk=talk) for one in timelines]


def find(
    timeline: Timeline,
    *,
    speech: Sequence[float] | None = None,
    talk: Talk | None = None,
    count: int | None = None,
) -> list[Moment]:
    """The moments of a recording that matter most, in order of time.

    Args:
        timeline: Of whoever it is about.
        speech: Share of each half second in which anybody speaks; None where that is not known.
        talk: Between customer and salesperson; None where it is not known who speaks.
        count: Most moments to give; by default by the length of the recording.
    """
    if count is None:
        count = most(timeline.duration)
    window = span(timeline.duration)
    turns = turning_points(timeline, 2 * count, window=window, apart=max(APART, 2 * window))
    kinds: list[list[Moment]] = [
        [one for one in turns if one.kind == RISE],
        [one for one in turns if one.kind == FALL],
        _extremes(timeline, window, HIGH),
        _extremes(timeline, window, LOW),
        list(_disagreements(timeline)),
        list(_silences(speech or ())),
        [
            Moment(time, kind=INTERRUPTION, weight=_INTERRUPTED)
            for time in (talk.interruptions if talk else ())
        ],
    ]
    share = max(1, round(count / 3))
    ranked = [sorted(one, key=lambda m: (-m.weight, m.time)) for one in kinds]
    first = _heaviest([m for one in ranked for m in one[:share]], [], count)
    return sorted(
        _heaviest([m for one in ranked for m in one[share:]], first, count), key=lambda m: m.time
    )


def most(duration: float) -> int:
    """How many moments a recording has at most.

    Args:
        duration: Of the recording, seconds.
    """
    return min(MOST_COUNT, LEAST_COUNT + int(PER_MINUTE * duration / 60))


def span(duration: float) -> float:
    """Seconds on each side of a change that are compared, 3 to 10.

    Args:
        duration: Of the recording, seconds.
    """
    return float(np.clip(duration / 60, 3.0, 10.0))


def _heaviest(candidates: list[Moment], chosen: list[Moment], count: int) -> list[Moment]:
    """What was chosen, and of the candidates the heaviest that are far enough from all."""
    chosen = list(chosen)
    for one in sorted(candidates, key=lambda m: (-m.weight, m.time)):
        if len(chosen) >= count:
            break
        if all(abs(one.time - other.time) >= APART for other in chosen):
            chosen.append(one)
    return chosen


def _extremes(timeline: Timeline, window: float, kind: str) -> list[Moment]:
    """The times at which satisfaction is farthest from its mean, on one side, strongest first."""
    scores = np.array(
        [
            np.nan if r.fused is None or r.satisfaction is None else r.satisfaction
            for r in timeline.readings
        ],
        float,
    )
    known = np.isfinite(scores)
    size = max(1, round(window / HOP))
    if known.sum() < 2 * size:
        return []
    kernel = np.ones(size)
    counts = np.convolve(known, kernel, "same")
    sums = np.convolve(np.where(known, scores, 0.0), kernel, "same")
    away = sums / np.maximum(counts, 1) - scores[known].mean()
    away[(counts < size / 2) | ~known] = 0.0
    away = np.maximum(away if kind == HIGH else -away, 0.0)
    found: list[Moment] = []
    while away.max(initial=0.0) >= FAR and len(found) < MOST_COUNT:
        best = int(away.argmax())
        size_of_it = float(away[best])
        # The middle of the time for which it is as far.
        last = best
        while last < len(away) - 1 and away[last + 1] > size_of_it - 1e-6:
            last += 1
        best = (best + last) // 2
        found.append(
            Moment(
                timeline.readings[best].time,
                size_of_it if kind == HIGH else -size_of_it,
                kind=kind,
                weight=_EXTREME * min(size_of_it / _FULL_CHANGE, 1.0),
            )
        )
        # The whole stretch around it is the same high or low.
        left, right = best, best
        while left > 0 and away[left - 1] >= FAR:
            left -= 1
        while right < len(away) - 1 and away[right + 1] >= FAR:
            right += 1
        away[max(0, left - size) : right + size + 1] = 0.0
    return found


def _disagreements(timeline: Timeline) -> Iterator[Moment]:
    for apart, run in groupby(timeline.readings, lambda r: r.disagreement >= DISAGREE):
        part = list(run)
        length = len(part) * HOP
        if apart and length >= LEAST_DISAGREEMENT:
            mean = float(np.mean([r.disagreement for r in part]))
            yield Moment(
                max(part[0].time - HOP, 0.0),
                kind=DISAGREEMENT,
                weight=min(mean * (0.5 + 0.5 * min(length / _FULL_DISAGREEMENT, 1.0)), 1.0),
                length=length,
            )


def _silences(speech: Sequence[float]) -> Iterator[Moment]:
    position, heard = 0, False
    runs = [(quiet, len(list(run))) for quiet, run in groupby(speech, lambda s: s < SPEAKING)]
    for index, (quiet, length) in enumerate(runs):
        seconds = length * HOP
        # Before the first word and after the last one nobody is waited for.
        if quiet and heard and index < len(runs) - 1 and seconds >= LONG_SILENCE:
            weight = min(seconds / _FULL_SILENCE, 1.0)
            yield Moment(position * HOP, kind=SILENCE, weight=weight, length=seconds)
        heard = heard or not quiet
        position += length
