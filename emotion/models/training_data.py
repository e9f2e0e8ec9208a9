"""What a shipped model was trained on, as the manifest says it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from emotion.errors import ModelError


@dataclass(frozen=True)
class TrainingData:
    """A data set that trained a model.

    Attributes:
        corpus: Its name, as its clips have it.
        clips: How many clips or pictures of it; None where that is not known.
        weight: How much one counts beside those of other data sets, above 0.
        note: What else there is to say, for people.
    """

    corpus: str
    clips: int | None = None
    weight: float = 1.0
    note: str = ""

    @property
    def words(self) -> str:
        """All but the name, such as '300 clips, weight 4'; '' where nothing is known."""
        parts = [
            f"{self.clips:,} clips" if self.clips is not None else "",
            f"weight {self.weight:g}" if self.weight != 1 else "",
            self.note,
        ]
        return ", ".join(part for part in parts if part)


def written(data: Iterable[TrainingData]) -> list[dict[str, Any]]:
    """Data sets as the manifest holds them, without what is not said.

    Args:
        data: In the order in which they are to be listed.
    """
    return [
        {
            name: value
            for name, value in vars(one).items()
            if value != TrainingData.__dataclass_fields__[name].default
        }
        for one in data
    ]


def parsed(value: Any, where: str) -> tuple[TrainingData, ...]:
    """Data sets from what a manifest holds.

    Args:
        value: As `written` gives it.
        where: Whose they are, for the error.

    Raises:
        ModelError: If it is anything else.
    """
    known = TrainingData.__dataclass_fields__
    found: list[Any] = value if isinstance(value, list) else [None]
    for one in found:
        if not (
            isinstance(one, dict)
            and one.keys() <= known.keys()
            and _is_name(one.get("corpus"))
            and _is_count(one.get("clips"))
            and _is_weight(one.get("weight", 1.0))
            and isinstance(one.get("note", ""), str)
        ):
            raise ModelError(
                f"'training_data' of {where} should be a list of data sets with a corpus and, "
                f"where known, clips, weight and note. Received: {str(one or value)[:80]}. "
                "Train the model again, or write it as in the manifest of the shipped models."
            )
    return tuple(TrainingData(**one) for one in found)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_count(value: Any) -> bool:
    return value is None or (type(value) is int and value >= 0)


def _is_weight(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value < math.inf
