"""Simulated faces with an offset of their own."""

import numpy as np
import pytest

from emotion.face.baseline import ENOUGH, Baseline
from emotion.readings import emotions
from emotion.readings.emotions import INDEX, NEUTRAL
from emotion.readings.probability import log_softmax

HAPPY, SAD, ANGRY = (INDEX[name] for name in ("happy", "sad", "angry"))
ORDINARY = log_softmax(np.array([4.0, -5.0, 0.0, 3.0, 1.0, 0.5, 0.5, 0.0]))


def observations(
    emotion: int, offset: np.ndarray, count: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Log probabilities of a person who shows an emotion."""
    mean = ORDINARY.copy()
    if emotion != NEUTRAL:
        mean[emotion] += 8
    noise = rng.normal(0, 0.5, (count, emotions.COUNT))
    return list(log_softmax(mean + offset + noise))


@pytest.fixture
def stern() -> np.ndarray:
    """The offset of someone who looks sad and angry at rest."""
    offset = np.zeros(emotions.COUNT)
    offset[[SAD, ANGRY]] = 2.0, 1.0
    return offset


def test_a_stranger_is_read_as_anyone(stern: np.ndarray, rng: np.random.Generator) -> None:
    baseline = Baseline(ORDINARY)
    (observation,) = observations(NEUTRAL, stern, 1, rng)
    np.testing.assert_allclose(baseline.relative(observation), observation)
    np.testing.assert_array_equal(baseline.offset, 0)


def test_a_face_that_looks_sad_at_rest_is_read_as_neutral_in_the_end(
    stern: np.ndarray, rng: np.random.Generator
) -> None:
    baseline = Baseline(ORDINARY)
    read = [baseline.relative(one) for one in observations(NEUTRAL, stern, 300, rng)]
    assert (np.array(read[:8]).argmax(axis=1) == SAD).mean() > 0.5
    late = np.array(read[-50:])
    assert (late.argmax(axis=1) == NEUTRAL).mean() > 0.75
    away = baseline.offset - stern
    assert np.abs(away - away.mean())[[HAPPY, SAD, ANGRY]].max() < 0.7


def test_an_expression_is_still_seen_then(stern: np.ndarray, rng: np.random.Generator) -> None:
    baseline = Baseline(ORDINARY)
    for one in observations(NEUTRAL, stern, 100, rng):
        baseline.relative(one)
    for emotion in (HAPPY, SAD, ANGRY):
        for one in observations(emotion, stern, 5, rng):
            assert baseline.relative(one).argmax() == emotion


def test_who_smiles_all_the_time_is_not_taken_to_be_neutral(rng: np.random.Generator) -> None:
    baseline = Baseline(ORDINARY)
    for one in observations(HAPPY, np.zeros(emotions.COUNT), 500, rng):
        assert baseline.relative(one).argmax() == HAPPY


def test_it_is_off_until_there_is_enough(stern: np.ndarray, rng: np.random.Generator) -> None:
    baseline = Baseline(ORDINARY)
    for one in observations(NEUTRAL, np.zeros(emotions.COUNT), round(ENOUGH) - 1, rng):
        np.testing.assert_allclose(baseline.relative(one), one)
    for one in observations(NEUTRAL, stern, 40, rng):
        relative = baseline.relative(one)
        assert np.exp(relative).sum() == pytest.approx(1)
    assert np.abs(baseline.offset).max() > 0
