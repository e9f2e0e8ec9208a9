"""What was kept of a call, as the timeline and the moments that it was."""

from emotion.errors import StoreError
from emotion.readings.fusion import Reliability
from emotion.store.kept_calls import KeptCalls
from emotion.store.schema import KeptCall
from emotion.timeline.moments import Moment, turning_points
from emotion.timeline.timeline import Timeline


def timeline(calls: KeptCalls, call: KeptCall) -> Timeline:
    """The readings of a kept call; both modalities count in full.

    Args:
        calls: Those that the reader may see.
        call: One of them.

    Raises:
        StoreError: If it is not theirs to see, its key is not set, or what was kept is damaged.
    """
    try:
        found = Timeline.from_table(calls.readings(call.id), call.title or "kept call")
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"The readings that were kept of call {call.id} are damaged.") from error
    return Timeline(found.source, call.duration, found.readings, Reliability(1.0, 1.0))


def moments(call: KeptCall, readings: Timeline) -> list[Moment]:
    """The moments that were kept of a call, in order of time; its turning points if none were.

    Args:
        call: With its moments, as `KeptCalls.open` gives it.
        readings: Its timeline.
    """
    kept = [
        Moment(one.time, one.change, kind=one.kind, comment=one.comment)
        for one in sorted(call.moments, key=lambda one: one.time)
    ]
    return kept or turning_points(readings)
