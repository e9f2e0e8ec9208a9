"""YuNet as it is shipped, against OpenCV's own detector with the published weights."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from emotion.errors import ModelError
from emotion.face.yunet import YuNet
from emotion.models.manifest import FOLDER, Manifest
from emotion.models.shipped import Models
from tests import scenes

PUBLISHED = FOLDER / "training" / "face_detection_yunet_2023mar.onnx"

SCORE, OVERLAP = 0.6, 0.3


@pytest.fixture(scope="module")
def network(models: Models) -> YuNet:
    return models.detector


def by_opencv(image: np.ndarray) -> np.ndarray:
    size = image.shape[1::-1]
    detector = cv2.FaceDetectorYN.create(str(PUBLISHED), "", size, SCORE, OVERLAP, 100)
    found: np.ndarray | None = detector.detect(image)[1]
    return np.zeros((0, 15), np.float32) if found is None else found


def crowd(face_image: np.ndarray, width: int, height: int) -> np.ndarray:
    """Faces of many sizes, some of them before others or cut off by the edge."""
    rng = np.random.default_rng(width)
    places = [
        (rng.uniform(-0.1, 0.9) * width, rng.uniform(-0.1, 0.8) * height, rng.uniform(0.1, 0.7))
        for _ in range(12)
    ]
    return scenes.scene(face_image, places, width, height)


@pytest.mark.parametrize("size", [(160, 160), (213, 120), (427, 240), (320, 569), (31, 33)])
def test_it_finds_what_opencv_finds(
    size: tuple[int, int], network: YuNet, face_image: np.ndarray
) -> None:
    image = crowd(face_image, *size)
    expected = by_opencv(image)
    found = network(image, SCORE, OVERLAP)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=0.01)


def test_several_faces_are_told_apart(network: YuNet, face_image: np.ndarray) -> None:
    image = crowd(face_image, 640, 360)
    found = network(image, SCORE, OVERLAP)
    assert len(found) > 3
    assert found[:, 14].tolist() == sorted(found[:, 14].tolist(), reverse=True)
    np.testing.assert_allclose(found, by_opencv(image), atol=0.01)


def test_nothing_is_found_where_there_is_nothing(network: YuNet) -> None:
    assert network(np.full((120, 200, 3), 128, np.uint8), SCORE, OVERLAP).shape == (0, 15)


def test_calls_share_it(network: YuNet, face_image: np.ndarray) -> None:
    images = [crowd(face_image, width, 224) for width in (160, 224, 320)] * 4
    alone = [network(image, SCORE, OVERLAP) for image in images]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda image: network(image, SCORE, OVERLAP), images))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_content_that_is_no_model_is_refused() -> None:
    with pytest.raises(ModelError, match=r"face detector \(11 bytes\) is not a model for LiteRT"):
        YuNet(b"not a model")


def test_another_model_is_refused() -> None:
    content = Manifest().entry("face").read()
    with pytest.raises(ModelError, match="face detector"):
        YuNet(content)


def test_pictures_of_many_sizes_do_not_disturb_each_other(
    network: YuNet, face_image: np.ndarray
) -> None:
    images = [crowd(face_image, width, 240) for width in (160, 256, 320, 384, 448)]
    first = [network(image, SCORE, OVERLAP) for image in images]
    for image, expected in zip(reversed(images), reversed(first), strict=True):
        np.testing.assert_array_equal(network(image, SCORE, OVERLAP), expected)
