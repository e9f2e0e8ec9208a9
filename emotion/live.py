"""A live call: takes what WebRTC delivers and reads it beside, in a thread of its own.

WebRTC's callbacks must return at once (they hold a lock that the page needs as well),
so they only leave frames here; a frame that nobody had time for is replaced by the
next one, while sound is kept to the last sample.
"""

import logging
import math
import threading
import time
from collections import deque
from dataclasses import dataclass

import av

from emotion.call import Call
from emotion.errors import RapportError
from emotion.face.stream import SeenFace
from emotion.media.frames import Frame
from emotion.media.recordings import sound
from emotion.media.samples import Samples
from emotion.models.shipped import Models
from emotion.readings import Reading
from emotion.timeline import Timeline

PATIENCE = 1.0
"""Seconds for which readings wait for the sense that lags behind. While both arrive on
time nothing waits."""

FRAME_RATE = 10.0
"""Frames a second that are looked at, so that boxes keep up with faces."""

_BACKLOG = 2.0
"""Seconds of sound that may wait; what is older is given up to stay live."""

_OFFSETS = 30.0
"""Seconds after which a clock of the sound that has jumped back is believed: longer than
any delay on the way."""

_IDLE = 60.0
"""Seconds without picture and sound after which a call ends by itself: nobody may be
left who could stop it."""

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class LiveState:
    """What a page shows of a live call at one moment.

    Attributes:
        seconds: Since the first frame or sound; 0 before it.
        latest: The newest reading, or None.
        seen: Faces of the latest frame that was looked at; none when the call has ended.
        delay: Seconds by which the newest reading is behind the call, or None.
        error: What went wrong, as a sentence, or None.
    """

    seconds: float
    latest: Reading | None
    seen: tuple[SeenFace, ...]
    delay: float | None
    error: str | None


class LiveCall:
    """One live call. All methods may be called from any thread."""

    def __init__(self, models: Models, *, baseline: bool = False) -> None:
        """Begin; the thread starts with it and ends with `stop`.

        Args:
            models: May be shared.
            baseline: As for `emotion.analysis.analyze`.
        """
        self._models = models
        start = models.baseline if baseline else None
        self._call = Call(models, patience=PATIENCE, frame_rate=FRAME_RATE, baseline=start)
        self._frame: Frame | None = None
        self._sounds: deque[Samples] = deque()
        self._readings: list[Reading] = []
        self._seen: tuple[SeenFace, ...] = ()
        self._start: float | None = None
        self._sound_end = 0.0
        self._sound_offset = math.inf
        self._offsets: deque[tuple[float, float]] = deque()
        self._error: str | None = None
        self._stopped = False
        self._wake = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="rapport-live", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the call still reads what it is given."""
        return not self._stopped

    def put_frame(self, frame: av.VideoFrame) -> None:
        """Leave a picture to be read; replaces one that still waits."""
        image = frame.to_ndarray(format="bgr24")
        with self._wake:
            self._frame = Frame(self._now(), image)
            self._wake.notify()

    def put_sound(self, frames: list[av.AudioFrame]) -> None:
        """Leave sound to be read."""
        if not frames:
            return
        with self._wake:
            now = self._now()
            last = frames[-1]
            if last.time is not None:
                # The quickest frame tells best how the sound's own clock lies to ours;
                # the others were held up on their way.
                end = last.time + last.samples / last.sample_rate
                self._set_offset(now, now - end)
            # Without a clock of its own, sound goes on where it ended unless that was
            # so long ago that some was lost.
            begin = now - sum(frame.samples / frame.sample_rate for frame in frames)
            if begin - self._sound_end < 0.5:
                begin = self._sound_end
            for frame in frames:
                if frame.time is not None:
                    begin = max(frame.time + self._sound_offset, 0.0)
                data = sound(frame)
                self._sounds.append(Samples(begin, data, frame.sample_rate))
                begin += data.shape[1] / frame.sample_rate
            self._sound_end = begin
            while self._sounds and begin - self._sounds[0].time > _BACKLOG:
                self._sounds.popleft()
            self._wake.notify()

    def state(self) -> LiveState:
        """What there is to show now."""
        with self._wake:
            seconds = 0.0 if self._start is None else time.monotonic() - self._start
            latest = self._readings[-1] if self._readings else None
            delay = None if latest is None else seconds - latest.time
            seen = () if self._stopped else self._seen
            return LiveState(seconds, latest, seen, delay, self._error)

    def timeline(self, last: float | None = None) -> Timeline:
        """The readings so far, or those of the last seconds only."""
        with self._wake:
            readings = tuple(self._readings)
            seconds = readings[-1].time if readings else 0.0
        if last is not None:
            readings = tuple(reading for reading in readings if reading.time > seconds - last)
        return Timeline("live call", seconds, readings, self._models.reliability)

    def end(self) -> None:
        """Let the call end as soon as it can; returns at once."""
        with self._wake:
            self._stopped = True
            self._wake.notify()

    def stop(self) -> None:
        """End the call and wait for its last readings, which stay. May be called twice."""
        self.end()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=5)

    def _set_offset(self, now: float, offset: float) -> None:
        """Take note of how a sound's clock lies to ours."""
        self._sound_offset = min(offset, self._sound_offset)
        # Sorted by offset as well: what is later and less makes the others needless.
        while self._offsets and self._offsets[-1][1] >= offset:
            self._offsets.pop()
        self._offsets.append((now, offset))
        while self._offsets[0][0] < now - _OFFSETS:
            self._offsets.popleft()
        lately = self._offsets[0][1]
        # Small differences are drift, which no reading shows, but a seam would.
        if lately - self._sound_offset > 0.5:
            self._sound_offset = lately

    def _now(self) -> float:
        if self._start is None:
            self._start = time.monotonic()
        return time.monotonic() - self._start

    def _work(self) -> None:
        while True:
            with self._wake:
                while not (self._stopped or self._frame or self._sounds):
                    if not self._wake.wait(_IDLE):
                        self._stopped = True
                stopped = self._stopped
                frame, self._frame = self._frame, None
                sounds = list(self._sounds)
                self._sounds.clear()
            readings: list[Reading] = []
            error = None
            try:
                for piece in sounds:
                    readings += self._call.push_samples(piece)
                if frame is not None:
                    readings += self._call.push_frame(frame)
                if stopped:
                    readings += self._call.finish()
            except RapportError as caught:
                error = str(caught)
            except Exception:
                # The thread is all that this call has: it reports and goes on
                # with the next frame.
                _LOGGER.exception("A frame of a live call could not be read")
                error = "A frame could not be read; the log of the server says why."
            with self._wake:
                self._readings += readings
                self._seen = self._call.seen
                self._error = error
            if stopped:
                return
