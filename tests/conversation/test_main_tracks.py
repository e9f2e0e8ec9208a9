"""Which of several tracks of a recording is read where the user names none."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.conversation import main_tracks
from emotion.conversation.analysis import analyze
from emotion.media.tracks import TrackChoice
from emotion.models.shipped import Models
from tests import scenes
from tests.media_makers import sine, write_sound, write_tracks

FIRST = TrackChoice()


@pytest.fixture(scope="module")
def screen() -> list[np.ndarray]:
    """Three seconds of a shared screen with text on it."""
    image = np.full((360, 640, 3), 240, np.uint8)
    for line in range(8):
        place = 20, 40 + 40 * line
        cv2.putText(image, "Offer 2026: 12 seats", place, cv2.FONT_HERSHEY_SIMPLEX, 1, (30,) * 3)
    return [image] * 30


@pytest.fixture(scope="module")
def camera(face_image: np.ndarray) -> list[np.ndarray]:
    """Three seconds of somebody in front of a camera."""
    return [scenes.scene(face_image, [(170, 30, 1.0)])] * 30


@pytest.mark.parametrize(
    "default", [(), (0,), (1,), (0, 1)], ids=["none", "screen", "face", "both"]
)
def test_the_track_with_a_face_is_chosen(
    default: tuple[int, ...],
    screen: list[np.ndarray],
    camera: list[np.ndarray],
    tmp_path: Path,
    models: Models,
) -> None:
    path = write_tracks(tmp_path / "call.mkv", [screen, camera], [], default=default)
    assert main_tracks.chosen(path, FIRST, models.detector) == TrackChoice(picture=2)


def test_the_track_with_a_face_is_read(
    screen: list[np.ndarray], camera: list[np.ndarray], tmp_path: Path, models: Models
) -> None:
    path = write_tracks(tmp_path / "call.mkv", [screen, camera], [], default=[0])
    assert analyze(path, models).summary().face_coverage == 1


def test_of_two_faces_that_of_the_default_track(
    camera: list[np.ndarray], tmp_path: Path, models: Models
) -> None:
    path = write_tracks(tmp_path / "call.mkv", [camera, camera], [], default=[1])
    assert main_tracks.chosen(path, FIRST, models.detector).picture == 2


def test_a_small_face_on_a_screen_is_not_taken_before_a_camera(
    face_image: np.ndarray, camera: list[np.ndarray], tmp_path: Path, models: Models
) -> None:
    gallery = [scenes.scene(face_image, [(20, 20, 0.3)])] * 30
    path = write_tracks(tmp_path / "call.mkv", [gallery, camera], [], default=[0, 1])
    assert main_tracks.chosen(path, FIRST, models.detector).picture == 2


def test_what_is_named_is_read_whatever_it_holds(
    screen: list[np.ndarray], camera: list[np.ndarray], tmp_path: Path, models: Models
) -> None:
    path = write_tracks(tmp_path / "call.mkv", [screen, camera], [], default=[1])
    named = TrackChoice(picture=1)
    assert main_tracks.chosen(path, named, models.detector) == named
    assert analyze(path, models, tracks=named).summary().face_coverage == 0


@pytest.mark.parametrize("default", [(), (0, 1)], ids=["none", "both"])
def test_the_track_with_speech_is_heard_rather_than_music(
    default: tuple[int, ...], speech: np.ndarray, tmp_path: Path, models: Models
) -> None:
    music = np.sum([sine(tone, 6, 16_000, 0.2) for tone in (262, 330, 392)], axis=0)
    path = write_tracks(tmp_path / "call.mkv", [], [music, speech[:96_000]], default=default)
    assert main_tracks.chosen(path, FIRST, models.detector).sound == 2
    assert analyze(path, models).summary().voice_coverage > 0.5


def test_tracks_in_which_somebody_speaks(speech: np.ndarray, tmp_path: Path) -> None:
    music, one, other = sine(262, 6, 16_000), speech[:96_000], speech[::-1][:96_000]
    assert main_tracks.spoken(write_tracks(tmp_path / "a.mka", [], [one, music, other])) == (1, 3)
    assert main_tracks.spoken(write_tracks(tmp_path / "b.mka", [], [music, one])) == (2,)
    assert main_tracks.spoken(write_sound(tmp_path / "c.wav", one)) == ()


def test_a_default_track_that_is_heard_is_kept(
    speech: np.ndarray, tmp_path: Path, models: Models
) -> None:
    path = write_tracks(
        tmp_path / "call.mkv", [], [sine(262, 6, 16_000), speech[:96_000]], default=[0]
    )
    assert main_tracks.chosen(path, FIRST, models.detector).sound == 1


def test_one_track_of_a_kind_is_no_choice(
    speech: np.ndarray, tmp_path: Path, models: Models
) -> None:
    path = write_sound(tmp_path / "voice.wav", speech)
    assert main_tracks.chosen(path, FIRST, models.detector) == FIRST


def test_a_still_picture_of_a_face_is_no_camera(
    camera: list[np.ndarray], tmp_path: Path, models: Models
) -> None:
    path = write_tracks(tmp_path / "call.mkv", [camera[:1], camera], [], default=[0])
    assert main_tracks.chosen(path, FIRST, models.detector).picture == 2
