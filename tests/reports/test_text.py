import numpy as np

from emotion.evaluation.report import FoldPredictions
from emotion.readings import emotions
from emotion.reports import text
from emotion.reports.model import Impaired, OptionalParts, Report
from emotion.reports.names import ProtocolName
from tests.evaluation.test_report import document, documented  # noqa: F401


def test_text_has_a_line_for_each_result_and_fold(document: Report) -> None:  # noqa: F811
    lines = text.summary(document).splitlines()
    assert lines[0] == (
        "ravdess, tess: actor-5fold, voice, recipe mfcc, seed 3, 8 clips, 61 s, commit abc1234"
    )
    table = lines[2:7]
    titles = [line[: line.index("  ", 2)].strip() for line in table[1:]]
    assert titles[:2] == ["not adapted", "actors 01, 02"]
    pooled = table[1].removeprefix("not adapted").split()
    # Clips, accuracy, its interval, recall, F1, calibration error, mean over folds, its
    # interval, mean recall.
    assert [pooled[0], pooled[1], pooled[5]] == ["8", "87.5", "87.5"]
    assert pooled[8:] == ["87.5", "0.0", "to", "100.0", "87.5"]
    assert table[3].split()[:4] == ["actor", "03", "4", "100.0"]
    assert table[4].startswith("speaker")
    assert table[4].split()[-3:] == ["0.0", "–", "0.0"]


def test_text_of_a_shipped_model_has_nothing_of_folds_and_recipes(document: Report) -> None:  # noqa: F811
    shipped = document.model_copy(
        update={
            "protocol": ProtocolName.SHIPPED,
            "results": {"speaker-adapted": document.results["speaker-adapted"]},
        }
    )
    told, before = text.summary(shipped), text.summary(document)
    for word in ("recipe", "mean over folds", "95 % (folds)", "mean UAR", "none"):
        assert word not in told
    assert "recipe mfcc" in before
    assert "mean over folds" in before
    table = told.split("\n\n")[1].splitlines()
    assert table[0].split()[-1] == "ECE"
    # What the columns are follows them.
    assert "unweighted average recall" in table[2]
    assert "expected calibration error" in table[3]


def test_text_ends_in_the_first_confusion_in_percent(document: Report) -> None:  # noqa: F811
    lines = text.summary(document).splitlines()
    title, head, neutral, happy = lines[-4:]
    assert title.endswith(", not adapted")
    assert head.split() == list(emotions.NAMES)
    assert neutral.split() == ["neutral", "100", "0", "0", "0", "0", "0", "0", "0"]
    assert happy.split() == ["happy", "0", "0", "75", "0", "25", "0", "0", "0"]
    # Under each other: a figure ends where its heading does.
    assert happy.index("75") + 2 == head.index("happy") + len("happy")
    assert len(neutral) == len(happy) == len(head)


def test_text_has_the_conditions_if_there_are_any(document: Report) -> None:  # noqa: F811
    impaired = Impaired(
        clips=4,
        accuracy={
            "as heard": {"clean": 0.75, "white 5 dB": 0.5},
            "noise reduced": {"clean": 0.75, "white 5 dB": 0.25},
        },
    )
    lines = text.summary(document.having(OptionalParts(impaired=impaired))).splitlines()[-3:]
    assert [line.rsplit(maxsplit=2) for line in lines[1:]] == [
        ["clean", "75.0", "75.0"],
        ["white 5 dB", "50.0", "25.0"],
    ]


def test_text_of_figures_that_are_missing_is_a_dash() -> None:
    nothing = FoldPredictions("x", np.zeros(0, int), np.zeros((0, 8)), 0.0)
    lines = text.summary(documented(none=[nothing])).splitlines()
    assert lines[3].split() == ["not", "adapted", "0", "–", "–", "–", "–", "–"]


def test_text_names_what_could_not_be_read_and_what_is_missing(document: Report) -> None:  # noqa: F811
    more = OptionalParts(
        notes=["Actor 05 is missing."], failed={"a.wav": "It is empty."}, seen_in_training=3
    )
    lines = text.summary(document.having(more)).splitlines()
    assert lines[1:5] == [
        "Actor 05 is missing.",
        "3 of 8 clips are of people that a shipped model was trained on: these figures are "
        "optimistically biased.",
        "1 clips could not be read:",
        "  a.wav: It is empty.",
    ]
