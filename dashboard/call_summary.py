"""What a whole call came to: shown alike for a live call and a recording."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import streamlit as st

from dashboard import markup, wording
from emotion.conversation import time_shares
from emotion.conversation.talk import Talk
from emotion.exports import parquet
from emotion.timeline.moments import KINDS, LEAST, WINDOW, Moment
from emotion.timeline.timeline import Timeline

_KEPT = "baseline-kept"


def baseline(note: str) -> bool:
    """The switch for reading a face relative to its ordinary look; off at first.

    Args:
        note: When what is chosen takes effect, for the help text.
    """
    # Streamlit forgets a switch when its page is left, and the user should not have to.
    st.session_state[_KEPT] = st.toggle(
        "Calibrate to this person",
        value=st.session_state.get(_KEPT, False),
        key="baseline",
        help="Some faces look sad or stern at rest. Once a second or two of a neutral face "
        f"have been seen, only what differs from it counts. {note}",
    )
    return bool(st.session_state[_KEPT])


def summary(timeline: Timeline) -> None:
    """What a call mostly was, by shares of its time, and its mean satisfaction.

    Args:
        timeline: Readings of one person.
    """
    whole = timeline.summary()
    mostly = time_shares.headline(timeline)
    length = wording.clock(timeline.duration)
    if mostly is None:
        st.html(markup.waiting("Nothing to read", f"in {length}"))
    elif mostly[0] == "mixed":
        st.html(markup.mixed(f"no emotion for more than {wording.percent(mostly[1])} of {length}"))
    else:
        best, share = mostly
        st.html(
            markup.mostly(best, f"{wording.percent(share)} of the time that was read, of {length}")
        )
    st.html(markup.gauge(whole.satisfaction))


def shares(timeline: Timeline) -> None:
    """For how much of the time each emotion was the likeliest, and how much could be read.

    Args:
        timeline: Readings of one person.
    """
    whole = timeline.summary()
    st.html(markup.bars(time_shares.shares(timeline)))
    st.caption(
        "Shares of the time in which each emotion is the likeliest. "
        f"Face read for {wording.percent(whole.face_coverage)} of the time, "
        f"voice for {wording.percent(whole.voice_coverage)}."
    )


def course(timeline: Timeline, found: Sequence[Moment], *, key: str) -> None:
    """The chart of a whole call.

    Args:
        timeline: Of the call.
        found: Moments that are marked in it.
        key: Of the chart.
    """
    # Plotly takes 10 MB, and only whoever looks at such a chart needs it.
    from dashboard import charts

    st.plotly_chart(charts.course(timeline, found), config=charts.CONFIG, key=key)
    st.html(markup.legend())


def talk(found: Talk | None) -> None:
    """How the talk of a recording is divided between customer and salesperson.

    Args:
        found: The talk; nothing is shown for None, or where nobody speaks.
    """
    if found is None or found.own_share is None:
        return
    interruptions = _several(len(found.interruptions), "interruption")
    pauses = _several(len(found.pauses), "pause")
    st.caption(
        f"The salesperson speaks {wording.percent(found.own_share)} of what is said; the longest "
        f"turn takes {wording.clock(found.longest(customer=False))}, the customer's "
        f"{wording.clock(found.longest(customer=True))}. {interruptions} "
        f"of the customer; {pauses} of two seconds and more."
    )


def _several(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def downloads(
    timeline: Timeline,
    stem: str,
    *,
    document: Mapping[str, Any] | None = None,
    facts: Mapping[str, str] = MappingProxyType({}),
    report: Callable[[], str] | None = None,
) -> None:
    """Buttons that save the readings; a file is made when it is asked for.

    Args:
        timeline: What is saved.
        stem: Name of the files, without the ending.
        document: What the JSON file holds; None for the timeline alone.
        facts: What the tables say of the whole call, by their columns.
        report: Makes the call one HTML file, or None for no such button.
    """

    def plain() -> str:
        return json.dumps(document or timeline.document())

    files: list[tuple[str, Callable[[], str | bytes], str]] = [
        ("CSV", partial(timeline.csv, facts), "text/csv"),
        ("JSON", plain, "application/json"),
        ("Parquet", partial(parquet.made, timeline, facts), "application/vnd.apache.parquet"),
    ]
    if report is not None:
        files.append(("HTML", report, "text/html"))
    with st.container(key="downloads", horizontal=True):
        for name, make, mime in files:
            st.download_button(
                f"Download {name}",
                make,
                f"{stem}.{name.lower()}",
                mime,
                key=f"save-{name.lower()}",
                icon=":material/download:",
                on_click="ignore",
            )


def sentence(moment: Moment) -> str:
    """A moment in Markdown: when, how much up or down, from what to what, and what was written."""
    parts = [f"**{wording.clock(moment.time)}**"]
    if moment.change:
        parts.append(f":{'green' if moment.change > 0 else 'red'}[{wording.change(moment)}]")
    what = moment.title or moment.course or KINDS.get(moment.kind, moment.kind)
    parts.append(wording.plain(": ".join(one for one in (what, moment.comment) if one)))
    return " ".join(parts)


def moments(found: Sequence[Moment]) -> None:
    """The moments as a numbered list.

    Args:
        found: In the order in which they are numbered.
    """
    if not found:
        st.caption(f"Satisfaction never changed by {LEAST:g} points or more at once.")
        return
    for number, moment in enumerate(found, 1):
        st.markdown(f"{number}\\. {sentence(moment)}")
    if any(moment.change for moment in found):
        st.caption(
            f"▲ and ▼: by how many points the {WINDOW:g} seconds after differ from the {WINDOW:g} "
            "before. The line in the chart is smoother."
        )
