import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference

from emotion.datasets.clips import Clip
from emotion.evaluation import metrics, report
from emotion.evaluation.report import FoldPredictions
from emotion.readings import emotions
from emotion.readings.probability import log_softmax
from emotion.reports.figures import MeanOverFolds
from emotion.reports.model import OptionalParts, Report

NEAR = 5.1e-5  # figures are rounded to four places


def sure(answers: list[int], confidence: float = 0.93) -> np.ndarray:
    """Log probabilities with one class likely and the others alike."""
    probabilities = np.full((len(answers), 8), (1 - confidence) / 7)
    probabilities[np.arange(len(answers)), answers] = confidence
    return np.log(probabilities)


def fold(name: str, labels: list[int], answers: list[int], seconds: float = 1.0) -> FoldPredictions:
    return FoldPredictions(name, np.array(labels), sure(answers), seconds)


def documented(**answers: list[FoldPredictions]) -> Report:
    return report.document(
        dataset=["ravdess", "tess"],
        protocol="actor-5fold",
        recipe="mfcc",
        modality="voice",
        seed=3,
        commit="abc1234",
        seconds=61.23456,
        clips=8,
        predictions=answers,
    )


@pytest.fixture
def document() -> Report:
    folds = [
        # Three of four right; neutral all found, happy half, angry never asked for.
        fold("actors 01, 02", [0, 0, 2, 2], [0, 0, 2, 4], seconds=2.346),
        fold("actor 03", [0, 0, 2, 2], [0, 0, 2, 2]),
    ]
    return documented(none=folds, **{"speaker-adapted": [fold("actor 03", [0, 2], [2, 0])]})


def test_figures_are_scikit_learns(rng: np.random.Generator) -> None:
    labels = rng.choice(6, 300)
    scores = rng.normal(0, 1, (300, 8))
    scores[np.arange(300), labels] += 1.5
    log_probabilities = log_softmax(scores)
    predicted = scores.argmax(axis=1)
    found = report.figures(labels, log_probabilities, emotions.NAMES)
    assert found.clips == 300
    assert found.accuracy == pytest.approx(reference.accuracy_score(labels, predicted), abs=NEAR)
    shared = {"labels": range(6), "average": "macro"}
    recall = reference.recall_score(labels, predicted, **shared)
    assert found.unweighted_average_recall == pytest.approx(recall, abs=NEAR)
    f1 = reference.f1_score(labels, predicted, **shared)
    assert found.macro_f1 == pytest.approx(f1, abs=NEAR)
    matrix = reference.confusion_matrix(labels, predicted, labels=range(8))
    assert found.confusion == matrix.tolist()
    each = reference.recall_score(labels, predicted, labels=range(6), average=None)
    assert found.recall == pytest.approx(dict(zip(emotions.NAMES[:6], each, strict=True)), abs=NEAR)
    error = metrics.expected_calibration_error(np.exp(log_probabilities), labels)
    assert found.expected_calibration_error == pytest.approx(error, abs=NEAR)
    low, high = found.accuracy_95
    assert low is not None
    assert high is not None
    assert found.accuracy is not None
    assert low < found.accuracy < high


def test_figures_are_rounded() -> None:
    found = report.figures(np.array([0, 0, 1]), sure([0, 1, 1]), emotions.NAMES)
    assert found.accuracy == 0.6667
    assert found.recall == {"neutral": 0.5, "calm": 1.0}


def test_calibration_is_of_probabilities_not_of_their_logarithms() -> None:
    found = report.figures(np.array([0, 1]), sure([0, 1], confidence=0.9), emotions.NAMES)
    assert found.expected_calibration_error == pytest.approx(0.1)


def test_no_clip_has_no_figure_and_is_json() -> None:
    found = report.figures(np.zeros(0, int), np.zeros((0, 8)), emotions.NAMES)
    assert found.clips == 0
    assert found.accuracy_95 == (None, None)
    assert found.recall == {}
    for key in ("accuracy", "unweighted_average_recall", "macro_f1", "expected_calibration_error"):
        assert getattr(found, key) is None


def test_document_says_what_was_done(document: Report) -> None:
    rest = document.model_dump(exclude={"results", "date", "versions"}, exclude_defaults=True)
    assert rest == {
        "dataset": ["ravdess", "tess"],
        "protocol": "actor-5fold",
        "recipe": "mfcc",
        "modality": "voice",
        "seed": 3,
        "commit": "abc1234",
        "seconds": 61.23,
        "clips": 8,
        "labels": list(emotions.NAMES),
        "tested": {},
    }
    assert set(document.versions) == {"python", "numpy"}
    age = datetime.now(UTC) - datetime.fromisoformat(document.date)
    assert age < timedelta(minutes=5)


def test_name_of_one_data_set_is_a_list_of_it() -> None:
    made = report.document(
        dataset="tess",
        protocol="loso",
        recipe="mfcc",
        modality="voice",
        seed=0,
        commit="unknown",
        seconds=0,
        clips=1,
        predictions={"none": [fold("tess-OAF", [0], [0])]},
    )
    assert made.dataset == ["tess"]


def test_parts_that_are_declared_nowhere_are_refused(document: Report) -> None:
    parts: list[dict[str, Any]] = [{"note": ["x"]}, {"notes": "x"}, {"seen_in_training": "many"}]
    for one in parts:
        with pytest.raises(ValueError, match=r"1 validation error"):
            OptionalParts(**one)
    with pytest.raises(ValueError, match="seen_in_training is more than the 8 clips"):
        document.having(OptionalParts(seen_in_training=9))
    with pytest.raises(ValueError, match="frozen"):
        document.clips = 9


