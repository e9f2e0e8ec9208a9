import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference

from emotion import emotions
from emotion.datasets.clips import Clip
from emotion.errors import ReportError
from emotion.evaluation import metrics, report
from emotion.evaluation.report import FoldAnswer
from emotion.probability import log_softmax

NEAR = 5.1e-5  # figures are rounded to four places


def sure(answers: list[int], confidence: float = 0.93) -> np.ndarray:
    """Log probabilities with one class likely and the others alike."""
    probabilities = np.full((len(answers), 8), (1 - confidence) / 7)
    probabilities[np.arange(len(answers)), answers] = confidence
    return np.log(probabilities)


def fold(name: str, labels: list[int], answers: list[int], seconds: float = 1.0) -> FoldAnswer:
    return FoldAnswer(name, np.array(labels), sure(answers), seconds)


def documented(**answers: list[FoldAnswer]) -> dict[str, Any]:
    return report.document(
        dataset=["ravdess", "tess"],
        protocol="actor-5fold",
        recipe="mfcc",
        modality="speech",
        seed=3,
        commit="abc1234",
        seconds=61.23456,
        clips=8,
        answers=answers,
    )


@pytest.fixture
def document() -> dict[str, Any]:
    folds = [
        # Three of four right; neutral all found, happy half, angry never asked for.
        fold("actors 01, 02", [0, 0, 2, 2], [0, 0, 2, 4], seconds=2.346),
        fold("actor 03", [0, 0, 2, 2], [0, 0, 2, 2]),
    ]
    return documented(none=folds, speaker=[fold("actor 03", [0, 2], [2, 0])])


def test_figures_are_scikit_learns(rng: np.random.Generator) -> None:
    labels = rng.choice(6, 300)
    scores = rng.normal(0, 1, (300, 8))
    scores[np.arange(300), labels] += 1.5
    log_probabilities = log_softmax(scores)
    predicted = scores.argmax(axis=1)
    found = report.figures(labels, log_probabilities, emotions.NAMES)
    assert found["clips"] == 300
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(labels, predicted), abs=NEAR)
    shared = {"labels": range(6), "average": "macro"}
    recall = reference.recall_score(labels, predicted, **shared)
    assert found["unweighted_average_recall"] == pytest.approx(recall, abs=NEAR)
    f1 = reference.f1_score(labels, predicted, **shared)
    assert found["macro_f1"] == pytest.approx(f1, abs=NEAR)
    matrix = reference.confusion_matrix(labels, predicted, labels=range(8))
    assert found["confusion"] == matrix.tolist()
    each = reference.recall_score(labels, predicted, labels=range(6), average=None)
    assert found["recall"] == pytest.approx(
        dict(zip(emotions.NAMES[:6], each, strict=True)), abs=NEAR
    )
    error = metrics.expected_calibration_error(np.exp(log_probabilities), labels)
    assert found["expected_calibration_error"] == pytest.approx(error, abs=NEAR)
    low, high = found["accuracy_95"]
    assert low < found["accuracy"] < high


def test_figures_are_rounded() -> None:
    found = report.figures(np.array([0, 0, 1]), sure([0, 1, 1]), emotions.NAMES)
    assert found["accuracy"] == 0.6667
    assert found["recall"] == {"neutral": 0.5, "calm": 1.0}


def test_calibration_is_of_probabilities_not_of_their_logarithms() -> None:
    found = report.figures(np.array([0, 1]), sure([0, 1], confidence=0.9), emotions.NAMES)
    assert found["expected_calibration_error"] == pytest.approx(0.1)


def test_no_clip_has_no_figure_and_is_json() -> None:
    found = report.figures(np.zeros(0, int), np.zeros((0, 8)), emotions.NAMES)
    assert found["clips"] == 0
    assert found["accuracy_95"] == [None, None]
    assert found["recall"] == {}
    for key in ("accuracy", "unweighted_average_recall", "macro_f1", "expected_calibration_error"):
        assert found[key] is None
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_document_says_what_was_done(document: dict[str, Any]) -> None:
    rest = {
        key: value for key, value in document.items() if key not in ("results", "date", "versions")
    }
    assert rest == {
        "version": report.VERSION,
        "dataset": ["ravdess", "tess"],
        "protocol": "actor-5fold",
        "recipe": "mfcc",
        "modality": "speech",
        "seed": 3,
        "commit": "abc1234",
        "seconds": 61.23,
        "clips": 8,
        "labels": list(emotions.NAMES),
        "tested": {},
    }
    assert set(document["versions"]) == {"python", "numpy"}
    age = datetime.now(UTC) - datetime.fromisoformat(document["date"])
    assert age < timedelta(minutes=5)


