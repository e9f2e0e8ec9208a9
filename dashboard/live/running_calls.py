"""The live calls of a server: admitted, kept while their page is away, and forgotten."""

import hashlib
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dashboard import memory
from dashboard.live.capacity import capacity
from dashboard.live.consent import Consent
from dashboard.live.glance import Glance
from emotion.conversation.live_call import LiveCall
from emotion.errors import RapportError
from emotion.models import runtime
from emotion.models.shipped import Models

KEPT = 3600.0
"""Seconds for which the readings of a call that has ended are kept."""

AWAY = 30.0
"""Seconds for which a running call waits for its page to come back."""

PAUSED = 600.0
"""Seconds for which it waits for picture and sound while its page is there: whoever shares
something else has time to choose."""

LATE = 0.5
"""Seconds by which running calls may be late on average where another one is to begin: whatever
was measured at the start, the machine may have other work by now."""

SETTLED = 2.0
"""Seconds after the end of a call in which its connection and its page let go of it."""

FORGOTTEN = 150.0
"""Seconds after which Streamlit has forgotten a page that was closed with it."""

_LONGEST_NOTE = 200
_MOST_NOTES = 500
_TOKEN = 16


class FullError(RapportError):
    """One call more would slow down those that run."""


@dataclass(frozen=True)
class LiveNote:
    """Something the user noted during a call.

    Attributes:
        time: Seconds from the start of the call.
        text: A label or a sentence.
    """

    time: float
    text: str


@dataclass(eq=False)
class RunningCall:
    """A call with what belongs to it besides its readings.

    Attributes:
        token: By which its page knows it, and nobody else.
        call: The readings.
        consent: Who confirmed that it may be analysed.
        source: 'tab', 'camera' or 'both'.
        began: When, with a zone.
        glance: What is shown of it.
        notes: Of the user.
        connected: Whether media can arrive now.
        ended: When it ended, on the clock of `time.monotonic`, or None.
        why: Why it ended, as a sentence, where the user did not end it.
    """

    token: str
    call: LiveCall
    consent: Consent
    source: str
    began: datetime = field(default_factory=lambda: datetime.now().astimezone())
    glance: Glance = field(default_factory=Glance)
    notes: list[LiveNote] = field(default_factory=list)
    connected: bool = False
    ended: float | None = None
    why: str = ""

    @property
    def running(self) -> bool:
        """Whether it still takes media."""
        return self.ended is None

    def note(self, text: str) -> None:
        """Keep a note of this moment.

        Args:
            text: The note; one without words is none, and a long one is cut.
        """
        plain = " ".join(text.split())[:_LONGEST_NOTE]
        if plain and len(self.notes) < _MOST_NOTES:
            self.notes.append(LiveNote(round(self.call.state().seconds, 1), plain))

    def end(self, why: str = "") -> None:
        """End the call; its readings stay.

        Args:
            why: A sentence for its page; '' where the user ended it.
        """
        if self.ended is None:
            self.ended, self.why = time.monotonic(), why
            self.call.end()

    def facts(self) -> dict[str, str]:
        """What a table says of the call besides its readings, as kept calls are exported."""
        return {
            "started_at": self.began.isoformat(timespec="seconds"),
            "kind": "live",
            **{f"consent_{name}": said for name, said in self.consent.document().items()},
        }

    def document(self) -> dict[str, Any]:
        """The readings with consent, notes and talk, as plain values for JSON."""
        talk = self.call.talk()
        return self.call.timeline().document() | {
            "began": self.began.isoformat(timespec="seconds"),
            "consent": self.consent.document(),
            "notes": [{"time": note.time, "text": note.text} for note in self.notes],
            "talk": None
            if talk is None
            else {
                "customer_seconds": talk.customer,
                "own_seconds": talk.own,
                "longest_customer_turn": talk.longest(customer=True),
                "longest_own_turn": talk.longest(customer=False),
                "interruptions": list(talk.interruptions),
                "pauses": list(talk.pauses),
                "turns": [
                    {"start": turn.start, "end": turn.end, "customer": turn.customer}
                    for turn in talk.turns
                ],
            },
        }


@dataclass(frozen=True)
class Load:
    """What a server has to do with calls, at one moment and since it was started.

    Attributes:
        most: Calls that it reads at once.
        running: Calls that are being read.
        draining: Whether new calls are refused, because it is about to stop.
        begun: Calls so far.
        refused: Calls that were refused so far.
        delay: Seconds from a frame's arrival to its having been read, in the call where that
            takes longest now; 0 without any.
        waiting: Seconds of sound that wait to be read, in the call with most of it.
        frames: Frames that arrived so far.
        read: Of which were read; a live call looks at 8 a second.
        lost: Seconds of sound that were given up so far.
    """

    most: int
    running: int
    draining: bool
    begun: int
    refused: int
    delay: float
    waiting: float
    frames: int
    read: int
    lost: float


