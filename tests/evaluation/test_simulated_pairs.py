"""Faces and voices that never met."""

import numpy as np

from emotion.evaluation.simulated_pairs import Answers, pairs
from emotion.readings.emotions import CALM, INDEX, NEUTRAL

ANGRY, HAPPY = INDEX["angry"], INDEX["happy"]


def sure(labels: list[int]) -> Answers:
    """Answers that name the true emotion."""
    return Answers(0.9 * np.eye(8)[labels] + 0.1 / 8, np.array(labels))


FACES = sure([NEUTRAL, ANGRY, HAPPY])


def test_a_face_shows_what_the_voice_does() -> None:
    made = list(pairs(FACES, sure([ANGRY, HAPPY, ANGRY]), 1.0))
    assert [pair.emotion for pair in made] == [ANGRY, HAPPY, ANGRY]
    for pair in made:
        assert pair.face.probabilities is not None
        assert pair.voice.probabilities is not None
        assert pair.face.probabilities.argmax() == pair.voice.probabilities.argmax()


def test_a_face_that_does_not_show_it_is_neutral() -> None:
    made = list(pairs(FACES, sure([ANGRY] * 4000), 0.3))
    seen = [int(np.argmax(pair.face.probabilities)) for pair in made]  # type: ignore[arg-type]
    assert set(seen) == {NEUTRAL, ANGRY}
    assert abs(seen.count(ANGRY) / 4000 - 0.3) < 0.03
    assert {pair.emotion for pair in made} == {ANGRY}


def test_calm_shows_as_neutral() -> None:
    (pair,) = pairs(FACES, sure([CALM]), 1.0)
    assert np.argmax(pair.face.probabilities) == NEUTRAL  # type: ignore[arg-type]
    assert pair.emotion == CALM


def test_a_voice_without_a_fitting_face_is_left_out() -> None:
    made = list(pairs(FACES, sure([INDEX["sad"], HAPPY]), 1.0))
    assert [pair.emotion for pair in made] == [HAPPY]
