"""The channels of a sound as one, without what is silent and what cancels itself."""

import math
from collections import deque

import numpy as np

from emotion.media import delays
from emotion.media.delays import COMPARED, SILENT

_BLOCK = 0.05
"""Seconds after which the channels are compared again."""

_MEMORY = 5.0
"""Seconds after which what was compared counts for 37 %."""

_FADING = math.exp(-_BLOCK / _MEMORY)

_INVERTED = -0.5
"""Correlation with the loudest channel from which on a channel is the wrong way round."""


_TURNED = -0.9
"""Correlation of a channel as it is added with the loudest one from which on it cancels it."""

_TURNS = 3
"""Blocks in a row that a channel cancels the loudest one in before it is turned: a vowel alone,
heard by two microphones, may do so in one."""

_HEARD = 1e-6
"""Power below which a block says nothing about channels, -60 dB."""


SAME = 0.95
"""Correlation of channels, either way round, from which on they hold the same at the same time."""

_LISTENED = 80, 20
"""Blocks of sound in which one channel may be found to be another that comes later, and after how
many of them it is looked for again: four seconds, each second."""

_LOUDER = 4.0
"""Power of a channel that was left out, by that of the one that is heard alone, from which it holds
something else, 6 dB: an echo is no louder than what it repeats."""

_OTHERWISE = 5
"""Blocks in a row that it does, more than an echo lasts beyond what it repeats."""


class Mixer:
    """Takes the mean of the channels of a stream that say something.

    A microphone on one channel of several is not to be thinned by the silence on the
    others, and a cable with its wires crossed must not cancel it, from wherever on it is
    crossed. Where a channel is another one that comes later (an echo, two microphones), their
    mean would be a comb, and the better one is heard alone, see `emotion.media.delays`. What a
    channel is worth is judged by the sound before, so that nothing is held back and nothing
    depends on the pieces in which the sound comes.
    """

    def __init__(self) -> None:
        self._shape = (0, 0)
        self._all = _Moments(0)
        self._latest: deque[_Moments] = deque(maxlen=_TURNS)
        self._block = _Moments(0)
        self._left = 0
        self._gains: np.ndarray | None = None
        self._echoes = _Echoes(COMPARED)

    def mix(self, data: np.ndarray, rate: int) -> np.ndarray:
        """The next samples as one channel, float32, shape (n,).

        Args:
            data: float32, shape (channels, n).
            rate: Samples a second.
        """
        channels, count = data.shape
        if channels == 1:
            return data[0]
        block = max(1, round(_BLOCK * rate))
        if self._shape != (channels, block):
            self._shape = (channels, block)
            self._all, self._block = _Moments(channels), _Moments(channels)
            self._latest.clear()
            self._left, self._gains = block, None
            self._echoes = _Echoes(rate)
        pieces, start = [], 0
        while start < count:
            piece = data[:, start : start + self._left]
            pieces.append(
                piece.mean(axis=0, dtype=np.float32) if self._gains is None else self._gains @ piece
            )
            self._block.add(piece)
            self._echoes.add(piece)
            self._left -= piece.shape[1]
            start += piece.shape[1]
            if self._left == 0:
                self._left = block
                self._compare()
        return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)

    def _compare(self) -> None:
        """Judge the channels anew after a block."""
        self._all += self._block
        now = self._block.likeness()
        self._notice_turn(*now)
        powers, alike = self._all.likeness()
        best = powers.max()
        heard = powers > max(SILENT * best, 1e-12)
        same = bool((np.abs(alike[heard]) > SAME).all())
        alone = self._echoes.better(now[0], same=same)
        if best > 1e-12 and alone is None and heard.all() and (alike >= _INVERTED).all():
            self._gains = None
        elif best > 1e-12:
            gains = np.where(heard, np.where(alike < _INVERTED, -1.0, 1.0), 0.0)
            # Which of two is the right way round nobody knows; the first one decides.
            gains *= gains[heard.argmax()] / heard.sum()
            if alone is not None:
                gains = np.eye(len(gains))[alone]
            plain = bool((gains == gains[0]).all())
            self._gains = None if plain else gains.astype(np.float32)
        self._all *= _FADING
        self._block = _Moments(len(powers))

    def _notice_turn(self, powers: np.ndarray, alike: np.ndarray) -> None:
        """Forget all but the last blocks where a channel cancels the loudest one since.

        Args:
            powers: Of the channels in the latest block.
            alike: Their correlation with the loudest one there.
        """
        best = int(powers.argmax())
        if powers[best] < _HEARD:
            return
        signs = np.ones(len(powers)) if self._gains is None else np.sign(self._gains)
        self._block.cancels = signs * signs[best] * alike < _TURNED
        self._latest.append(self._block)
        if len(self._latest) == _TURNS and np.all([one.cancels for one in self._latest], 0).any():
            self._all = _Moments(len(powers))
            for one in self._latest:
                self._all += one
            self._latest.clear()


