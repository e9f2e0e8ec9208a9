"""How sure a fused answer may be."""

from pathlib import Path

import numpy as np
import pytest

from emotion.errors import DatasetError
from emotion.evaluation.simulated_pairs import Answers, Pair, pairs
from emotion.readings import emotions
from emotion.readings.emotions import CALM
from emotion.readings.fusion import Reliability
from emotion.training import fusion_calibration


def answers(strength: float, seed: int) -> Answers:
    """What a sense says that sees the true emotion in noise, `strength` times as surely as it is.

    With a strength of 1 its probabilities are right as often as they say.
    """
    rng = np.random.default_rng(seed)
    labels = rng.choice(np.delete(np.arange(emotions.COUNT), CALM), 3000)
    logits = rng.normal(0, 1.5, (3000, emotions.COUNT))
    logits[np.arange(3000), labels] += 1.5**2
    logits[:, CALM] = -20
    powers = np.exp(strength * logits)
    return Answers(powers / powers.sum(axis=1, keepdims=True), labels)


def made(strength: float) -> list[Pair]:
    return list(pairs(answers(strength, 1), answers(strength, 2), shown=1.0))


@pytest.fixture
def bayes(monkeypatch: pytest.MonkeyPatch) -> Reliability:
    """Faces that always show what is felt: the rule is then Bayes' for two sure senses."""
    monkeypatch.setattr("emotion.readings.fusion.SHOWN", 1.0)
    return Reliability(1.0, 1.0)


def test_senses_that_are_as_right_as_they_say_need_none(bayes: Reliability) -> None:
    found = fusion_calibration.fit(made(1.0), bayes)
    assert found.power == pytest.approx(1.0, abs=0.15)
    assert found.pairs == 3000


@pytest.mark.parametrize("strength", [0.5, 1.5])
def test_senses_that_say_too_little_or_too_much_are_righted(
    strength: float, bayes: Reliability
) -> None:
    found = fusion_calibration.fit(made(strength), bayes)
    assert found.power == pytest.approx(1 / strength, rel=0.15)
    assert found.error < 0.04 < found.error_before


def test_error_without_a_pair() -> None:
    with pytest.raises(DatasetError, match="No face shows an emotion"):
        fusion_calibration.fit([], Reliability(1.0, 1.0))


def test_error_for_stills_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"faces\.csv"):
        fusion_calibration.ship(tmp_path, [])
