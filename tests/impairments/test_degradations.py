"""What impairments make of frames and samples."""

from pathlib import Path

import numpy as np
import pytest

from emotion.impairments import conditions, degradations
from emotion.media.frames import Frame
from emotion.media.samples import RATE, Samples, to_mono
from tests.media_makers import write_video, write_wav


@pytest.fixture
def clip(speech: np.ndarray, tmp_path: Path) -> Path:
    return write_wav(tmp_path / "clip.wav", speech[: 4 * RATE])


@pytest.fixture
def frame(face_image: np.ndarray) -> Frame:
    return Frame(2.0, face_image)


def sound(speech: np.ndarray, start: float, rate: int = RATE) -> Samples:
    """Half a second, as two channels of 16 bits."""
    first = round(start * RATE)
    piece = np.round(32767 * speech[first : first + RATE // 2]).astype(np.int16)
    return Samples(start, np.stack([piece, piece]), rate)


def test_as_recorded_is_the_same(clip: Path, frame: Frame, speech: np.ndarray) -> None:
    change = degradations.of("as recorded", clip)
    piece = sound(speech, 1.0)
    assert change(frame) is frame
    assert change(piece) is piece


def test_a_face_is_hidden_in_the_middle_and_sound_stays(
    clip: Path, frame: Frame, speech: np.ndarray
) -> None:
    change = degradations.of("face hidden, half of the time", clip)
    hidden = change(frame)
    assert isinstance(hidden, Frame)
    assert np.ptp(hidden.image) == 0
    early = Frame(0.5, frame.image)
    assert change(early) is early
    piece = sound(speech, 2.0)
    assert change(piece) is piece


def test_sound_is_muted_in_the_middle(clip: Path, frame: Frame, speech: np.ndarray) -> None:
    change = degradations.of("sound muted, half of the time", clip)
    muted = change(sound(speech, 2.0))
    assert isinstance(muted, Samples)
    assert muted.data.shape[-1] == RATE // 2
    assert not muted.data.any()
    late = sound(speech, 3.2)
    assert change(late) is late
    assert change(frame) is frame


@pytest.mark.parametrize("rate", [RATE, 48_000])
def test_noise_is_10_db_below_the_speech(rate: int, clip: Path, speech: np.ndarray) -> None:
    change = degradations.of("office noise at 10 dB", clip)
    pieces = [sound(speech, start, rate) for start in (0.0, 1.0, 2.0, 3.0)]
    added = []
    for piece in pieces:
        noisy = change(piece)
        assert isinstance(noisy, Samples)
        added.append(to_mono(noisy.data) - to_mono(piece.data))
    level = 20 * np.log10(conditions.loudness(speech[: 4 * RATE]) / np.concatenate(added).std())
    assert level == pytest.approx(10, abs=2)


def test_the_dark_is_dark_and_blur_takes_detail(clip: Path, frame: Frame) -> None:
    dark, blurred = (
        degradations.of(name, clip)(frame) for name in ("dark picture", "blurred picture")
    )
    assert isinstance(dark, Frame)
    assert isinstance(blurred, Frame)
    assert dark.image.dtype == blurred.image.dtype == np.uint8
    assert dark.image.mean() < 0.25 * frame.image.mean()
    assert blurred.image.mean() == pytest.approx(frame.image.mean(), abs=1)
    detail = [np.abs(np.diff(one.image.astype(float), axis=0)).mean() for one in (frame, blurred)]
    assert detail[1] < 0.8 * detail[0]


@pytest.mark.parametrize(("name", "shift"), [("late", 0.3), ("early", -0.3)])
def test_delay_moves_the_sound_against_the_picture(
    name: str, shift: float, clip: Path, frame: Frame, speech: np.ndarray
) -> None:
    change = degradations.of(f"sound 300 ms {name}", clip)
    seen, heard = change(frame), change(sound(speech, 2.0))
    assert heard.time - seen.time == pytest.approx(shift)
    # A call takes no sound for earlier than the one before.
    assert min(seen.time, heard.time) == 2.0


def test_a_silent_video_can_be_impaired(face_image: np.ndarray, tmp_path: Path) -> None:
    path = write_video(tmp_path / "silent.mp4", [face_image[:240, :240]] * 20, 5)
    hide = degradations.of("face hidden, half of the time", path)
    images = [hide(Frame(time, face_image)) for time in (0.5, 2.0, 3.5)]
    assert [np.ptp(one.image) == 0 for one in images if isinstance(one, Frame)] == [
        False,
        True,
        False,
    ]


def test_an_unknown_impairment_is_refused(clip: Path) -> None:
    with pytest.raises(ValueError, match="Received: 'rain'"):
        degradations.of("rain", clip)
