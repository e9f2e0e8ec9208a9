"""What a report of an evaluation holds.

Every part is declared here once, required or optional, and is checked whenever a report is
made or read. Shares go from 0 to 1 and are None where there is none to give.
"""

import math
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

VERSION = 3
"""Of the form; it grows when a part changes its meaning."""

Share = Annotated[float, Field(ge=0, le=1)]
Interval = tuple[Share | None, Share | None]
"""Low and high end of a 95 % interval."""


class Part(BaseModel):
    """What all parts have in common: they do not change, and hold nothing that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Bin(Part):
    """Predictions of about the same confidence.

    Attributes:
        clips: How many.
        confidence: Their mean.
        accuracy: Share of them that is right.
    """

    clips: int
    confidence: Share
    accuracy: Share


class Figures(Part):
    """How predictions compare with true classes.

    Attributes:
        clips: How many predictions were asked for.
        accuracy: Share that is right; no prediction is wrong.
        unweighted_average_recall: Mean of the recalls of the classes that occur.
        macro_f1: Mean of their F1.
        accuracy_95: Interval of the accuracy over clips (bootstrap).
        expected_calibration_error: Of the predictions that there are (Guo et al. 2017).
        confusion: Counts, a list of predicted classes for each true one.
        unanswered: Clips without a prediction, by true class.
        recall: By name of the true classes that occur.
        precision: Likewise; None for a class that was never predicted.
        f1: Likewise.
        reliability: Bins of confidence, from low to high.
    """

    clips: int
    accuracy: Share | None
    unweighted_average_recall: Share | None
    macro_f1: Share | None
    accuracy_95: Interval
    expected_calibration_error: Share | None
    confusion: list[list[int]]
    unanswered: list[int]
    recall: dict[str, Share | None]
    precision: dict[str, Share | None]
    f1: dict[str, Share | None]
    reliability: list[Bin]


class MeanOverFolds(Part):
    """Means of the folds' own figures."""

    accuracy: Share | None
    unweighted_average_recall: Share | None


class FoldResult(Part):
    """One fold.

    Attributes:
        name: Such as 'actors 01, 04, 09 and 22'.
        seconds: That training and testing took.
        figures: Of its clips.
    """

    name: str
    seconds: float
    figures: Figures


class Predictions(Part):
    """Columns of what was predicted for each clip.

    Attributes:
        clip: Rows of `Report.tested`.
        fold: Places of the fold in the result.
        emotion: True classes.
        prediction: Predicted ones, -1 for none.
        probability: Of the predicted class.
    """

    clip: list[int]
    fold: list[int]
    emotion: list[int]
    prediction: list[int]
    probability: list[Share]


class Result(Figures):
    """What one way of predicting comes to, over all folds.

    Attributes:
        mean_over_folds: Of the folds' figures.
        accuracy_95_over_folds: Interval of that mean (Student's t), without ends for one fold.
        folds: Each for itself.
        predictions: Of every clip, where clips are listed.
        satisfaction: Figures of satisfied, neutral and dissatisfied, over our eight emotions.
    """

    mean_over_folds: MeanOverFolds
    accuracy_95_over_folds: Interval
    folds: list[FoldResult]
    predictions: Predictions | None = None
    satisfaction: Figures | None = None


class Training(Part):
    """A data set that trained what is tested.

    Attributes:
        corpus: Its name.
        clips: How many of it; None where that is not known.
        weight: How much one counts beside those of other data sets.
    """

    corpus: str
    clips: int | None = None
    weight: float = 1.0


class Impaired(Part):
    """Accuracy under conditions.

    Attributes:
        clips: How many were read under each.
        accuracy: By way of predicting, and by condition.
    """

    clips: int
    accuracy: dict[str, dict[str, Share]]


class OverTime(Part):
    """How single readings compare with what their clip shows.

    Attributes:
        readings: How many.
        satisfaction: Share of them with the clip's kind of satisfaction.
    """

    readings: int
    satisfaction: Share


