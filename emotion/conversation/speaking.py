"""Who speaks, where several people are seen and one sound is heard."""

from collections.abc import Sequence

import numpy as np

SPOKEN = 0.3
"""Share of half a second that is speech from which somebody speaks."""

_MOVING = 0.3
"""Movement of a mouth, see `emotion.face.mouth`, above its own in silence, at which speaking
is as likely as not."""

_SPREAD = 0.3
"""By how much movements differ from one half second to the next."""

_UNSEEN = 0.0
"""What speaks for somebody who is heard and whose mouth is not watched."""

_SWITCH = 3.0
"""What it takes for another speaker to be believed: turns are seconds long, so that one half
second of another mouth is a smile or a bite."""

_SWITCH_AFTER_PAUSE = 1.0
"""What it takes after a pause of a second and more, in which turns are mostly taken over."""

_PAUSE = 2

_LIMIT = 3.0


def speakers(speech: Sequence[float], mouths: Sequence[Sequence[float | None]]) -> list[int | None]:
    """Who speaks in each half second.

    A person speaks whose mouth moves while speech is heard, more than it does in silence, and
    more than the others' mouths do. The likeliest course of speakers is taken, in which changes
    cost something (Viterbi 1967), as for speaker diarisation.

    Args:
        speech: Share of each half second that is speech, 0 to 1.
        mouths: Of each person how much the mouth moves in each of them, None where it is not
            to be seen; as long as `speech`.

    Returns:
        The index of the person in each half second, None where nobody is heard or who speaks
        is none of them.
    """
    heard = np.asarray(speech, float) >= SPOKEN
    count = len(heard)
    if not count or not mouths:
        return [None] * count
    # The last state is somebody whose mouth is not watched.
    scores = np.full((count, len(mouths) + 1), _UNSEEN)
    for person, given in enumerate(mouths):
        moved = np.array([np.nan if value is None else value for value in given], float)
        quiet = moved[~heard & np.isfinite(moved)]
        usual = float(np.median(quiet)) if len(quiet) >= 4 else 0.0
        score = (moved - usual - _MOVING) / _SPREAD
        # Whoever is not seen may be the one.
        scores[:, person] = np.where(np.isfinite(score), np.clip(score, -_LIMIT, _LIMIT), -1.0)
    steps = np.flatnonzero(heard)
    switches = np.where(np.diff(steps) > _PAUSE, _SWITCH_AFTER_PAUSE, _SWITCH)
    states = likeliest(scores[steps], switches)
    found: list[int | None] = [None] * count
    for step, state in zip(steps, states, strict=True):
        found[step] = None if state == len(mouths) else int(state)
    return found


def likeliest(scores: np.ndarray, switches: np.ndarray) -> list[int]:
    """The course of states with the highest sum.

    Args:
        scores: Of each state at each step, shape (n, states).
        switches: What a change costs between each step and the next, shape (n - 1,).
    """
    if not len(scores):
        return []
    total = scores[0]
    came = []
    for score, cost in zip(scores[1:], switches, strict=True):
        best = int(total.argmax())
        changed = total[best] - cost > total
        came.append(np.where(changed, best, np.arange(len(total))))
        total = np.where(changed, total[best] - cost, total) + score
    state = int(total.argmax())
    states = [state]
    for before in reversed(came):
        state = int(before[state])
        states.append(state)
    return states[::-1]