def test_name_of_one_data_set_is_a_list_of_it() -> None:
    made = report.document(
        dataset="tess",
        protocol="loso",
        recipe="mfcc",
        modality="speech",
        seed=0,
        commit="unknown",
        seconds=0,
        clips=1,
        answers={"none": [fold("tess-OAF", [0], [0])]},
    )
    assert made["dataset"] == ["tess"]


def test_document_survives_json(document: dict[str, Any]) -> None:
    again = json.loads(json.dumps(document, allow_nan=False))
    assert again == document
    assert report.text(again) == report.text(document)


def test_result_pools_all_clips(document: dict[str, Any]) -> None:
    result = document["results"]["none"]
    assert result["clips"] == 8
    assert result["accuracy"] == 0.875
    assert result["recall"] == {"neutral": 1.0, "happy": 0.75}
    happy = emotions.INDEX["happy"]
    assert result["confusion"][happy][emotions.INDEX["angry"]] == 1
    assert result["confusion"][happy][happy] == 3


def test_folds_of_unlike_size_weigh_the_same_in_their_mean() -> None:
    small, large = fold("a", [0], [0]), fold("b", [0, 0, 2, 2], [2, 2, 2, 2])
    result = documented(none=[small, large])["results"]["none"]
    assert result["accuracy"] == 0.6
    assert result["mean_over_folds"] == {"accuracy": 0.75, "unweighted_average_recall": 0.75}


def test_interval_over_folds_stays_a_share(document: dict[str, Any]) -> None:
    low, high = metrics.fold_interval([0.75, 1.0])
    assert low < 0
    assert high > 1
    assert document["results"]["none"]["accuracy_95_over_folds"] == [0, 1]


def test_interval_over_folds_is_of_their_accuracies() -> None:
    answers = [[0, 0, 0, 2], [0, 0, 2, 2], [0, 0, 0, 2], [0, 0, 2, 2]]
    folds = [fold(str(index), [0] * 4, answer) for index, answer in enumerate(answers)]
    result = documented(none=folds)["results"]["none"]
    expected = metrics.fold_interval([0.75, 0.5, 0.75, 0.5])
    assert result["accuracy_95_over_folds"] == pytest.approx(expected, abs=5.1e-5)


def test_single_fold_has_no_interval_over_folds(document: dict[str, Any]) -> None:
    result = document["results"]["speaker"]
    assert result["accuracy_95_over_folds"] == [None, None]
    assert result["mean_over_folds"]["accuracy"] == result["accuracy"] == 0


def test_each_fold_has_its_own_figures(document: dict[str, Any]) -> None:
    first, second = document["results"]["none"]["folds"]
    assert (first["name"], second["name"]) == ("actors 01, 02", "actor 03")
    assert (first["seconds"], second["seconds"]) == (2.35, 1)
    assert (first["figures"]["accuracy"], second["figures"]["accuracy"]) == (0.75, 1)
    labels = np.array([0, 0, 2, 2])
    assert first["figures"] == report.figures(labels, sure([0, 0, 2, 4]), emotions.NAMES)


def test_text_has_a_line_for_each_result_and_fold(document: dict[str, Any]) -> None:
    lines = report.text(document).splitlines()
    assert lines[0] == (
        "ravdess, tess: actor-5fold, speech, recipe mfcc, seed 3, 8 clips, 61 s, commit abc1234"
    )
    table = lines[2:7]
    titles = [line[: line.index("  ", 2)].strip() for line in table[1:]]
    assert titles[:2] == ["none", "actors 01, 02"]
    pooled = table[1].removeprefix("none").split()
    # Clips, accuracy, its interval, recall, F1, calibration error, mean over folds, its
    # interval, mean recall.
    assert [pooled[0], pooled[1], pooled[5]] == ["8", "87.5", "87.5"]
    assert pooled[8:] == ["87.5", "0.0", "to", "100.0", "87.5"]
    assert table[3].split()[:4] == ["actor", "03", "4", "100.0"]
    assert table[4].startswith("speaker")
    assert table[4].split()[-3:] == ["0.0", "-", "0.0"]


def test_text_ends_in_the_first_confusion_in_percent(document: dict[str, Any]) -> None:
    lines = report.text(document).splitlines()
    title, head, neutral, happy = lines[-4:]
    assert title.endswith(", none")
    assert head.split() == list(emotions.NAMES)
    assert neutral.split() == ["neutral", "100", "0", "0", "0", "0", "0", "0", "0"]
    assert happy.split() == ["happy", "0", "0", "75", "0", "25", "0", "0", "0"]
    # Under each other: a figure ends where its heading does.
    assert happy.index("75") + 2 == head.index("happy") + len("happy")
    assert len(neutral) == len(happy) == len(head)


def test_text_has_the_conditions_if_there_are_any(document: dict[str, Any]) -> None:
    impaired = {
        "clips": 4,
        "as heard": {"clean": 0.75, "white 5 dB": 0.5},
        "noise reduced": {"clean": 0.75, "white 5 dB": 0.25},
    }
    lines = report.text(document | {"impaired": impaired}).splitlines()[-3:]
    assert [line.rsplit(maxsplit=2) for line in lines[1:]] == [
        ["clean", "75.0", "75.0"],
        ["white 5 dB", "50.0", "25.0"],
    ]


