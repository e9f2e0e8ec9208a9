"""A live call: takes what WebRTC delivers and lets the server's readers read it.

What delivers media must not wait, so it only leaves frames here; a frame that nobody had
time for is replaced by the next one, so that a slow machine reads fewer faces and is no
later, while sound is kept and read first.
"""

import logging
import math
import threading
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import av
import numpy as np

from emotion.conversation import readers
from emotion.conversation.call import Call
from emotion.conversation.live_state import LiveState
from emotion.conversation.pace import Pace
from emotion.conversation.region import Region
from emotion.conversation.sound_clock import SoundClock
from emotion.conversation.talk import SpeechActivity, Talk, measure
from emotion.errors import RapportError
from emotion.face.face_stream import SeenFace
from emotion.media.frames import Frame
from emotion.media.samples import Samples
from emotion.models.shipped import Models
from emotion.readings.reading import Reading
from emotion.timeline.timeline import Timeline

READ_RATE = 8.0
"""Frames a second that are read at most, so that boxes and readings keep up with faces."""

LOOKED_RATE = 2 * READ_RATE
"""Frames a second that a call may look at; the pace of reading decides, and not the call."""

_GATHERED = 0.1
"""Seconds of sound that wait for each other, where no picture is read meanwhile: it arrives in
fiftieths of a second, and to wake somebody for each would cost as much as to hear it."""

_BACKLOG = 30.0
"""Seconds of sound that may wait; a server so far behind gives up what is older."""

_LATELY = 2.0
"""Seconds for which a picture that was read tells where faces are, and how late a call is."""

_SHOWN = 10.0
"""Seconds for which an error stays to be read."""

_LOGGER = logging.getLogger(__name__)


