"""Pictures are taken at a rate, however they arrive."""

import numpy as np
import pytest

from emotion.conversation.pace import Pace


@pytest.mark.parametrize("arriving", [9.0, 10.0, 12.0, 20.0, 30.0])
def test_as_many_are_taken_whatever_arrives(arriving: float) -> None:
    random = np.random.default_rng(0)
    times = np.sort(np.arange(round(60 * arriving)) / arriving + random.uniform(0, 0.02))
    pace = Pace(8.0)
    assert sum(pace.takes(time) for time in times) == pytest.approx(8 * 60, abs=2)


def test_fewer_than_that_are_all_taken() -> None:
    pace = Pace(8.0)
    assert all(pace.takes(number / 5) for number in range(100))


def test_nothing_is_caught_up_with_after_a_pause() -> None:
    pace = Pace(8.0)
    assert pace.takes(0.0)
    after = [60 + number / 100 for number in range(100)]
    assert sum(pace.takes(time) for time in after) <= 9
