"""What tests of recordings share."""

from pathlib import Path

import numpy as np
import pytest

from tests.media_makers import sine, write_video


@pytest.fixture
def call(tmp_path: Path, face_image: np.ndarray) -> Path:
    """Two seconds of a still face and a tone."""
    return write_video(
        tmp_path / "call.mp4", [face_image] * 50, 25, np.stack([sine(440, 2, 48_000)] * 2)
    )
