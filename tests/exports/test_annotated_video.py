"""A recording with what is read drawn on it: pictures, times and sound are those of the source."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import soxr

from emotion.conversation.analysis import analyze_everyone
from emotion.errors import MediaError, OutputError
from emotion.exports.annotated_video import annotate
from emotion.media.recordings import Recording, read_sound
from emotion.media.samples import Samples
from emotion.models.shipped import Models
from tests import browser, media_makers

RATE = 12
SECONDS = 4


@pytest.fixture(scope="module")
def source(
    face_image: np.ndarray, speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A face that moves to the right, and a voice that begins after a second of silence."""
    frames = [browser.portrait(face_image, 1.6 * index) for index in range(RATE * SECONDS)]
    sound = np.concatenate([np.zeros(16_000, np.float32), speech])[: 16_000 * SECONDS]
    path = tmp_path_factory.mktemp("annotated") / "call.mp4"
    return media_makers.write_video(
        path, frames, RATE, soxr.resample(sound, 16_000, 44_100), 44_100
    )


def pictures(path: Path) -> tuple[list[float], list[np.ndarray]]:
    with Recording(path) as recording:
        found = [item for item in recording if not isinstance(item, Samples)]
    return [frame.time for frame in found], [frame.image for frame in found]


def test_pictures_times_and_sound_are_the_sources(
    source: Path, models: Models, tmp_path: Path
) -> None:
    target = tmp_path / "out.mp4"
    conversation = analyze_everyone(source, models)
    people = conversation.participants(conversation.suggested())
    shares: list[float] = []
    annotate(source, target, models, participants=people, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    before, after = pictures(source), pictures(target)
    assert len(after[0]) == len(before[0]) == RATE * SECONDS
    np.testing.assert_allclose(after[0], before[0], atol=0.01)
    first, second = read_sound(source), read_sound(target)
    assert abs(len(first) - len(second)) < 1600
    length = min(len(first), len(second))
    spectra = np.fft.rfft([second[:length], first[:length]], 2 * length)
    alike = np.fft.irfft(spectra[0] * spectra[1].conj())
    shift = (int(alike.argmax()) + length) % (2 * length) - length
    assert abs(shift) < 800, "sound is in step within 50 ms"
    # Something is drawn around the face and at the lower edge, and nothing elsewhere.
    changed = [
        cv2.absdiff(a, b).max(axis=2) > 40
        for a, b in zip(before[1][2 * RATE :], after[1][2 * RATE :], strict=True)
    ]
    assert all(one[-12:, :200].mean() > 0.3 for one in changed)
    assert max(one[:, -60:].mean() for one in changed) < 0.02
    # The box goes along with the face, on every picture and not at each fifth one.
    lefts = [int(np.flatnonzero(one[150:230].mean(axis=0) > 0.6)[0]) for one in changed]
    assert lefts[-1] - lefts[0] > 30
    assert np.abs(np.diff(lefts)).max() <= 8


def test_only_what_players_play_is_written(source: Path, models: Models, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"\.mp4, \.mkv, \.mov\. Received: out\.avi"):
        annotate(source, tmp_path / "out.avi", models)
    with pytest.raises(OutputError):
        annotate(source, tmp_path / "missing" / "out.mp4", models)


def test_sound_alone_has_nothing_to_draw_on(
    speech: np.ndarray, models: Models, tmp_path: Path
) -> None:
    path = media_makers.write_wav(tmp_path / "talk.wav", speech)
    with pytest.raises(MediaError, match=r"talk\.wav has no picture to draw on"):
        annotate(path, tmp_path / "out.mp4", models)
    assert not (tmp_path / "out.mp4").exists()


def test_what_is_ended_leaves_what_was_there(source: Path, models: Models, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    target.write_bytes(b"before")

    def end(share: float) -> None:
        if share > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        annotate(source, target, models, progress=end)
    assert target.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def test_a_gap_in_the_sound_stays_a_gap(
    face_image: np.ndarray, models: Models, tmp_path: Path
) -> None:
    """Two seconds of picture before a tone begins, as when a microphone is switched on."""
    path = tmp_path / "late.mkv"
    image = browser.portrait(face_image, 0)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        audio = container.add_stream("aac", rate=48_000, layout="mono")
        assert isinstance(video, av.VideoStream)
        assert isinstance(audio, av.AudioStream)
        video.height, video.width = image.shape[:2]
        video.pix_fmt = "yuv420p"
        for index in range(30):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts = index
            container.mux(video.encode(frame))
            if index >= 20:
                tone = media_makers.sine(440, 0.1, 48_000)[None]
                piece = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
                piece.sample_rate, piece.pts = 48_000, index * 4_800
                container.mux(audio.encode(piece))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    annotate(path, tmp_path / "out.mp4", models)
    sound = np.abs(read_sound(tmp_path / "out.mp4"))
    begins = int(np.flatnonzero(sound > 0.1)[0]) / 16_000
    assert begins == pytest.approx(2.0, abs=0.1)
