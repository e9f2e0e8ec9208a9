"""The readings of a call or a file as a table."""

import csv
import io
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion.readings import emotions
from emotion.readings.fusion import Reliability, Rule, fuse
from emotion.readings.reading import Reading
from emotion.timeline import fields
from emotion.timeline.summary import Summary

if TYPE_CHECKING:
    # Only tables need it, and a server with running calls makes none: 94 MB.
    import pandas as pd

_SENSES = ("face", "voice", "fused")
_COLUMNS = (
    "time",
    *(f"{sense}_{name}" for sense in _SENSES for name in emotions.NAMES),
    "satisfaction",
    "face_reason",
    "voice_reason",
    "face_quality",
    "voice_quality",
    "person",
    "people",
    "certainty",
    "disagreement",
)
_OPTIONAL = ("face_quality", "voice_quality", "certainty", "disagreement")
"""Columns that tables of before have not got."""


@dataclass(frozen=True)
class Timeline:
    """The readings of one call or file, in order of time.

    Attributes:
        source: Name of the file, or of the call.
        duration: Seconds.
        readings: One every half second.
        reliability: With which the modalities were fused.
        warning: What could not be read of a damaged file, as a sentence, or None.
        participant: Whom the readings are about, where the recording has several; else None.
        role: Of theirs, 'customer' or 'salesperson', or None.
    """

    source: str
    duration: float
    readings: tuple[Reading, ...]
    reliability: Reliability
    warning: str | None = None
    participant: str | None = None
    role: str | None = None

    def summary(self, start: float = 0.0, end: float = float("inf")) -> Summary:
        """What the readings after `start` and up to `end` seconds come to."""
        chosen = [reading for reading in self.readings if start < reading.time <= end]
        return Summary.of(chosen, self.reliability)

    def fused_by(self, rule: Rule) -> "Timeline":
        """The same readings of face and voice, fused by another rule.

        Args:
            rule: One of `emotion.readings.fusion.RULES`.
        """
        readings = (
            replace(one, fused=fuse(one.face, one.voice, self.reliability, rule))
            for one in self.readings
        )
        return replace(self, readings=tuple(readings))

    def table(self) -> "pd.DataFrame":
        """One row a reading; without a value NaN for numbers and None for words.

        Columns: time (s); face_, voice_ and fused_ with each emotion (0 to 1);
        satisfaction (0 to 100); face_reason and voice_reason; face_quality and
        voice_quality (0 to 1); person and people; certainty of the satisfaction and
        disagreement of the modalities (0 to 1).
        """
        import pandas as pd

        # As objects first: pandas would make NaN of the None among words.
        table = pd.DataFrame(self._rows(), columns=list(_COLUMNS), dtype=object)
        words = ("face_reason", "voice_reason")
        kinds = dict.fromkeys((name for name in _COLUMNS if name not in words), "float64")
        return table.astype(kinds | {"person": "Int64", "people": "int64"})

    def _rows(self) -> list[list[Any]]:
        """What `table` holds, a list a reading."""
        rows = []
        for reading in self.readings:
            row: list[Any] = [reading.time]
            for probabilities in (
                reading.face.probabilities,
                reading.voice.probabilities,
                reading.fused,
            ):
                row += [np.nan] * emotions.COUNT if probabilities is None else list(probabilities)
            row += [
                np.nan if reading.satisfaction is None else reading.satisfaction,
                reading.face.reason,
                reading.voice.reason,
                *(
                    np.nan if prediction.probabilities is None else prediction.quality
                    for prediction in (reading.face, reading.voice)
                ),
                reading.person,
                reading.people,
                reading.certainty,
                reading.disagreement,
            ]
            rows.append(row)
        return rows

    def document(self) -> dict[str, Any]:
        """As plain values: the JSON that `python -m emotion analyze` writes."""
        return {
            "source": self.source,
            "participant": self.participant,
            "role": self.role,
            "duration": round(self.duration, 3),
            "warning": self.warning,
            "readings": [
                {
                    "time": round(reading.time, 3),
                    "face": fields.named(reading.face.probabilities),
                    "voice": fields.named(reading.voice.probabilities),
                    "fused": fields.named(reading.fused),
                    "satisfaction": fields.rounded(reading.satisfaction, 2),
                    "face_reason": reading.face.reason,
                    "voice_reason": reading.voice.reason,
                    "face_quality": fields.quality_of(reading.face),
                    "voice_quality": fields.quality_of(reading.voice),
                    "person": reading.person,
                    "people": reading.people,
                    "certainty": round(reading.certainty, 4),
                    "disagreement": round(reading.disagreement, 4),
                }
                for reading in self.readings
            ],
            "summary": self.summary().document(),
            "reliability": {"face": self.reliability.face, "voice": self.reliability.voice},
        }

    def csv(self, facts: Mapping[str, str] = MappingProxyType({})) -> str:
        """The table as CSV, one line a reading, numbers to five places.

        Args:
            facts: Of the whole call, by the names of columns behind those of the readings.
        """
        # As pandas writes it, which takes 73 MB of a server that would do nothing else with it.
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*_COLUMNS, *facts])
        for row in self._rows():
            writer.writerow([*(_cell(value) for value in row), *facts.values()])
        return text.getvalue()

    def parquet(self, facts: Mapping[str, str] = MappingProxyType({})) -> bytes:
        """The table as the content of a Parquet file, with source and duration inside.

        Args:
            facts: Of the whole call, by the names of columns behind those of the readings.
        """
        table = self.table().assign(**facts)
        table.attrs = {
            "source": self.source,
            "duration": self.duration,
            "warning": self.warning,
            "participant": self.participant,
            "role": self.role,
            "reliability": [self.reliability.face, self.reliability.voice],
        }
        buffer = io.BytesIO()
        table.to_parquet(buffer, index=False)
        return buffer.getvalue()

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Timeline":
        """From what `document` gave.

        Raises:
            KeyError, TypeError, ValueError: If it is not such a document.
        """
        readings = tuple(
            Reading(
                float(row["time"]),
                fields.prediction(fields.vector(row["face"]), row, "face"),
                fields.prediction(fields.vector(row["voice"]), row, "voice"),
                fields.vector(row["fused"]),
                fields.satisfaction(row["satisfaction"]),
                None if row.get("person") is None else fields.whole(row["person"]),
                fields.whole(row.get("people", 0)),
                fields.share(row.get("certainty")),
                fields.share(row.get("disagreement")),
            )
            for row in document["readings"]
        )
        fields.check_times(readings)
        weights = document.get("reliability", {"face": 1.0, "voice": 1.0})
        return cls(
            document["source"],
            fields.duration(document["duration"]),
            readings,
            Reliability(fields.weight(weights["face"]), fields.weight(weights["voice"])),
            document.get("warning"),
            document.get("participant"),
            document.get("role"),
        )

    @classmethod
    def from_table(cls, table: "pd.DataFrame", name: str) -> "Timeline":
        """From what `table` gave.

        Args:
            table: The readings; attributes of `parquet` where it has them.
            name: Of the source, where the table has none.

        Raises:
            KeyError, TypeError, ValueError: If it is not such a table.
        """
        missing = [column for column in _COLUMNS if column not in {*table.columns, *_OPTIONAL}]
        if missing:
            raise ValueError(f"the column {missing[0]} is missing")
        table = table.astype(object).where(table.notna(), None)

        def vector(row: dict[Hashable, Any], sense: str) -> np.ndarray | None:
            values = {emotion: row[f"{sense}_{emotion}"] for emotion in emotions.NAMES}
            return None if set(values.values()) == {None} else fields.vector(values)

        readings = tuple(
            Reading(
                float(row["time"]),
                fields.prediction(vector(row, "face"), row, "face"),
                fields.prediction(vector(row, "voice"), row, "voice"),
                vector(row, "fused"),
                fields.satisfaction(row["satisfaction"]),
                None if row["person"] is None else fields.whole(row["person"]),
                fields.whole(row["people"]),
                fields.share(row.get("certainty")),
                fields.share(row.get("disagreement")),
            )
            for row in table.to_dict("records")
        )
        fields.check_times(readings)
        duration = readings[-1].time if readings else 0.0
        face, voice = table.attrs.get("reliability", [1.0, 1.0])
        # A table of several recordings says in columns what one of a single one says beside them.
        first: Mapping[Hashable, Any] = {} if table.empty else table.iloc[0].to_dict()
        who = {name: table.attrs.get(name, first.get(name)) for name in ("participant", "role")}
        return cls(
            table.attrs.get("source", name),
            fields.duration(table.attrs.get("duration", duration)),
            readings,
            Reliability(fields.weight(face), fields.weight(voice)),
            table.attrs.get("warning"),
            who["participant"],
            who["role"],
        )


def _cell(value: Any) -> Any:
    """A value as it stands in CSV: nothing for what is not known."""
    if value is None or isinstance(value, str | int):
        return value
    return "" if np.isnan(value) else float(np.round(float(value), 5))
