"""Who speaks, where one sound is heard and nobody's mouth tells: by how voices sound.

Vectors of speakers (see `emotion.voice.speaker_embedding`) of the half seconds of a recording
are cut in two where they differ most, until there are as many parts as there are speakers
(as for speaker diarisation, Park et al. 2022, 'A Review of Speaker Diarization'). How many there
are is better said by somebody who knows: a person who is moved sounds as different from
themselves as two calm people of one sex from each other.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from emotion.conversation.speaking import SPOKEN, likeliest

MOST = 4
"""Speakers at most: with more, each is heard too rarely to be distinguished from moods of
another."""

_APART = 0.48
"""Cosine of the mean directions of two halves of the vectors up to which they are surely two
speakers': one who is angry and then sad has had 0.49 and more."""

LEAST, _LEAST_OF_ONE = 8, 4
"""Vectors from which on speakers are looked for, and that each speaker has at least."""

_ROUNDS = 10

_SCALE = 8.0
"""What a difference of the cosine speaks for a speaker."""

_SWITCH, _SWITCH_AFTER_PAUSE, _PAUSE = 2.0, 0.5, 1
"""What it takes for another speaker to be believed, in and after a pause of some half seconds."""


def clustered(
    vectors: Mapping[int, np.ndarray], speech: Sequence[float], count: int | None = None
) -> tuple[int | None, ...]:
    """Which speaker is heard in each half second.

    Args:
        vectors: Of the speaker of half seconds, by their number from 0, each of length 1.
        speech: Share of each half second that is speech, 0 to 1.
        count: How many people speak, if that is known, 1 to `MOST`; else two where they are
            clearly apart, and one.

    Returns:
        The number of the speaker, from 0 in the order in which they are first heard, None where
        nobody speaks; nothing where there is one speaker only, or too little is heard.

    Raises:
        ValueError: If there cannot be so many.
    """
    if count is not None and not 1 <= count <= MOST:
        raise ValueError(f"1 to {MOST} speakers can be diarised. Received: {count}.")
    heard = np.asarray(speech, float) >= SPOKEN
    steps = np.array([one for one in sorted(vectors) if one < len(heard) and heard[one]], int)
    if len(steps) < LEAST or count == 1:
        return ()
    known = np.stack([vectors[int(step)] for step in steps])
    centres = _centres(known, count)
    spoken = np.flatnonzero(heard)
    scores = np.zeros((len(spoken), len(centres)))
    scores[np.searchsorted(spoken, steps)] = _SCALE * known @ centres.T
    pauses = np.diff(spoken) > _PAUSE
    states = likeliest(scores, np.where(pauses, _SWITCH_AFTER_PAUSE, _SWITCH))
    order = list(dict.fromkeys(states))
    if len(order) < 2:
        return ()
    found: list[int | None] = [None] * len(heard)
    for step, state in zip(spoken, states, strict=True):
        found[step] = order.index(state)
    return tuple(found)


def _centres(vectors: np.ndarray, count: int | None) -> np.ndarray:
    """The mean direction of each speaker, shape (speakers, size)."""
    parts = [vectors]
    while len(parts) < (count or 2):
        cuts = [_cut(part) for part in parts]
        best = min(range(len(parts)), key=lambda number: cuts[number][2])
        one, other, alike = cuts[best]
        if alike > (_APART if count is None else 1.0):
            break
        parts[best : best + 1] = [one, other]
    centres = np.array([_mean(part) for part in parts])
    for _ in range(_ROUNDS):
        # What lay on the wrong side of an earlier cut goes where it belongs.
        nearest = (vectors @ centres.T).argmax(axis=1)
        centres = np.array([_mean(vectors[nearest == number]) for number in np.unique(nearest)])
    return centres


def _cut(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Two parts of some vectors, and the cosine of their mean directions; 2 where none can be."""
    upper = _split(vectors)
    one, other = vectors[upper], vectors[~upper]
    if min(len(one), len(other)) < _LEAST_OF_ONE:
        return one, other, 2.0
    return one, other, float(_mean(one) @ _mean(other))


def _split(vectors: np.ndarray) -> np.ndarray:
    """Which of some vectors lie on one side of where they differ most, bool, shape (n,)."""
    middle = vectors.mean(axis=0)
    _, directions = np.linalg.eigh((vectors - middle).T @ (vectors - middle))
    upper = (vectors - middle) @ directions[:, -1] > 0
    for _ in range(_ROUNDS):
        if upper.all() or not upper.any():
            break
        centres = np.stack([_mean(vectors[~upper]), _mean(vectors[upper])])
        upper = (vectors @ centres.T).argmax(axis=1) == 1
    return upper


def _mean(vectors: np.ndarray) -> np.ndarray:
    mean = vectors.mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9))
