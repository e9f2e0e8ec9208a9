"""Figures on FER+, on synthetic votes."""

import numpy as np
import pytest

from emotion.datasets.ferplus import LABELS, FerPlus
from emotion.evaluation import ferplus_scoring
from emotion.models.shipped import Models
from emotion.readings.emotions import CALM
from emotion.reports import text


def test_figures_of_known_answers() -> None:
    votes = np.eye(8, dtype=np.float32)[[0, 0, 0, 1]]
    data = FerPlus(np.zeros((4, 48, 48), np.uint8), votes, np.array([True, True, False, True]))
    even = np.full(8, 1 / 8)
    logs = np.log(np.full((4, 8), 0.05))
    logs[[0, 1, 2, 3], [0, 0, 1, 1]] = np.log(0.65)
    figures = ferplus_scoring.figures(logs, even, even, data)
    assert (figures.pictures, figures.pictures_agreed) == (4, 3)
    assert figures.accuracy == pytest.approx(3 / 4)
    assert figures.accuracy_agreed == 1
    assert figures.recall == pytest.approx((2 / 3 + 1) / 2)


def test_figures_move_to_the_shares_of_the_data() -> None:
    """An answer drawn a little towards a rare class is taken back where that is rare."""
    data = FerPlus(
        np.zeros((1, 48, 48), np.uint8), np.eye(8, dtype=np.float32)[[0]], np.array([True])
    )
    logs = np.log(np.array([[0.4, 0.5, *[0.1 / 6] * 6]]))
    drawn, shares = np.full(8, 1 / 8), np.array([0.5, 0.1, *[0.4 / 6] * 6])
    assert ferplus_scoring.figures(logs, drawn, shares, data).accuracy == 1
    assert ferplus_scoring.figures(logs, drawn, drawn, data).accuracy == 0
    assert ferplus_scoring.figures(logs, drawn, shares, data).recall == 0


def test_the_shipped_face_model_is_scored(models: Models, rng: np.random.Generator) -> None:
    data = FerPlus(
        rng.integers(0, 256, (6, 48, 48), np.uint8),
        rng.dirichlet(np.ones(8), 6).astype(np.float32),
        np.ones(6, bool),
    )
    figures = ferplus_scoring.measure(models.face, data)
    assert figures.pictures == figures.pictures_agreed == 6
    assert 0 <= figures.accuracy <= 1
    document = ferplus_scoring.document(models.face, data, "valid")
    assert document.labels == list(LABELS)
    found = document.results
    assert found["most frequent vote"].accuracy == pytest.approx(figures.accuracy, abs=1e-4)
    assert found["more than half of the votes"].clips == 6
    even = found["classes equally frequent"].unweighted_average_recall
    assert even == pytest.approx(figures.recall, abs=1e-4)
    # Ours are seven, as calm and neutral are one.
    assert document.emotions is not None
    matrix = np.array(document.emotions.confusion)
    assert matrix.sum() == 6
    assert matrix[CALM].sum() == matrix[:, CALM].sum() == 0
    assert text.summary(document).startswith("ferplus: valid, face")
