"""Boxes on known paths, and the numbers they get."""

import numpy as np
import pytest

from emotion.face.detector import Face
from emotion.face.tracker import MEMORY, REMEMBERED, Tracker

STEP = 0.1


def face(x: float, y: float, width: float = 80) -> Face:
    """A face around a centre."""
    box = np.array([x - width / 2, y - 0.6 * width, width, 1.2 * width], np.float32)
    return Face(box, np.tile(np.array([x, y], np.float32), (5, 1)), 0.9)


def numbers(
    tracker: Tracker, time: float, *faces: Face, appearances: list[np.ndarray] | None = None
) -> list[int]:
    return [track.number for track in tracker.assign(time, list(faces), appearances)]


def appearance(*parts: float) -> np.ndarray:
    """A description of length 1."""
    return np.array(parts, np.float32) / float(np.linalg.norm(parts))


RED, BLUE, BROWN = appearance(1, 0.3, 0), appearance(0, 0.3, 1), appearance(0.6, 0.6, 0.6)


def test_numbers_come_in_order_of_the_faces() -> None:
    tracker = Tracker()
    assert numbers(tracker, 0.0, face(100, 100), face(400, 100)) == [1, 2]
    assert numbers(tracker, 0.1, face(402, 101), face(103, 99)) == [2, 1]


def test_two_side_by_side_keep_their_numbers(rng: np.random.Generator) -> None:
    tracker = Tracker()
    assert numbers(tracker, 0.0, face(250, 200), face(345, 200)) == [1, 2]
    for index in range(1, 200):
        left, right = (face(x + rng.normal(0, 4), 200 + rng.normal(0, 4)) for x in (250, 345))
        if index % 2:
            assert numbers(tracker, index * STEP, right, left) == [2, 1]
        else:
            assert numbers(tracker, index * STEP, left, right) == [1, 2]


@pytest.mark.parametrize("speed", [100, 300, 700])
def test_two_who_cross_keep_their_numbers(speed: float) -> None:
    """Pixels a second, each one; faces of 80."""
    tracker = Tracker()
    for index in range(round(600 / speed / STEP)):
        path = index * STEP * speed
        assert numbers(tracker, index * STEP, face(20 + path, 200), face(620 - path, 215)) == [1, 2]


@pytest.mark.parametrize("speed", [150, 300])
def test_two_who_cross_keep_their_numbers_though_one_is_hidden(
    speed: float, rng: np.random.Generator
) -> None:
    tracker = Tracker()
    for index in range(round(600 / speed / STEP)):
        path = index * STEP * speed
        one = face(20 + path + rng.normal(0, 1), 200 + rng.normal(0, 1))
        other = face(620 - path + rng.normal(0, 1), 210 + rng.normal(0, 1))
        if abs(600 - 2 * path) < 50:
            numbers(tracker, index * STEP, one)
        else:
            assert numbers(tracker, index * STEP, one, other) == [1, 2]


@pytest.mark.parametrize(("away", "number"), [(1.0, 1), (MEMORY - 0.1, 1), (5.0, 2)])
def test_who_returns_soon_keeps_the_number(away: float, number: int) -> None:
    tracker = Tracker()
    assert numbers(tracker, 0.0, face(200, 200)) == [1]
    for index in range(1, round(away / STEP)):
        assert numbers(tracker, index * STEP) == []
    assert numbers(tracker, away, face(210, 195)) == [number]


def test_a_number_is_never_given_twice() -> None:
    tracker = Tracker()
    given = [numbers(tracker, 10.0 * index, face(200, 200))[0] for index in range(5)]
    assert given == [1, 2, 3, 4, 5]


def test_a_face_far_away_is_another_one() -> None:
    tracker = Tracker()
    numbers(tracker, 0.0, face(100, 200))
    assert numbers(tracker, 0.1, face(300, 200)) == [2]


@pytest.mark.parametrize(("ratio", "number"), [(1.3, 1), (0.7, 1), (2.5, 2), (0.4, 2)])
def test_a_face_of_another_size_is_another_one(ratio: float, number: int) -> None:
    tracker = Tracker()
    numbers(tracker, 0.0, face(200, 200))
    assert numbers(tracker, 0.1, face(200, 200, 80 * ratio)) == [number]


def test_who_comes_nearer_slowly_stays_the_same() -> None:
    tracker = Tracker()
    for index in range(60):
        assert numbers(tracker, index * STEP, face(300, 200, 40 * 1.03**index)) == [1]


def test_one_face_takes_one_track() -> None:
    """A third face close to two known ones is new, however close."""
    tracker = Tracker()
    numbers(tracker, 0.0, face(200, 200), face(300, 200))
    assert numbers(tracker, 0.1, face(202, 200), face(298, 200), face(250, 200)) == [1, 2, 3]


def test_frames_at_the_same_time_do_no_harm() -> None:
    tracker = Tracker()
    numbers(tracker, 1.0, face(200, 200))
    (track,) = tracker.assign(1.0, [face(205, 200)])
    assert track.number == 1
    assert np.isfinite(track.expected(2.0)).all()


def test_a_box_without_size_does_no_harm() -> None:
    tracker = Tracker()
    assert numbers(tracker, 0.0, face(200, 200, 0)) == [1]
    assert numbers(tracker, 0.1, face(200, 200, 0), face(200, 200)) == [2, 3]


def test_nothing_is_kept_of_who_left_for_good(rng: np.random.Generator) -> None:
    tracker = Tracker()
    for index in range(300):
        tracker.assign(index * STEP, [face(*rng.uniform(0, 5000, 2))])
    assert len(tracker.tracks) <= round(MEMORY / STEP) + 1
    assert len(tracker._left) <= REMEMBERED


