"""The part of the review page that plays a recording in step with its chart."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from dashboard.palette import ACCENT, WARM
from dashboard.review import file_kinds
from dashboard.review.review import Review
from emotion.conversation.participants import Participant
from emotion.readings import satisfaction
from emotion.readings.emotions import EMOTIONS
from emotion.timeline.moments import KINDS, Moment
from emotion.timeline.timeline import Timeline

_FOLDER = Path(__file__).parent
_SCRIPTS = ("chart.js", "player.js")
_COLOURS = (ACCENT, WARM, "#6D5BD0", "#BE185D")
"""Of who speaks, in turn; emotions have other ones."""


@cache
def _component() -> Any:
    return st.components.v2.component(
        "rapport_player",
        html=(_FOLDER / "player.html").read_text(encoding="utf-8"),
        css=(_FOLDER / "player.css").read_text(encoding="utf-8"),
        js="\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in _SCRIPTS),
    )


def mount(desk: str, review: Review, shown: int, *, key: str, **callbacks: Any) -> None:
    """Show it.

    Args:
        desk: Token of the recording's desk.
        review: The recording, which has been read.
        shown: Index of the person whose timeline is shown first.
        key: Of the component.
        callbacks: As `st.components.v2` takes them.
    """
    assert review.conversation is not None
    mime = file_kinds.mime(review.name)
    kind = "video" if file_kinds.ending(review.name) in file_kinds.VIDEO else "audio"
    playable = review.playable and mime is not None
    _component()(
        key=key,
        data={
            "media": f"reviews/{desk}/{review.identifier}/media" if playable else None,
            "kind": kind,
            "unplayed": "The chart and its times are those of the file."
            if review.playable
            else "The recording is not on the server any longer; what was read of it is.",
            "duration": review.conversation.timeline.duration,
            "limits": [satisfaction.DISSATISFIED, satisfaction.SATISFIED],
            "emotions": [{"name": one.name, "colour": one.colour} for one in EMOTIONS],
            "shown": shown,
            "added": review.moments_of(shown).added,
            "people": [
                _described(one, review.moments_of(index).current, index)
                for index, one in enumerate(review.participants)
            ],
        },
        **callbacks,
    )


def _described(
    one: Participant, moments: Sequence[tuple[str, Moment]], index: int
) -> dict[str, Any]:
    return {
        "name": one.name,
        # The end of a name is what speakers differ by.
        "short": one.name if len(one.name) <= 9 else f"{one.name[:6]}…{one.name[-2:]}",
        "role": one.role,
        "colour": _COLOURS[index % len(_COLOURS)],
        "speech": shares(one.speech) if any(one.speech) else None,
        **lines(one.timeline),
        "moments": [
            {
                "key": key,
                "time": round(moment.time, 2),
                "kind": moment.kind,
                "words": moment.title or moment.course or KINDS[moment.kind],
                "title": moment.title,
                "comment": moment.comment,
                "turn": moment.turn,
                "weight": moment.weight,
            }
            for key, moment in moments
        ],
    }


def lines(timeline: Timeline) -> dict[str, Any]:
    """The readings, as few characters as do: an hour of them are 7,200.

    Args:
        timeline: Readings of one person.

    Returns:
        Satisfaction of each half second, a whole number or None where nothing is read, and of
        fused, face and voice the index of the likeliest emotion as one character, '.' for none.
    """
    return {
        "satisfaction": [
            None if r.fused is None or r.satisfaction is None else round(r.satisfaction)
            for r in timeline.readings
        ],
        "fused": _letters([r.fused for r in timeline.readings]),
        "face": _letters([r.face.probabilities for r in timeline.readings]),
        "voice": _letters([r.voice.probabilities for r in timeline.readings]),
    }


def shares(speech: Sequence[float]) -> str:
    """How much of each half second is speech, in tenths, one character each, at most 9."""
    return "".join(str(min(int(10 * share), 9)) for share in speech)


def _letters(probabilities: Sequence[np.ndarray | None]) -> str:
    return "".join("." if one is None else str(int(one.argmax())) for one in probabilities)
