"""The results of one recording as JSON Lines and as a table, whoever writes them."""

import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from emotion.timeline.timeline import Timeline

if TYPE_CHECKING:
    import pandas as pd


def json_lines(timelines: Sequence[Timeline], digest: str, settings: Mapping[str, Any]) -> bytes:
    """A line for everyone in a recording, with what it was read from and how.

    Args:
        timelines: Of everyone in it.
        digest: SHA-256 of the file, in hexadecimal.
        settings: That shaped the readings.

    Returns:
        UTF-8, each line with its end.
    """
    lines = []
    for number, timeline in enumerate(timelines):
        known = {
            "sha256": digest,
            "settings": dict(settings),
            "participant": number,
            "participants": len(timelines),
        }
        lines.append(json.dumps(timeline.document() | {"input": known}).encode() + b"\n")
    return b"".join(lines)


def table(timelines: Sequence[Timeline]) -> "pd.DataFrame":
    """All readings of a recording: source, participant and role, then columns of `Timeline.table`.

    Args:
        timelines: Of everyone in it, one at least.
    """
    # Only now: it takes longer to load than a short recording to read, and not all ask for tables.
    import pandas as pd

    tables = []
    for timeline in timelines:
        one = timeline.table()
        one.insert(0, "source", timeline.source)
        one.insert(1, "participant", timeline.participant)
        one.insert(2, "role", timeline.role)
        tables.append(one)
    return tables[0] if len(tables) == 1 else pd.concat(tables, ignore_index=True)


def parquet(timelines: Sequence[Timeline]) -> bytes:
    """The table as the content of a Parquet file, one of a data set of many.

    Args:
        timelines: Of everyone in a recording, one at least.
    """
    # Without a type, a column without a word would be another one than in the other files.
    words = dict.fromkeys(
        ("source", "participant", "role", "face_reason", "voice_reason"), "string"
    )
    buffer = io.BytesIO()
    table(timelines).astype(words).to_parquet(buffer, index=False)
    return buffer.getvalue()