class _Echoes:
    """Notices in a stream that a channel is another one that comes later."""

    def __init__(self, rate: int) -> None:
        self._step = max(1, rate // COMPARED)
        self._rate = rate // self._step
        self._block: list[np.ndarray] = []
        self._heard: deque[np.ndarray] = deque(maxlen=_LISTENED[0])
        self._waited = self._otherwise = 0
        self._alone: int | None = None

    def add(self, piece: np.ndarray) -> None:
        self._block.append(piece)

    def better(self, powers: np.ndarray, *, same: bool) -> int | None:
        """The channel to hear alone after a block; None for all of them.

        Args:
            powers: Of the channels in the block, shape (channels,).
            same: Whether all that are heard hold the same at the same time.
        """
        pieces, self._block = self._block, []
        if same and self._alone is None:
            self._heard.clear()
            return None
        block = np.concatenate(pieces, axis=1)
        count = block.shape[1] // self._step
        shape = len(block), count, self._step
        small = block[:, : count * self._step].reshape(shape).mean(axis=2, dtype=np.float32)
        self._heard.append(small)
        self._waited += 1
        if self._alone is not None:
            other = powers.max() > max(_LOUDER * powers[self._alone], _HEARD)
            self._otherwise = self._otherwise + 1 if other else 0
            if self._otherwise >= _OTHERWISE:
                self._alone, self._otherwise = None, 0
                self._heard.clear()
        elif len(self._heard) == _LISTENED[0] and self._waited >= _LISTENED[1]:
            self._waited = 0
            self._alone = delays.better(np.concatenate(self._heard, axis=1), self._rate)
        return self._alone


class _Moments:
    """First and second moments of the channels of some sound.

    Attributes:
        cancels: Which channels cancel the loudest one as they are added, bool, (channels,).
    """

    def __init__(self, channels: int) -> None:
        self._products = np.zeros((channels, channels))
        self._sums = np.zeros(channels)
        self._weight = 0.0
        self.cancels = np.zeros(channels, bool)

    def add(self, piece: np.ndarray) -> None:
        wide = piece.astype(np.float64)
        self._products += wide @ wide.T
        self._sums += wide.sum(axis=1)
        self._weight += piece.shape[1]

    def __iadd__(self, other: "_Moments") -> "_Moments":
        self._products += other._products
        self._sums += other._sums
        self._weight += other._weight
        return self

    def __imul__(self, factor: float) -> "_Moments":
        self._products *= factor
        self._sums *= factor
        self._weight *= factor
        return self

    def likeness(self) -> tuple[np.ndarray, np.ndarray]:
        """Power of each channel and its correlation with the loudest one, shape (channels,)."""
        means = self._sums / self._weight
        # What does not move is no sound.
        moments = self._products / self._weight - means[:, None] * means
        powers = np.maximum(moments.diagonal(), 0)
        best = int(powers.argmax())
        return powers, moments[best] / np.sqrt(np.maximum(powers * powers[best], 1e-30))
