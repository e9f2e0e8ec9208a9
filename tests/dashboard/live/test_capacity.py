"""Capacity is measured on a call that is read like a real one."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from dashboard.live import capacity
from emotion.conversation import readers
from emotion.conversation.call import Call
from emotion.face.face_recogniser import FaceRecogniser
from emotion.media.frames import Frame
from emotion.media.samples import Samples
from emotion.models.shipped import Models


@dataclass
class Slower:
    """The face's recogniser, many times as much work."""

    recogniser: FaceRecogniser
    times: int
    used: int = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.recogniser, name)

    def __call__(self, image: np.ndarray) -> np.ndarray:
        self.used += 1
        for _ in range(self.times - 1):
            self.recogniser(image)
        return self.recogniser(image)


def test_the_drawn_face_and_the_made_up_voice_are_read_as_those_of_a_person(
    models: Models,
) -> None:
    sound = capacity.voice(3.0)
    with Call(models, beside=False) as call:
        readings = []
        for number in range(15):
            piece = sound[None, number * 9_600 : (number + 1) * 9_600]
            readings += call.push_samples(Samples(number / 5, piece, 48_000))
            readings += call.push_frame(Frame(number / 5, capacity.face()))
    last = readings[-1]
    assert last.people == 1
    assert last.face.reason is last.voice.reason is None


def test_what_is_more_work_costs_more(models: Models) -> None:
    slower = Slower(models.face, 20)
    heavy = replace(models, face=slower)  # type: ignore[arg-type]
    assert capacity.cost(heavy) > 2 * capacity.cost(models)
    assert slower.used >= 20, "each picture of a call is read"


def test_what_costs_more_leaves_room_for_fewer_calls(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(capacity.MOST, raising=False)
    monkeypatch.setattr(readers.shared(), "count", 64)
    found = []
    for cost in (0.2, 0.4, 1000.0):
        monkeypatch.setattr(capacity, "cost", lambda _, cost=cost: cost)
        found.append(capacity.capacity(models))
    assert found[0] // 2 - 1 <= found[1] <= found[0] // 2 + 1
    assert found[2] == 1, "one may always begin"


def test_more_readers_take_more_calls(models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(capacity.MOST, raising=False)
    monkeypatch.setattr(capacity, "cost", lambda _: 0.2)
    found = []
    for count in (1, 2, 64):
        monkeypatch.setattr(readers.shared(), "count", count)
        found.append(capacity.capacity(models))
    assert found[0] >= 1
    assert 2 * found[0] <= found[1] <= 2 * found[0] + 1
    assert 64 * found[0] <= found[2] < 64 * (found[0] + 1)


@pytest.mark.parametrize(("setting", "most"), [("7", 7), ("none", None), ("0", None)])
def test_a_setting_stands_instead_of_what_is_measured(
    models: Models, monkeypatch: pytest.MonkeyPatch, setting: str, most: int | None
) -> None:
    monkeypatch.setattr(capacity, "cost", lambda _: 0.1)
    monkeypatch.setenv(capacity.MOST, setting)
    found = capacity.capacity(models)
    monkeypatch.delenv(capacity.MOST)
    assert found == (most or capacity.capacity(models))