class Films(Part):
    """Accuracy where the films that stills come from count alike.

    Attributes:
        films: How many.
        accuracy: Mean over them.
        standard_error: Of that mean.
    """

    films: int
    accuracy: Share
    standard_error: float


class Report(Part):
    """One evaluation.

    Attributes:
        version: `VERSION`.
        dataset: Names of the data sets whose clips are tested.
        protocol: One of `emotion.evaluation.protocols`, or 'shipped model'.
        recipe: How the recogniser was trained.
        modality: 'face', 'voice' or 'fused'.
        seed: Of the splits and the training.
        commit: Of the code; None outside git.
        date: ISO 8601, UTC.
        versions: Of Python and numpy.
        seconds: That everything took.
        clips: That were tested.
        labels: Names of the classes.
        tested: Columns of what is known of each clip: file, corpus, speaker, emotion, traits.
        results: By way of predicting, such as 'none' and 'speaker-adapted'; the first one is
            the one that a summary shows. There is one at least.
        notes: Sentences on what a copy of a data set lacks.
        trained_on: Data sets that trained what is tested, where that differs fold by fold.
        failed: Why clips could not be read, by file.
        seen_in_training: Clips of people whom a shipped model was trained on.
        models: SHA-256 of the shipped models that were scored, by name.
        emotions: Figures over our eight emotions where `labels` are others.
        impaired: Accuracy under conditions.
        lost: By how much accuracy is less than with clean sound, by condition.
        over_time: Single readings of the fused result.
        films: Where stills of several films are tested.
        command: That makes it again.
    """

    version: int = VERSION
    dataset: list[str]
    protocol: str
    recipe: str
    modality: Annotated[str, Field(pattern="^(face|voice|fused)$")]
    seed: int
    commit: str | None
    date: str
    versions: dict[str, str]
    seconds: float
    clips: int
    labels: list[str]
    tested: dict[str, list[str | int | None]]
    results: Annotated[dict[str, Result], Field(min_length=1)]
    notes: list[str] = []
    trained_on: list[Training] = []
    failed: dict[str, str] = {}
    seen_in_training: int = 0
    models: dict[str, str] = {}
    emotions: Figures | None = None
    impaired: Impaired | None = None
    lost: dict[str, float] = {}
    over_time: OverTime | None = None
    films: Films | None = None
    command: str | None = None

    @model_validator(mode="after")
    def _agrees(self) -> "Report":
        """Refuse what would only be found out when it is drawn: parts that do not fit."""
        classes = len(self.labels)
        clips = {len(column) for column in self.tested.values()}
        if len(clips) > 1:
            raise ValueError("the columns of tested are not equally long")
        for name, result in self.results.items():
            for one in (result, *(fold.figures for fold in result.folds)):
                sizes = {len(one.confusion), len(one.unanswered), *map(len, one.confusion)}
                if sizes != {classes}:
                    raise ValueError(f"the confusion of {name!r} is not of {classes} classes")
            found = result.predictions
            if found is None:
                continue
            columns = (found.clip, found.fold, found.emotion, found.prediction, found.probability)
            if len({len(column) for column in columns}) > 1:
                raise ValueError(f"the predictions of {name!r} are not equally long")
            for column, low, end in (
                (found.clip, 0, max(clips, default=math.inf)),
                (found.fold, 0, len(result.folds)),
                (found.emotion, 0, classes),
                (found.prediction, -1, classes),
            ):
                if column and not low <= min(column) <= max(column) < end:
                    raise ValueError(f"the predictions of {name!r} are of what is not there")
        return self

    def having(self, parts: Mapping[str, object]) -> "Report":
        """The same report with other optional parts.

        Args:
            parts: By name.

        Raises:
            ValueError: If one is not declared or is of another type.
        """
        return Report.model_validate({**self.__dict__, **parts}, strict=False)
