"""The queue that reads recordings outside the page."""

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboard.review import desks as module
from dashboard.review.desks import Desk, Desks
from dashboard.review.review import Review, State
from emotion.errors import RapportError
from emotion.models.shipped import Models
from tests import browser, media_makers

RATE = 16_000
TOKEN = "a-token-that-nobody-guesses"
NAME = "Mrs Smith.wav"


@pytest.fixture
def desks(models: Models, tmp_path: Path) -> Iterator[Desks]:
    found = Desks(lambda: models, tmp_path / "media")
    yield found
    found.close()


@pytest.fixture
def desk(desks: Desks) -> Desk:
    return desks.desk(TOKEN)


def put(desks: Desks, desk: Desk, name: str, content: bytes) -> Review:
    review = desks.add(desk, name, len(content))
    review.media.write_bytes(content)
    desks.read(review)
    return review


def until(review: Review, *states: State, seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while review.state not in states:
        assert time.monotonic() < end, review.state
        time.sleep(0.05)


def sound(path: Path, samples: np.ndarray) -> bytes:
    return media_makers.write_wav(path, samples, RATE).read_bytes()


def test_a_recording_is_read_under_its_own_name(
    desks: Desks, desk: Desk, speech: np.ndarray, tmp_path: Path
) -> None:
    review = put(
        desks, desk, "folder/Mrs Smith.wav", sound(tmp_path / "talk.wav", speech[: 3 * RATE])
    )
    until(review, State.DONE)
    (one,) = review.participants
    assert one.timeline.source == "Mrs Smith.wav"
    assert review.share == 1.0
    assert review.media.exists()
    assert "Smith" not in str(review.media), "the name is nobody's business on the disk"
    desks.remove(desk, review.identifier)
    assert not review.playable
    assert desk.reviews == {}


def test_one_is_read_after_the_other_and_one_that_waits_says_for_how_many(
    desks: Desks, desk: Desk, speech: np.ndarray, tmp_path: Path
) -> None:
    first = put(desks, desk, "long.wav", sound(tmp_path / "long.wav", np.tile(speech, 2)))
    content = sound(tmp_path / "talk.wav", speech[: 2 * RATE])
    second, third = [put(desks, desk, f"{n}.wav", content) for n in range(2)]
    until(first, State.READING)
    assert (desks.ahead(second), desks.ahead(third)) == (1, 2)
    desks.remove(desk, second.identifier)
    until(third, State.DONE)
    assert first.state is State.DONE
    assert second.state is State.WAITING, "it was cancelled before its turn"
    assert not second.media.exists()


def test_a_recording_that_is_cancelled_ends_soon_and_leaves_nothing(
    desks: Desks, desk: Desk, rng: np.random.Generator, speech: np.ndarray, tmp_path: Path
) -> None:
    noise = (0.01 * rng.standard_normal(900 * RATE)).astype(np.float32)
    long = put(desks, desk, "long.wav", sound(tmp_path / "long.wav", noise))
    next_one = put(desks, desk, "next.wav", sound(tmp_path / "talk.wav", speech[:RATE]))
    until(long, State.READING)
    while long.share == 0:
        time.sleep(0.05)
    desks.remove(desk, long.identifier)
    until(next_one, State.DONE)
    assert long.conversation is None
    assert [path.name for path in desks.folder.path.glob("*.wav")] == [next_one.media.name]


@pytest.mark.parametrize("content", [b"", b"Dear Sir or Madam, " * 99, bytes(100_000)])
def test_what_is_no_recording_ends_in_a_sentence_with_the_users_name_for_it(
    desks: Desks, desk: Desk, content: bytes
) -> None:
    review = put(desks, desk, "naïve – 音.mp4", content)
    until(review, State.FAILED)
    assert review.error is not None
    assert "naïve – 音.mp4" in review.error
    assert review.identifier not in review.error
    assert not review.media.exists()


def test_of_a_file_that_breaks_what_was_read_is_kept_and_the_break_named(
    desks: Desks, desk: Desk, face_image: np.ndarray, tmp_path: Path
) -> None:
    frames = [browser.portrait(face_image, index) for index in range(50)]
    path = media_makers.write_video(tmp_path / "cut.mkv", frames, 5)
    content = path.read_bytes()
    review = put(desks, desk, "cut.mkv", content[: len(content) * 2 // 3])
    until(review, State.DONE)
    assert review.warning is not None
    assert review.warning.startswith("cut.mkv is damaged")
    assert 4 < review.participants[0].timeline.duration < 9


def test_a_desk_whose_page_stays_away_loses_work_and_media_and_later_all(
    desks: Desks, desk: Desk, speech: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = sound(tmp_path / "talk.wav", speech[: 2 * RATE])
    done = put(desks, desk, "done.wav", content)
    until(done, State.DONE)
    waiting = desks.add(desk, "waiting.wav", 10)
    waiting.media.write_bytes(b"0123456789")
    monkeypatch.setattr(desk, "look", lambda: module.AWAY - 1)
    desks.sweep()
    assert done.media.exists()
    assert waiting.media.exists()
    monkeypatch.setattr(desk, "look", lambda: module.AWAY + 1)
    desks.sweep()
    assert waiting.cancelled
    assert not waiting.playable
    assert not done.playable
    assert done.participants, "what was read waits for its page an hour"
    monkeypatch.setattr(desk, "look", lambda: module.KEPT + 1)
    desks.sweep()
    assert desks.find(TOKEN) is None
    assert done.participants == ()


def test_what_somebody_else_left_in_this_browser_is_deleted(
    desks: Desks, desk: Desk, speech: np.ndarray, tmp_path: Path
) -> None:
    desks.enter(desk, "session", "ada")
    review = put(desks, desk, "talk.wav", sound(tmp_path / "talk.wav", speech[: 2 * RATE]))
    until(review, State.DONE)
    desks.enter(desk, "another session", "ada")
    assert list(desk.reviews) == [review.identifier]
    desks.enter(desk, "session", "bob")
    assert desk.reviews == {}
    assert not review.media.exists()
    assert desk.owner == "bob"


def test_a_connection_that_breaks_for_a_while_ends_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    active = {"session": True}

    class Server:
        def is_active_session(self, session: str) -> bool:
            return active[session]

    now = [1000.0]
    monkeypatch.setattr("dashboard.review.desks.runtime.exists", lambda: True)
    monkeypatch.setattr("dashboard.review.desks.runtime.get_instance", Server)
    monkeypatch.setattr("dashboard.review.desks.time.monotonic", lambda: now[0])
    desk.enter("session", "")
    now[0] += 300
    assert desk.look() == 0, "a page that is open is there however long nothing happens on it"
    active["session"] = False
    now[0] += 30
    assert desk.look() == 30
    active["session"] = True
    now[0] += 300
    assert desk.look() == 0
    active["session"] = False
    now[0] += 130
    assert desk.look() > module.AWAY
    desk.touch()
    assert desk.look() == 0


def test_the_log_names_no_recording(
    models: Models, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Models:
        raise RuntimeError(NAME)

    desks = Desks(broken, tmp_path)
    try:
        with caplog.at_level(logging.DEBUG):
            review = put(desks, desks.desk(TOKEN), NAME, b"RIFF")
            until(review, State.FAILED)
    finally:
        desks.close()
    assert "RuntimeError" in caplog.text
    assert "Smith" not in caplog.text
    assert review.error is not None
    assert "Smith" in review.error


def test_what_has_no_room_is_refused(desks: Desks, desk: Desk) -> None:
    with pytest.raises(RapportError, match=r"no room for big\.mp4"):
        desks.add(desk, "big.mp4", 10**18)
    for number in range(module.MOST):
        desks.add(desk, f"{number}.mp4")
    with pytest.raises(RapportError, match="At most"):
        desks.add(desk, "one more.mp4")


def test_identifiers_of_others_are_refused(desks: Desks, desk: Desk) -> None:
    with pytest.raises(RapportError, match="reload"):
        desks.add(desk, "a.mp4", identifier="../../etc/passwd")
    with pytest.raises(RapportError, match="reload"):
        desks.desk("short")
    one = desks.add(desk, "a.mp4", identifier="0" * 32)
    assert one.media.parent == desks.folder.path
    with pytest.raises(RapportError, match="reload"):
        desks.add(desk, "a.mp4", identifier="0" * 32)


def test_an_annotated_video_is_made_beside_and_goes_with_what_stands_on_it(
    desks: Desks, desk: Desk, face_image: np.ndarray, tmp_path: Path
) -> None:
    frames = [browser.portrait(face_image, index) for index in range(10)]
    content = media_makers.write_video(tmp_path / "look.mp4", frames, 5).read_bytes()
    review = put(desks, desk, "look.mp4", content)
    until(review, State.DONE)
    desks.annotate(review)
    made = review.annotation
    assert made is not None
    end = time.monotonic() + 60
    while not made.done:
        assert made.error is None
        assert time.monotonic() < end
        time.sleep(0.05)
    assert made.path.stat().st_size > 1000
    (one,) = review.assignments
    review.assign([replace(one, name="Ada")])
    assert review.annotation is None, "another name would stand on it"
    assert not made.path.exists()
    desks.annotate(review)
    desks.remove(desk, review.identifier)
    end = time.monotonic() + 20
    while list(desks.folder.path.glob("*.mp4")) and time.monotonic() < end:
        time.sleep(0.1)
    assert list(desks.folder.path.glob("*.mp4")) == []
