"""Pieces of sound as longer ones: each costs the same, however short it is."""

from collections.abc import Iterable, Iterator

import numpy as np

from emotion.media.frames import Frame
from emotion.media.samples import Samples

LONGEST = 0.25
"""Seconds of a piece from which on it is given: decoders make them of some hundredths."""

_SEAM = 0.002
"""Seconds by which a piece may lie beside the end of the one before: some containers keep whole
milliseconds."""


def joined(items: Iterable[Frame | Samples]) -> Iterator[Frame | Samples]:
    """The same pictures and the same sound in the same order, the sound in fewer pieces.

    Pieces are joined where one goes on where the other ended, in the same form, and no picture
    comes between.

    Args:
        items: Pictures and sound in order of their times.

    Raises:
        Exception: What iterating over `items` raises, after what came before it.
    """
    held: list[Samples] = []
    length = 0.0
    try:
        for item in items:
            if held and not (isinstance(item, Samples) and _goes_on(held[0], length, item)):
                yield _one(held)
                held, length = [], 0.0
            if not isinstance(item, Samples):
                yield item
                continue
            held.append(item)
            length += item.seconds
            if length >= LONGEST:
                yield _one(held)
                held, length = [], 0.0
    except Exception:
        if held:
            yield _one(held)
        raise
    if held:
        yield _one(held)


def _goes_on(first: Samples, length: float, item: Samples) -> bool:
    alike = (
        item.rate == first.rate
        and item.data.dtype == first.data.dtype
        and item.data.shape[:-1] == first.data.shape[:-1]
    )
    return alike and abs(item.time - first.time - length) <= _SEAM


def _one(pieces: list[Samples]) -> Samples:
    if len(pieces) == 1:
        return pieces[0]
    data = np.concatenate([piece.data for piece in pieces], axis=-1)
    return Samples(pieces[0].time, data, pieces[0].rate)
