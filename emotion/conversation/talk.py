"""Who speaks how much: measured from the speech of two separate channels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emotion.media.samples import Resampler, Samples
from emotion.readings.reading import HOP
from emotion.voice.voice_stream import MAX_GAP
from emotion.voice.windows import VoiceWindow, VoiceWindows

TURN_GAP = 1.0
"""Seconds of silence inside a turn: a breath does not end it."""

LEAST_TURN = 1.0
"""Seconds that a turn lasts at least: 'mm-hm' takes nobody's turn."""

SPEAKING = 0.3
"""Share of a step of half a second that is speech from which somebody is speaking."""


class SpeechActivity:
    """When somebody speaks, and nothing else: no emotion is read of this channel.

    Attributes:
        shares: Of each half second from the start of the call, 0 to 1.
    """

    def __init__(self) -> None:
        self._resampler = Resampler()
        self._windows = VoiceWindows()
        self.shares: list[float] = []

    def listen(self, samples: Samples) -> None:
        """Take the next samples.

        Raises:
            MediaError: If the samples are of no kind that sound comes in.
        """
        gap = samples.time - self._windows.time
        heard = self._resampler.resample(samples.data, samples.rate)
        if gap > MAX_GAP:
            for window in self._windows.skip(gap):
                self._add(window)
        for window in self._windows.take(heard):
            self._add(window)

    def _add(self, window: VoiceWindow) -> None:
        # A long gap moves the clock without windows: nobody spoke in it.
        steps = round(window.time / HOP)
        self.shares += [0.0] * (steps - 1 - len(self.shares))
        self.shares.append(window.newest_speech)


@dataclass(frozen=True)
class Turn:
    """Somebody speaks without the other taking over.

    Attributes:
        start: Seconds from the start of the call.
        end: Seconds from the start of the call.
        customer: Whether the customer speaks, else the user.
    """

    start: float
    end: float
    customer: bool

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start


@dataclass(frozen=True)
class Talk:
    """How the talk of a call is divided.

    Attributes:
        customer: Seconds in which the customer speaks.
        own: Seconds in which the user speaks.
        turns: Of both, in order of their start.
        interruptions: Seconds at which the user began while the customer had the turn.
        pauses: Seconds of each silence of two seconds and more between turns.
    """

    customer: float
    own: float
    turns: tuple[Turn, ...]
    interruptions: tuple[float, ...]
    pauses: tuple[float, ...]

    @property
    def own_share(self) -> float | None:
        """Share of the user in all that is said, 0 to 1; None while nobody has spoken."""
        both = self.customer + self.own
        return self.own / both if both else None

    def longest(self, *, customer: bool) -> float:
        """Seconds of the longest turn of one of the two; 0 without any.

        Args:
            customer: Whether of the customer, else of the user.
        """
        return max((turn.length for turn in self.turns if turn.customer is customer), default=0.0)


def measure(customer: Sequence[float], own: Sequence[float]) -> Talk:
    """Turns, interruptions and pauses of two channels.

    Args:
        customer: Share of each half second that is speech of the customer, 0 to 1, from the
            start of the call.
        own: Share of each half second that is speech of the user, 0 to 1.
    """
    turns = sorted(
        [*_turns(customer, customer=True), *_turns(own, customer=False)],
        key=lambda turn: (turn.start, turn.end),
    )
    interruptions = tuple(
        turn.start
        for turn in turns
        if not turn.customer
        and any(o.customer and o.start < turn.start < o.end - HOP for o in turns)
    )
    pauses, end = [], None
    for turn in turns:
        if end is not None and turn.start - end >= 2.0:
            pauses.append(turn.start - end)
        end = turn.end if end is None else max(end, turn.end)
    return Talk(
        HOP * float(np.sum(customer)),
        HOP * float(np.sum(own)),
        tuple(turns),
        interruptions,
        tuple(pauses),
    )


def _turns(shares: Sequence[float], *, customer: bool) -> list[Turn]:
    found: list[list[float]] = []
    for index, share in enumerate(shares):
        if share < SPEAKING:
            continue
        start, end = index * HOP, (index + 1) * HOP
        if found and start - found[-1][1] <= TURN_GAP:
            found[-1][1] = end
        else:
            found.append([start, end])
    return [Turn(s, e, customer) for s, e in found if e - s >= LEAST_TURN]
