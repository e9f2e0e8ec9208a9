"""Times and shares as people read them."""

import numpy as np


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours where there are any: '02:05', '1:02:05'."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes:02}:{whole % 60:02}"


def percent(share: float) -> str:
    """A share in percent without decimals: '47 %'.

    Args:
        share: 0 to 1.
    """
    return f"{100 * share:.0f} %"


def ticks(start: float, end: float) -> list[float]:
    """Even times for an axis, six to a dozen of them.

    Args:
        start: Of the axis, seconds.
        end: Of the axis, seconds, after `start`.

    Returns:
        Seconds from `start` to `end`.
    """
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
    step = next((step for step in steps if (end - start) / step <= 10), 14_400)
    return list(np.arange(np.ceil(start / step) * step, end + 1e-6, step))
