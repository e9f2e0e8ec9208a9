"""The channels of a sound as one, without what is silent and what cancels itself."""

import numpy as np

_BLOCK = 0.05
"""Seconds after which the channels are compared again."""

_MEMORY = 5.0
"""Seconds after which what was compared counts for 37 %."""

SILENT = 1e-4
"""Power by that of the loudest channel below which a channel holds nothing, -40 dB."""

_INVERTED = -0.5
"""Correlation with the loudest channel from which on a channel is the wrong way round."""


class Mixer:
    """Takes the mean of the channels of a stream that say something.

    A microphone on one channel of several is not to be thinned by the silence on the
    others, and a cable with its wires crossed must not cancel it. What a channel is worth
    is judged by the sound before, so that nothing is held back and nothing depends on the
    pieces in which the sound comes.
    """

    def __init__(self) -> None:
        self._shape = (0, 0)
        self._moments = np.zeros((0, 0))
        self._sums = np.zeros(0)
        self._weight = 0.0
        self._left = 0
        self._gains: np.ndarray | None = None

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
            self._moments, self._sums = np.zeros((channels, channels)), np.zeros(channels)
            self._weight, self._left, self._gains = 0.0, block, None
        pieces, start = [], 0
        while start < count:
            piece = data[:, start : start + self._left]
            pieces.append(
                piece.mean(axis=0, dtype=np.float32) if self._gains is None else self._gains @ piece
            )
            wide = piece.astype(np.float64)
            self._moments += wide @ wide.T
            self._sums += wide.sum(axis=1)
            self._weight += piece.shape[1]
            self._left -= piece.shape[1]
            start += piece.shape[1]
            if self._left == 0:
                self._left = block
                self._compare()
        return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)

    def _compare(self) -> None:
        means = self._sums / self._weight
        # What does not move is no sound.
        moments = self._moments / self._weight - np.outer(means, means)
        powers = np.maximum(np.diag(moments), 0)
        best = int(powers.argmax())
        if powers[best] > 1e-12:
            heard = powers > SILENT * powers[best]
            alike = moments[best] / np.sqrt(np.maximum(powers * powers[best], 1e-30))
            gains = np.where(heard, np.where(alike < _INVERTED, -1.0, 1.0), 0.0)
            # Which of two is the right way round nobody knows; the first one decides.
            gains *= gains[heard.argmax()] / heard.sum()
            plain = bool((gains == gains[0]).all())
            self._gains = None if plain else gains.astype(np.float32)
        decay = np.exp(-_BLOCK / _MEMORY)
        self._moments *= decay
        self._sums *= decay
        self._weight *= decay