def test_text_of_figures_that_are_missing_is_a_dash() -> None:
    nothing = FoldAnswer("x", np.zeros(0, int), np.zeros((0, 8)), 0.0)
    lines = report.text(documented(none=[nothing])).splitlines()
    assert lines[3].split()[:7] == ["none", "0", "-", "-", "-", "-", "-"]


def test_the_commit_is_a_short_name() -> None:
    assert re.fullmatch(r"[0-9a-f]{4,40}|unknown", report.commit())


def test_an_answer_that_is_missing_is_wrong_and_counted() -> None:
    logs = sure([0, 2, 2])
    logs[1] = np.nan
    found = report.figures(np.array([0, 2, 2]), logs, emotions.NAMES)
    assert found["accuracy"] == 0.6667
    assert found["unanswered"][2] == 1
    assert sum(map(sum, found["confusion"])) == 2
    assert found["recall"] == {"neutral": 1.0, "happy": 0.5}
    nothing = report.figures(np.array([0]), np.full((1, 8), np.nan), emotions.NAMES)
    assert (nothing["accuracy"], nothing["expected_calibration_error"]) == (0, None)


def listed() -> dict[str, Any]:
    clips = [
        Clip(
            Path(f"/data/Actor_0{actor}/03-01-03-02-01-01-0{actor}.wav"),
            2,
            f"ravdess-0{actor}",
            "ravdess",
        )
        for actor in (1, 2)
    ]
    answer = FoldAnswer("all", np.array([2, 2]), sure([2, 3]), 1.0, np.array([1, 0]))
    return report.document(
        dataset="ravdess",
        protocol="loso",
        recipe="default",
        modality="speech",
        seed=0,
        commit="abc",
        seconds=1,
        clips=2,
        answers={"none": [answer]},
        tested=clips,
        folders=[Path("/elsewhere"), Path("/data")],
    )


def test_clips_and_their_answers_are_listed() -> None:
    made = listed()
    assert made["tested"] == {
        "file": ["Actor_01/03-01-03-02-01-01-01.wav", "Actor_02/03-01-03-02-01-01-02.wav"],
        "corpus": ["ravdess"] * 2,
        "speaker": ["ravdess-01", "ravdess-02"],
        "emotion": [2, 2],
        "intensity": ["strong"] * 2,
        "sex": ["male", "female"],
        "sentence": ["Kids are talking by the door"] * 2,
    }
    assert made["results"]["none"]["answers"] == {
        "clip": [1, 0],
        "fold": [0, 0],
        "emotion": [2, 2],
        "answer": [2, 3],
        "probability": [0.93, 0.93],
    }


def test_satisfaction_is_a_task_of_three_classes() -> None:
    kinds = listed()["results"]["none"]["satisfaction"]
    # Happy is satisfied, and one of two was taken for sad.
    assert kinds["accuracy"] == 0.5
    assert kinds["recall"] == {"satisfied": 0.5}
    assert kinds["confusion"][0] == [1, 0, 1]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    made = listed()
    path.write_text(report.written(made))
    read = report.read(path)
    assert read.pop("digest")
    assert read == made
    assert report.written(read) == path.read_text()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "bad.json is no report: it should be JSON"),
        ("[1, 2]", "keys version and results. Found: none"),
        ('{"source": "a.mp4", "readings": []}', "Found: source, readings"),
        ('{"version": 1, "results": {}}', "of version 1; this Rapport reads version 2"),
        ('{"version": 2, "results": {}}', "dataset, protocol, .* is missing"),
    ],
)
def test_what_is_no_report_is_refused(text: str, expected: str) -> None:
    with pytest.raises(ReportError, match=expected):
        report.parse(text, "bad.json")


def test_a_report_edited_by_hand_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(report.written(listed()).replace('"accuracy": 0.5', '"accuracy": 0.9'))
    with pytest.raises(ReportError, match=r"report.json was changed after it had been written"):
        report.read(path)


def test_a_report_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be read: No such file"):
        report.read(tmp_path / "gone.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReportError, match="it is no text"):
        report.read(tmp_path / "binary.json")


def test_text_names_what_could_not_be_read_and_what_is_missing(document: dict[str, Any]) -> None:
    more = {"notes": ["Actor 05 is missing."], "failed": {"a.wav": "It is empty."}, "acquainted": 3}
    lines = report.text(document | more).splitlines()
    assert lines[1:5] == [
        "Actor 05 is missing.",
        "3 of 8 clips are of people that the shipped voice was trained on: these figures are not "
        "of strangers.",
        "1 clips could not be read:",
        "  a.wav: It is empty.",
    ]
