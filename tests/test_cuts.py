"""Recordings that change from one person to another."""

import numpy as np
import pytest

from emotion.call import Call
from emotion.models.shipped import Models
from emotion.readings import Reading
from tests import scenes


def test_a_cut_to_another_person_begins_anew(models: Models, face_image: np.ndarray) -> None:
    """Neither readings nor satisfaction of the first one go on."""
    first = scenes.scene(face_image, [(100, 20, 1)])
    second = scenes.scene(scenes.someone_else(face_image), [(100, 20, 1)])

    def read(*shots: tuple[np.ndarray, float]) -> list[Reading]:
        call, readings, start = Call(models), [], 0.0
        for image, seconds in shots:
            for frame in scenes.frames(image[None], seconds, 5, start):
                readings += call.push_frame(frame)
            start += seconds
        return readings + call.finish()

    both = read((first, 4.0), (second, 4.0))
    alone = read((second, 4.0))
    assert [reading.person for reading in both] == [1] * 7 + [2] * (len(both) - 7)
    for after, only in zip(both[-4:], alone[-4:], strict=True):
        scenes.assert_same_opinion(after.face, only.face)
        assert after.satisfaction == pytest.approx(only.satisfaction, abs=1)
