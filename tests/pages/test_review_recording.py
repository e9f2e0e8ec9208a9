"""The review page: uploads of every kind, good and bad."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import wording
from tests import browser, media_makers

OpenPage = Callable[[str], AppTest]
RATE = 16_000


@pytest.fixture
def review(open_page: OpenPage) -> AppTest:
    return open_page("review_recording")


@pytest.fixture(scope="module")
def sound(speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return media_makers.write_wav(tmp_path_factory.mktemp("sound") / "talk.wav", speech, RATE)


@pytest.fixture(scope="module")
def silent_video(face_image: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames = [browser.portrait(face_image, index / 2) for index in range(30)]
    return media_makers.write_video(tmp_path_factory.mktemp("video") / "look.mp4", frames, 10)


def upload(app: AppTest, name: str, content: bytes, kind: str = "video/mp4") -> None:
    """Give a file to the page and wait for what comes of it."""
    app.file_uploader[0].set_value((name, content, kind)).run()
    end = time.monotonic() + 120
    while not app.session_state["review-job"].done and time.monotonic() < end:
        time.sleep(0.2)
    app.run()
    assert not app.exception


def downloads(app: AppTest) -> list[str]:
    return [element.proto.label for element in app.get("download_button")]


def coverage(app: AppTest) -> str:
    (line,) = [element.value for element in app.caption if element.value.startswith("Face read")]
    return str(line)


def test_the_empty_page_asks_for_a_file(review: AppTest) -> None:
    assert len(review.file_uploader) == 1
    assert not review.error
    assert downloads(review) == []


def test_sound_alone(review: AppTest, sound: Path) -> None:
    upload(review, "talk.wav", sound.read_bytes(), "audio/wav")
    assert not review.error
    assert len(review.get("audio")) == 1
    assert len(review.get("plotly_chart")) == 1
    assert downloads(review) == ["Save CSV", "Save JSON", "Save Parquet"]
    assert "Face read for 0%" in coverage(review)
    assert "voice for 0%" not in coverage(review)


def test_the_switch_reads_the_file_anew(review: AppTest, silent_video: Path) -> None:
    (switch,) = review.toggle
    assert not switch.value
    upload(review, "look.mp4", silent_video.read_bytes())
    first = review.session_state["review-job"]
    assert not first.baseline
    switch.set_value(True).run()
    second = review.session_state["review-job"]
    assert second is not first
    assert second.baseline
    second.wait(120)
    review.run()
    assert not review.exception
    assert not review.error
    assert downloads(review) == ["Save CSV", "Save JSON", "Save Parquet"]


def test_the_name_of_a_file_is_not_markdown(review: AppTest, sound: Path) -> None:
    name = "Q3 $5 to $9 *x* :red[y] :smile:.wav"
    upload(review, name, sound.read_bytes(), "audio/wav")
    assert [header.value for header in review.header] == [wording.plain(name)]
    upload(review, f"bad {name}", b"RIFF")
    (error,) = review.error
    assert wording.plain(f"bad {name}") in error.value


def test_the_page_says_how_long_an_upload_is_kept(review: AppTest, sound: Path) -> None:
    assert "on disk only during the analysis" in review.file_uploader[0].label
    upload(review, "memory only.wav", sound.read_bytes(), "audio/wav")
    assert review.session_state["review-job"].content == sound.read_bytes()
    assert not list(Path(tempfile.gettempdir()).glob("rapport-*/memory only.wav"))


def test_picture_alone(review: AppTest, silent_video: Path) -> None:
    upload(review, "look.mp4", silent_video.read_bytes())
    assert not review.error
    assert len(review.get("video")) == 1
    assert "Face read for 0%" not in coverage(review)
    assert "voice for 0%" in coverage(review)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("empty.mp4", b"", id="empty"),
        pytest.param("letter.mp4", b"Dear Sir or Madam, " * 99, id="no media"),
        pytest.param("naïve – 音.wav", b"RIFF", id="cut off, odd name"),
    ],
)
def test_a_bad_upload_is_one_sentence(review: AppTest, name: str, content: bytes) -> None:
    upload(review, name, content)
    (error,) = review.error
    assert name in error.value
    assert "rapport-" not in error.value, "the temporary folder is nobody's business"
    assert downloads(review) == []


def test_a_bad_upload_loses_no_earlier_result(
    review: AppTest, silent_video: Path, tmp_path: Path
) -> None:
    upload(review, "look.mp4", silent_video.read_bytes())
    upload(review, "empty.mp4", b"")
    assert len(review.error) == 1
    assert [header.value for header in review.header] == ["look.mp4"]
    assert downloads(review) == ["Save CSV", "Save JSON", "Save Parquet"]


def test_nothing_is_analysed_twice_or_lost(review: AppTest, silent_video: Path) -> None:
    upload(review, "look.mp4", silent_video.read_bytes())
    job = review.session_state["review-job"]
    review.run()
    assert review.session_state["review-job"] is job
    review.switch_page("pages/model_evaluation.py").run()
    review.switch_page("pages/review_recording.py").run()
    assert not review.exception
    assert review.session_state["review-job"] is job
    assert downloads(review) == ["Save CSV", "Save JSON", "Save Parquet"]
