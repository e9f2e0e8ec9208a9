"""Tables of readings with the moments that matter."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from emotion.timeline.moments import Moment
from emotion.timeline.timeline import Timeline


def with_moments(timeline: Timeline, moments: Sequence[Moment]) -> pd.DataFrame:
    """The table of a timeline with the columns moment, moment_kind and moment_comment.

    Each moment stands at the first reading that is not before it, the last one at the latest;
    of several at one reading the words are joined.

    Args:
        timeline: Of a recording.
        moments: Of the recording, in any order.
    """
    table = timeline.table()
    columns: dict[str, list[str | None]] = {
        name: [None] * len(table) for name in ("moment", "moment_kind", "moment_comment")
    }
    times = table["time"].to_numpy()
    for moment in sorted(moments, key=lambda one: one.time):
        if not len(times):
            break
        # Half a hundredth of a second keeps rounding from moving it to the next one.
        row = min(int(np.searchsorted(times, moment.time - 0.005)), len(times) - 1)
        for name, words in (
            ("moment", moment.words),
            ("moment_kind", moment.kind),
            ("moment_comment", moment.comment),
        ):
            said = [part for part in (columns[name][row], words) if part]
            columns[name][row] = "; ".join(said) or None
    for name, values in columns.items():
        table[name] = pd.Series(values, dtype=object)
    return table
