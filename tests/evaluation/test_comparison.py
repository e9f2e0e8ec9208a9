"""What the answers in reports show, on synthetic reports."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emotion.datasets.clips import Clip
from emotion.errors import ReportError
from emotion.evaluation import comparison, report
from emotion.evaluation.report import FoldPredictions
from emotion.readings import emotions
from emotion.reports.model import ClipColumns, Report

HAPPY, SAD, ANGRY = (emotions.INDEX[name] for name in ("happy", "sad", "angry"))


def document(answers: list[int], *, first_actor: int = 1, folds: int = 2) -> Report:
    """Four clips an actor, of whom the first two are happy and the others sad."""
    labels = np.array([HAPPY, HAPPY, SAD, SAD] * (len(answers) // 4))
    clips = [
        Clip(
            Path(
                f"03-01-{3 + label // 3:02}-{1 + row % 2:02}-01-01-{first_actor + row // 4:02}.wav"
            ),
            int(label),
            f"ravdess-{first_actor + row // 4:02}",
            "ravdess",
        )
        for row, label in enumerate(labels)
    ]
    logs = np.full((len(answers), 8), np.log(0.05))
    logs[np.arange(len(answers)), answers] = np.log(0.65)
    parts = np.array_split(np.arange(len(answers)), folds)
    return report.document(
        dataset="ravdess",
        protocol="loso",
        recipe="default",
        modality="voice",
        seed=0,
        commit="abc",
        seconds=1,
        clips=len(clips),
        predictions={
            "none": [
                FoldPredictions(f"fold {number}", labels[part], logs[part], 1.0, part)
                for number, part in enumerate(parts)
            ]
        },
        tested=clips,
    )


GOOD = [HAPPY, HAPPY, SAD, SAD, HAPPY, SAD, SAD, ANGRY]


def test_every_answer_has_its_clip_beside_it() -> None:
    table = comparison.predictions(document(GOOD), "none")
    assert len(table) == 8
    assert table["right"].tolist() == [True] * 5 + [False, True, False]
    assert table["speaker"].tolist() == ["ravdess-01"] * 4 + ["ravdess-02"] * 4
    assert table["fold"].tolist() == ["fold 0"] * 4 + ["fold 1"] * 4
    assert table["intensity"].tolist() == ["normal", "strong"] * 4
    assert (table["probability"] == 0.65).all()


def test_groups_have_their_accuracy_and_interval() -> None:
    table = comparison.predictions(document(GOOD), "none")
    by_speaker = comparison.by_group(table, "speaker")
    assert by_speaker["speaker"].tolist() == ["ravdess-01", "ravdess-02"]
    assert by_speaker.accuracy.tolist() == [1.0, 0.5]
    assert (by_speaker["low"] < by_speaker.accuracy).all()
    assert by_speaker["high"].tolist()[1] < 1
    assert comparison.by_group(table, "sex")["sex"].tolist() == ["female", "male"]


def test_nothing_is_told_of_an_unknown_group() -> None:
    made = document(GOOD)
    made = made.model_copy(update={"tested": made.tested.model_copy(update={"intensity": []})})
    assert comparison.by_group(comparison.predictions(made, "none"), "intensity").empty


def test_a_cell_has_its_clips() -> None:
    table = comparison.predictions(document(GOOD), "none")
    (row,) = comparison.cell(table, SAD, ANGRY).to_dict("records")
    assert row["file"].endswith("-02.wav")
    assert comparison.cell(table, ANGRY, SAD).empty


def figures_alone(made: Report) -> Report:
    """The same report without its predictions."""
    results = {
        name: one.model_copy(update={"predictions": None}) for name, one in made.results.items()
    }
    return made.model_copy(update={"results": results, "tested": ClipColumns()})


def test_reports_without_clips_or_results_say_so() -> None:
    made = document(GOOD)
    with pytest.raises(ReportError, match="no result 'speaker'; it has none"):
        comparison.predictions(made, "speaker")
    with pytest.raises(ReportError, match="lists no clips"):
        comparison.predictions(figures_alone(made), "none")


def test_a_clear_difference_is_more_than_chance() -> None:
    right = [HAPPY, HAPPY, SAD, SAD] * 20
    wrong = [SAD if index % 4 == 0 else answer for index, answer in enumerate(right)]
    one, other = (comparison.predictions(document(a), "none") for a in (right, wrong))
    difference = comparison.compare(one, other)
    assert (difference.clips, difference.first, difference.second) == (80, 1.0, 0.75)
    # By hand: 20 clips differ, all of them one way.
    assert difference.p == pytest.approx(2 * 0.5**20)
    low, high = difference.interval
    assert 0 < low < 0.25 < high
    assert "25.0 points more often on the 80 clips that both were tested on" in difference.sentence
    low, high = (100 * end for end in difference.interval)
    assert difference.sentence.startswith(f"{low:+.1f} to {high:+.1f} points (95 %): the first")
    assert difference.sentence.endswith("That is more than chance.")
    assert "25.0 points less often" in comparison.compare(other, one).sentence


def test_a_small_difference_may_be_chance() -> None:
    one, other = (
        comparison.predictions(document(answers), "none")
        for answers in ([HAPPY, HAPPY, SAD, SAD], [SAD, HAPPY, SAD, SAD])
    )
    difference = comparison.compare(one, other)
    assert difference.p == 1
    assert "may be chance" in difference.sentence


def test_equals_are_called_equal() -> None:
    table = comparison.predictions(document(GOOD), "none")
    difference = comparison.compare(table, table)
    assert max(difference.interval) == 0
    assert "both are right equally often on the 8 clips" in difference.sentence


def test_only_clips_of_both_are_compared() -> None:
    one = comparison.predictions(document(GOOD), "none")
    other = comparison.predictions(document(GOOD, first_actor=2), "none")
    # Actor 02 alone is in both.
    assert comparison.compare(one, other).clips == 4
    stranger = comparison.predictions(document(GOOD, first_actor=9), "none")
    with pytest.raises(ReportError, match="no clip in common"):
        comparison.compare(one, stranger)


def test_a_folder_and_the_one_above_it_name_the_same_clips() -> None:
    one = comparison.predictions(document(GOOD), "none")
    actor = "Actor_" + one["speaker"].str[-2:] + "/"
    above = one.assign(file=actor + one["file"])
    assert comparison.compare(one, above).clips == 8
    # Another person's clip may be called the same.
    stranger = above.assign(speaker="ravdess-20")
    with pytest.raises(ReportError, match="no clip in common"):
        comparison.compare(one, stranger)


def test_names_that_two_folders_have_are_not_taken_for_one_clip() -> None:
    table = comparison.predictions(document(GOOD), "none").assign(speaker="1")
    above = table.assign(file=[f"{number % 2}/a{number // 2}.wav" for number in range(8)])
    with pytest.raises(ReportError, match="no clip in common"):
        comparison.compare(above, table.assign(file=[f"a{number}.wav" for number in range(8)]))


def test_clips_that_were_tested_twice_count_once() -> None:
    """Answers to one clip are not independent, and would make chance look like more."""
    made = document(GOOD)
    table = comparison.predictions(made, "none")
    again = table.assign(prediction=HAPPY, right=table["emotion"] == HAPPY)
    table = pd.concat([table, again], ignore_index=True)
    assert comparison.compare(table, table).clips == 8
    plain = comparison.predictions(document(GOOD), "none")
    assert comparison.compare(table, plain) == comparison.compare(plain, plain)


def test_only_the_same_question_is_compared() -> None:
    """A face cannot tell calm, so calm counts as neutral for it alone."""
    one = comparison.predictions(document(GOOD), "none")
    other = one.assign(emotion=one["emotion"].replace(SAD, ANGRY))
    assert comparison.compare(one, other).clips == 4
    with pytest.raises(ReportError, match="count other emotions as right"):
        comparison.compare(one, one.assign(emotion=ANGRY))


def test_no_prediction_is_wrong() -> None:
    plain = comparison.predictions(document(GOOD), "none")
    missing = plain.copy()
    missing.loc[0, ["prediction", "right"]] = -1, False
    difference = comparison.compare(missing, plain)
    assert (difference.clips, difference.first) == (8, 5 / 8)
