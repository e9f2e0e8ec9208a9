"""What protocols, results and modalities are called in reports, each said once."""

from enum import StrEnum


class Modality(StrEnum):
    """What is read of a clip."""

    FUSED = "fused"
    VOICE = "voice"
    FACE = "face"


class ProtocolName(StrEnum):
    """Protocols of cross-validation, and what takes their place where a shipped model is scored."""

    RANDOM_FRAMES = "random-frames"
    RANDOM = "random"
    ACTOR_FOLDS = "actor-5fold"
    LOSO = "loso"
    LEAVE_ONE_CORPUS_OUT = "leave-one-corpus-out"
    SHIPPED = "shipped model"
    VALID = "valid"
    TEST = "test"


class ResultName(StrEnum):
    """Ways of predicting. Other rules of fusion are named by `fused_by`."""

    PLAIN = "none"
    ADAPTED = "speaker-adapted"
    ADAPTED_TO_ONE_EMOTION = "speaker-adapted, one emotion"
    MEAN_OF_FRAMES = "mean of frames"
    PERSONAL_BASELINE = "personal baseline"
    FUSED = "fused"
    FACE = "face"
    VOICE = "voice"
    MOST_FREQUENT_VOTE = "most frequent vote"
    MORE_THAN_HALF = "more than half of the votes"
    EQUALLY_FREQUENT = "classes equally frequent"


_FUSED_BY = "fused: "


def fused_by(rule: str) -> str:
    """The name of the result of a rule of fusion that is not the shipped one.

    Args:
        rule: One of `emotion.readings.fusion.RULES`.
    """
    return f"{_FUSED_BY}{rule}"


def rule_of(result: str) -> str | None:
    """The rule of fusion in the name of a result; None where it names none.

    Args:
        result: As `fused_by` gives it, or any other.
    """
    return result.removeprefix(_FUSED_BY) if result.startswith(_FUSED_BY) else None