class LiveCall:
    """One live call. All methods may be called from any thread."""

    def __init__(
        self,
        models: Models,
        *,
        baseline: bool = False,
        denoise: str = "auto",
        pool: readers.Readers | None = None,
    ) -> None:
        """Begin.

        Args:
            models: May be shared.
            baseline: Whether to read a face relative to the person's ordinary one, once that
                is known, see `emotion.face.baseline`.
            denoise: When noise is reduced in the sound, one of
                `emotion.voice.denoising.MODES`: 'auto' where there is some, 'on', 'off'.
            pool: Threads that read; None for those of the process.

        Raises:
            ValueError: If `denoise` is no mode.
        """
        self._reliability = models.reliability
        start = models.baseline if baseline else None
        self._call: Call | None = Call(
            models,
            # Which frames are read is decided before they wait.
            frame_rate=LOOKED_RATE,
            baseline=start,
            denoise=denoise,
            beside=False,
        )
        self._pool = pool or readers.shared()
        self._own = SpeechActivity()
        self._frame: tuple[float, av.VideoFrame] | None = None
        self._sounds: deque[tuple[Samples, bool]] = deque()
        self._clocks = {False: SoundClock(), True: SoundClock()}
        self._waiting = self._lost = 0.0
        self._readings: list[Reading] = []
        self._customer: list[float] = []
        self._own_shares: list[float] = []
        self._has_own = False
        self._now_read: Reading | None = None
        self._seen: tuple[SeenFace, ...] = ()
        self._size = (0, 0)
        self._person: int | None = None
        self._region: Region | None = None
        self._start: float | None = None
        self._arrived = time.monotonic()
        self._pace = Pace(READ_RATE)
        self._frames = self._read = 0
        self._delay: float | None = None
        self._looked = -math.inf
        self._unread: float | None = None
        self._error: tuple[float, str] | None = None
        self._stopped = self._queued = False
        self._ended = threading.Event()
        self._on_change: Callable[[], object] = _nobody
        self._lock = threading.Lock()

    @property
    def running(self) -> bool:
        """Whether the call still reads what it is given."""
        return not self._stopped

    @property
    def idle(self) -> float:
        """Seconds since the last picture or sound of the customer arrived."""
        return time.monotonic() - self._arrived

    @property
    def late(self) -> float:
        """Seconds by which pictures are read late now, 0 where none arrives."""
        with self._lock:
            if self._start is None or self._stopped:
                return 0.0
            now = time.monotonic() - self._start
            waited = 0.0 if self._unread is None else now - self._unread
            lately = self._delay is not None and now - self._looked < _LATELY
            return max(waited, (self._delay or 0.0) if lately else 0.0)

    @property
    def person(self) -> int | None:
        """Number of the face that was chosen to be followed, or None."""
        return self._person

    @property
    def region(self) -> Region | None:
        """The part of the pictures that is read, or None for all of it."""
        return self._region

    def put_frame(self, frame: av.VideoFrame) -> None:
        """Leave a picture to be read; it replaces one that still waits.

        Args:
            frame: The picture as it came, of any size; its time is when it arrives.
        """
        with self._lock:
            if self._stopped:
                return
            now = self._now()
            self._frames += 1
            # What would be passed over anyhow need not wake anybody.
            if not self._pace.takes(now):
                return
            self._frame = now, frame
            if self._unread is None:
                self._unread = now
            self._queue()

    def put_sound(self, frames: list[av.AudioFrame], *, own: bool = False) -> None:
        """Leave sound to be read.

        Args:
            frames: In order; none is no error.
            own: Whether it is the user's own microphone beside the customer's sound: then
                only when they speak is measured, and no emotion.
        """
        if not frames:
            return
        with self._lock:
            if self._stopped:
                return
            self._has_own |= own
            for samples in self._clocks[own].place(frames, self._now(own=own)):
                self._sounds.append((samples, own))
                self._waiting += samples.seconds
            while self._waiting > _BACKLOG:
                gone = self._sounds.popleft()[0].seconds
                self._waiting -= gone
                self._lost += gone
            if self._waiting >= _GATHERED:
                self._queue()

    def on_change(self, callback: Callable[[], object]) -> None:
        """Call something each time that there is something new to show; in place of another.

        Args:
            callback: Called by the threads that read; returns at once and raises nothing.
        """
        self._on_change = callback

    def begin_sound(self, *, own: bool = False) -> None:
        """Take the sound that comes next as that of another connection, with a clock of its own.

        Args:
            own: Whether it is the user's own microphone, else the customer's sound.
        """
        with self._lock:
            self._clocks[own].again()

    def choose(self, person: int | None) -> None:
        """Follow one face and read no other.

        Args:
            person: Number of the face, from 1; None for the largest.
        """
        with self._lock:
            self._person = person

    def read_only(self, region: Region | None) -> None:
        """Read a part of the pictures from now on, and the largest face in it.

        Args:
            region: The part, in shares of width and height; None for all of it.
        """
        with self._lock:
            self._region, self._person = region, None

    def state(self) -> LiveState:
        """What there is to show now."""
        with self._lock:
            seconds = 0.0 if self._start is None else time.monotonic() - self._start
            gone = self._stopped or seconds - self._looked > _LATELY
            error = None
            if self._error is not None and time.monotonic() - self._error[0] < _SHOWN:
                error = self._error[1]
            return LiveState(
                seconds,
                self._readings[-1] if self._readings else None,
                self._now_read,
                () if gone else self._seen,
                self._size,
                self._delay,
                self._frames,
                self._read,
                self._lost,
                self._waiting,
                error,
                self.idle,
            )

    def timeline(self, last: float | None = None) -> Timeline:
        """The readings so far, or those of the last seconds only."""
        with self._lock:
            seconds = self._readings[-1].time if self._readings else 0.0
            first = 0
            if last is not None:
                # Pages ask for them several times a second, also after hours.
                first = bisect_right(self._readings, seconds - last, key=lambda r: r.time)
            readings = tuple(self._readings[first:])
        return Timeline("live call", seconds, readings, self._reliability)

    def talk(self) -> Talk | None:
        """How the talk is divided; None where the user has no channel of their own."""
        with self._lock:
            if not self._has_own:
                return None
            customer, own = list(self._customer), list(self._own_shares)
        return measure(customer, own)

    def speech(self) -> list[float]:
        """Share of each half second in which the customer, or whoever is heard, speaks."""
        with self._lock:
            return list(self._customer)

    def end(self) -> None:
        """Let the call end as soon as it can; returns at once."""
        with self._lock:
            if not self._stopped:
                self._stopped = True
                self._frame = None
                self._queue()

    def stop(self, seconds: float = 5.0) -> None:
        """End the call and wait for its last readings, which stay. May be called twice.

        Args:
            seconds: To wait at most.
        """
        self.end()
        self._ended.wait(seconds)

    def step(self) -> bool:
        """Read what waits: all sound, and then one picture. For the readers only."""
        more, new = self._read_waiting()
        if new:
            self._on_change()
        return more

    def _read_waiting(self) -> tuple[bool, bool]:
        """Whether there is more to read at once, and whether there is something new to show."""
        with self._lock:
            frame, self._frame = self._frame, None
            sounds = list(self._sounds)
            self._sounds.clear()
            self._waiting = 0.0
            stopped, person, call = self._stopped, self._person, self._call
            region = self._region
        if call is None:
            return False, False
        found: list[Reading] = []
        image, corner = None, (0, 0)
        if frame is not None:
            # In the order of time, so that readings do not go on without the picture.
            moment, picture = frame
            found += self._hear(call, [one for one in sounds if one[0].time < moment])
            sounds = [one for one in sounds if one[0].time >= moment]
            image = picture.to_ndarray(format="bgr24")
            part = image
            if region is not None:
                part, corner = region.cut(image)
            call.choose(person)
            found += self._try(call.push_frame, Frame(moment, part))
        found += self._hear(call, sounds)
        if stopped:
            found += self._try(call.finish)
        now = call.now()
        with self._lock:
            self._readings += found
            self._customer = call.speech
            self._own_shares = self._own.shares
            self._now_read = now
            if frame is not None and image is not None:
                self._read += 1
                self._size = image.shape[1], image.shape[0]
                # In the whole picture, of which the page knows.
                moved = np.array([*corner, 0, 0], np.float32)
                self._seen = tuple(replace(face, box=face.box + moved) for face in call.seen)
                self._looked = time.monotonic() - (self._start or 0.0)
                self._delay = self._looked - frame[0]
                self._unread = self._arrival()
            if stopped:
                # What was read stays, and what it was read with goes.
                self._call, self._seen = None, ()
                self._customer, self._own_shares = list(call.speech), list(self._own.shares)
                self._sounds.clear()
                self._ended.set()
                return False, True
            # The end may have come meanwhile, and has a step of its own.
            self._queued = self._more()
            return self._queued, frame is not None or bool(found)

    def _hear(self, call: Call, sounds: list[tuple[Samples, bool]]) -> list[Reading]:
        found: list[Reading] = []
        for samples, own in sounds:
            found += self._try(self._listen if own else call.push_samples, samples)
        return found

    def _listen(self, samples: Samples) -> list[Reading]:
        self._own.listen(samples)
        return []

    def _try(self, work: Callable[..., list[Reading]], *pieces: Frame | Samples) -> list[Reading]:
        try:
            return work(*pieces)
        except RapportError as caught:
            error = str(caught)
        except Exception:
            # The call goes on with the next frame.
            _LOGGER.exception("A frame of a live call could not be read")
            error = "A frame could not be read; the log of the server says why."
        with self._lock:
            self._error = time.monotonic(), error
        return []

    def _arrival(self) -> float | None:
        """When the picture came that waits, if one does."""
        return None if self._frame is None else self._frame[0]

    def _more(self) -> bool:
        return self._stopped or self._frame is not None or self._waiting >= _GATHERED

    def _queue(self) -> None:
        if not self._queued:
            self._queued = True
            self._pool.add(self)

    def _now(self, *, own: bool = False) -> float:
        now = time.monotonic()
        # What the user says tells nothing of the customer.
        if not own:
            self._arrived = now
        if self._start is None:
            self._start = now
        return now - self._start


def _nobody() -> None:
    """Nobody waits for changes."""
