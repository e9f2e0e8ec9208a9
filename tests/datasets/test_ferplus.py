import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.datasets import ferplus
from emotion.errors import DatasetError

BOX = "(0, 0, 48, 48)"

# name, then the votes for the eight classes, for 'unknown' and for 'not a face'.
ROWS = {
    "neutral.png": [10, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    "happy.png": [0, 8, 0, 2, 0, 0, 0, 0, 0, 0],
    "outliers.png": [1, 0, 6, 1, 1, 0, 1, 0, 0, 0],
    "split.png": [0, 0, 0, 4, 4, 0, 2, 0, 0, 0],
    "doubtful.png": [0, 0, 0, 0, 5, 0, 0, 0, 5, 0],
    "unknown.png": [1, 1, 0, 0, 0, 0, 0, 0, 8, 0],
    "nobody.png": [0, 0, 0, 0, 0, 0, 0, 0, 0, 10],
    "scattered.png": [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
}
KEPT = ["neutral.png", "happy.png", "outliers.png", "split.png", "doubtful.png"]


def grey(name: str) -> np.ndarray:
    return np.full((48, 48), 10 + 20 * list(ROWS).index(name), np.uint8)


def make_part(path: Path, folder: str = "FER2013Test", rows: dict[str, list[int]] = ROWS) -> Path:
    """One part of FER+ as a folder; gives the folder that holds it."""
    part = path / folder
    part.mkdir(parents=True)
    lines = [",".join([name, f'"{BOX}"', *map(str, votes)]) for name, votes in rows.items()]
    (part / "label.csv").write_text("\n".join(lines) + "\n")
    for name in rows:
        cv2.imwrite(str(part / name), grey(name))
    return path


def zipped(path: Path, folder: str, *, inside: str) -> Path:
    """Turn the part's folder into a zip file, with its files in `inside`."""
    part = path / folder
    with zipfile.ZipFile(path / f"{folder}.zip", "w") as archive:
        for file in sorted(part.iterdir()):
            archive.write(file, inside + file.name)
            file.unlink()
    part.rmdir()
    return path


def test_pictures_and_votes_stay_together(tmp_path: Path) -> None:
    data = ferplus.read(make_part(tmp_path), "test")
    assert data.images.dtype == np.uint8
    np.testing.assert_array_equal(data.images, np.stack([grey(name) for name in KEPT]))
    assert data.votes.shape == (5, 8)
    np.testing.assert_allclose(data.votes.sum(axis=1), 1, atol=1e-6)
    assert data.votes[1].tolist() == pytest.approx([0, 0.8, 0, 0.2, 0, 0, 0, 0])


def test_single_votes_are_outliers(tmp_path: Path) -> None:
    data = ferplus.read(make_part(tmp_path), "test")
    assert data.votes[KEPT.index("outliers.png")].tolist() == [0, 0, 1, 0, 0, 0, 0, 0]


def test_label_and_agreement(tmp_path: Path) -> None:
    data = ferplus.read(make_part(tmp_path), "test")
    labels = [ferplus.LABELS[label] for label in data.labels]
    assert labels == ["neutral", "happiness", "surprise", "sadness", "anger"]
    # Half of the votes, as for the last two, is not more than half.
    assert data.agreed.tolist() == [True, True, True, False, False]


@pytest.mark.parametrize("inside", ["", "FER2013Valid/"])
def test_a_zip_file_is_as_good_as_a_folder(tmp_path: Path, inside: str) -> None:
    plain = ferplus.read(make_part(tmp_path / "plain", "FER2013Valid"), "valid")
    packed = zipped(make_part(tmp_path / "packed", "FER2013Valid"), "FER2013Valid", inside=inside)
    data = ferplus.read(packed, "valid")
    np.testing.assert_array_equal(data.images, plain.images)
    np.testing.assert_array_equal(data.votes, plain.votes)
    np.testing.assert_array_equal(data.agreed, plain.agreed)


@pytest.mark.parametrize(
    ("split", "folder"),
    [("train", "FER2013Train"), ("valid", "FER2013Valid"), ("test", "FER2013Test")],
)
def test_each_part_has_its_folder(tmp_path: Path, split: str, folder: str) -> None:
    assert len(ferplus.read(make_part(tmp_path, folder), split).images) == 5


def test_error_names_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        ferplus.read(tmp_path, "train")
    for word in (str(tmp_path), "FER2013Train", "FER2013Train.zip"):
        assert word in str(caught.value)


def test_error_names_the_parts(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"train, valid, test.*'dev'"):
        ferplus.read(tmp_path, "dev")


def test_error_for_pictures_without_labels(tmp_path: Path) -> None:
    (make_part(tmp_path) / "FER2013Test" / "label.csv").unlink()
    with pytest.raises(DatasetError, match=r"no label\.csv"):
        ferplus.read(tmp_path, "test")


def test_error_for_a_row_with_votes_missing(tmp_path: Path) -> None:
    make_part(tmp_path, rows={"happy.png": [0, 8, 0, 2]})
    with pytest.raises(DatasetError, match=r"10 votes.*happy\.png"):
        ferplus.read(tmp_path, "test")


def test_error_for_votes_that_are_no_numbers(tmp_path: Path) -> None:
    make_part(tmp_path, rows={"happy.png": [0, 8, "many", 2, 0, 0, 0, 0, 0, 0]})  # type: ignore[list-item]
    with pytest.raises(DatasetError, match=r"happy\.png"):
        ferplus.read(tmp_path, "test")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\nname alone\n", r"FER2013Test.label\.csv, line \d+: expected a name, a box and 10"),
        (b"na\xefve.png,,10,0,0,0,0,0,0,0,0,0\n", r"na\xefve\.png in FER2013Test .* missing"),
        (b"a.png,,ten,0,0,0,0,0,0,0,0,0\n", r"label\.csv, line \d+: votes should be numbers"),
        (b'"' + b"x" * 200_000, r"label\.csv, line \d+: this is no row of a table"),
    ],
    ids=["no votes", "Latin-1", "words", "quote left open"],
)
def test_error_for_labels_that_are_no_table(tmp_path: Path, content: bytes, message: str) -> None:
    with (make_part(tmp_path) / "FER2013Test" / "label.csv").open("ab") as file:
        file.write(content)
    with pytest.raises(DatasetError, match=message):
        ferplus.read(tmp_path, "test")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_labels_as_spreadsheets_save_them(tmp_path: Path, separator: str, encoding: str) -> None:
    plain = ferplus.read(make_part(tmp_path / "plain"), "test")
    saved = make_part(tmp_path / "saved") / "FER2013Test" / "label.csv"
    rows = [
        ["Image name", "Box", *ferplus.LABELS, "unknown", "NF"],
        *([f"fer\\{name}", f'"{BOX}"', *map(str, votes)] for name, votes in ROWS.items()),
    ]
    # Empty rows and cells, and a row twice.
    rows[2:2] = [[""] * 12, rows[1]]
    text = "\r\n".join(separator.join([*row, "", ""]) for row in rows)
    saved.write_bytes(text.encode(encoding))
    data = ferplus.read(tmp_path / "saved", "test")
    np.testing.assert_array_equal(data.images, plain.images)
    np.testing.assert_array_equal(data.votes, plain.votes)


