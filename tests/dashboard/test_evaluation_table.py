"""The table of all reports."""

from dashboard import evaluation_table
from tests.dashboard import reports


def test_a_row_says_what_is_tested_and_how_well() -> None:
    made = reports.document(right=0.8)
    row = evaluation_table.rows({"a": made}).loc["a"]
    assert (row.modality, row.dataset, row.protocol) == ("Voice", "RAVDESS", "Five folds of actors")
    assert row.clips == 96
    accuracy = made.results["none"].accuracy
    assert accuracy is not None
    assert row.accuracy == 100 * accuracy
    assert row.low < row.accuracy < row.high


def test_those_are_comparable_that_test_the_same_clips() -> None:
    made = reports.document()
    files = [f"x-{name}" for name in made.tested.file]
    tested = made.tested.model_copy(update={"file": files})
    others = made.model_copy(update={"tested": tested})
    found = {"first": made, "same clips": reports.document(seed=1), "other clips": others}
    table = evaluation_table.rows(found, ["first"])
    assert table.comparable.tolist() == [True, True, False]
    assert not evaluation_table.rows(found).comparable.any()


def test_filters_narrow_the_table() -> None:
    found = {"a": reports.document(), "b": reports.document(protocol="loso")}
    table = evaluation_table.rows(found)
    protocol = "Leave-one-speaker-out (LOSO)"
    assert evaluation_table.narrowed(table, {"protocol": protocol}).index.tolist() == ["b"]
    assert len(evaluation_table.narrowed(table, {"protocol": None, "modality": "Voice"})) == 2
    assert evaluation_table.narrowed(table, {"modality": "Face"}).empty
