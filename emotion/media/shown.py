"""The pictures of a track as they are shown, each for as long as it stands."""

from collections.abc import Iterator
from typing import Any

import av
import numpy as np

from emotion.media import pictures
from emotion.media.frames import Frame
from emotion.media.media_clock import Clock

_AGAIN = 0.4
"""Seconds after which a picture that still stands is given again."""

STANDS = 10.0
"""Seconds for which a picture stands at most where no other follows; by then the camera is
off."""


_REORDERED = 0.1
"""Seconds by which a container that knows no order but that of decoding shows pictures late which
are decoded before those that come first."""


class Shown:
    """The pictures of one track of a recording, in turn.

    Attributes:
        clock: Of the track.
        end: Seconds until which the last picture stands.
    """

    def __init__(self, clock: Clock, spacing: float, stream: Any, *, at_once: bool) -> None:
        """Begin with a track of which nothing was shown.

        Args:
            clock: Of the track.
            spacing: Seconds from one picture that is given to the next, at least.
            stream: The track, as FFmpeg has it.
            at_once: Whether the first picture is shown at the start, whatever its timestamp says.
        """
        self.clock = clock
        self.end = 0.0
        self._spacing = spacing
        self._again = max(_AGAIN, spacing)
        self._stream = stream
        self._due = -np.inf
        self._last: Frame | None = None
        self._given = 0.0
        self._late = None if at_once else 0.0

    def next(self, decoded: av.VideoFrame) -> Iterator[Frame]:
        """The picture, after what stood until it.

        Args:
            decoded: The next picture of the track, in the order in which they are shown.
        """
        stamp = decoded.time
        if stamp is not None:
            if self._late is None:
                late = self.clock.peek(stamp)
                self._late = late if 0 < late <= _REORDERED else 0.0
            stamp -= self._late
        time = self.clock.time(stamp)
        yield from self._until(time)
        stands = float((decoded.duration or 0) * (decoded.time_base or 0))
        self.end = max(self.end, time + min(stands or self.clock.step, STANDS))
        if time < self._due:
            return
        # From the frame itself, not from a grid, so that a rate that is no multiple of ours
        # keeps an even pace.
        self._due = time + self._spacing
        context = self._stream.codec_context
        aspect = pictures.aspect_of(self._stream.sample_aspect_ratio, context.sample_aspect_ratio)
        self._last, self._given = Frame(time, pictures.seen(decoded, aspect)), time
        yield self._last

    def again(self, stamp: float) -> Iterator[Frame]:
        """The last picture, if at a timestamp without another it has stood for a while.

        Args:
            stamp: Seconds as the file has them.
        """
        time = self.clock.peek(stamp)
        if self._last is not None and self._again <= time - self._given <= STANDS:
            self.end, self._given = max(self.end, time), time
            yield Frame(time, self._last.image)

    def rest(self) -> Iterator[Frame]:
        """What stands at the end."""
        yield from self._until(self.end)

    def _until(self, time: float) -> Iterator[Frame]:
        if self._last is None or time - self._given > STANDS:
            return
        while time - self._given >= 2 * self._again:
            self._given += self._again
            yield Frame(self._given, self._last.image)
