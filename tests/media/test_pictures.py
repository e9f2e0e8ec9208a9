"""Pictures as they are meant to be seen."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from emotion.errors import MediaError
from emotion.media import pictures
from tests.media.contents import frames_of, likeness
from tests.media_makers import set_display_matrix, shades, write_video

HDR = {16: "smpte2084", 18: "arib-std-b67"}


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
    shown = frames_of(path)[-1].image
    assert shown.shape == face_image.shape
    assert combing(interlaced(face_image, moved)) > 1
    assert combing(shown) < 0.7


def test_a_progressive_picture_keeps_its_lines(tmp_path: Path, face_image: np.ndarray) -> None:
    path = write_video(tmp_path / "now.ts", [face_image] * 3, codec_options={"crf": "1"})
    assert np.abs(frames_of(path)[-1].image.astype(int) - face_image).mean() < 3


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
    shown = frames_of(path)[-1].image.astype(float)
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


@pytest.mark.parametrize(
    ("width", "height", "count"), [(16, 16, 5), (3840, 2160, 2), (240, 320, 5), (1280, 96, 3)]
)
def test_any_size(tmp_path: Path, width: int, height: int, count: int) -> None:
    frames = frames_of(write_video(tmp_path / "size.mp4", shades(count, width, height)))
    assert [frame.image.shape for frame in frames] == [(height, width, 3)] * count


@pytest.mark.parametrize(
    ("pix_fmt", "codec", "name"),
    [
        ("gray", "libx264", "grey.mp4"),
        ("yuv444p", "libx264", "full.mp4"),
        ("yuv420p10le", "libx264", "deep.mp4"),
        ("yuvj420p", "mjpeg", "jpeg.avi"),
        ("bgr0", "ffv1", "lossless.mkv"),
        ("gray16le", "ffv1", "deepgrey.mkv"),
    ],
)
def test_any_pixel_format(
    tmp_path: Path, face_image: np.ndarray, pix_fmt: str, codec: str, name: str
) -> None:
    path = write_video(tmp_path / name, [face_image] * 3, codec=codec, pix_fmt=pix_fmt)
    frames = frames_of(path)
    assert len(frames) == 3
    if "gray" in pix_fmt:
        expected = cv2.cvtColor(cv2.cvtColor(face_image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    else:
        expected = face_image
    assert frames[1].image.dtype == np.uint8
    assert likeness(frames[1].image, expected) > 0.99


def test_telephone_held_upright(tmp_path: Path, face_image: np.ndarray) -> None:
    """The sensor lies on its side and the file says: turn me clockwise to look at me."""
    portrait = face_image[:, 30:270]
    path = write_video(tmp_path / "phone.mp4", [cv2.rotate(portrait, 2)] * 3)
    set_display_matrix(path, (0, 1, -1, 0))
    frame = frames_of(path)[0]
    assert frame.image.shape == portrait.shape
    assert likeness(frame.image, portrait) > 0.99


@pytest.mark.parametrize(
    "matrix",
    [
        pytest.param((1, 0, 0, 1), id="upright"),
        pytest.param((0, 1, -1, 0), id="clockwise"),
        pytest.param((-1, 0, 0, -1), id="upside down"),
        pytest.param((0, -1, 1, 0), id="counterclockwise"),
        pytest.param((-1, 0, 0, 1), id="mirrored"),
        pytest.param((1, 0, 0, -1), id="flipped"),
        pytest.param((0, 1, 1, 0), id="transposed"),
        pytest.param((0, -1, -1, 0), id="transversed"),
    ],
)
def test_display_matrix_as_iso_14496_12_defines_it(
    tmp_path: Path, matrix: tuple[int, int, int, int]
) -> None:
    image = np.full((96, 160, 3), 60, np.uint8)
    image[:32, :32] = 250
    image[64:, 128:] = 150
    path = set_display_matrix(write_video(tmp_path / "turned.mp4", [image] * 2), matrix)
    a, b, c, d = matrix
    rows, columns = np.indices(image.shape[:2])
    across, down = a * columns + c * rows, b * columns + d * rows
    across, down = across - across.min(), down - down.min()
    expected = np.zeros((down.max() + 1, across.max() + 1, 3), np.uint8)
    expected[down, across] = image
    shown = frames_of(path)[0].image
    assert shown.shape == expected.shape
    assert likeness(shown, expected) > 0.98


@pytest.mark.parametrize("ratio", [Fraction(64, 45), Fraction(4, 3), Fraction(2), Fraction(1, 2)])
def test_pixels_that_are_not_square_are_shown_as_squares(
    tmp_path: Path, face_image: np.ndarray, ratio: Fraction
) -> None:
    height, width = face_image.shape[:2]
    stored: np.ndarray = cv2.resize(face_image, (round(width / ratio) // 2 * 2, height))
    path = tmp_path / "wide.mkv"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25, options={"crf": "12"})
        video.height, video.width = stored.shape[:2]
        video.pix_fmt = "yuv420p"
        video.codec_context.sample_aspect_ratio = ratio
        for index in range(3):
            frame = av.VideoFrame.from_ndarray(stored, format="bgr24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    image = frames_of(path)[0].image
    assert image.shape[1] / image.shape[0] == pytest.approx(width / height, rel=0.02)
    assert likeness(cv2.resize(image, (width, height)), face_image) > 0.97