def test_error_for_a_picture_with_two_lots_of_votes(tmp_path: Path) -> None:
    with (make_part(tmp_path) / "FER2013Test" / "label.csv").open("a") as file:
        file.write(f'neutral.png,"{BOX}",0,10,0,0,0,0,0,0,0,0\n')
    with pytest.raises(DatasetError, match=r"line 9: neutral\.png stands in line 1 already"):
        ferplus.read(tmp_path, "test")


def test_error_for_a_picture_that_is_listed_but_missing(tmp_path: Path) -> None:
    (make_part(tmp_path) / "FER2013Test" / "happy.png").unlink()
    with pytest.raises(DatasetError, match=r"happy\.png"):
        ferplus.read(tmp_path, "test")


def test_error_for_a_file_that_is_no_zip(tmp_path: Path) -> None:
    (tmp_path / "FER2013Test.zip").write_bytes(b"cut off")
    with pytest.raises(DatasetError, match=r"FER2013Test\.zip"):
        ferplus.read(tmp_path, "test")


@pytest.mark.parametrize("content", [b"no picture", b""])
def test_error_for_a_picture_that_cannot_be_read(tmp_path: Path, content: bytes) -> None:
    (make_part(tmp_path) / "FER2013Test" / "happy.png").write_bytes(content)
    with pytest.raises(DatasetError, match=r"happy\.png.*48x48"):
        ferplus.read(tmp_path, "test")


def test_error_for_a_picture_of_another_size(tmp_path: Path) -> None:
    make_part(tmp_path)
    cv2.imwrite(str(tmp_path / "FER2013Test" / "happy.png"), np.zeros((47, 48), np.uint8))
    with pytest.raises(DatasetError, match=r"happy\.png.*48x48"):
        ferplus.read(tmp_path, "test")


def test_error_where_no_picture_is_left(tmp_path: Path) -> None:
    make_part(tmp_path, rows={"nobody.png": ROWS["nobody.png"]})
    with pytest.raises(DatasetError, match="no picture with a known emotion"):
        ferplus.read(tmp_path, "test")
