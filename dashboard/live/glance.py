"""What is shown of a call at one moment: one reading, said in one way everywhere.

Card, gauge, bars, modalities, label of the picture and the picture-in-picture window are drawn from
the same reading, so that none of them can say something else.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dashboard import wording
from dashboard.live import headline
from dashboard.live.headline import FIRST, IDLE
from dashboard.live.hints import Hints
from emotion.conversation.live_call import LiveCall
from emotion.conversation.live_state import LiveState
from emotion.conversation.talk import Talk
from emotion.readings import emotions, fusion, satisfaction
from emotion.readings.reading import HOP, Prediction, Reading

HELD = 2.0
"""Seconds for which a headline stands at least, so that it can be read."""

SCORED = 1.5
"""Seconds of readings before which satisfaction is not known."""

STALE = 3.0
"""Seconds without any reading after which the last one is said to be of before."""

LASTING = 4.0
"""Seconds for which a modality has to say nothing before the user is advised what to do."""

SPAN = 120.0
"""Seconds of the rolling chart."""

_SURE = ((0.7, "sure"), (0.4, "fairly sure"), (0.0, "unsure"))
"""Certainties from which satisfaction is called so."""

_LATELY = 1.5
"""Seconds over which what is shown is averaged."""

_TREND = 10.0
"""Seconds over which a trend is one."""

_STEP = 4.0
"""Points of satisfaction from which a trend is one."""


_SHARED = {
    "no face": "No face is in view. Bring the customer's picture to the front of the tab.",
    "face too small": "The face is too small. Make the customer's picture larger.",
    "no picture": "No picture arrives. Is the tab still shared?",
    "no sound": "No sound arrives. Was the tab shared with its sound?",
    "silence": "The tab is silent. Is its sound off, or the customer muted?",
}
"""What to do about a reason that lasts where a tab is read."""


_SENSES = ("face", "voice")

_NOTHING = Reading(
    0.0, Prediction(None, "no picture"), Prediction(None, "no sound"), None, None, None, 0
)
"""Where neither picture nor sound arrives."""


@dataclass(frozen=True)
class _Shown:
    """The reading that is shown.

    Attributes:
        since: Seconds from which its headline has stood.
        taken: Seconds at which it was read.
        readable: As of `_readable`.
        headline: Its words.
        bars: Probabilities that it is about, shape (8,), or None.
        satisfaction: As of `score`.
        senses: What face and voice say, or why nothing.
    """

    since: float
    taken: float
    readable: tuple[bool, bool]
    headline: dict[str, str]
    bars: np.ndarray | None
    satisfaction: dict[str, Any] | None
    senses: dict[str, dict[str, str]]


class Glance:
    """The view of one call, with what has to be remembered between two moments.

    Attributes:
        hints: Of the call.
    """

    def __init__(self, *, shared: bool = False) -> None:
        """Begin.

        Args:
            shared: Whether a tab or window is read, else a camera.
        """
        self.hints = Hints()
        self._advice = _SHARED if shared else wording.ADVICE
        self._shown: _Shown | None = None
        self._recent: deque[Reading] = deque()
        self._rates: deque[tuple[float, int, int]] = deque()
        self._sent = 0.0
        self._measured = -1.0
        self._slow: dict[str, Any] = {}

    def again(self) -> None:
        """Send the whole course of the call once more, to a page that comes anew."""
        self._sent = 0.0

    def view(self, call: LiveCall) -> dict[str, Any]:
        """What to draw now, as plain values for JSON.

        Args:
            call: The call that the page shows.
        """
        state = call.state()
        if state.idle > IDLE:
            # What was read before is not read now.
            state = replace(state, now=_NOTHING, seen=())
        averaged = self._average(state.now)
        if averaged is not None and state.seconds < FIRST:
            averaged = replace(averaged, fused=None)
        shown = self._reading(call, state, averaged)
        if state.seconds - self._measured >= HOP:
            self._measured = state.seconds
            self._slow = self._slowly(call, state)
        fresh: list[Reading] = []
        if state.latest is not None and state.latest.time > self._sent:
            rows = call.timeline(None if self._sent == 0 else SPAN).readings
            fresh = [row for row in rows if row.time > self._sent]
            self._sent = fresh[-1].time
        return {
            "seconds": round(state.seconds, 1),
            "clock": wording.clock(state.seconds),
            "headline": shown.headline,
            "bars": None if shown.bars is None else [round(float(p), 3) for p in shown.bars],
            "satisfaction": shown.satisfaction,
            "senses": self._senses(call, state, shown),
            "faces": _faces(state, shown.headline, call.person),
            "region": call.region and call.region.box,
            "away": _away(state, call.person),
            "course": [_point(row) for row in fresh],
            "error": state.error,
            "health": self._health(state),
            **self._slow,
        }

    def _slowly(self, call: LiveCall, state: LiveState) -> dict[str, Any]:
        talk = call.talk()
        hint = self.hints.update(state.seconds, call.timeline(SPAN), call.speech(), talk)
        return {
            "people": len(state.seen),
            "hint": None if hint is None else {"kind": hint.kind, "text": hint.text},
            "talk": None if talk is None else _talk(talk),
        }

    def _reading(self, call: LiveCall, state: LiveState, reading: Reading | None) -> _Shown:
        """The reading to show, all of it of one moment.

        Its word changes every two seconds at most, and its figures by the half second, but that
        a face or a voice comes or goes is shown at once. While another word has to wait, all that
        belongs to the one that stands does: satisfaction waits for nothing else.

        Args:
            call: Of which it is.
            state: Of the call now.
            reading: What is read now, as of `_average`.
        """
        said = headline.of(state, reading)
        shown, readable = self._shown, _readable(state.now)
        since = state.seconds
        if shown is not None:
            if shown.headline["text"] == said["text"]:
                since = shown.since
                if readable == shown.readable and state.seconds - shown.taken < HOP:
                    return shown
            elif state.seconds - shown.since < HELD and shown.headline["kind"] != "waiting":
                return shown
        lately = list(call.timeline(SPAN).readings)
        self._shown = _Shown(
            since,
            state.seconds,
            readable,
            said,
            None if reading is None else reading.fused,
            score(lately, state.seconds, apart=said["kind"] == "disagree"),
            self._sense_by_sense(lately, state, reading),
        )
        return self._shown

    def _senses(self, call: LiveCall, state: LiveState, shown: _Shown) -> dict[str, dict[str, str]]:
        """What face and voice say in the reading that is shown; whether they do, as it is now."""
        senses = dict(shown.senses)
        now = _readable(state.now)
        if now != shown.readable:
            fresh = self._sense_by_sense(list(call.timeline(SPAN).readings), state, state.now)
            for name, word, is_read, was_read in zip(
                _SENSES, ("Seen", "Heard"), now, shown.readable, strict=True
            ):
                if not is_read:
                    senses[name] = fresh[name]
                elif not was_read:
                    # What it says belongs to the next reading.
                    senses[name] = {"tone": "read", "text": word}
        if _away(state, call.person):
            # Others are in view, so that "no face" would be wrong.
            senses["face"] = {"tone": "absent", "text": "The chosen face is not in view"}
        return senses

    def _sense_by_sense(
        self, readings: list[Reading], state: LiveState, now: Reading | None
    ) -> dict[str, dict[str, str]]:
        lately = [r for r in readings if r.time > state.seconds - LASTING - 1]
        return {
            name: _sense(
                [getattr(reading, name) for reading in lately],
                getattr(now, name, None),
                self._advice,
                alone=state.idle > LASTING,
            )
            for name in _SENSES
        }

    def _average(self, reading: Reading | None) -> Reading | None:
        """What is read now, with what it and those shortly before it say on average."""
        if reading is None:
            return None
        if not self._recent or reading.time > self._recent[-1].time:
            self._recent.append(reading)
        while self._recent[0].time < reading.time - _LATELY:
            self._recent.popleft()
        # What was shown by whoever was followed before is nobody else's.
        whose = (None, reading.person)
        lately = [*(r for r in self._recent if r.person in whose), reading]
        fused = None
        if reading.fused is not None:
            fused = np.mean([r.fused for r in lately if r.fused is not None], axis=0)
        face, voice = (_mean([getattr(r, name) for r in lately]) for name in _SENSES)
        apart = fusion.disagreement(face, voice)
        return replace(reading, face=face, voice=voice, fused=fused, disagreement=apart)

    def _health(self, state: LiveState) -> dict[str, Any]:
        self._rates.append((state.seconds, state.frames, state.read))
        while self._rates[0][0] < state.seconds - 3.0:
            self._rates.popleft()
        first, last = self._rates[0], self._rates[-1]
        passed = max(last[0] - first[0], 0.5)
        return {
            "seen": round((last[1] - first[1]) / passed, 1),
            "read": round((last[2] - first[2]) / passed, 1),
            "delay": None if state.delay is None else round(state.delay, 2),
            "waiting": round(state.waiting, 1),
            "lost": round(state.lost, 1),
        }


def score(readings: list[Reading], seconds: float, *, apart: bool = False) -> dict[str, Any] | None:
    """Satisfaction with its trend and how sure it is; None while there is too little.

    Args:
        readings: Of the last seconds.
        seconds: Now.
        apart: Whether face and voice are said to disagree: what rests on both is unsure then.
    """
    known = [r for r in readings if r.satisfaction is not None and r.fused is not None]
    if len(known) * HOP < SCORED:
        return None
    last = known[-1]
    value = last.satisfaction or 0.0
    certainty = last.certainty
    if apart:
        certainty *= 1 - max(last.disagreement, fusion.DISAGREE)
    low, high = satisfaction.Estimate(value, certainty).interval
    before = [r for r in known if r.time <= last.time - _TREND]
    change = 0.0 if not before else value - (before[-1].satisfaction or 0.0)
    trend = "steady" if abs(change) < _STEP else "rising" if change > 0 else "falling"
    sure = "unsure" if apart else next(word for least, word in _SURE if certainty >= least)
    old = seconds - last.time
    return {
        "value": round(value),
        "word": satisfaction.label(value),
        "low": round(low),
        "high": round(high),
        "sure": sure,
        "trend": trend if before else None,
        "change": round(change),
        "old": round(old) if old > STALE else 0,
    }


def _sense(
    lately: list[Prediction], now: Prediction | None, advices: Mapping[str, str], *, alone: bool
) -> dict[str, str]:
    """What a modality says, why it says nothing, or what to do about it.

    Args:
        lately: What it said.
        now: What it says.
        advices: By the reason.
        alone: Whether nothing has arrived for so long that the reason lasts.
    """
    if now is not None and now.probabilities is not None:
        best = int(now.probabilities.argmax())
        share = f"{100 * now.probabilities[best]:.0f} %"
        return {"tone": "read", "text": f"{emotions.NAMES[best].capitalize()} {share}"}
    reasons = {prediction.reason for prediction in lately}
    lasts = len(lately) * HOP >= LASTING and now is not None and reasons == {now.reason}
    if now is not None and (lasts or alone):
        advice = advices.get(now.reason or "")
        if advice is not None:
            return {"tone": "warning", "text": advice}
    return {"tone": "absent", "text": wording.reason(now.reason if now else None)}


def _mean(predictions: list[Prediction]) -> Prediction:
    """The last of them, with the mean of what all say where it says something."""
    last = predictions[-1]
    if last.probabilities is None:
        return last
    known = [one.probabilities for one in predictions if one.probabilities is not None]
    return replace(last, probabilities=np.mean(known, axis=0))


def _readable(reading: Reading | None) -> tuple[bool, bool]:
    """Whether face and voice say something."""
    if reading is None:
        return False, False
    return reading.face.probabilities is not None, reading.voice.probabilities is not None


def _away(state: LiveState, chosen: int | None) -> bool:
    """Whether others are in view, and not the one that was chosen."""
    seen = [face.person for face in state.seen]
    return chosen is not None and bool(seen) and chosen not in seen


def _faces(state: LiveState, headline: dict[str, str], chosen: int | None) -> list[dict[str, Any]]:
    width, height = state.size
    faces = []
    for face in state.seen:
        left, top, wide, high = (float(value) for value in face.box)
        label = ""
        if face.followed:
            absent = face.prediction.probabilities is None and face.prediction.reason is not None
            label = wording.reason(face.prediction.reason) if absent else headline["text"]
        faces.append(
            {
                "person": face.person,
                "box": [
                    round(left / width, 4),
                    round(top / height, 4),
                    round(wide / width, 4),
                    round(high / height, 4),
                ],
                "followed": face.followed,
                "chosen": face.person == chosen,
                "label": label,
                "colour": headline["colour"] if face.followed else "",
            }
        )
    return faces


def _point(reading: Reading) -> list[Any]:
    best = None if reading.fused is None else int(reading.fused.argmax())
    value = None if best is None or reading.time < FIRST else reading.satisfaction
    return [reading.time, None if value is None else round(value, 1), best]


def _talk(talk: Talk) -> dict[str, Any]:
    share = talk.own_share
    return {
        "own": None if share is None else round(share, 2),
        "longest": wording.clock(talk.longest(customer=False)),
        "customer": wording.clock(talk.longest(customer=True)),
        "interruptions": len(talk.interruptions),
        "pauses": len(talk.pauses),
        "pause": round(max(talk.pauses, default=0.0)),
    }