class RunningCalls:
    """All calls of one server. Its methods may be called from any thread."""

    def __init__(self, models: Models) -> None:
        """Measure how many calls this machine can read at once; takes two seconds.

        Args:
            models: Shared by all calls.
        """
        self._models = models
        self._calls: dict[str, RunningCall] = {}
        self._lock = threading.Lock()
        self._draining = False
        self._begun = self._refused = 0
        self._past = [0.0, 0.0, 0.0]
        self._swept = time.monotonic()
        self._before = 0
        self._untidy: list[float] = []
        self.most = capacity(models)

    def begin(
        self, token: str, consent: Consent, source: str, *, baseline: bool = False
    ) -> RunningCall:
        """Begin a call.

        Args:
            token: By which its page will know it, at least 16 characters that nobody guesses.
            consent: That it may be analysed.
            source: 'tab', 'camera' or 'both'.
            baseline: Whether to read a face relative to the person's ordinary one, once that
                is known.

        Raises:
            FullError: If the machine reads as many calls as it can, is late with them, or is
                about to stop.
        """
        if len(token) < _TOKEN:
            raise RapportError("The page did not name its call; reload it.")
        with self._lock:
            late = [kept.call.late for kept in self._calls.values() if kept.running]
            running = len(late)
            if self._draining:
                self._refused += 1
                raise FullError(
                    "This server is about to be restarted and takes no new calls. Try again in a "
                    "minute; where there are several servers, load the dashboard's address with "
                    "/another-server at its end to come to another."
                )
            if running >= self.most:
                self._refused += 1
                calls, them = ("call", "it") if running == 1 else ("calls", "them")
                raise FullError(
                    f"This server reads {running} {calls} now, and one more would slow {them} "
                    "down. Try again when one has ended."
                )
            if running and sum(late) / running > LATE:
                self._refused += 1
                raise FullError(
                    f"This server has other work and is late with the {running} "
                    f"call{'s' if running != 1 else ''} that it reads. Try again in a minute."
                )
            kept = RunningCall(
                token,
                LiveCall(self._models, baseline=baseline),
                consent,
                source,
                glance=Glance(shared=source != "camera"),
            )
            self._calls[_key(token)] = kept
            self._begun += 1
            return kept

    def find(self, token: str | None) -> RunningCall | None:
        """The call that a page knows by a token, if it is still there."""
        if not token:
            return None
        with self._lock:
            kept = self._calls.get(_key(token))
        return kept if kept and secrets.compare_digest(kept.token, token) else None

    def dismiss(self, token: str) -> None:
        """Forget a call and everything that was read in it.

        Args:
            token: By which its page knows the call.
        """
        with self._lock:
            kept = self._forget(_key(token))
        if kept is not None:
            kept.end()
            self._left()

    def drain(self) -> None:
        """Refuse new calls from now on; those that run go on."""
        with self._lock:
            self._draining = True

    def end(self, why: str) -> None:
        """End all calls that run; their readings stay.

        Args:
            why: As a sentence for their pages.
        """
        with self._lock:
            calls = list(self._calls.values())
        for kept in calls:
            kept.end(why)

    def held(self, seconds: float) -> int:
        """How many calls run, or ended less than `seconds` ago and are still to be saved."""
        now = time.monotonic()
        with self._lock:
            return sum(
                kept.ended is None or now - kept.ended < seconds for kept in self._calls.values()
            )

    @property
    def swept(self) -> float:
        """Seconds since `sweep` was last called: more than a few where connections hang."""
        return time.monotonic() - self._swept

    @property
    def load(self) -> Load:
        """What there is to do, and was so far."""
        with self._lock:
            calls = list(self._calls.values())
            states = [(kept.running, kept.call.state()) for kept in calls]
            frames, read, lost = self._past
            return Load(
                self.most,
                sum(running for running, _ in states),
                self._draining,
                self._begun,
                self._refused,
                max((state.delay or 0.0 for running, state in states if running), default=0.0),
                max((state.waiting for running, state in states if running), default=0.0),
                round(frames) + sum(state.frames for _, state in states),
                round(read) + sum(state.read for _, state in states),
                lost + sum(state.lost for _, state in states),
            )

    @property
    def running(self) -> int:
        """How many calls are being read."""
        with self._lock:
            return sum(kept.running for kept in self._calls.values())

    def sweep(self) -> None:
        """End calls whose page stays away, and forget those that are long over."""
        self._swept = time.monotonic()
        with self._lock:
            calls = list(self._calls.items())
        for key, kept in calls:
            if kept.running and kept.call.idle > (PAUSED if kept.connected else AWAY):
                so_long = "ten minutes" if kept.connected else "half a minute"
                kept.end(f"Nothing arrived from the browser for {so_long}.")
            elif kept.ended is not None and time.monotonic() - kept.ended > KEPT:
                with self._lock:
                    self._forget(key)
                self._left()
        running = self.running
        if running < self._before:
            self._left()
        self._before = running
        self._tidy(running)

    def _left(self) -> None:
        """A call has ended or was dismissed: what it leaves is cleared away soon."""
        now = time.monotonic()
        with self._lock:
            self._untidy = [now + SETTLED, now + FORGOTTEN]

    def _tidy(self, running: int) -> None:
        with self._lock:
            due = [moment for moment in self._untidy if moment <= self._swept]
            self._untidy = [moment for moment in self._untidy if moment > self._swept]
        if due:
            if not running:
                runtime.drop_copies()
            memory.tidy()

    def _forget(self, key: str) -> RunningCall | None:
        kept = self._calls.pop(key, None)
        if kept is not None:
            # What was counted in it stays counted.
            state = kept.call.state()
            counted = state.frames, state.read, state.lost
            self._past = [sum(both) for both in zip(self._past, counted, strict=True)]
        return kept


def offered(settings: Any, name: str, default: str = "") -> str:
    """A text among the settings that a page sent.

    Args:
        settings: What the page sent, of any kind.
        name: Of the text.
        default: Given where the page sent no text of that name.
    """
    value = settings.get(name) if isinstance(settings, Mapping) else None
    return value if isinstance(value, str) else default


def _key(token: str) -> str:
    # Looking up by a digest, time says nothing about the tokens that there are.
    return hashlib.sha256(token.encode()).hexdigest()
