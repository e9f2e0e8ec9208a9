"""Moments in tables of readings."""

import io

import pandas as pd

from emotion.exports import reading_tables
from emotion.timeline.moments import Moment
from emotion.timeline.timeline import Timeline
from tests.conversation.test_key_moments import made


def test_each_moment_stands_at_its_reading() -> None:
    timeline = made(["happy"] * 10)
    moments = [
        Moment(2.0, kind="own", title="Price"),
        Moment(2.0, -20.0, "happy", "sad", comment="Why?"),
        Moment(99.0, kind="silence", length=7.0),
    ]
    table = reading_tables.with_moments(timeline, moments)
    assert list(table["moment"].dropna().index) == [3, 9]
    assert table.loc[3, "moment"] == "Price; Satisfaction falls (-20), happy → sad"
    assert table.loc[3, "moment_comment"] == "Why?"
    assert table.loc[9, "moment_kind"] == "silence"


def test_such_a_table_is_a_timeline_still() -> None:
    timeline = made(["happy"] * 10)
    text = reading_tables.with_moments(timeline, [Moment(2.0, kind="own")]).to_csv(index=False)
    again = Timeline.from_table(pd.read_csv(io.StringIO(text)), "again")
    assert len(again.readings) == 10
    assert reading_tables.with_moments(made([]), [Moment(2.0, kind="own")]).empty
