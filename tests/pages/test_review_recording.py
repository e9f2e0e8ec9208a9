"""The review page without a browser: what is shown of recordings of every kind."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ButtonGroup

from dashboard import resources, wording
from dashboard.review import downloads
from dashboard.review.review import Review, State
from emotion.media import recordings
from emotion.store.access import LOCAL
from emotion.store.database import Store
from emotion.store.kept_calls import KeptCalls
from tests import browser, media_makers, scenes

OpenPage = Callable[[str], AppTest]
RATE = 16_000


@pytest.fixture
def review_page(open_page: OpenPage, request: pytest.FixtureRequest) -> AppTest:
    app = open_page("review_recording")
    app.session_state["review-desk"] = f"desk-of-{request.node.name}"
    return app


@pytest.fixture(scope="module")
def sound(speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return media_makers.write_wav(
        tmp_path_factory.mktemp("sound") / "talk.wav", speech[: 4 * RATE], RATE
    )


@pytest.fixture(scope="module")
def silent_video(face_image: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames = [browser.portrait(face_image, index) for index in range(10)]
    return media_makers.write_video(tmp_path_factory.mktemp("video") / "look.mp4", frames, 5)


@pytest.fixture(scope="module")
def face_and_voice(
    face_image: np.ndarray, speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    frames = [browser.portrait(face_image, index) for index in range(20)]
    path = tmp_path_factory.mktemp("call") / "call.mp4"
    return media_makers.write_video(path, frames, 5, speech[: 4 * RATE], RATE)


@pytest.fixture(scope="module")
def two_people(
    face_image: np.ndarray, speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """One beside the other, with a voice."""
    left = scenes.scene(face_image, [(0, 60, 1.0)])
    right = scenes.scene(scenes.someone_else(face_image), [(320, 60, 1.0)])
    frame = np.concatenate([left[:, :320], right[:, 320:]], axis=1)
    return media_makers.write_video(
        tmp_path_factory.mktemp("pair") / "pair.mp4", [frame] * 20, 5, speech[: 4 * RATE], RATE
    )


@pytest.fixture(scope="module")
def two_channels(speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One speaks after the other, each on a channel."""
    length = 3 * RATE
    first, second = speech[:length], speech[length : 2 * length]
    pause = np.zeros(length, np.float32)
    second = np.pad(second, (0, length - len(second)))
    left = np.concatenate([first, pause, first, pause])
    right = np.concatenate([pause, second, pause, second])
    path = tmp_path_factory.mktemp("stereo") / "stereo.flac"
    return media_makers.write_sound(path, np.stack([left, right]), RATE, codec="flac")


def add(app: AppTest, name: str, content: bytes) -> Review:
    """Put a recording on the page's desk and wait for what comes of it."""
    desks = resources.desks()
    desk = desks.desk(app.session_state["review-desk"])
    review = desks.add(desk, name, len(content))
    review.media.write_bytes(content)
    desks.read(review)
    end = time.monotonic() + 120
    while review.state not in (State.DONE, State.FAILED) and time.monotonic() < end:
        time.sleep(0.1)
    app.run()
    assert not app.exception
    return review


def offered(app: AppTest) -> list[str]:
    return [element.proto.label for element in app.get("download_button")]


def coverage(app: AppTest) -> str:
    (line,) = [element.value for element in app.caption if "Face read" in element.value]
    return str(line)


def test_it_says_who_is_not_to_be_read(review_page: AppTest) -> None:
    review_page.run()
    assert any("own staff" in one.value for one in review_page.caption)


def test_the_empty_page_asks_for_recordings(review_page: AppTest) -> None:
    review_page.run()
    assert not review_page.exception
    assert not review_page.header
    assert offered(review_page) == []


def test_sound_alone(review_page: AppTest, sound: Path) -> None:
    review = add(review_page, "talk.wav", sound.read_bytes())
    assert review.state is State.DONE
    assert not review_page.error
    assert "Face read for 0 %" in coverage(review_page)
    assert "voice for 0 %" not in coverage(review_page)
    assert offered(review_page) == [
        "Download CSV",
        "Download JSON",
        "Download Parquet",
        "Download chapters",
        "Download report",
    ]


def test_picture_alone(review_page: AppTest, silent_video: Path) -> None:
    add(review_page, "look.mp4", silent_video.read_bytes())
    assert "Face read for 0 %" not in coverage(review_page)
    assert "voice for 0 %" in coverage(review_page)


def test_the_name_of_a_file_is_not_markdown(review_page: AppTest, sound: Path) -> None:
    name = "Q3 $5 to $9 *x* :red[y] :smile:.wav"
    add(review_page, name, sound.read_bytes())
    assert [header.value for header in review_page.header] == [wording.plain(name)]