def test_who_returns_late_and_elsewhere_is_known_by_the_looks() -> None:
    tracker = Tracker()
    assert numbers(tracker, 0.0, face(100, 100), face(400, 100), appearances=[RED, BLUE]) == [1, 2]
    assert numbers(tracker, 60.0, face(700, 300, 160), appearances=[BLUE]) == [2]
    assert numbers(tracker, 61.0, face(705, 300, 160), face(50, 80), appearances=[BLUE, RED]) == [
        2,
        1,
    ]
    assert numbers(tracker, 62.0, face(300, 80), appearances=[BROWN]) == [3]


def test_looks_decide_between_two_of_whom_one_has_stood_before_the_other() -> None:
    """They meet, one stands still and hides the other, and both come out where places mislead."""
    tracker = Tracker()
    for index in range(9):
        x = 20 * index
        given = numbers(
            tracker, index * STEP, face(100 + x, 200), face(440 - x, 205), appearances=[RED, BLUE]
        )
        assert given == [1, 2]
    for index in range(9, 13):
        assert numbers(tracker, index * STEP, face(270, 200), appearances=[RED]) == [1]
    for index in range(13, 20):
        x = 20 * (index - 13)
        given = numbers(
            tracker, index * STEP, face(300 + x, 200), face(240 - x, 205), appearances=[RED, BLUE]
        )
        assert given == [1, 2]


@pytest.mark.parametrize("away", [0.6, 1.0, MEMORY - 0.1])
def test_who_sits_down_where_another_got_up_gets_a_number_of_their_own(away: float) -> None:
    tracker = Tracker()
    assert numbers(tracker, 0.0, face(200, 200), appearances=[RED]) == [1]
    assert numbers(tracker, away, face(205, 198), appearances=[BLUE]) == [2]
    # Who got up comes back to another place.
    both = face(205, 198), face(600, 200)
    assert numbers(tracker, away + STEP, *both, appearances=[BLUE, RED]) == [2, 1]


def test_a_face_that_is_lost_for_some_frames_keeps_its_number_in_any_light() -> None:
    tracker = Tracker()
    assert numbers(tracker, 0.0, face(200, 200), appearances=[RED]) == [1]
    assert numbers(tracker, 0.3, face(205, 198), appearances=[BLUE]) == [1]


def test_two_who_look_alike_are_not_mistaken_for_each_other() -> None:
    tracker = Tracker()
    assert numbers(tracker, 0.0, face(100, 100), face(600, 100), appearances=[RED, RED]) == [1, 2]
    # Whose return it is nobody can tell.
    assert numbers(tracker, 30.0, face(350, 300), appearances=[RED]) == [3]


def test_looks_follow_the_light() -> None:
    tracker = Tracker()
    shades = [appearance(1 - share, 0.3, share) for share in np.linspace(0, 1, 120)]
    for index, shade in enumerate(shades):
        assert numbers(tracker, index * STEP, face(200, 200), appearances=[shade]) == [1]
    assert numbers(tracker, 60.0, face(600, 200), appearances=[BLUE]) == [1]


def test_only_the_last_to_leave_are_remembered() -> None:
    tracker = Tracker()
    people = np.eye(REMEMBERED + 5, dtype=np.float32)
    for index, person in enumerate(people):
        assert numbers(tracker, 10.0 * index, face(200, 200), appearances=[person]) == [index + 1]
    late = 10.0 * len(people)
    assert tracker.known(len(people))
    assert not tracker.known(1)
    assert numbers(tracker, late, face(200, 200), appearances=[people[0]]) == [len(people) + 1]


def shape(*values: float) -> np.ndarray:
    return np.array(values, np.float32) / np.linalg.norm(values)


def test_a_face_of_another_shape_in_the_same_place_is_another_person() -> None:
    tracker = Tracker()
    faces = [face(100, 100)]
    first, other = shape(1, 0, 0), shape(0, 1, 0)
    (before,) = tracker.assign(0.0, faces, None, [first])
    assert tracker.assign(0.2, faces, None, [first + 0.3 * other]) == [before]
    (after,) = tracker.assign(0.4, faces, None, [other])
    assert after.number == 2
    assert before not in tracker.tracks
    assert tracker.assign(0.6, faces, None, [other]) == [after]


def test_a_face_whose_shape_is_not_seen_goes_on() -> None:
    tracker = Tracker()
    (before,) = tracker.assign(0.0, [face(100, 100)], None, [shape(1, 0)])
    assert tracker.assign(0.2, [face(100, 100)], None, [None]) == [before]
    # What was remembered still counts.
    assert tracker.assign(0.4, [face(100, 100)], None, [shape(0, 1)]) != [before]


def test_after_a_cut_nobody_is_waited_for() -> None:
    tracker = Tracker()
    (before,) = tracker.assign(0.0, [face(100, 100)], None, [shape(1, 0)])
    assert tracker.assign(0.2, [face(400, 100)], None, [shape(0, 1)], cut=True) != [before]
    assert before not in tracker.tracks
    assert tracker.known(before.number)


@pytest.mark.parametrize(
    ("colours", "cut", "number"), [(RED, False, 1), (BLUE, False, 2), (BROWN, True, 2)]
)
def test_a_shape_that_changes_is_another_face_where_the_picture_changes_as_well(
    colours: np.ndarray, cut: bool, number: int
) -> None:
    """Who shouts changes shape in one shot, but not clothes."""
    tracker, calm, shouting = Tracker(), appearance(1, 0, 0), appearance(0.3, 0.95, 0)
    tracker.assign(0.0, [face(100, 100)], [RED], [calm])
    (track,) = tracker.assign(0.2, [face(101, 100)], [colours], [shouting], cut=cut)
    assert track.number == number
