"""What the readings of an interval come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emotion.readings import emotions
from emotion.readings.fusion import Reliability
from emotion.readings.reading import Reading
from emotion.timeline import fields


@dataclass(frozen=True)
class Summary:
    """What the readings of an interval come to.

    Attributes:
        emotions: Mean of the fused probabilities, shape (8,), or None. A reading
            counts by the reliability and the quality of the modalities that it rests on, so
            that moments with a good face and voice weigh more than others.
        face: Mean of the face's probabilities by their quality, shape (8,), or None.
        voice: Mean of the voice's probabilities by their quality, shape (8,), or None.
        face_coverage: Share of the readings in which the face is read, 0 to 1.
        voice_coverage: Share of the readings in which the voice is read, 0 to 1.
        satisfaction: Mean of the satisfaction of the readings by its certainty, 0 to 100;
            None where nothing is read.
    """

    emotions: np.ndarray | None
    face: np.ndarray | None
    voice: np.ndarray | None
    face_coverage: float
    voice_coverage: float
    satisfaction: float | None

    @classmethod
    def of(cls, readings: Sequence[Reading], reliability: Reliability) -> "Summary":
        """What some readings come to.

        Args:
            readings: Which; none is no error.
            reliability: With which their modalities were fused.
        """
        seen = [reading.face for reading in readings if reading.face.probabilities is not None]
        heard = [reading.voice for reading in readings if reading.voice.probabilities is not None]
        return cls(
            _average([(r.fused, reliability.of(r.face, r.voice)) for r in readings]),
            _average([(prediction.probabilities, prediction.weight) for prediction in seen]),
            _average([(prediction.probabilities, prediction.weight) for prediction in heard]),
            len(seen) / len(readings) if readings else 0.0,
            len(heard) / len(readings) if readings else 0.0,
            _satisfaction_of(readings),
        )

    @property
    def dominant(self) -> str | None:
        """Name of the likeliest emotion, or None without any reading."""
        return None if self.emotions is None else emotions.NAMES[int(self.emotions.argmax())]

    def document(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return {
            "emotions": fields.named(self.emotions) or {},
            "face": fields.named(self.face),
            "voice": fields.named(self.voice),
            "dominant": self.dominant,
            "satisfaction": fields.rounded(self.satisfaction, 2),
            "face_coverage": round(self.face_coverage, 4),
            "voice_coverage": round(self.voice_coverage, 4),
        }


def _satisfaction_of(readings: Sequence[Reading]) -> float | None:
    known = [
        (reading.satisfaction, reading.certainty)
        for reading in readings
        if reading.satisfaction is not None and reading.fused is not None
    ]
    if not known:
        return None
    values, weights = np.array(known).T
    # Tables of before know no certainty.
    return float(np.average(values, weights=weights if weights.any() else None))


def _average(given: list[tuple[np.ndarray | None, float]]) -> np.ndarray | None:
    """Mean by weights; a plain one where all weights are 0, None of nothing."""
    known = [
        (probabilities, weight) for probabilities, weight in given if probabilities is not None
    ]
    if not known:
        return None
    weights = np.array([weight for _, weight in known])
    return np.average([p for p, _ in known], 0, weights if weights.any() else None)
