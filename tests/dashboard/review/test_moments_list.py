"""The trainer's moments: found ones renamed and deleted, own ones added."""

from dashboard.review.moments_list import MomentsList
from emotion.timeline.moments import OWN, Moment

FOUND = (Moment(5.0, 20.0, "sad", "happy"), Moment(30.0, -15.0, "happy", "angry"))


def test_found_moments_are_named_commented_and_deleted() -> None:
    moments = MomentsList(FOUND)
    first, second = [key for key, _ in moments.current]
    moments.change(first, "  The  offer ", "Well done")
    moments.delete(second)
    (one,) = moments.moments
    assert (one.time, one.title, one.comment, one.words) == (
        5.0,
        "The offer",
        "Well done",
        "The offer",
    )
    moments.change(first, "", "")
    assert moments.moments == [FOUND[0]]
    moments.change("unknown", "x", "y")
    assert moments.moments == [FOUND[0]]


def test_own_moments_stand_among_the_found_ones() -> None:
    moments = MomentsList(FOUND)
    moments.add(12.34)
    assert [one.time for one in moments.moments] == [5.0, 12.34, 30.0]
    assert moments.added is not None
    moments.change(moments.added, "Price", "")
    assert moments.moments[1].words == "Price"
    assert moments.moments[1].kind == OWN
    moments.delete(moments.added)
    moments.add(13.0)
    assert [one.time for one in moments.moments] == [5.0, 13.0, 30.0], "a deleted one stays so"


def test_what_the_trainer_said_stays_when_moments_are_found_anew() -> None:
    moments = MomentsList(FOUND)
    moments.change(moments.current[0][0], "Price", "")
    moments.add(1.0)
    moments.found = (FOUND[0],)
    assert [one.title for one in moments.moments] == ["", "Price"]
