"""Pictures as they are meant to be seen."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from emotion.errors import MediaError
from emotion.media import pictures
from emotion.media.frames import Frame
from emotion.media.recordings import Recording
from tests.media_makers import write_video

HDR = {16: "smpte2084", 18: "arib-std-b67"}


def frames_of(path: Path) -> list[np.ndarray]:
    with Recording(path) as recording:
        return [item.image for item in recording if isinstance(item, Frame)]


def interlaced(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Two moments in the odd and even lines of one picture, as a camera of old writes them."""
    both = upper.copy()
    both[1::2] = lower[1::2]
    return both


def combing(image: np.ndarray) -> float:
    """How much neighbouring lines differ more than those two apart."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(float)
    return float(np.abs(np.diff(grey, axis=0)).mean() / np.abs(grey[2:] - grey[:-2]).mean())


def test_an_interlaced_picture_has_no_comb(tmp_path: Path, face_image: np.ndarray) -> None:
    moved = np.roll(face_image, 8, axis=1)
    path = write_video(
        tmp_path / "tape.ts",
        [interlaced(face_image, moved)] * 10,
        codec_options={"preset": "ultrafast", "crf": "8", "x264-params": "tff=1"},
    )
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).interlaced_frame
    shown = frames_of(path)[-1]
    assert shown.shape == face_image.shape
    assert combing(interlaced(face_image, moved)) > 1
    assert combing(shown) < 0.7


def test_a_progressive_picture_keeps_its_lines(tmp_path: Path, face_image: np.ndarray) -> None:
    path = write_video(tmp_path / "now.ts", [face_image] * 3, codec_options={"crf": "1"})
    assert np.abs(frames_of(path)[-1].astype(int) - face_image).mean() < 3


@pytest.mark.parametrize("transfer", HDR)
def test_high_dynamic_range_is_shown_as_bright_as_an_ordinary_picture(
    transfer: int, tmp_path: Path, face_image: np.ndarray
) -> None:
    light = (face_image / 255.0) ** 2.2
    if transfer == 16:
        # SMPTE ST 2084, white paper at 203 cd/m2.
        root = (light * 203 / 10_000) ** 0.1593017578125
        value = ((0.8359375 + 18.8515625 * root) / (1 + 18.6875 * root)) ** 78.84375
    else:
        # ITU-R BT.2100, white paper at three quarters of the range.
        scene = light * 0.265
        high = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
        value = np.where(scene <= 1 / 12, np.sqrt(3 * scene), high)
    stored = np.round(255 * value).astype(np.uint8)
    params = f"transfer={HDR[transfer]}:colorprim=bt2020"
    path = write_video(
        tmp_path / "hdr.mp4",
        [stored] * 3,
        codec_options={"preset": "ultrafast", "crf": "4", "x264-params": params},
    )
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).color_trc == transfer
    shown = frames_of(path)[-1].astype(float)
    wrong = np.abs(stored.astype(float) - face_image).mean()
    assert np.abs(shown - face_image).mean() < 0.4 * wrong
    assert shown.mean() == pytest.approx(face_image.mean(), rel=0.15)


@pytest.mark.parametrize(
    ("ratios", "aspect"),
    [((None, 1.5), 1.5), ((0, None), 1.0), ((100.0, 2.0), 2.0), ((0.5, 2.0), 0.5), ((), 1.0)],
)
def test_the_first_ratio_that_can_be_true(ratios: tuple[float | None], aspect: float) -> None:
    assert pictures.aspect_of(*ratios) == aspect


def test_too_large_a_picture_is_refused_with_its_size() -> None:
    frame = av.VideoFrame(16_384, 8_192, "gray")
    with pytest.raises(MediaError, match=r"16384x8192 are too large; up to 8192x8192"):
        pictures.seen(frame)
