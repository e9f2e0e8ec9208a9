"""One call: frames and samples with timestamps go in, readings come out.

A live call pushes what WebRTC delivers, a recording what its file holds, a data set
its clips one by one; there is no other way from media to readings. A `Call` holds all
state of one call; the models behind it are shared and read-only, so that many calls
run side by side.
"""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emotion import fusion
from emotion.audio import Samples
from emotion.detector import Detector
from emotion.face import FaceStream, SeenFace
from emotion.fusion import Reliability
from emotion.manifest import FOLDER, Entry, Manifest
from emotion.media import Frame
from emotion.reading import Opinion, Reading
from emotion.recogniser import FaceRecogniser, VoiceRecogniser
from emotion.satisfaction import Satisfaction
from emotion.voice import VoiceStream
from emotion.voice_window import HOP

FRAME_RATE = 10.0
"""Frames a second that are looked at; others are passed over."""

PATIENCE = 1.0
"""Seconds for which a sense that lags behind is waited for."""


@dataclass(frozen=True)
class Models:
    """The shipped models, loaded once and shared by all calls."""

    detector: Entry
    face: FaceRecogniser
    voice: VoiceRecogniser

    @classmethod
    def load(cls, folder: Path = FOLDER) -> "Models":
        """Load what `folder` ships.

        Raises:
            ModelError: If a file is missing, damaged or not as the manifest says.
        """
        manifest = Manifest(folder)
        return cls(
            manifest.entry("face-detection"),
            FaceRecogniser(manifest.entry("face")),
            VoiceRecogniser(manifest.entry("voice")),
        )

    @property
    def reliability(self) -> Reliability:
        """Weights of the two senses in merging."""
        return Reliability(self.face.reliability, self.voice.reliability)


class Call:
    """The state of one call.

    Not safe for several threads at once; different calls are independent.
    """

    def __init__(self, models: Models, *, patience: float = PATIENCE) -> None:
        """Begin a call.

        Args:
            models: May be shared.
            patience: Seconds for which readings wait for the sense that lags behind.
        """
        self._reliability = models.reliability
        self._faces = FaceStream(Detector(models.detector), models.face)
        self._voice = VoiceStream(models.voice)
        self._opinions: deque[tuple[float, Opinion]] = deque()
        self._satisfaction = Satisfaction()
        self._patience = patience
        self._picture_time = self._sound_time = -math.inf
        self._looked = -math.inf
        self._count = 0

    @property
    def time(self) -> float:
        """Seconds of the call that have been pushed, 0 before the start."""
        return max(self._picture_time, self._sound_time, 0.0)

    @property
    def seen(self) -> tuple[SeenFace, ...]:
        """The faces of the latest frame."""
        return self._faces.seen

    def push_frame(self, frame: Frame) -> list[Reading]:
        """Take the next frame; give the readings that are due.

        Frames closer than `FRAME_RATE` allows, or before the last one, are passed over.
        """
        if frame.time <= self._picture_time:
            return []
        self._picture_time = frame.time
        if frame.time - self._looked >= 0.9 / FRAME_RATE:
            self._faces.push(frame)
            self._looked = frame.time
        return list(self._due())

    def push_samples(self, samples: Samples) -> list[Reading]:
        """Take the next sound; give the readings that are due.

        Raises:
            MediaError: If the samples are of no kind that sound comes in.
        """
        if samples.data.shape[-1] == 0:
            return []
        self._opinions.extend(self._voice.push(samples))
        self._sound_time = self._voice.time
        return list(self._due())

    def finish(self) -> list[Reading]:
        """End the call; give the readings that are left.

        They reach to the nearest half second, and there is one at least.
        """
        end = self.time
        if end <= 0 and self._picture_time < 0:
            return []
        last = max(1, math.floor(end / HOP + 0.5)) * HOP
        if self._sound_time > -math.inf:
            self._opinions.extend(self._voice.finish(last))
        self._picture_time = self._sound_time = max(last, end)
        return list(self._due(until=last))

    def _due(self, until: float = math.inf) -> Iterator[Reading]:
        behind, ahead = sorted((self._picture_time, self._sound_time))
        ready = min(max(behind, ahead - self._patience), until)
        while (time := (self._count + 1) * HOP) <= ready + 1e-6:
            self._count += 1
            yield self._read(time)

    def _read(self, time: float) -> Reading:
        face, person, people = self._faces.at(time)
        speech = Opinion(None, "no sound")
        while self._opinions and self._opinions[0][0] <= time + 1e-6:
            moment, opinion = self._opinions.popleft()
            if time - moment < HOP / 2:
                speech = opinion
        fused = fusion.pool(face, speech, self._reliability)
        satisfaction = self._satisfaction.push(time, fused)
        return Reading(time, face, speech, fused, satisfaction, person, people)
