"""Values of a timeline as they stand in files: written rounded, and checked when they are read."""

import json
import math
import re
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from emotion.readings import emotions
from emotion.readings.reading import Prediction, Reading

_ROUNDING = 1e-4
"""By which a number that was rounded on its way may lie beyond its range."""


def documents(text: str) -> list[Any]:
    """The JSON documents of a text, one after the other.

    Raises:
        ValueError: If the text is something else.
    """
    decoder = json.JSONDecoder()
    found: list[Any] = []
    # Not line by line: a single document may have been indented by hand.
    start = _after_space(text, 0)
    while start < len(text) or not found:
        document, end = decoder.raw_decode(text, start)
        found.append(document)
        start = _after_space(text, end)
    return found


def _after_space(text: str, start: int) -> int:
    found = re.compile(r"\S").search(text, start)
    return found.start() if found else len(text)


def check_times(readings: tuple[Reading, ...]) -> None:
    """Refuse readings that are not in order of time.

    Raises:
        ValueError: If a time is no number, or does not follow the one before.
    """
    before = -math.inf
    for reading in readings:
        if not math.isfinite(reading.time):
            raise ValueError(f"a time is {reading.time:g}")
        if reading.time <= before:
            raise ValueError(f"time {reading.time:g} follows time {before:g}")
        before = reading.time


def named(probabilities: np.ndarray | None) -> dict[str, float] | None:
    """Probabilities by the names of the emotions, as they are written.

    Args:
        probabilities: Shape (8,), 0 to 1; None gives None.
    """
    if probabilities is None:
        return None
    return {
        name: round(float(value), 5)
        for name, value in zip(emotions.NAMES, probabilities, strict=True)
    }


def quality_of(prediction: Prediction) -> float | None:
    """The quality of a prediction as it is written, 0 to 1.

    Args:
        prediction: Of a face or a voice.

    Returns:
        None where nothing is predicted.
    """
    return None if prediction.probabilities is None else round(prediction.quality, 4)


def prediction(
    probabilities: np.ndarray | None, row: Mapping[Hashable, Any], sense: str
) -> Prediction:
    """What a modality said.

    Args:
        probabilities: Shape (8,), or None.
        row: With the reason and the quality of the modality, as far as they are there.
        sense: 'face' or 'voice'.

    Raises:
        ValueError: If the quality is not from 0 to 1.
    """
    quality = row.get(f"{sense}_quality")
    number = 1.0 if quality is None else float(quality)
    if not -_ROUNDING <= number <= 1 + _ROUNDING:
        raise ValueError(f"the quality of a {sense} is {number:g}, not between 0 and 1")
    return Prediction(probabilities, row.get(f"{sense}_reason"), min(max(number, 0.0), 1.0))


def vector(given: dict[str, float] | None) -> np.ndarray | None:
    """Probabilities, shape (8,), from their names.

    Args:
        given: Probability of each emotion, 0 to 1, by its name; None gives None.

    Raises:
        ValueError: If one is no number from 0 to 1.
        KeyError: If one is missing.
    """
    if given is None:
        return None
    found = np.array([given[name] for name in emotions.NAMES], float)
    if not np.isfinite(found).all():
        raise ValueError("an emotion has no number")
    if found.min() < -_ROUNDING or found.max() > 1 + _ROUNDING:
        raise ValueError(f"probabilities go from {found.min():g} to {found.max():g}")
    return found


def satisfaction(value: Any) -> float | None:
    """A satisfaction as it was written, 0 to 100.

    Args:
        value: A number or its text; None gives None.

    Raises:
        ValueError: If it is not from 0 to 100.
    """
    if value is None:
        return None
    number = float(value)
    if not -_ROUNDING <= number <= 100 + _ROUNDING:
        raise ValueError(f"satisfaction is {number:g}, not between 0 and 100")
    return number


def share(value: Any) -> float:
    """A share as it was written, 0 to 1.

    Args:
        value: A number or its text; None gives 0.

    Raises:
        ValueError: If it is not from 0 to 1.
    """
    number = 0.0 if value is None else float(value)
    if not -_ROUNDING <= number <= 1 + _ROUNDING:
        raise ValueError(f"a share is {number:g}, not between 0 and 1")
    return min(max(number, 0.0), 1.0)


def duration(value: Any) -> float:
    """Seconds of a recording as they were written.

    Args:
        value: A number of seconds or its text.

    Raises:
        ValueError: If it is negative or no number.
    """
    number = float(value)
    if not 0 <= number < math.inf:
        raise ValueError(f"the duration is {number:g} s")
    return number


def weight(value: Any) -> float:
    """A reliability as it was written, above 0, to 1.

    Args:
        value: A number or its text.

    Raises:
        ValueError: If it is not in that range.
    """
    number = float(value)
    if not 0 < number <= 1:
        raise ValueError(f"a reliability is {number:g}")
    return number


def whole(value: Any) -> int:
    """A number of people, or the number of a person, as it was written.

    Args:
        value: A whole number from 0, or its text.

    Raises:
        ValueError: If it is negative or not whole.
    """
    number = float(value)
    if not number.is_integer() or number < 0:
        raise ValueError(f"{number:g} is no number of people or of a person")
    return int(number)


def rounded(value: float | None, digits: int) -> float | None:
    """A number as it is written.

    Args:
        value: The number; None gives None.
        digits: Places behind the point that are kept.
    """
    return None if value is None else round(value, digits)
