from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.datasets import face_photographs
from emotion.errors import DatasetError
from emotion.readings import emotions


def write_list(folder: Path, *lines: str) -> Path:
    """A folder with a list of faces, and the files that it names."""
    (folder / "faces.csv").write_text("\n".join(["path,emotion", *lines]))
    for line in lines:
        name, *_ = line.split(",")
        if name:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).touch()
    return folder


def test_pictures_in_order_of_the_list(tmp_path: Path) -> None:
    image = np.full((20, 30, 3), (10, 20, 200), np.uint8)
    listed = face_photographs.read(write_list(tmp_path, "b.png,happy", "sub/a.png,fearful"))
    cv2.imwrite(str(tmp_path / "b.png"), image)
    assert [picture.path for picture in listed] == [tmp_path / "b.png", tmp_path / "sub" / "a.png"]
    assert [emotions.NAMES[picture.emotion] for picture in listed] == ["happy", "fearful"]
    np.testing.assert_array_equal(listed[0].read(), image)


def test_a_grey_picture_is_read_as_bgr(tmp_path: Path) -> None:
    (picture,) = face_photographs.read(write_list(tmp_path, "a.png,sad"))
    cv2.imwrite(str(tmp_path / "a.png"), np.full((20, 30), 99, np.uint8))
    assert picture.read().shape == (20, 30, 3)


def test_an_empty_list_is_an_empty_list(tmp_path: Path) -> None:
    assert face_photographs.read(write_list(tmp_path)) == []


def test_error_without_a_list(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"No list at .*faces\.csv.*path, emotion"):
        face_photographs.read(tmp_path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a.png,joyful", "'joyful' is no emotion. Write one of neutral, calm"),
        (",happy", "path is missing"),
        ("a.png", "emotion is missing"),
        ("a.png,", "emotion is missing"),
    ],
)
def test_error_names_the_line(line: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=rf"faces\.csv, line 3: {message}"):
        face_photographs.read(write_list(tmp_path, "a.png,happy", line))


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_error_for_a_picture_that_cannot_be_read(content: bytes, tmp_path: Path) -> None:
    (picture,) = face_photographs.read(write_list(tmp_path, "a.png,happy"))
    picture.path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"a\.png is not a picture"):
        picture.read()


def test_error_for_a_picture_that_is_listed_but_missing(tmp_path: Path) -> None:
    (write_list(tmp_path, "a.png,happy") / "a.png").unlink()
    with pytest.raises(DatasetError, match=r"faces\.csv, line 2: there is no file 'a\.png' in"):
        face_photographs.read(tmp_path)


def test_a_picture_may_be_named_in_any_script(tmp_path: Path) -> None:
    (picture,) = face_photographs.read(write_list(tmp_path, "顔.png,happy"))
    picture.path.write_bytes(cv2.imencode(".png", np.zeros((20, 30, 3), np.uint8))[1].tobytes())
    assert picture.read().shape == (20, 30, 3)


def test_the_film_of_a_still_is_read_where_it_is_listed(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).touch()
    (tmp_path / "faces.csv").write_text("path,emotion,movie\na.png,sad,Airheads\nb.png,sad,\n")
    assert [picture.film for picture in face_photographs.read(tmp_path)] == ["Airheads", ""]


@pytest.mark.parametrize(("side", "expected"), [(48, 144), (200, 300)])
def test_a_margin_continues_the_edge(side: int, expected: int) -> None:
    image = np.full((side, side), 7, np.uint8)
    image[side // 4 : -side // 4, side // 4 : -side // 4] = 200
    wide = face_photographs.with_margin(image)
    assert wide.shape == (expected, expected)
    assert (wide[: expected // 6] == 7).all()
    assert wide[expected // 2, expected // 2] == 200
