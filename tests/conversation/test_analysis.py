"""Recordings made here, read from start to end."""

import os
from pathlib import Path

import numpy as np
import pytest

from emotion.conversation.analysis import analyze, analyze_everyone
from emotion.conversation.call import Call
from emotion.errors import MediaError
from emotion.media.recordings import Recording
from emotion.media.samples import Samples
from emotion.models.shipped import Models
from tests import scenes
from tests.media_makers import set_apart, sine, write_video, write_wav

PLACE = (30.0, 0.0, 0.8)


@pytest.fixture(scope="module")
def images(face_image: np.ndarray) -> list[np.ndarray]:
    """A person who sways, 60 frames of 320x240."""
    return [
        scenes.scene(face_image, [(30 + 15 * np.sin(index / 8), 0, 0.8)], 320, 240)
        for index in range(60)
    ]


@pytest.fixture(scope="module")
def recording(
    images: list[np.ndarray], speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Two seconds of picture at 30 frames a second, with sound."""
    path = tmp_path_factory.mktemp("recording") / "call.mp4"
    return write_video(path, images, 30, np.repeat(speech[:32_000], 3), 48_000)


def test_a_recording_is_read_as_the_same_frames_by_hand(recording: Path, models: Models) -> None:
    call, readings = Call(models), []
    with Recording(recording) as items:
        for item in items:
            if isinstance(item, Samples):
                readings += call.push_samples(item)
            else:
                readings += call.push_frame(item)
    readings += call.finish()
    timeline = analyze(recording, models)
    scenes.assert_same_readings(timeline.readings, readings)
    assert timeline.duration == pytest.approx(2, abs=0.1)
    assert timeline.source == str(recording)
    assert timeline.reliability == models.reliability
    for reading in timeline.readings:
        scenes.assert_probabilities(reading.face.probabilities)
    scenes.assert_probabilities(timeline.readings[-1].voice.probabilities)


def test_a_path_may_be_a_string(recording: Path, models: Models) -> None:
    timeline = analyze(str(recording), models)
    scenes.assert_same_readings(timeline.readings, analyze(recording, models).readings)
    assert timeline.source == str(recording)
    assert analyze_everyone(str(recording), models).timeline.source == str(recording)


def test_progress_rises_to_the_end(recording: Path, models: Models) -> None:
    told: list[float] = []
    timeline = analyze(recording, models, source="a name", progress=told.append)
    assert timeline.source == "a name"
    assert told == sorted(told)
    assert len(told) >= 3
    assert 0 < told[0] < 1
    assert told[-1] == 1


@pytest.mark.parametrize(("ending", "codec"), [(".mkv", "pcm_s16le"), (".mp4", "aac")])
def test_pictures_and_sound_may_lie_apart_in_the_file(
    ending: str,
    codec: str,
    images: list[np.ndarray],
    speech: np.ndarray,
    tmp_path: Path,
    models: Models,
) -> None:
    sound = np.repeat(speech[:80_000], 3)
    path = tmp_path / f"whole{ending}"
    write_video(path, images[:50], 10, sound, 48_000, audio_codec=codec)
    apart = analyze(set_apart(tmp_path / f"apart{ending}", path), models)
    whole = analyze(path, models)
    assert len(apart.readings) == len(whole.readings)
    for one, other in zip(whole.readings, apart.readings, strict=True):
        assert (one.face.reason, one.voice.reason) == (other.face.reason, other.voice.reason)
        if one.fused is not None and other.fused is not None:
            np.testing.assert_allclose(one.fused, other.fused, atol=0.02)


def test_a_name_that_is_no_text_can_be_written_all_the_same(
    recording: Path, tmp_path: Path, models: Models
) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.mp4")
    path.write_bytes(recording.read_bytes())
    assert analyze(path, models).source.encode("utf-8").endswith(b"caf?.mp4")


def test_sound_alone(speech: np.ndarray, tmp_path: Path, models: Models) -> None:
    path = write_wav(tmp_path / "call.wav", speech[:24_000])
    timeline = analyze(path, models)
    assert [reading.time for reading in timeline.readings] == [0.5, 1.0, 1.5]
    summary = timeline.summary()
    assert summary.face is None
    assert summary.face_coverage == 0
    assert summary.voice_coverage > 0
    scenes.assert_probabilities(summary.emotions)


def test_pictures_alone(images: list[np.ndarray], tmp_path: Path, models: Models) -> None:
    timeline = analyze(write_video(tmp_path / "call.mp4", images[:25], 25), models)
    assert [reading.time for reading in timeline.readings] == [0.5, 1.0]
    assert timeline.duration == pytest.approx(1)
    summary = timeline.summary()
    assert summary.voice is None
    assert (summary.face_coverage, summary.voice_coverage) == (1, 0)


def test_a_recording_of_nothing_readable_has_readings_all_the_same(
    tmp_path: Path, models: Models
) -> None:
    room = [np.full((120, 160, 3), 90, np.uint8)] * 15
    path = write_video(tmp_path / "room.mp4", room, 10, sine(440, 1.5, 48_000))
    timeline = analyze(path, models)
    assert len(timeline.readings) == 3
    assert {reading.face.reason for reading in timeline.readings} == {"no face"}
    assert {reading.voice.reason for reading in timeline.readings} == {"no speech"}
    assert timeline.summary().dominant is None


@pytest.mark.parametrize("name", ["gone.mp4", "bad.mp4", "empty.mp4"])
def test_files_that_cannot_be_read_are_named(name: str, tmp_path: Path, models: Models) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"not a video" * 100)
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(MediaError, match=name):
        analyze(tmp_path / name, models)


def test_a_tenth_of_a_second_is_one_reading(tmp_path: Path, models: Models) -> None:
    timeline = analyze(write_wav(tmp_path / "short.wav", sine(300, 0.1, 16_000)), models)
    assert [reading.time for reading in timeline.readings] == [0.5]
    assert timeline.duration == pytest.approx(0.1)
