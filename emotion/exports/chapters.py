"""The moments of a recording as WebVTT chapters, which players list and jump to.

After W3C, 'WebVTT: The Web Video Text Tracks Format' (2019): cues that follow one another, each
with its title.
"""

from collections.abc import Sequence

from emotion.timeline.moments import Moment

_LEAST = 0.5
"""Seconds that the last chapter lasts at least."""


def webvtt(moments: Sequence[Moment], duration: float, title: str = "") -> str:
    """The content of a .vtt file.

    Args:
        moments: In any order.
        duration: Of the recording, seconds.
        title: Of the recording; '' for none.
    """
    ordered = sorted(moments, key=lambda moment: moment.time)
    parts = [f"WEBVTT - {_line(title)}" if title else "WEBVTT"]
    for number, moment in enumerate(ordered):
        start = max(moment.time, 0.0)
        after = ordered[number + 1].time if number + 1 < len(ordered) else duration
        end = max(after, start + (_LEAST if number + 1 == len(ordered) else 0.001))
        lines = [f"{number + 1}", f"{_stamp(start)} --> {_stamp(end)}", _line(moment.words)]
        if moment.comment:
            lines.append(_line(moment.comment))
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _stamp(seconds: float) -> str:
    thousandths = round(1000 * seconds)
    hours, rest = divmod(thousandths, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def _line(text: str) -> str:
    """A text on one line that is no markup and no arrow of a cue."""
    plain = " ".join(text.split())
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