def test_people_are_counted_by_the_model_that_was_trained_on_them(document: Report) -> None:
    plain = document.having(OptionalParts(seen_in_training=3))
    assert [plain.seen_by(one) for one in ("face", "voice", "fused")] == [3, 3, 3]
    known = plain.having(OptionalParts(seen_by_model={"voice": 3}))
    assert [known.seen_by(one) for one in ("face", "voice", "fused")] == [0, 3, 3]
    with pytest.raises(ValueError, match="seen_by_model counts more clips"):
        plain.having(OptionalParts(seen_by_model={"voice": 4}))


def test_result_pools_all_clips(document: Report) -> None:
    result = document.results["none"]
    assert result.clips == 8
    assert result.accuracy == 0.875
    assert result.recall == {"neutral": 1.0, "happy": 0.75}
    happy = emotions.INDEX["happy"]
    assert result.confusion[happy][emotions.INDEX["angry"]] == 1
    assert result.confusion[happy][happy] == 3


def test_folds_of_unlike_size_weigh_the_same_in_their_mean() -> None:
    small, large = fold("a", [0], [0]), fold("b", [0, 0, 2, 2], [2, 2, 2, 2])
    result = documented(none=[small, large]).results["none"]
    assert result.accuracy == 0.6
    assert result.mean_over_folds == MeanOverFolds(accuracy=0.75, unweighted_average_recall=0.75)


def test_interval_over_folds_stays_a_share(document: Report) -> None:
    low, high = metrics.fold_interval([0.75, 1.0])
    assert low < 0
    assert high > 1
    assert document.results["none"].accuracy_95_over_folds == (0, 1)


def test_interval_over_folds_is_of_their_accuracies() -> None:
    answers = [[0, 0, 0, 2], [0, 0, 2, 2], [0, 0, 0, 2], [0, 0, 2, 2]]
    folds = [fold(str(index), [0] * 4, answer) for index, answer in enumerate(answers)]
    result = documented(none=folds).results["none"]
    expected = metrics.fold_interval([0.75, 0.5, 0.75, 0.5])
    assert result.accuracy_95_over_folds == pytest.approx(expected, abs=5.1e-5)


def test_single_fold_has_no_interval_over_folds(document: Report) -> None:
    result = document.results["speaker-adapted"]
    assert result.accuracy_95_over_folds == (None, None)
    assert result.mean_over_folds.accuracy == result.accuracy == 0


def test_each_fold_has_its_own_figures(document: Report) -> None:
    first, second = document.results["none"].folds
    assert (first.name, second.name) == ("actors 01, 02", "actor 03")
    assert (first.seconds, second.seconds) == (2.35, 1)
    assert (first.figures.accuracy, second.figures.accuracy) == (0.75, 1)
    labels = np.array([0, 0, 2, 2])
    assert first.figures == report.figures(labels, sure([0, 0, 2, 4]), emotions.NAMES)


def test_the_commit_is_the_one_that_is_checked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "__file__", str(tmp_path / "report.py"))
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init", "--quiet")
    assert report.commit() is None, "there is none yet"
    git("commit", "--quiet", "--allow-empty", "--message", "first")
    found = report.commit()
    assert found
    assert git("rev-parse", "HEAD").startswith(found)


def test_without_git_there_is_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert report.commit() is None


def test_an_answer_that_is_missing_is_wrong_and_counted() -> None:
    logs = sure([0, 2, 2])
    logs[1] = np.nan
    found = report.figures(np.array([0, 2, 2]), logs, emotions.NAMES)
    assert found.accuracy == 0.6667
    assert found.unanswered[2] == 1
    assert sum(map(sum, found.confusion)) == 2
    assert found.recall == {"neutral": 1.0, "happy": 0.5}
    nothing = report.figures(np.array([0]), np.full((1, 8), np.nan), emotions.NAMES)
    assert (nothing.accuracy, nothing.expected_calibration_error) == (0, None)


def listed() -> Report:
    clips = [
        Clip(
            Path(f"/data/Actor_0{actor}/03-01-03-02-01-01-0{actor}.wav"),
            2,
            f"ravdess-0{actor}",
            "ravdess",
        )
        for actor in (1, 2)
    ]
    answer = FoldPredictions("all", np.array([2, 2]), sure([2, 3]), 1.0, np.array([1, 0]))
    return report.document(
        dataset="ravdess",
        protocol="loso",
        recipe="default",
        modality="voice",
        seed=0,
        commit="abc",
        seconds=1,
        clips=2,
        predictions={"none": [answer]},
        tested=clips,
        folders=[Path("/elsewhere"), Path("/data")],
    )


def test_clips_and_their_answers_are_listed() -> None:
    made = listed()
    assert made.tested.columns == {
        "file": ["Actor_01/03-01-03-02-01-01-01.wav", "Actor_02/03-01-03-02-01-01-02.wav"],
        "corpus": ["ravdess"] * 2,
        "speaker": ["ravdess-01", "ravdess-02"],
        "emotion": [2, 2],
        "intensity": ["strong"] * 2,
        "sex": ["male", "female"],
        "sentence": ["Kids are talking by the door"] * 2,
    }
    predictions = made.results["none"].predictions
    assert predictions is not None
    assert predictions.model_dump() == {
        "clip": [1, 0],
        "fold": [0, 0],
        "emotion": [2, 2],
        "prediction": [2, 3],
        "probability": [0.93, 0.93],
    }


def test_satisfaction_is_a_task_of_three_classes() -> None:
    kinds = listed().results["none"].satisfaction
    assert kinds is not None
    # Happy is satisfied, and one of two was taken for sad.
    assert kinds.accuracy == 0.5
    assert kinds.recall == {"satisfied": 0.5}
    assert kinds.confusion[0] == [1, 0, 1]