def test_a_bad_file_says_nothing_over_the_result_of_another(
    review_page: AppTest, sound: Path
) -> None:
    add(review_page, "talk.wav", sound.read_bytes())
    bad = add(review_page, "letter.mp4", b"Dear Sir or Madam, " * 99)
    assert bad.state is State.FAILED
    assert bad.error is not None
    assert "letter.mp4" in bad.error
    assert not review_page.error
    assert [header.value for header in review_page.header] == ["talk.wav"]
    assert len(offered(review_page)) == 5


def test_a_recording_stays_when_the_page_is_left(review_page: AppTest, silent_video: Path) -> None:
    review = add(review_page, "look.mp4", silent_video.read_bytes())
    review_page.switch_page("pages/history.py").run()
    review_page.switch_page("pages/review_recording.py").run()
    assert not review_page.exception
    assert [header.value for header in review_page.header] == ["look.mp4"]
    desk = resources.desks().desk(review_page.session_state["review-desk"])
    assert list(desk.reviews.values()) == [review]


def test_two_people_have_a_timeline_each_and_the_customer_is_asked_for(
    review_page: AppTest, two_people: Path
) -> None:
    review = add(review_page, "pair.mp4", two_people.read_bytes())
    assert [one.name for one in review.participants] == ["Person 1", "Person 2"]
    assert any("Who is the customer?" in one.value for one in review_page.markdown)
    (second,) = [one for one in review_page.button if one.label == "Person 2"]
    second.click().run()
    assert [one.role for one in review.participants] == ["salesperson", "customer"]
    assert not any("Who is the customer?" in one.value for one in review_page.markdown)
    name = next(one for one in review_page.text_input if one.value == "Person 2")
    name.set_value("Ada").run()
    assert [one.name for one in review.participants] == ["Person 1", "Ada"]
    table = downloads.table(review)
    assert list(table["participant"].unique()) == ["Person 1", "Ada"]
    assert downloads.document(review, 1)["participant"] == "Ada"
    assert downloads.document(review, 1)["others"][0]["participant"] == "Person 1"
    same = next(one for one in review_page.selectbox if one.label == "Is the same person as")
    same.set_value(1).run()
    assert not review_page.exception
    (one,) = review.participants
    assert one.assignment.faces == (1, 2)
    for expected in (2, 2, 2):
        (undo,) = [one for one in review_page.button if one.label == "Undo the last change"]
        undo.click().run()
        assert len(review.participants) == expected
    assert [one.role for one in review.participants] == [None, None]


def test_two_channels_are_two_speakers(review_page: AppTest, two_channels: Path) -> None:
    review = add(review_page, "stereo.flac", two_channels.read_bytes())
    assert [one.name for one in review.participants] == ["Left", "Right"]
    assert any("two channels" in one.value for one in review_page.markdown)
    (left,) = [one for one in review_page.button if one.label == "Left"]
    left.click().run()
    assert not review_page.exception
    talk = review.talk
    assert talk is not None
    assert talk.customer == pytest.approx(talk.own, rel=0.6)
    assert any("The salesperson speaks" in one.value for one in review_page.caption)


def test_moments_are_in_every_download(review_page: AppTest, sound: Path) -> None:
    review = add(review_page, "talk.wav", sound.read_bytes())
    moments = review.moments_of(0)
    moments.add(2.0)
    assert moments.added is not None
    moments.change(moments.added, "The offer", "Well said")
    assert "The offer" in set(downloads.table(review)["moment"].dropna())
    document = json.loads(json.dumps(downloads.document(review, 0)))
    assert "Well said" in [one["comment"] for one in document["moments"]]
    assert "The offer" in downloads.report(review, 0)
    assert "Well said" in downloads.report(review, 0)


