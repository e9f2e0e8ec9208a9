"""What is shown of a call at one moment: one reading, said in one way everywhere.

Card, gauge, bars, label of the picture and the picture-in-picture window are drawn from
the same view, so that none of them can say something else.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from dashboard import wording
from dashboard.live.hints import Hints
from emotion import emotions, fusion, satisfaction
from emotion.conversation.talk import Talk
from emotion.live.live_call import LiveCall, LiveState
from emotion.readings import Prediction, Reading
from emotion.voice.windows import HOP

HELD = 2.0
"""Seconds for which a headline stands at least, so that it can be read."""

MIXED = 0.40
"""Share of the likeliest emotion below which two are named."""

FIRST = 1.0
"""Seconds before which nothing is said: so much there has to be to go by."""

SCORED = 1.5
"""Seconds of readings before which satisfaction is not known."""

IDLE = 1.5
"""Seconds without picture and sound after which nothing is read any longer."""

STALE = 3.0
"""Seconds without any reading after which the last one is said to be of before."""

LASTING = 4.0
"""Seconds for which a sense has to say nothing before the user is told what to do."""

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


_NOTHING = Reading(
    0.0, Prediction(None, "no picture"), Prediction(None, "no sound"), None, None, None, 0
)
"""Where neither picture nor sound arrives."""


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
        self._headline: tuple[float, dict[str, str], np.ndarray | None] | None = None
        self._recent: deque[Reading] = deque()
        self._rates: deque[tuple[float, int, int]] = deque()
        self._sent = 0.0
        self._measured = -1.0
        self._readable: tuple[bool, ...] = ()
        self._slow: dict[str, Any] = {}

    def again(self) -> None:
        """Send the whole course of the call once more, to a page that comes anew."""
        self._sent = 0.0

    def view(self, call: LiveCall) -> dict[str, Any]:
        """What to draw now, as plain values for JSON."""
        state = call.state()
        if state.idle > IDLE:
            # What was read before is not read now.
            state = replace(state, now=_NOTHING, seen=())
        reading = state.now
        probabilities = self._average(reading)
        read = probabilities is not None and state.seconds >= FIRST
        known = probabilities if read else None
        headline, bars = self._held(state.seconds, self._say(state, known), known)
        # The senses, the talk and the hints change by the half second at most, but that a face
        # or a voice comes or goes is shown at once.
        readable = _readable(reading)
        if state.seconds - self._measured >= HOP or readable != self._readable:
            self._measured, self._readable = state.seconds, readable
            self._slow = self._slowly(call, state, apart=headline["kind"] == "disagree")
        rows = call.timeline().readings if self._sent == 0 else call.timeline(SPAN).readings
        fresh = [row for row in rows if row.time > self._sent]
        if fresh:
            self._sent = fresh[-1].time
        return {
            "seconds": round(state.seconds, 1),
            "clock": wording.clock(state.seconds),
            "headline": headline,
            "bars": None if bars is None else [round(float(share), 3) for share in bars],
            "faces": _faces(state, headline, call.person),
            "region": call.region and call.region.box,
            "away": _away(state, call.person),
            "course": [_point(row) for row in fresh],
            "error": state.error,
            "health": self._health(state),
            **self._slow,
        }

    def _slowly(self, call: LiveCall, state: LiveState, *, apart: bool) -> dict[str, Any]:
        timeline = call.timeline(SPAN)
        talk, speech = call.talk(), call.speech()
        hint = self.hints.update(state.seconds, timeline, speech, talk)
        lately = [r for r in timeline.readings if r.time > state.seconds - LASTING - 1]
        senses = {
            name: _sense(
                [getattr(reading, name) for reading in lately],
                getattr(state.now, name, None),
                self._advice,
                alone=state.idle > LASTING,
            )
            for name in ("face", "voice")
        }
        if _away(state, call.person):
            # Others are in view, so that "no face" would be wrong.
            senses["face"] = {"tone": "absent", "text": "The chosen face is not in view"}
        return {
            "satisfaction": score(list(timeline.readings), state.seconds, apart=apart),
            "senses": senses,
            "people": len(state.seen),
            "hint": None if hint is None else {"kind": hint.kind, "text": hint.text},
            "talk": None if talk is None else _talk(talk),
        }

    def _average(self, reading: Reading | None) -> np.ndarray | None:
        """Mean of what was read lately; None where nothing is read now."""
        if reading is None:
            return None
        if not self._recent or reading.time > self._recent[-1].time:
            self._recent.append(reading)
        while self._recent and self._recent[0].time < reading.time - _LATELY:
            self._recent.popleft()
        known = [r.fused for r in self._recent if r.fused is not None]
        return None if reading.fused is None else np.mean([*known, reading.fused], axis=0)

    def _say(self, state: LiveState, probabilities: np.ndarray | None) -> dict[str, str]:
        reading = state.now
        if probabilities is None or reading is None:
            return _nothing(state)
        if reading.disagreement >= fusion.DISAGREE:
            face, voice = _best(reading.face), _best(reading.voice)
            return {
                "kind": "disagree",
                "text": "Face and voice disagree",
                "note": f"the face shows {face}, the voice {voice}",
                "symbol": "compare_arrows",
                "colour": "",
            }
        order = np.argsort(-probabilities, kind="stable")
        first, second = emotions.NAMES[order[0]], emotions.NAMES[order[1]]
        share = float(probabilities[order[0]])
        if share < MIXED:
            return {
                "kind": "mixed",
                "text": f"Mixed: {first}, {second}",
                "note": f"no expression stands out, {_basis(reading)}",
                "symbol": "blur_on",
                "colour": "",
            }
        return {
            "kind": "emotion",
            "text": first.capitalize(),
            "note": f"{100 * share:.0f} %, {_basis(reading)}",
            "symbol": wording.SYMBOLS[first],
            "colour": wording.COLOURS[first],
        }

    def _held(
        self, time: float, said: dict[str, str], bars: np.ndarray | None
    ) -> tuple[dict[str, str], np.ndarray | None]:
        """The headline, which changes every two seconds at most, and the bars that it is about."""
        if self._headline is not None:
            since, shown, before = self._headline
            if shown["text"] == said["text"]:
                # The same word with newer figures.
                self._headline = since, said, bars
                return said, bars
            if time - since < HELD and shown["kind"] != "waiting":
                return shown, before
        self._headline = time, said, bars
        return said, bars

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


def _nothing(state: LiveState) -> dict[str, str]:
    """What stands in the place of an emotion while none is read."""
    reading = state.now
    if state.idle > IDLE:
        text, note, symbol = "Nothing arrives", "no picture and no sound", "cloud_off"
    elif state.waiting > 3.0 or (state.delay or 0.0) > 3.0:
        text, note, symbol = "One moment", "this server is busy", "hourglass_top"
    elif state.seconds < FIRST + 3.0 or reading is None:
        text, note, symbol = "Looking and listening", "the first reading takes seconds", "hearing"
    elif reading.uncertain:
        text, note = "Uncertain", "picture and sound are too poor to say"
        symbol = "help"
    else:
        text, symbol = "Nothing to read", "visibility_off"
        note = f"{wording.reason(reading.face.reason)}. {wording.reason(reading.voice.reason)}."
    return {"kind": "waiting", "text": text, "note": note, "symbol": symbol, "colour": ""}


def _best(prediction: Prediction) -> str:
    assert prediction.probabilities is not None
    return emotions.NAMES[int(prediction.probabilities.argmax())]


def _basis(reading: Reading) -> str:
    seen, heard = reading.face.probabilities is not None, reading.voice.probabilities is not None
    if seen and heard:
        return "from face and voice"
    return "from the face alone" if seen else "from the voice alone"


def _sense(
    lately: list[Prediction], now: Prediction | None, advices: Mapping[str, str], *, alone: bool
) -> dict[str, str]:
    """What a sense says, why it says nothing, or what to do about it.

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


def _readable(reading: Reading | None) -> tuple[bool, ...]:
    """Whether face and voice say something."""
    senses = () if reading is None else (reading.face, reading.voice)
    return tuple(sense.probabilities is not None for sense in senses)


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
