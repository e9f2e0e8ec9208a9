"""The shipped models, loaded once and shared by all calls."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion.face.baseline import Baseline
from emotion.face.face_recogniser import FER_TO_EMOTION, FLOOR, FaceRecogniser
from emotion.face.view import ViewModel
from emotion.face.yunet import YuNet
from emotion.models import runtime
from emotion.models.manifest import FOLDER, Entry, Manifest
from emotion.models.runtime import Runtime
from emotion.readings import emotions
from emotion.readings.fusion import Reliability
from emotion.voice.adaptation import Prior
from emotion.voice.speaker_embedding import SpeakerEmbedder
from emotion.voice.voice_recogniser import VoiceRecogniser


@dataclass(frozen=True)
class Models:
    """The shipped models, loaded once and shared by all calls.

    Attributes:
        folder: Where they lie.
        detector: What finds faces.
        face: The face's recogniser.
        voice: The voice's recogniser.
        view: What tells how a face stands in its picture.
        fusion_power: How sure a fused prediction is, see `emotion.readings.fusion.Reliability`.
    """

    folder: Path
    detector: YuNet
    face: FaceRecogniser
    voice: VoiceRecogniser
    view: ViewModel
    fusion_power: float = 1.0

    @classmethod
    def load(cls, folder: Path = FOLDER, *, threads: int = 2) -> "Models":
        """Load what `folder` ships.

        Args:
            folder: With a manifest.
            threads: Threads of one step of the face's model, and steps of the voice's that may
                run side by side, of one thread each.

        Raises:
            ModelError: If a file is missing, damaged or not as the manifest says.
        """
        manifest = Manifest(folder)
        return cls(
            folder,
            detector(manifest.entry("face-detection")),
            face(manifest.entry("face"), threads=threads),
            voice(manifest.entry("voice"), threads=threads),
            ViewModel(manifest.entry("face-view").read()),
            manifest.fusion_power,
        )

    def speaker_embedder(self, *, threads: int = 2) -> SpeakerEmbedder:
        """What tells whose voice it is: a new one, as only recordings of several people need it.

        Args:
            threads: Threads that may look at a piece each at a time.

        Raises:
            ModelError: If its file is missing, damaged or not as described.
        """
        return speaker(Manifest(self.folder).entry("speaker"), threads=threads)

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of the model files by name, in hexadecimal."""
        return {name: entry.sha256 for name, entry in Manifest(self.folder).entries.items()}

    @property
    def baseline(self) -> Baseline:
        """What is known of the ordinary face of someone who has not been seen."""
        return Baseline(self.face.ordinary)

    @property
    def reliability(self) -> Reliability:
        """Weights of the two modalities in fusion."""
        return Reliability(
            self.face.reliability,
            self.voice.reliability,
            self.face.confusion,
            self.voice.confusion,
            self.fusion_power,
        )


def detector(entry: Entry) -> YuNet:
    """What finds faces, from its entry in a manifest.

    Args:
        entry: Of the manifest.

    Raises:
        ModelError: If the file is missing, damaged or another network.
    """
    network = YuNet(entry.read())
    runtime.hold(network)
    return network


def face(entry: Entry, *, threads: int = 2) -> FaceRecogniser:
    """The face's recogniser from its entry in a manifest.

    Args:
        entry: Of the manifest.
        threads: Threads of one step.

    Raises:
        ModelError: If the file is missing, damaged or not as described.
    """
    labels = entry.labels(list(FER_TO_EMOTION))
    return FaceRecogniser(
        Runtime(entry, threads=threads),
        pixels=int(entry.field("input", "shape")[1]),
        sha256=entry.sha256,
        labels=labels,
        priors=np.array(entry.numbers("priors", len(labels))),
        shares=np.array(entry.numbers("shares", len(labels))),
        temperature=entry.number("temperature"),
        emphasis=np.array(entry.numbers("emphasis", emotions.COUNT)),
        ordinary=np.log(np.maximum(entry.numbers("ordinary", emotions.COUNT), FLOOR)),
        reliability=entry.number("reliability", most=1.0),
        confusion=entry.confusion(),
    )


def voice(entry: Entry, *, threads: int = 2) -> VoiceRecogniser:
    """The voice's recogniser from its entry in a manifest.

    Args:
        entry: Of the manifest.
        threads: Threads that may read a window each at a time.

    Raises:
        ModelError: If the file is missing, damaged or not as described.
    """
    return VoiceRecogniser(
        Runtime(entry, threads=1, copies=threads),
        labels=entry.labels(emotions.NAMES),
        prior=Prior.read(entry.field("adaptation")),
        reliability=entry.number("reliability", most=1.0),
        confusion=entry.confusion(),
    )


def speaker(entry: Entry, *, threads: int = 2) -> SpeakerEmbedder:
    """What tells whose voice it is, from its entry in a manifest.

    Args:
        entry: Of the manifest.
        threads: Threads that may look at a piece each at a time.

    Raises:
        ModelError: If the file is missing, damaged or not as described.
    """
    return SpeakerEmbedder(Runtime(entry, threads=1, copies=threads))
