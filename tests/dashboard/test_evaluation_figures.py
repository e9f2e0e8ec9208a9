"""The figures of reports, by what is drawn in them."""

import numpy as np
import pandas as pd
import pytest

from dashboard import evaluation_figures
from emotion.reports.figures import Bin

NAMES = ["happy", "sad", "angry"]
MATRIX = [[3, 1, 0], [0, 0, 0], [1, 0, 9]]


@pytest.mark.parametrize(("shares", "first"), [(False, ["3", "1", "0"]), (True, ["75", "25", "0"])])
def test_cells_show_counts_or_shares_of_classes_that_occur(shares: bool, first: list[str]) -> None:
    figure = evaluation_figures.confusion(MATRIX, NAMES, shares=shares)
    heat, points = figure.data
    assert list(heat.y) == ["happy", "angry"]
    assert list(heat.x) == NAMES
    assert list(heat.text[0]) == first
    np.testing.assert_allclose(heat.z[1], [0.1, 0, 0.9])
    # A click hits the point over its cell.
    assert list(zip(points.y, points.x, strict=True)) == [
        (true, answer) for true in ("happy", "angry") for answer in NAMES
    ]
    assert points.customdata[5].tolist() == [9, 90]


def test_reliability_is_drawn_against_the_diagonal() -> None:
    bins = [
        Bin(clips=4, confidence=0.5, accuracy=0.25),
        Bin(clips=9, confidence=0.9, accuracy=1.0),
    ]
    diagonal, line = evaluation_figures.reliability(bins).data
    assert list(diagonal.x) == list(diagonal.y)
    assert (list(line.x), list(line.y)) == ([0.5, 0.9], [0.25, 1.0])
    assert line.marker.size[1] > line.marker.size[0]
    assert len(evaluation_figures.reliability([]).data) == 2


def test_groups_have_their_intervals() -> None:
    table = pd.DataFrame(
        {
            "sex": ["f", "m"],
            "clips": [9, 7],
            "accuracy": [0.5, 1],
            "low": [0.4, 0.8],
            "high": [0.7, 1],
        }
    )
    (bars,) = evaluation_figures.groups(table, "sex").data
    assert list(bars.x) == ["f", "m"]
    np.testing.assert_allclose(bars.error_y.array, [0.2, 0.0])
    np.testing.assert_allclose(bars.error_y.arrayminus, [0.1, 0.2])


def test_each_system_has_its_bars_by_protocol() -> None:
    rows = pd.DataFrame(
        {
            "system": ["a", "b", "a"],
            "protocol": ["random", "loso", "loso"],
            "accuracy": [0.9, 0.7, 0.5],
        }
    )
    first, second = evaluation_figures.protocols(rows).data
    assert (first.name, list(first.x), list(first.y)) == ("a", ["random", "loso"], [0.9, 0.5])
    assert (second.name, list(second.x)) == ("b", ["loso"])


def test_figures_are_saved_as_asked_for() -> None:
    config = evaluation_figures.config("rapport-x", "SVG")
    assert config["toImageButtonOptions"]["format"] == "svg"
    assert config["toImageButtonOptions"]["filename"] == "rapport-x"
