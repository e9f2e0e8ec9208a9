"""The face detector, from the published file to the one that is shipped."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from emotion.errors import ModelError
from emotion.face.yunet import YuNet
from emotion.models.manifest import FOLDER, Manifest
from emotion.models.shipped import Models
from emotion.training import detector_conversion

PUBLISHED = FOLDER / "training" / "face_detection_yunet_2023mar.onnx"


@pytest.mark.training
def test_the_shipped_file_is_made_again(
    tmp_path: Path, models: Models, face_image: np.ndarray
) -> None:
    shutil.copy(FOLDER / "manifest.json", tmp_path)
    detector_conversion.ship(PUBLISHED, tmp_path)
    content = Manifest(tmp_path).entry("face-detection").read()
    again = YuNet(content)(face_image, 0.5, 0.3)
    assert len(again) == 1
    shipped = models.detector(face_image, 0.5, 0.3)
    np.testing.assert_allclose(again, shipped, atol=1e-3)
    made, kept = (
        json.loads((folder / "manifest.json").read_text()) for folder in (tmp_path, FOLDER)
    )
    for document in (made, kept):
        del document["models"]["face-detection"]["sha256"]
    assert made == kept


def test_what_is_not_that_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.onnx"
    path.write_bytes(b"not a network")
    for source in (path, tmp_path / "missing.onnx"):
        with pytest.raises(ModelError, match=rf"{source.name} cannot be read as ONNX.*OpenCV Zoo"):
            detector_conversion.converted(source)
