import numpy as np
import pytest

from emotion.face import overlay
from emotion.face.face_stream import SeenFace
from emotion.readings import emotions
from emotion.readings.reading import Prediction


def seen(
    left: float, top: float, side: float, emotion: str | None = "happy", *, followed: bool = True
) -> SeenFace:
    prediction = (
        Prediction(None, "face too small")
        if emotion is None
        else Prediction(np.eye(emotions.COUNT)[emotions.INDEX[emotion]])
    )
    return SeenFace(1, np.array([left, top, side, side], np.float32), prediction, followed)


def picture(width: int = 320, height: int = 240) -> np.ndarray:
    return np.full((height, width, 3), 77, np.uint8)


def test_nothing_seen_is_a_copy() -> None:
    image = picture()
    drawn = overlay.draw(image, ())
    np.testing.assert_array_equal(drawn, image)
    assert not np.shares_memory(drawn, image)


def test_the_picture_itself_is_not_changed() -> None:
    image = picture()
    image.flags.writeable = False
    assert overlay.draw(image, (seen(100, 100, 60),)).shape == image.shape


@pytest.mark.parametrize("emotion", emotions.EMOTIONS, ids=lambda emotion: emotion.name)
def test_the_box_has_the_colour_of_the_emotion(emotion: emotions.Emotion) -> None:
    drawn = overlay.draw(picture(), (seen(100, 120, 60, emotion.name),))
    red, green, blue = bytes.fromhex(emotion.colour[1:])
    for row, column in ((180, 130), (150, 100), (150, 160)):
        assert drawn[row, column].tolist() == [blue, green, red]
    # The face itself and what is far from it stay as they are.
    assert (drawn[125:175, 105:155] == 77).all()
    assert (drawn[200:, :] == 77).all()


def test_a_face_that_is_not_read_is_grey_with_its_reason() -> None:
    drawn = overlay.draw(picture(), (seen(100, 120, 60, None),))
    assert len(set(drawn[180, 130].tolist())) == 1
    assert (drawn[90:119, 100:160] != 77).any()


def luminance(colour: np.ndarray) -> float:
    """Relative luminance of a BGR colour, as WCAG 2.2 defines it."""
    shares = colour / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.0722, 0.7152, 0.2126])


@pytest.mark.parametrize("emotion", [*emotions.NAMES, None])
def test_the_label_can_be_read_on_its_colour(emotion: str | None) -> None:
    drawn = overlay.draw(picture(1280, 960), (seen(400, 400, 300, emotion),))
    ground = drawn[398, 402]
    label = drawn[360:398, 400:520].reshape(-1, 3)
    inks = {tuple(pixel) for pixel in label.tolist()} & {(0, 0, 0), (255, 255, 255)}
    (ink,) = inks
    low, high = sorted((luminance(ground), luminance(np.array(ink))))
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_the_one_who_is_followed_has_the_thicker_box() -> None:
    both = [
        overlay.draw(picture(640, 480), (seen(200, 200, 100, followed=followed),))
        for followed in (True, False)
    ]
    columns = [(drawn[250] != 77).any(axis=1).sum() for drawn in both]
    assert columns[0] > columns[1]


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (320, 240), (240, 320), (3840, 2160)])
@pytest.mark.parametrize("place", [(-50, -50), (0, 0), (-20, 100), (230, 200), (5000, 5000)])
def test_boxes_beyond_the_edge_do_no_harm(size: tuple[int, int], place: tuple[int, int]) -> None:
    drawn = overlay.draw(picture(*size), (seen(*place, 90), seen(*place, 90, None)))
    assert drawn.shape == (size[1], size[0], 3)


def test_views_of_other_memory_order_can_be_drawn_on() -> None:
    drawn = overlay.draw(picture()[:, ::-1], (seen(100, 100, 60),))
    assert (drawn != 77).any()
