"""One HTML file of a call that opens without the net and prints on paper."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from itertools import groupby
from typing import Any

from emotion.conversation import time_shares
from emotion.exports.time_labels import clock, percent, ticks
from emotion.readings import emotions, satisfaction
from emotion.readings.reading import HOP, Reading
from emotion.timeline.moments import WINDOW, Moment
from emotion.timeline.timeline import Timeline

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 960, 260, 40, 22, 70
_POINTS = 800
"""Most points of the line: more are not seen on a page."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2933; --line: #d9e2e1; --back: #fff; --low: #c2410c;
  --high: #0f766e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ecee; --line: #3a474e; --back: #12191d;
  --low: #fb923c; --high: #4fc3b5; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back);
  max-width: 60rem; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
small, .faint { opacity: 0.75; } .wide { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 40rem; height: auto; }
svg text { font-size: 12px; fill: var(--ink); }
.score { font-size: 3.2rem; font-weight: 700; line-height: 1.1; }
.facts { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1rem 0; }
.facts b { display: block; font-size: 1.2rem; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: 0.3rem 0.6rem;
  border-bottom: 1px solid var(--line); } td.number { text-align: right; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
.share { display: inline-block; height: 0.8rem; border-radius: 0.2rem; vertical-align: middle; }
@media print { :root { --ink: #000; --back: #fff; } body { margin: 0; } svg { min-width: 0; }
  h2 { break-after: avoid; } }
"""


def make(
    timeline: Timeline,
    moments: Sequence[Moment],
    document: Mapping[str, Any] | None = None,
    *,
    title: str,
    others: Sequence[tuple[Timeline, Sequence[Moment]]] = (),
) -> str:
    """The report.

    Args:
        timeline: Of the call.
        moments: That matter.
        document: May hold 'notes' (time and text), 'consent' (by, at, statement) and 'talk' as
            `dashboard.live.running_calls.RunningCall.document` has them; None for none of it.
        title: Of the report.
        others: Timelines and moments of the other people in the recording.
    """
    given = document or {}
    notes = given.get("notes") or []
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="faint">{clock(timeline.duration)} long. Estimates of expressions, '
        "not of what a person feels.</p>",
        *_person(timeline, moments, notes),
    ]
    if notes:
        rows = [(clock(note["time"]), note["text"]) for note in notes]
        parts += ["<h2>Notes</h2>", _table(("Time", "Note"), rows)]
    if given.get("talk"):
        parts += ["<h2>Talk</h2>", _talk(given["talk"])]
    if given.get("consent"):
        consent = given["consent"]
        parts += [
            "<h2>Consent</h2>",
            f"<p>{escape(consent['statement'])}</p><p>Confirmed by <b>{escape(consent['by'])}</b> "
            f"on {escape(_moment(consent['at']))}.</p>",
        ]
    for other, theirs in others:
        parts += _person(other, theirs)
    if timeline.warning:
        parts.append(f"<p>{escape(timeline.warning)}</p>")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _moment(text: str) -> str:
    """A moment of ISO 8601 in words; other text as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{at.day} {at:%B %Y, %H:%M} {at.tzname() or ''}".strip()


def _person(
    timeline: Timeline, moments: Sequence[Moment], notes: Sequence[Mapping[str, Any]] = ()
) -> list[str]:
    """What is said of one of the people in a recording."""
    who = []
    if timeline.participant:
        role = f", {escape(timeline.role)}" if timeline.role else ""
        who = [f"<h2>{escape(timeline.participant)}{role}</h2>"]
    return [
        *who,
        _facts(timeline),
        "<h2>Course</h2>",
        _course(timeline, moments, notes),
        "<h2>Moments that matter</h2>",
        _moments(moments),
        "<h2>Shares of the time</h2>",
        _shares(timeline),
    ]


def _facts(timeline: Timeline) -> str:
    whole = timeline.summary()
    value = whole.satisfaction
    score = "–" if value is None else f"{value:.0f}"
    word = "not known" if value is None else satisfaction.label(value)
    mostly = time_shares.headline(timeline)
    shown, often = "Nothing read", "neither face nor voice"
    if mostly is not None:
        name, share = mostly
        shown = name.capitalize()
        often = (
            "no emotion for most of the time"
            if name == "mixed"
            else f"{percent(share)} of the time"
        )
    return (
        f'<div class="facts"><div><span class="score">{score}</span> <small>of 100</small>'
        f"<b>{word}</b><small>satisfaction on average</small></div>"
        f"<div><b>{shown}</b><small>{often}</small></div>"
        f"<div><b>{percent(whole.face_coverage)}</b>"
        "<small>of the time the face was read</small></div>"
        f"<div><b>{percent(whole.voice_coverage)}</b>"
        "<small>of the time the voice was read</small></div></div>"
    )


def _course(
    timeline: Timeline, moments: Sequence[Moment], notes: Sequence[Mapping[str, Any]]
) -> str:
    end = max(timeline.duration, HOP)
    floor = _HEIGHT - _BOTTOM

    def x(time: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - 10) * min(max(time, 0.0), end) / end

    def y(value: float) -> float:
        return _TOP + (floor - _TOP) * (1 - value / 100)

    low, high = satisfaction.DISSATISFIED, satisfaction.SATISFIED
    wide = _WIDTH - _LEFT - 10
    parts = [
        f'<rect x="{_LEFT}" y="{y(100)}" width="{wide}" height="{y(high) - y(100):.1f}" '
        'fill="var(--high)" opacity="0.12"/>',
        f'<rect x="{_LEFT}" y="{y(low)}" width="{wide}" height="{y(0) - y(low):.1f}" '
        'fill="var(--low)" opacity="0.12"/>',
    ]
    parts += [
        f'<text x="{_LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>'
        for value in (0, low, high, 100)
    ]
    parts += [
        f'<text x="{_LEFT + 6}" y="{place:.1f}" opacity="0.6">{word}</text>'
        for place, word in ((y(100) + 14, "satisfied"), (y(low) + 14, "dissatisfied"))
    ]
    for best, run in groupby(timeline.readings, _best):
        part = list(run)
        if best is not None:
            left, right = x(part[0].time - HOP), x(part[-1].time)
            parts.append(
                f'<rect x="{left:.1f}" y="{floor + 10}" width="{max(right - left, 0.5):.1f}" '
                f'height="14" fill="{emotions.EMOTIONS[best].colour}"/>'
            )
    every = max(1, len(timeline.readings) // _POINTS)
    for known, run in groupby(timeline.readings[::every], lambda r: r.fused is not None):
        if known:
            points = " ".join(f"{x(r.time):.1f},{y(r.satisfaction or 0.0):.1f}" for r in run)
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="var(--ink)" stroke-width="2"/>'
            )
    for note in notes:
        place = x(note["time"])
        parts.append(
            f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{_TOP}" y2="{floor}" '
            'stroke="var(--high)" stroke-dasharray="3 3"/>'
            f'<text x="{place:.1f}" y="14" text-anchor="middle">{escape(note["text"][:16])}</text>'
        )
    for number, moment in enumerate(moments, 1):
        tone = "ink" if not moment.change else "high" if moment.change > 0 else "low"
        parts.append(
            f'<text x="{x(moment.time):.1f}" y="{floor - 6}" text-anchor="middle" '
            f'style="fill:var(--{tone});font-weight:700">{number} {moment.turn}</text>'
        )
    parts += [
        f'<text x="{x(tick):.1f}" y="{_HEIGHT - 22}" text-anchor="middle">{clock(tick)}</text>'
        for tick in ticks(0.0, end)
    ]
    legend = "".join(
        f'<tspan dx="10" style="fill:{emotion.colour}">■</tspan> {emotion.name}'
        for emotion in emotions.EMOTIONS
    )
    parts.append(f'<text x="{_LEFT - 10}" y="{_HEIGHT - 4}">{legend}</text>')
    return (
        f'<div class="wide"><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="Satisfaction over time">{"".join(parts)}</svg></div>'
    )


def _best(reading: Reading) -> int | None:
    return None if reading.fused is None else int(reading.fused.argmax())


def _moments(moments: Sequence[Moment]) -> str:
    if not moments:
        return "<p>Satisfaction never turned by much at once.</p>"
    rows = [
        (
            f"{number}",
            clock(moment.time),
            moment.turn,
            moment.title or moment.course or moment.words,
            moment.comment,
        )
        for number, moment in enumerate(moments, 1)
    ]
    said = ""
    if any(moment.change for moment in moments):
        said = (
            f"<p><small>▲ and ▼: by how many points the {WINDOW:g} seconds after differ from the "
            f"{WINDOW:g} before. The line is smoother.</small></p>"
        )
    if any(moment.comment for moment in moments):
        return _table(("", "Time", "Change", "What", "Comment"), rows) + said
    return _table(("", "Time", "Change", "What"), [row[:-1] for row in rows]) + said


def _shares(timeline: Timeline) -> str:
    shares = time_shares.shares(timeline)
    if shares is None:
        return "<p>Nothing was read.</p>"
    rows = "".join(
        f'<tr><td>{emotion.name.capitalize()}</td><td class="number">{100 * share:.0f} %</td>'
        f'<td style="width:70%"><span class="share" style="width:{100 * share:.1f}%;'
        f'background:{emotion.colour}"></span></td></tr>'
        for emotion, share in zip(emotions.EMOTIONS, shares, strict=True)
    )
    return f"<table>{rows}</table>"


def _talk(talk: Mapping[str, Any]) -> str:
    both = talk["own_seconds"] + talk["customer_seconds"]
    share = "–" if not both else percent(talk["own_seconds"] / both)
    rows = [
        ("The salesperson's share of what is said", share),
        ("The salesperson's longest turn", clock(talk["longest_own_turn"])),
        ("The customer's longest turn", clock(talk["longest_customer_turn"])),
        ("Interruptions of the customer", str(len(talk["interruptions"]))),
        ("Pauses of two seconds and more", str(len(talk["pauses"]))),
    ]
    return _table(("", ""), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(name)}</th>" for name in head) if any(head) else ""
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f'<div class="wide"><table>{f"<tr>{top}</tr>" if top else ""}{body}</table></div>'
