"""The shipped models say what they said when their answers were stored.

A test that fails here has found that a reading changed: preprocessing, a model file or a
library. Where that is meant, `make golden` stores the answers anew, and the difference shows
which and by how much.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.face import alignment
from emotion.models.manifest import FOLDER, Manifest
from emotion.models.shipped import Models
from emotion.voice import log_mel
from tests.golden import answers
from tests.golden.answers import Answers

TOLERANCE = {
    "landmarks in pixels": 0.5,
    "log probabilities": 0.15,
    "seconds of speech": 0.1,
    "log probabilities for any speaker": 0.15,
    "log probabilities up to an offset": 0.15,
    "direction of the speaker": 0.05,
    "face": 0.02,
    "voice": 0.02,
    "fused": 0.02,
    "satisfaction of 100": 1.0,
}
"""How far an answer may be off, for processors that add in another order."""

align = alignment.align


def differences(now: Answers, then: Answers) -> Iterator[str]:
    """What is further off than it may be, a line for each."""
    if list(now) != list(then):
        yield f"asked of {', '.join(now)}, stored of {', '.join(then)}"
    for name in now.keys() & then.keys():
        if list(now[name]) != list(then[name]):
            yield f"{name}: {', '.join(now[name])}, stored {', '.join(then[name])}"
        for kind in now[name].keys() & then[name].keys():
            is_now, was = np.array(now[name][kind]), np.array(then[name][kind])
            if is_now.shape != was.shape or np.abs(is_now - was).max() > TOLERANCE[kind]:
                yield f"{name}, {kind}: {is_now.tolist()}, stored {was.tolist()}"


@pytest.mark.parametrize(
    ("asked", "kind"),
    [(answers.faces, "faces"), (answers.voices, "voices"), (answers.call, "call")],
)
def test_the_models_say_what_they_said(
    models: Models, asked: Callable[[Models], Answers], kind: str
) -> None:
    found = sorted(differences(asked(models), answers.stored()[kind]))
    assert not found, "\n".join(["If this is meant: make golden", *found])


def shifted(image: np.ndarray, landmarks: np.ndarray, size: int) -> np.ndarray:
    return align(image, landmarks + np.array([3.0, 0.0]), size)


def without_grey_weights(image: np.ndarray, landmarks: np.ndarray, size: int) -> np.ndarray:
    return align(np.ascontiguousarray(image[..., ::-1]), landmarks, size)


def mirrored(image: np.ndarray, landmarks: np.ndarray, size: int) -> np.ndarray:
    return np.ascontiguousarray(align(image, landmarks, size)[:, ::-1])


def darker(image: np.ndarray, landmarks: np.ndarray, size: int) -> np.ndarray:
    return (align(image, landmarks, size) * 0.8).astype(np.uint8)


def coarse(image: np.ndarray, landmarks: np.ndarray, size: int) -> np.ndarray:
    half = align(image, landmarks, size // 2)
    return cv2.resize(half, (size, size), interpolation=cv2.INTER_NEAREST)


@pytest.mark.parametrize("damage", [shifted, without_grey_weights, mirrored, darker, coarse])
def test_damage_to_what_a_face_goes_through_is_noticed(
    damage: Callable[..., np.ndarray], models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alignment, "align", damage)
    assert list(differences(answers.faces(models), answers.stored()["faces"]))


DAMAGE_TO_SOUND: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "ten milliseconds late": lambda features: np.roll(features, 1, axis=0),
    "a band higher": lambda features: np.roll(features, 1, axis=1),
    "scaled": lambda features: features * 1.1,
    "offset": lambda features: features + 0.1,
    "upside down": lambda features: features[:, ::-1],
}


@pytest.mark.parametrize("damage", DAMAGE_TO_SOUND)
def test_damage_to_what_a_voice_goes_through_is_noticed(
    damage: str, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    features = log_mel.log_mel
    monkeypatch.setattr(
        log_mel,
        "log_mel",
        lambda samples: np.ascontiguousarray(DAMAGE_TO_SOUND[damage](features(samples))),
    )
    assert list(differences(answers.voices(models), answers.stored()["voices"]))


@pytest.mark.parametrize(
    ("name", "asked", "kind"),
    [("face", answers.faces, "faces"), ("voice", answers.voices, "voices")],
)
def test_damage_to_a_model_that_the_manifest_takes_for_right_is_noticed(
    name: str, asked: Callable[[Models], Answers], kind: str, tmp_path: Path
) -> None:
    folder = tmp_path / "models"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("reports"))
    entry = Manifest(folder).entry(name)
    content = bytearray(entry.read())
    # Far from both ends, where files say what is where.
    place = len(content) // 3
    content[place : place + 10_000] = bytes(10_000)
    entry.path.write_bytes(content)
    fields = {key: value for key, value in entry.fields.items() if key not in ("sha256", "bytes")}
    Manifest(folder).update(name, fields)
    assert list(differences(asked(Models.load(folder)), answers.stored()[kind]))