def test_a_review_is_kept_with_its_moments_when_somebody_saves_it(
    open_page: OpenPage,
    request: pytest.FixtureRequest,
    sound: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = f"sqlite:///{tmp_path / 'kept.db'}"
    monkeypatch.setenv("RAPPORT_DATABASE", url)
    app = open_page("review_recording")
    app.session_state["review-desk"] = f"desk-of-{request.node.name}"
    review = add(app, "talk.wav", sound.read_bytes())
    moments = review.moments_of(0)
    moments.add(2.0)
    assert moments.added is not None
    moments.change(moments.added, "The offer", "Well said")
    app.run()
    assert not any(one.label == "Save" for one in app.button)
    app.session_state[f"keep-{review.identifier}-0"] = True
    app.run()
    (title,) = [one for one in app.text_input if one.label == "Title"]
    assert title.value == "talk"
    (save,) = [one for one in app.button if one.label == "Save"]
    save.click().run()
    assert not app.exception
    assert any("It is in the history" in one.value for one in app.success)
    calls = KeptCalls(Store(url), LOCAL)
    (call,) = calls.history()
    assert (call.kind, call.title) == ("recording", "talk")
    assert "The offer: Well said" in [one.comment for one in calls.open(call.id).moments]


def read_anew(app: AppTest, review: Review, label: str) -> None:
    """Press the button and wait for what comes of it."""
    (anew,) = [one for one in app.button if one.label == label]
    anew.click().run()
    end = time.monotonic() + 60
    while review.state is not State.DONE and time.monotonic() < end:
        time.sleep(0.1)
    app.run()
    assert not app.exception


def test_a_recording_is_read_anew_where_the_switch_says_otherwise(
    review_page: AppTest, silent_video: Path
) -> None:
    review = add(review_page, "look.mp4", silent_video.read_bytes())
    assert not any(one.label.startswith("Read it anew") for one in review_page.button)
    review_page.toggle[0].set_value(True).run()
    read_anew(review_page, review, "Read it anew calibrated")
    assert review.baseline
    assert not any(one.label.startswith("Read it anew") for one in review_page.button)


def test_that_a_voice_is_shared_is_said(review_page: AppTest, face_and_voice: Path) -> None:
    add(review_page, "call.mp4", face_and_voice.read_bytes())
    assert any("The voice is shared" in one.value for one in review_page.caption)


def test_the_trainer_says_how_many_people_speak(review_page: AppTest, tmp_path: Path) -> None:
    path = media_makers.take_turns(tmp_path / "role-play.wav")
    review = add(review_page, "role-play.wav", path.read_bytes())

    def ask(count: int) -> None:
        (asked,) = [
            one for one in review_page.segmented_control if one.label == "How many people speak?"
        ]
        asked.set_value(count).run()
        assert not review_page.exception

    ask(1)
    assert [one.voice_by for one in review.participants] == ["shared"]
    assert any("say above how many" in one.value for one in review_page.caption)
    ask(2)
    assert [one.name for one in review.participants] == ["Speaker 1", "Speaker 2"]
    assert any("two speakers. Who is the customer?" in one.value for one in review_page.markdown)
    next(one for one in review_page.button if one.label == "Speaker 2").click().run()
    assert [one.role for one in review.participants] == ["salesperson", "customer"]
    assert review.talk is not None
    assert review.talk.own_share == pytest.approx(0.5, abs=0.1)


def test_more_people_than_there_are_voices_are_not_shown(
    review_page: AppTest, tmp_path: Path
) -> None:
    sound = recordings.read_sound(media_makers.take_turns(tmp_path / "long.wav"))
    path = media_makers.write_wav(tmp_path / "role-play.wav", sound[: 10 * RATE])
    review = add(review_page, "role-play.wav", path.read_bytes())

    def asked() -> ButtonGroup[int]:
        (found,) = [
            one for one in review_page.segmented_control if one.label == "How many people speak?"
        ]
        return found

    # Ten seconds hold too little of four people.
    asked().set_value(4).run()
    assert not review_page.exception
    assert len(review.participants) < 4
    assert asked().value == len(review.participants)
    assert "found" in review_page.toast[0].value


def test_nobody_is_asked_for_voices_where_too_little_is_heard(
    review_page: AppTest, speech: np.ndarray, tmp_path: Path
) -> None:
    path = media_makers.write_wav(tmp_path / "short.wav", speech[: 3 * RATE])
    add(review_page, "short.wav", path.read_bytes())
    assert not any(one.label == "How many people speak?" for one in review_page.segmented_control)
    assert any(one.value.startswith("The voice is shared") for one in review_page.caption)
    assert not any("say above how many" in one.value for one in review_page.caption)


def test_two_recordings_are_compared(review_page: AppTest, sound: Path, silent_video: Path) -> None:
    add(review_page, "talk.wav", sound.read_bytes())
    assert not any(one.label == "Compare two" for one in review_page.expander)
    add(review_page, "look.mp4", silent_video.read_bytes())
    assert any(one.label == "Compare two" for one in review_page.expander)
    (table,) = [one.value for one in review_page.dataframe]
    assert list(table.columns) == ["talk.wav", "look.mp4"]
    assert {"Length", "Satisfaction", "Share of what is said", "Happy"} <= set(table.index)


def test_channels_are_read_as_the_trainer_chooses(review_page: AppTest, two_channels: Path) -> None:
    review = add(review_page, "stereo.flac", two_channels.read_bytes())
    assert [one.name for one in review.participants] == ["Left", "Right"]
    (channels,) = [one for one in review_page.radio if one.label == "Channels"]
    channels.set_value("mix").run()
    read_anew(review_page, review, "Read it anew")
    assert review.tracks.channels == "mix"
    assert [one.name for one in review.participants] == ["Speaker"]


def test_the_sound_of_a_recording_with_two_is_chosen(
    review_page: AppTest, speech: np.ndarray, tmp_path: Path
) -> None:
    quiet = np.zeros(4 * RATE, np.float32)
    path = media_makers.write_tracks(tmp_path / "two.mkv", [], [speech[: 4 * RATE], quiet])
    review = add(review_page, "two.mkv", path.read_bytes())
    assert any("may be another than the one" in one.value for one in review_page.caption)
    (sound,) = [one for one in review_page.selectbox if one.label == "Sound"]
    sound.set_value(2).run()
    read_anew(review_page, review, "Read it anew")
    assert review.tracks.sound == 2
    assert review.participants[0].timeline.summary().voice_coverage == 0
