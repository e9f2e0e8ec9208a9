import cv2
import numpy as np
import pytest

from emotion.face import alignment, quality
from emotion.face.detector import Detector, Face
from emotion.face.quality import MAX_YAW, MIN_EYE_DISTANCE
from emotion.models.shipped import Models


@pytest.fixture(scope="module")
def face(models: Models, face_image: np.ndarray) -> Face:
    return Detector(models.detector)(face_image)[0]


def reason(face: Face, image: np.ndarray) -> str | None:
    return quality.reason(face, alignment.align(image, face.landmarks, 64))


def moved(face: Face, landmarks: np.ndarray) -> Face:
    return Face(face.box, landmarks.astype(np.float32), face.score)


def test_a_good_face_is_read(face: Face, face_image: np.ndarray) -> None:
    assert reason(face, face_image) is None


@pytest.mark.parametrize("factor", [0.3, 0.5, 0.95])
def test_a_small_face_is_not(factor: float, face: Face, face_image: np.ndarray) -> None:
    right, left, *_ = face.landmarks
    mouth = face.landmarks[3:].mean(axis=0)
    spread = max(np.hypot(*(left - right)), np.hypot(*(mouth - (left + right) / 2)))
    scale = factor * MIN_EYE_DISTANCE / spread
    small = cv2.resize(face_image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    assert reason(moved(face, face.landmarks * scale), small) == "face too small"


def test_turning_is_measured_in_eye_distances(face: Face) -> None:
    right, left = face.landmarks[:2].astype(float)
    for share in (0.0, 0.3, -0.9):
        landmarks = face.landmarks.astype(float)
        landmarks[2] = (left + right) / 2 + share * (left - right) + [0, 20]
        tilt = abs(20 * (left - right)[1] / np.square(left - right).sum())
        assert quality.yaw(landmarks) == pytest.approx(abs(share), abs=tilt + 1e-6)


@pytest.mark.parametrize("side", [-1, 1])
def test_a_face_turned_away_is_not(side: int, face: Face, face_image: np.ndarray) -> None:
    right, left = face.landmarks[:2].astype(float)
    for share, expected in ((MAX_YAW - 0.1, None), (MAX_YAW + 0.1, "face turned away")):
        landmarks = face.landmarks.astype(float)
        landmarks[2] = (left + right) / 2 + side * share * (left - right)
        assert reason(moved(face, landmarks), face_image) == expected


def test_a_face_in_profile_is_not(face: Face, face_image: np.ndarray) -> None:
    """As in profile, the picture and its landmarks are squeezed."""
    squeeze = np.array([0.3, 1])
    image = cv2.resize(face_image, None, fx=0.3, fy=1, interpolation=cv2.INTER_AREA)
    assert reason(moved(face, face.landmarks * squeeze), image) == "face turned away"


def test_eyes_in_one_point_are_no_error(face: Face, face_image: np.ndarray) -> None:
    landmarks = face.landmarks.copy()
    landmarks[1] = landmarks[0]
    assert quality.yaw(landmarks) == np.inf
    assert reason(moved(face, landmarks), face_image) == "face turned away"


def test_a_blurred_face_is_not(face: Face, face_image: np.ndarray) -> None:
    """Not however strong the blur, though rounding then makes up what detail there is."""
    width = face.box[2]
    for share in (0.02, 0.035):
        assert reason(face, cv2.GaussianBlur(face_image, (0, 0), share * width)) is None
    for share in (0.08, 0.1, 0.13, 0.2, 0.3):
        blurred = cv2.GaussianBlur(face_image, (0, 0), share * width)
        assert reason(face, blurred) == "face blurred"


@pytest.mark.parametrize("side", [30, 47, 90])
def test_a_picture_out_of_focus_in_each_direction_is_not(
    side: int, face: Face, face_image: np.ndarray
) -> None:
    assert reason(face, cv2.blur(face_image, (side, side))) == "face blurred"


def test_sharpness_does_not_depend_on_light(face: Face, face_image: np.ndarray) -> None:
    aligned = alignment.align(face_image, face.landmarks, 64)
    for share in (0.2, 0.5):
        dark = np.round(aligned * share).astype(np.uint8)
        assert quality.sharpness(dark) == pytest.approx(quality.sharpness(aligned), rel=0.1)
        assert reason(face, (face_image * share).astype(np.uint8)) is None


def test_an_even_picture_has_no_sharpness() -> None:
    assert quality.sharpness(np.full((64, 64), 90, np.uint8)) == 0


@pytest.mark.parametrize("level", [10, 120, 240])
@pytest.mark.parametrize("part", ["right eye", "left eye", "mouth", "one half"])
def test_a_covered_face_is_not(part: str, level: int, face: Face, face_image: np.ndarray) -> None:
    right, left, nose, mouth_right, mouth_left = face.landmarks.astype(int).tolist()
    width = left[0] - right[0]
    corners = {
        "right eye": (right[0] - width // 2, right[1] - width // 3, nose[0], nose[1]),
        "left eye": (nose[0], left[1] - width // 3, left[0] + width // 2, nose[1]),
        "mouth": (mouth_right[0] - 10, nose[1], mouth_left[0] + 10, mouth_left[1] + width // 2),
        "one half": (nose[0], 0, nose[0] + 2 * width, face_image.shape[0]),
    }
    x0, y0, x1, y1 = corners[part]
    covered = face_image.copy()
    covered[y0:y1, x0:x1] = level
    assert reason(face, covered) == "face covered"


def test_light_does_not_cover_a_face(face: Face, face_image: np.ndarray) -> None:
    """Nor does light from one side."""
    shadow = np.linspace(0.5, 1, face_image.shape[1])[None, :, None]
    assert reason(face, (face_image * shadow).astype(np.uint8)) is None
    aligned = alignment.align(face_image, face.landmarks, 64)
    for share in (0.2, 0.5):
        dark = np.round(aligned * share).astype(np.uint8)
        assert quality.relief(dark) == pytest.approx(quality.relief(aligned), rel=0.1)
    assert quality.relief(np.full((64, 64), 90, np.uint8)) == 0


def weight(face: Face, image: np.ndarray) -> float:
    return quality.judge(face, alignment.align(image, face.landmarks, 64))[1]


def test_a_good_face_counts_in_full(face: Face, face_image: np.ndarray) -> None:
    assert weight(face, face_image) == 1


def test_a_face_fades_as_it_gets_smaller(face: Face, face_image: np.ndarray) -> None:
    right, left, *_ = face.landmarks
    mouth = face.landmarks[3:].mean(axis=0)
    spread = max(np.hypot(*(left - right)), np.hypot(*(mouth - (left + right) / 2)))
    weights = []
    for factor in (2.2, 1.8, 1.4, 1.05):
        scale = factor * MIN_EYE_DISTANCE / spread
        small = cv2.resize(face_image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        weights.append(weight(moved(face, face.landmarks * scale), small))
    assert weights[0] > weights[1] > weights[2] > weights[3]
    # In proportion to how far it is above the least size.
    assert weights[1:] == pytest.approx([0.8, 0.4, 0.05], abs=0.02)


def test_a_face_fades_as_it_turns(face: Face, face_image: np.ndarray) -> None:
    """Up to half the largest turn it counts in full."""
    weights = []
    for share in (0.3, 0.6, 0.9, 1.0):
        landmarks = face.landmarks.astype(float)
        right, left = landmarks[:2]
        landmarks[2] = (right + left) / 2 + share * MAX_YAW * (left - right) + [0, 20]
        aligned = alignment.align(face_image, face.landmarks, 64)
        weights.append(quality.judge(moved(face, landmarks), aligned)[1])
    assert weights == pytest.approx([1.0, 0.8, 0.2, 0.0], abs=0.05)


def test_a_face_fades_as_it_blurs(face: Face, face_image: np.ndarray) -> None:
    blurred = [weight(face, cv2.GaussianBlur(face_image, (0, 0), sigma)) for sigma in (1, 3, 4, 6)]
    assert blurred == sorted(blurred, reverse=True)
    assert blurred[0] > 0.9 > 0.5 > blurred[-1]
