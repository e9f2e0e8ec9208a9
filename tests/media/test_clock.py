import numpy as np
import pytest

from emotion.media.clock import Clock, Progress


def times(clock: Clock, stamps: list[float | None], length: float | None = None) -> list[float]:
    return [clock.time(stamp, length) for stamp in stamps]


@pytest.mark.parametrize("start", [0.0, -12.5, 3600.0, 95_000.0])
def test_times_count_from_the_start(start: float) -> None:
    clock = Clock(Progress(start, 0.0), 0.5)
    assert times(clock, [start, start + 0.5, start + 1.0]) == pytest.approx([0, 0.5, 1.0])
    assert not clock.broken


def test_missing_timestamps_are_counted() -> None:
    assert times(Clock(Progress(0, 0), 0.5), [None, None, 1.0, None]) == [0, 0.5, 1.0, 1.5]


def test_a_gap_is_kept() -> None:
    assert times(Clock(Progress(0, 0), 0.5), [0, 400, 400.5]) == [0, 400, 400.5]


def test_a_counter_that_runs_over_goes_on() -> None:
    wrap = 2**33 / 90_000
    first = wrap - 1.0
    clock = Clock(Progress(first, 0), 0.5)
    stamps = [(first + 0.5 * index) % wrap for index in range(8)]
    found = times(clock, list(stamps))
    assert found == pytest.approx(np.arange(8) / 2, abs=1e-6)
    assert not clock.broken


def test_both_tracks_begin_again_together() -> None:
    progress = Progress(0.0, 0.0)
    picture, sound = Clock(progress, 0.5), Clock(progress, 0.5)
    times(picture, [0, 0.5, 1.0, 1.5])
    times(sound, [0, 0.5, 1.0])
    assert times(picture, [0.0, 0.5, 1.0]) == pytest.approx([2.0, 2.5, 3.0])
    # The sound lost its last piece, and is not early for that.
    assert times(sound, [0.0, 0.5]) == pytest.approx([2.0, 2.5])
    assert not picture.broken
    assert not sound.broken


def test_one_wrong_timestamp_costs_nothing() -> None:
    clock = Clock(Progress(0.0, 0.0), 0.5)
    assert times(clock, [10, 10.5, 0, 11.5, 12.0]) == pytest.approx([10, 10.5, 11, 11.5, 12.0])


def test_frames_that_overlap_never_go_back() -> None:
    found = times(Clock(Progress(0.0, 0.0), 0.04), [0, 0.04, 0.08, 0.02, 0.06, 0.24, 0.28])
    assert found == sorted(found)
    assert found[-1] == pytest.approx(0.28)


def test_a_late_track_is_believed_where_another_is() -> None:
    progress = Progress(0.0, 0.0)
    sound, picture = Clock(progress, 0.0), Clock(progress, 0.5)
    picture.time(0.0)
    for second in range(5_000):
        sound.time(float(second), 1.0)
    assert picture.time(5_000.0) == 5_000
    assert Clock(progress, 0.5).time(20_000.0) == 20_000
    assert not picture.broken


def test_an_absurd_timestamp_is_not_believed() -> None:
    clock = Clock(Progress(0.0, 10.0), 0.5)
    assert times(clock, [0, 0.5, 900_000, 900_000.5]) == pytest.approx([0, 0.5, 1.0, 1.5])
    assert clock.broken
