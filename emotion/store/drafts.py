"""What is handed to the store: a call that is to be saved, and what to look for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from emotion.timeline.timeline import Timeline

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("live", "recording")
"""What a call can be."""


@dataclass(frozen=True)
class SavedNote:
    """What somebody wrote at a moment.

    Attributes:
        time: Seconds from the start of the call.
        label: Of a fixed set, such as 'price', or ''.
        text: Free words, or ''.
    """

    time: float
    label: str = ""
    text: str = ""


@dataclass(frozen=True)
class SavedMoment:
    """A moment that mattered.

    Attributes:
        time: Seconds from the start of the call.
        kind: Such as 'rise' or 'fall'.
        change: Points of satisfaction, -100 to 100.
        comment: Of whoever reviewed it.
    """

    time: float
    kind: str
    change: float = 0.0
    comment: str = ""


@dataclass(frozen=True)
class SavedConsent:
    """Who confirmed that the other side had been told and agreed.

    Attributes:
        confirmed_by: Who.
        confirmed_at: When, with a zone.
        text: What was confirmed, in the page's words.
    """

    confirmed_by: str
    confirmed_at: datetime
    text: str


@dataclass(frozen=True)
class Draft:
    """A call that is to be saved.

    Attributes:
        kind: One of `KINDS`.
        started_at: When it began, with a zone.
        duration: Seconds.
        readings: Table of readings, one row each with a column `time` in seconds.
        satisfaction: Of the whole call, 0 to 100, or None.
        dominant: Likeliest emotion of the whole call, or None.
        face_coverage: Share of the readings in which the face is read, 0 to 1.
        voice_coverage: Share of the readings in which the voice is read, 0 to 1.
        customer: Pseudonym of the customer, '' for none.
        title: In the owner's words.
        product: What it was about, '' for nothing in particular.
        notes: Written during it.
        moments: That mattered.
        consents: Given before it.
    """

    kind: str
    started_at: datetime
    duration: float
    readings: "pd.DataFrame"
    satisfaction: float | None
    dominant: str | None
    face_coverage: float
    voice_coverage: float
    customer: str = ""
    title: str = ""
    product: str = ""
    notes: Sequence[SavedNote] = ()
    moments: Sequence[SavedMoment] = ()
    consents: Sequence[SavedConsent] = ()

    @classmethod
    def of(cls, timeline: Timeline, kind: str, started_at: datetime, **words: Any) -> "Draft":
        """A call from what was read of it.

        Args:
            timeline: The readings.
            kind: One of `KINDS`.
            started_at: When it began, with a zone.
            words: The attributes from `customer` on.
        """
        summary = timeline.summary()
        return cls(
            kind,
            started_at,
            timeline.duration,
            timeline.table(),
            summary.satisfaction,
            summary.dominant,
            summary.face_coverage,
            summary.voice_coverage,
            **words,
        )


@dataclass(frozen=True)
class Filter:
    """Which calls of the history are wanted; what is left empty does not narrow it.

    Attributes:
        customer: Identifier of a person.
        product: Exactly.
        kind: One of `KINDS`.
        words: That stand in a note, a comment or the title.
        after: Begun then or later.
        before: Begun before.
    """

    customer: str = ""
    product: str = ""
    kind: str = ""
    words: str = ""
    after: datetime | None = None
    before: datetime | None = None
