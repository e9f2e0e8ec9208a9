"""Hints during a call: few, and each with what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard import wording
from emotion.conversation.talk import Talk
from emotion.readings.reading import HOP
from emotion.timeline.timeline import Timeline

_HELD = 12.0
"""Seconds for which a hint stays after what it is about has ended."""

_REPEAT = 60.0
"""Seconds for which the same hint is not given again."""

_FALL = 12.0
"""Points of satisfaction that have to be lost for a fall to be one."""


@dataclass(frozen=True)
class Hint:
    """Something to notice.

    Attributes:
        kind: One of `KINDS`.
        text: What was measured, as a sentence.
    """

    kind: str
    text: str


@dataclass(frozen=True)
class Kind:
    """A kind of hint and where its threshold lies.

    Attributes:
        title: As the settings name it.
        limit: Threshold at first.
        unit: Of the threshold.
        two_channels: Whether it needs the user's own microphone beside the customer.
    """

    title: str
    limit: float
    unit: str
    two_channels: bool = False


KINDS = {
    "falling": Kind("Satisfaction is falling", 20, "s"),
    "silent": Kind("The customer is silent", 90, "s"),
    "monologue": Kind("You have been speaking", 180, "s", True),
    "interrupted": Kind("You interrupted in two minutes", 4, "times", True),
}
"""By the name under which they are set and muted."""

_WITHIN = 120.0
"""Seconds in which interruptions are counted."""


class Hints:
    """The hints of one call, as its settings want them.

    Attributes:
        limits: Threshold of each kind.
        muted: Kinds that are not given.
    """

    def __init__(self) -> None:
        self.limits = {name: kind.limit for name, kind in KINDS.items()}
        self.muted: set[str] = set()
        self._shown: tuple[float, Hint] | None = None
        self._given: dict[str, float] = {}

    def set(self, settings: Any) -> None:
        """Take limits and muted kinds from the page; what means nothing is passed over.

        Args:
            settings: With `limits`, seconds from 1 to 3600 by kind, and `muted`, a list of kinds.
        """
        if not isinstance(settings, Mapping):
            return
        limits = settings.get("limits")
        for name, value in limits.items() if isinstance(limits, Mapping) else ():
            if name in KINDS and isinstance(value, int | float) and 1 <= value <= 3600:
                self.limits[name] = float(value)
        muted = settings.get("muted")
        if isinstance(muted, list):
            self.muted = {name for name in muted if name in KINDS}

    def update(
        self, time: float, timeline: Timeline, speech: list[float], talk: Talk | None
    ) -> Hint | None:
        """The hint to show now, one at most.

        Args:
            time: Seconds from the start of the call.
            timeline: Of the last two minutes at least.
            speech: Share of each half second in which the customer speaks.
            talk: Of both channels, or None without the user's own.
        """
        found = [hint for hint in self._measured(time, timeline, speech, talk) if hint is not None]
        current = {hint.kind: hint for hint in found if hint.kind not in self.muted}
        if self._shown is not None:
            since, shown = self._shown
            if shown.kind in current:
                self._shown = time, current[shown.kind]
                self._given[shown.kind] = time
            elif time - since > _HELD or shown.kind in self.muted:
                self._shown = None
        if self._shown is None:
            for kind, hint in current.items():
                if time - self._given.get(kind, -_REPEAT) >= _REPEAT:
                    self._shown = time, hint
                    self._given[kind] = time
                    break
        return self._shown[1] if self._shown else None

    def _measured(
        self, time: float, timeline: Timeline, speech: list[float], talk: Talk | None
    ) -> list[Hint | None]:
        return [
            _falling(timeline, self.limits["falling"]),
            _silent(time, speech, self.limits["silent"], talk is not None),
            _monologue(time, talk, self.limits["monologue"]),
            _interrupted(time, talk, self.limits["interrupted"]),
        ]


def _falling(timeline: Timeline, limit: float) -> Hint | None:
    known = [r for r in timeline.readings if r.satisfaction is not None and r.fused is not None]
    if not known:
        return None
    last = known[-1]
    before = [r for r in known if r.time <= last.time - limit]
    if not before:
        return None
    window = [r.satisfaction or 0.0 for r in known if r.time >= before[-1].time]
    third = max(1, len(window) // 3)
    means = [
        sum(part) / len(part)
        for part in (window[:third], window[third : 2 * third] or window, window[2 * third :])
    ]
    lost = means[0] - means[2]
    if lost < _FALL or not means[0] > means[1] > means[2]:
        return None
    return Hint(
        "falling",
        f"Satisfaction has been falling for {limit:.0f} s, "
        f"from {means[0]:.0f} to {last.satisfaction:.0f}.",
    )


def _silent(time: float, speech: list[float], limit: float, two: bool) -> Hint | None:
    spoken = [index for index, share in enumerate(speech) if share > 0.2]
    last = (spoken[-1] + 1) * HOP if spoken else 0.0
    if not speech or time - last < limit:
        return None
    who = "The customer has" if two else "Nobody has been heard"
    if two:
        return Hint("silent", f"{who} been silent for {wording.clock(time - last)}.")
    return Hint("silent", f"{who} for {wording.clock(time - last)}.")


def _monologue(time: float, talk: Talk | None, limit: float) -> Hint | None:
    own = [turn for turn in talk.turns if not turn.customer] if talk else []
    if not own or time - own[-1].end > 3.0:
        return None
    # A 'yes' of the customer between two sentences hands over no turn.
    start = own[-1].start
    for turn in reversed(own):
        between = [t for t in (talk.turns if talk else ()) if t.customer and t.end > turn.end]
        if start - turn.end > 3.0 or any(t.start < start for t in between):
            break
        start = turn.start
    length = own[-1].end - start
    if length < limit:
        return None
    return Hint("monologue", f"You have been speaking for {wording.clock(length)}.")


def _interrupted(time: float, talk: Talk | None, limit: float) -> Hint | None:
    count = sum(moment > time - _WITHIN for moment in talk.interruptions) if talk else 0
    if count < limit:
        return None
    return Hint("interrupted", f"You began while the customer spoke {count} times in two minutes.")
