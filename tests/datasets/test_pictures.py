from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion import emotions
from emotion.datasets import pictures
from emotion.errors import DatasetError


def write_list(folder: Path, *lines: str) -> Path:
    (folder / "faces.csv").write_text("\n".join(["path,emotion", *lines]))
    return folder


def test_pictures_in_order_of_the_list(tmp_path: Path) -> None:
    image = np.full((20, 30, 3), (10, 20, 200), np.uint8)
    cv2.imwrite(str(tmp_path / "b.png"), image)
    listed = pictures.read(write_list(tmp_path, "b.png,happy", "sub/a.png,fearful"))
    assert [picture.path for picture in listed] == [tmp_path / "b.png", tmp_path / "sub" / "a.png"]
    assert [emotions.NAMES[picture.emotion] for picture in listed] == ["happy", "fearful"]
    np.testing.assert_array_equal(listed[0].read(), image)


def test_a_grey_picture_is_read_as_bgr(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((20, 30), 99, np.uint8))
    (picture,) = pictures.read(write_list(tmp_path, "a.png,sad"))
    assert picture.read().shape == (20, 30, 3)


def test_an_empty_list_is_an_empty_list(tmp_path: Path) -> None:
    assert pictures.read(write_list(tmp_path)) == []


def test_error_without_a_list(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"No list at .*faces\.csv.*path, emotion"):
        pictures.read(tmp_path)


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
        pictures.read(write_list(tmp_path, "a.png,happy", line))


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_error_for_a_picture_that_cannot_be_read(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "a.png").write_bytes(content)
    (picture,) = pictures.read(write_list(tmp_path, "a.png,happy"))
    with pytest.raises(DatasetError, match=r"a\.png is not a picture"):
        picture.read()
