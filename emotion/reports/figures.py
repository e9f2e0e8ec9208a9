"""Figures of predictions as a report holds them.

Shares go from 0 to 1 and are None where there is none to give.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from emotion.readings import satisfaction

_ROUNDED = 1e-3
"""By how much an accuracy may differ from its counts: figures are rounded."""


def _ordered(ends: tuple[float | None, float | None]) -> tuple[float | None, float | None]:
    low, high = ends
    if (low is None) != (high is None):
        raise ValueError("an interval has two ends or none")
    if low is not None and high is not None and low > high:
        raise ValueError(f"the low end {low:g} is above the high end {high:g}")
    return ends


Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Interval = Annotated[tuple[Share | None, Share | None], AfterValidator(_ordered)]
"""Low and high end of a 95 % interval; both are None where there is none."""


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

    clips: Count
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
        precision: By the same names; None for a class that was never predicted.
        f1: By the same names.
        reliability: Bins of confidence, from low to high.
    """

    clips: Count
    accuracy: Share | None
    unweighted_average_recall: Share | None
    macro_f1: Share | None
    accuracy_95: Interval
    expected_calibration_error: Share | None
    confusion: list[list[Count]]
    unanswered: list[Count]
    recall: dict[str, Share | None]
    precision: dict[str, Share | None]
    f1: dict[str, Share | None]
    reliability: list[Bin]

    @model_validator(mode="after")
    def _adds_up(self) -> "Figures":
        classes = len(self.confusion)
        if {len(self.unanswered), *map(len, self.confusion)} != {classes}:
            raise ValueError("confusion and unanswered are not of the same classes")
        answered = sum(map(sum, self.confusion))
        if answered + sum(self.unanswered) != self.clips:
            raise ValueError(
                f"confusion and unanswered count {answered + sum(self.unanswered)} clips, "
                f"not {self.clips}"
            )
        if sum(one.clips for one in self.reliability) != answered:
            raise ValueError("reliability does not count the clips of confusion")
        right = sum(row[index] for index, row in enumerate(self.confusion))
        if (self.accuracy is None) != (self.clips == 0) or (
            self.accuracy is not None and abs(self.accuracy - right / self.clips) > _ROUNDED
        ):
            raise ValueError(f"accuracy is not {right} of {self.clips} clips")
        if not list(self.recall) == list(self.precision) == list(self.f1):
            raise ValueError("recall, precision and f1 are not of the same classes")
        return self

    def check_names(self, names: Sequence[str], what: str) -> None:
        """Refuse figures of other classes.

        Args:
            names: Of the classes.
            what: Whose figures they are, for the error.

        Raises:
            ValueError: If the confusion is of more or fewer classes, or recall, precision and F1
                are not of those classes that occur.
        """
        if len(self.confusion) != len(names):
            raise ValueError(f"the confusion of {what} is not of {len(names)} classes")
        both = zip(names, self.confusion, self.unanswered, strict=True)
        occurring = {name for name, row, missing in both if sum(row) + missing}
        if set(self.recall) != occurring:
            raise ValueError(f"recall, precision and f1 of {what} are not of those that occur")


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
    seconds: Annotated[float, Field(ge=0)]
    figures: Figures


class Predictions(Part):
    """Columns of what was predicted for each clip.

    Attributes:
        clip: Rows of `ClipColumns`.
        fold: Places of the fold in the result.
        emotion: True classes.
        prediction: Predicted ones, -1 for none.
        probability: Of the predicted class.
    """

    clip: list[Count]
    fold: list[Count]
    emotion: list[Count]
    prediction: list[Annotated[int, Field(ge=-1)]]
    probability: list[Share]

    @model_validator(mode="after")
    def _equally_long(self) -> "Predictions":
        check_equally_long(self.__dict__, "predictions")
        return self


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
    folds: Annotated[list[FoldResult], Field(min_length=1)]
    predictions: Predictions | None = None
    satisfaction: Figures | None = None

    @model_validator(mode="after")
    def _of_the_same_clips(self) -> "Result":
        if sum(fold.figures.clips for fold in self.folds) != self.clips:
            raise ValueError(f"the folds do not come to {self.clips} clips")
        if self.satisfaction is not None:
            self.satisfaction.check_names(satisfaction.LABELS, "satisfaction")
            if self.satisfaction.clips != self.clips:
                raise ValueError(f"satisfaction is not of {self.clips} clips")
        return self

    def check_predictions(self, clips: int, what: str) -> None:
        """Refuse predictions of clips and folds that are not there, or others than are counted.

        Args:
            clips: How many the report lists.
            what: Whose predictions they are, for the error.

        Raises:
            ValueError: If they are so.
        """
        listed = self.predictions
        if listed is None:
            return
        if any(clip >= clips for clip in listed.clip):
            raise ValueError(f"the predictions of {what} are of clips that tested does not list")
        if any(fold >= len(self.folds) for fold in listed.fold):
            raise ValueError(f"the predictions of {what} are of folds that are not there")
        counted = Counter(
            {
                (true, predicted): count
                for true, row in enumerate(self.confusion)
                for predicted, count in enumerate(row)
            }
        )
        counted.update({(true, -1): count for true, count in enumerate(self.unanswered)})
        if Counter(zip(listed.emotion, listed.prediction, strict=True)) != counted:
            raise ValueError(f"the predictions of {what} are not those that its confusion counts")


def check_equally_long(columns: Mapping[str, Sequence[object]], what: str) -> None:
    """Refuse columns of unlike length.

    Args:
        columns: By name.
        what: Whose they are, for the error.

    Raises:
        ValueError: If they are not equally long.
    """
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ValueError(f"the columns of {what} are not equally long ({said})")
