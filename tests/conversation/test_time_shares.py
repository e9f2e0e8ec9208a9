"""Shares of time, and what stands for the whole."""

from emotion.conversation import side_by_side, time_shares
from tests.conversation.test_key_moments import made


def test_a_share_is_of_the_time_that_was_read() -> None:
    timeline = made(["happy"] * 60 + ["sad"] * 20 + [None] * 20)
    shares = time_shares.shares(timeline)
    assert shares is not None
    assert shares[2] == 0.75
    assert shares.sum() == 1
    assert time_shares.headline(timeline) == ("happy", 0.75)


def test_below_two_fifths_it_is_mixed() -> None:
    thirds = made(["happy"] * 30 + ["sad"] * 30 + ["angry"] * 31)
    headline = time_shares.headline(thirds)
    assert headline is not None
    assert headline[0] == "mixed"
    assert 0.3 < headline[1] < 0.4
    assert time_shares.headline(made([None] * 9)) is None


def test_recordings_of_any_length_have_the_same_relative_time() -> None:
    short = side_by_side.course(made(["happy"] * 100 + ["angry"] * 100))
    long = side_by_side.course(made(["happy"] * 3000 + ["angry"] * 3000))
    assert len(short) == len(long) == 100
    assert list(short.index) == list(long.index)
    assert short[short.index < 49].eq(100).all()
    assert long[long.index > 51].eq(0).all()
    gap = side_by_side.course(made(["happy"] * 100 + [None] * 100))
    assert gap[gap.index > 51].isna().all()


def test_a_recording_without_readings_has_a_course_too() -> None:
    assert side_by_side.course(made([])).isna().all()
    assert set(side_by_side.shares(made([])).values()) == {"–"}
