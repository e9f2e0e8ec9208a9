import numpy as np
import pytest

from emotion.errors import ModelError
from emotion.models.shipped import Models
from emotion.voice.adaptation import Speaker
from tests.scenes import assert_probabilities


@pytest.mark.parametrize("kind", ["silence", "noise", "speech", "loud"])
def test_any_sound_gives_probabilities(
    kind: str, models: Models, speech: np.ndarray, rng: np.random.Generator
) -> None:
    samples = {
        "silence": np.zeros(48_000),
        "noise": rng.normal(0, 0.2, 48_000),
        "speech": speech[:48_000],
        "loud": np.sign(speech[:48_000]),
    }[kind].astype(np.float32)
    logits = models.voice(samples)
    assert np.isfinite(logits.absolute).all()
    assert np.isfinite(logits.relative).all()
    assert_probabilities(np.exp(Speaker(models.voice.prior).log_probabilities(logits)))


def test_a_window_of_another_length_is_refused(models: Models) -> None:
    with pytest.raises(ModelError, match=r"'voice' takes the shape"):
        models.voice(np.zeros(16_000, np.float32))
