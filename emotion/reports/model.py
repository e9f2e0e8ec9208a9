"""What a report of an evaluation holds.

Every part is declared here once, required or optional, and is checked whenever a report is
made or read. Shares go from 0 to 1 and are None where there is none to give.
"""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from emotion.readings import emotions
from emotion.reports.figures import Count, Figures, Part, Result, Share, check_equally_long
from emotion.reports.names import ProtocolName

VERSION = 3
"""Of the form; it grows when a part changes its meaning."""


def _unlike(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError("a name occurs twice")
    return names


def _known_protocol(name: str) -> str:
    if name not in list(ProtocolName):
        raise ValueError(f"{name[:40]!r} is no protocol, which are {', '.join(ProtocolName)}")
    return name


def _moment(text: str) -> str:
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        said = None
    # The day stands before a T: pages cut it off.
    if said is None or said.tzinfo is None or text[10:11] != "T":
        raise ValueError(
            f"{text[:40]!r} is no date with time and zone, as 2026-11-29T16:30:00+00:00 is"
        )
    return text


Name = Annotated[str, Field(min_length=1)]
Names = Annotated[list[Name], Field(min_length=1), AfterValidator(_unlike)]
"""Different ones, one at least."""

Trait = list[str | None]
"""A column that may be left out, and in which what is not known is None."""


class Training(Part):
    """A data set that trained what is tested.

    Attributes:
        corpus: Its name.
        clips: How many of it; None where that is not known.
        weight: How much one counts beside those of other data sets.
    """

    corpus: Name
    clips: Count | None = None
    weight: Annotated[float, Field(gt=0)] = 1.0


class Impaired(Part):
    """Accuracy under conditions.

    Attributes:
        clips: How many were read under each.
        accuracy: By way of predicting, and by condition.
    """

    clips: Count
    accuracy: Annotated[
        dict[str, Annotated[dict[str, Share], Field(min_length=1)]], Field(min_length=1)
    ]

    @model_validator(mode="after")
    def _of_the_same_conditions(self) -> "Impaired":
        if len({tuple(shares) for shares in self.accuracy.values()}) > 1:
            raise ValueError("the ways of predicting are not under the same conditions")
        return self


class OverTime(Part):
    """How single readings compare with what their clip shows.

    Attributes:
        readings: How many.
        satisfaction: Share of them with the clip's kind of satisfaction.
    """

    readings: Count
    satisfaction: Share


class Films(Part):
    """Accuracy where the films that stills come from count alike.

    Attributes:
        films: How many.
        accuracy: Mean over them.
        standard_error: Of that mean.
    """

    films: Annotated[int, Field(ge=1)]
    accuracy: Share
    standard_error: Annotated[float, Field(ge=0)]


class ClipColumns(Part):
    """Columns of what is known of the clips that are tested; all are empty where none is listed.

    Attributes:
        file: Path from the folder of the data set on, with slashes.
        corpus: Name of the data set.
        speaker: Unique over all data sets.
        emotion: Indices of the true classes, before any counts as another.
        intensity: As the corpus says it; the column may be left out.
        sex: 'female' or 'male'; the column may be left out.
        sentence: That is spoken; the column may be left out.
    """

    file: list[Name] = []
    corpus: list[Name] = []
    speaker: list[Name] = []
    emotion: list[Count] = []
    intensity: Trait = []
    sex: Trait = []
    sentence: Trait = []

    @model_validator(mode="after")
    def _equally_long(self) -> "ClipColumns":
        traits = ("intensity", "sex", "sentence")
        there = {name: column for name, column in self if name not in traits or column}
        check_equally_long(there, "tested")
        return self

    def __len__(self) -> int:
        return len(self.file)

    @property
    def columns(self) -> dict[str, list[Any]]:
        """All columns by name, a trait that was left out as one of None."""
        return {name: column or [None] * len(self) for name, column in self}


class OptionalParts(Part):
    """What a report may have besides what every report has.

    Attributes:
        notes: Sentences on what a copy of a data set lacks.
        trained_on: Data sets that trained what is tested, where that differs fold by fold.
        failed: Why clips could not be read, by file.
        seen_in_training: Clips of people whom a shipped model was trained on.
        seen_by_model: How many of these by the model, 'face' or 'voice', where it is known.
        models: SHA-256 of the shipped models that were scored, by name.
        emotions: Figures over our eight emotions where `labels` are others.
        impaired: Accuracy under conditions.
        lost: By how much accuracy is less than with clean sound, by condition.
        over_time: Single readings of the fused result.
        films: Where stills of several films are tested.
        command: That makes it again.
    """

    notes: list[str] = []
    trained_on: list[Training] = []
    failed: dict[str, str] = {}
    seen_in_training: Count = 0
    seen_by_model: dict[Name, Count] = {}
    models: dict[str, str] = {}
    emotions: Figures | None = None
    impaired: Impaired | None = None
    lost: dict[str, Annotated[float, Field(ge=-1, le=1)]] = {}
    over_time: OverTime | None = None
    films: Films | None = None
    command: str | None = None


class Report(OptionalParts):
    """One evaluation, with the optional parts that it has.

    Attributes:
        version: `VERSION`.
        dataset: Names of the data sets whose clips are tested.
        protocol: One of `ProtocolName`.
        recipe: How the recogniser was trained.
        modality: 'face', 'voice' or 'fused'.
        seed: Of the splits and the training.
        commit: Of the code; None outside git.
        date: ISO 8601 with its zone.
        versions: Of Python and numpy.
        seconds: That everything took.
        clips: That were tested.
        labels: Names of the classes, no two alike.
        tested: The clips, where they are listed.
        results: By way of predicting, such as 'none' and 'speaker-adapted'; the first one is
            the one that a summary shows. There is one at least.
    """

    version: int = VERSION
    dataset: Names
    protocol: Annotated[str, AfterValidator(_known_protocol)]
    recipe: str
    modality: Annotated[str, Field(pattern="^(face|voice|fused)$")]
    seed: int
    commit: str | None
    date: Annotated[str, AfterValidator(_moment)]
    versions: dict[str, str]
    seconds: Annotated[float, Field(ge=0)]
    clips: Count
    labels: Names
    tested: ClipColumns
    results: Annotated[dict[str, Result], Field(min_length=1)]

    @model_validator(mode="after")
    def _agrees(self) -> "Report":
        """Refuse what would only be found out when it is drawn: parts that do not fit."""
        classes = len(self.labels)
        if any(emotion >= classes for emotion in self.tested.emotion):
            raise ValueError("tested has emotions that are not among the labels")
        if self.seen_in_training > self.clips:
            raise ValueError(f"seen_in_training is more than the {self.clips} clips")
        if max(self.seen_by_model.values(), default=0) > self.seen_in_training:
            raise ValueError("seen_by_model counts more clips than seen_in_training")
        if self.emotions is not None:
            self.emotions.check_names(emotions.NAMES, "emotions")
        for name, result in self.results.items():
            for one in (result, *(fold.figures for fold in result.folds)):
                one.check_names(self.labels, repr(name[:40]))
            result.check_predictions(len(self.tested), repr(name[:40]))
        return self

    def seen_by(self, modality: str) -> int:
        """Clips of people whom what reads a modality was trained on.

        Args:
            modality: 'face' or 'voice', or 'fused' for both.
        """
        if modality in ("face", "voice") and self.seen_by_model:
            return self.seen_by_model.get(modality, 0)
        return self.seen_in_training

    def having(self, parts: OptionalParts) -> "Report":
        """The same report with other optional parts.

        Args:
            parts: Those that are given in it take the place of its own; the others stay.

        Raises:
            ValueError: If one does not fit the report.
        """
        given = {name: getattr(parts, name) for name in parts.model_fields_set}
        return Report(**{**self.__dict__, **given})
