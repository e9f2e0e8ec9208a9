"""History: calls that were saved, how satisfaction went over them, and their end."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import plotly.express as px
import streamlit as st

from dashboard import (
    call_store,
    call_summary,
    charts,
    evaluation_figures,
    frame,
    timeline_comparison,
    wording,
)
from emotion.errors import StoreError
from emotion.store import kept_readings
from emotion.store.drafts import KINDS, Draft, Filter
from emotion.store.imports import FORMATS, drafts
from emotion.store.kept_calls import PAGE, KeptCalls
from emotion.store.schema import KeptCall

BACK, IMPORTS = "history-pages", "history-imports"

_DAY = 86_400_000
"""Milliseconds, in which the axis of a chart counts time."""

_FEW = 5
"""Bars that there is room for at least, and weeks that are all named at the axis: more would not
fit beside each other."""


def page() -> None:
    """Saved calls to search, open, export and delete."""
    frame.begin("History")
    with call_store.explained():
        calls = call_store.calls()
        if calls is not None:
            _history(calls)


def _history(calls: KeptCalls) -> None:
    _import(calls)
    wanted = _filter(calls)
    found = calls.history(wanted, count=PAGE * st.session_state.get(BACK, 1))
    if not found:
        nothing = "No call is kept yet. After a call, 'Keep this call' saves it."
        st.info(
            nothing if wanted == Filter() else "No call is kept that is like this.",
            icon=":material/info:",
        )
        return
    _trend(calls, wanted)
    event = st.dataframe(
        _table(found),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key="history-table",
        column_config={
            "begun": st.column_config.DatetimeColumn("Begun (UTC)", format="YYYY-MM-DD HH:mm"),
            **{
                name: st.column_config.TextColumn(name.capitalize())
                for name in ("customer", "title", "product", "kind", "deleted on")
            },
            "minutes": st.column_config.NumberColumn("Minutes", format="%.1f"),
            "satisfaction": st.column_config.ProgressColumn(
                "Satisfaction", min_value=0, max_value=100, format="%.0f"
            ),
        },
    )
    if len(found) == PAGE * st.session_state.get(BACK, 1):
        st.button("Show more", on_click=_more)
    chosen = [found[row] for row in event["selection"]["rows"] if row < len(found)]
    if len(chosen) == 1:
        _opened(calls, chosen[0])
    elif chosen:
        if len(chosen) == 2:
            _compared(calls, chosen)
        _exports(calls, chosen)
    else:
        st.caption("Choose a call to open it, two to compare them, or several to export them.")


def _import(calls: KeptCalls) -> None:
    with st.popover("Import", icon=":material/upload:"):
        given = st.file_uploader(
            "Earlier exports of Rapport (CSV, Parquet or JSON)",
            type=[ending[1:] for ending in FORMATS],
            accept_multiple_files=True,
            key=f"history-import-{st.session_state.get(IMPORTS, 0)}",
        )
        if not given or not st.button("Keep these calls", type="primary"):
            return
        try:
            with TemporaryDirectory(prefix="rapport-") as folder:
                found = []
                for number, file in enumerate(given):
                    # The user's name is never used on disk beyond its ending.
                    path = Path(folder) / f"{number}{Path(file.name).suffix.lower()}"
                    path.write_bytes(file.getvalue())
                    stem = Path(file.name).stem
                    found += [
                        replace(draft, title=stem) if draft.title == path.stem else draft
                        for draft in _read(path, file.name)
                    ]
            # All of them first: people of one recording began at one time and last as long.
            missing = [draft for draft in found if not calls.has(draft)]
            for draft in missing:
                calls.save(draft)
            new, known = len(missing), len(found) - len(missing)
        except StoreError as error:
            st.error(wording.plain(str(error)), icon=":material/error:")
            return
    st.session_state[IMPORTS] = st.session_state.get(IMPORTS, 0) + 1
    there = f" {known} were there already." if known else ""
    st.toast(f"{new} calls were imported.{there}", icon=":material/upload:")
    st.rerun()


def _read(path: Path, name: str) -> list[Draft]:
    try:
        return drafts(path)
    except StoreError as error:
        # By the name that the user knows.
        raise StoreError(str(error).replace(str(path), name)) from error


def _filter(calls: KeptCalls) -> Filter:
    left, middle, right, more, last = st.columns([2.6, 1.8, 1.8, 1.2, 2.6])
    words = left.text_input("Search in notes, comments and titles", key="history-words")
    people = {person.id: person.pseudonym for person in calls.people()}
    customer = middle.selectbox(
        "Customer",
        ["", *people],
        format_func=lambda one: people.get(one, "everybody"),
        key="history-customer",
    )
    product = right.selectbox(
        "Product",
        ["", *calls.products()],
        format_func=lambda one: one or "all",
        key="history-product",
    )
    kind = more.selectbox(
        "Kind", ["", *KINDS], format_func=lambda one: one or "all", key="history-kind"
    )
    days = last.date_input("From and to (UTC)", [], key="history-days")
    # Until both days are chosen there is one of them.
    first, end = days if len(days) == 2 else (None, None)
    return Filter(
        words=words,
        customer=customer or "",
        product=product or "",
        kind=kind or "",
        after=_midnight(first),
        before=_midnight(end and end + timedelta(days=1)),
    )


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)


def _trend(calls: KeptCalls, wanted: Filter) -> None:
    table = calls.trend(wanted)
    if len(table) < 2:
        return
    by = st.segmented_control(
        "Satisfaction by", ("week", "customer", "product"), default="week", key="history-by"
    )
    table["week"] = table["started_at"].dt.tz_localize(None).dt.to_period("W").dt.start_time
    group = by or "week"
    means = table.groupby(group)["satisfaction"].agg(["mean", "count"]).reset_index()
    figure = px.bar(means, x=group, y="mean", hover_data=["count"], labels={"mean": "satisfaction"})
    figure.update_traces(marker_color=evaluation_figures.ACCENT)
    figure.update_layout(height=240, margin={"l": 40, "r": 10, "t": 10, "b": 30})
    figure.update_yaxes(range=(0, 100))
    # A bar as wide as the page would look like a mistake.
    room = max(0, _FEW - len(means)) / 2
    if group == "week":
        # By itself, the axis of one week is divided into fractions of a second.
        figure.update_traces(width=_DAY * 6)
        figure.update_xaxes(tickformat="%d %b %Y", title="week from")
        if len(means) <= _FEW:
            weeks = pd.Timedelta(weeks=1)
            ends = means["week"].min() - room * weeks, means["week"].max() + room * weeks
            figure.update_xaxes(tickvals=means["week"], range=ends)
    else:
        figure.update_xaxes(range=(-0.5 - room, len(means) - 0.5 + room))
    st.plotly_chart(figure, config=charts.CONFIG, key="history-trend")


def _table(found: list[KeptCall]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "begun": [call.started_at for call in found],
            "customer": [call.person.pseudonym if call.person else "" for call in found],
            "title": [call.title for call in found],
            "product": [call.product for call in found],
            "kind": [call.kind for call in found],
            "minutes": [call.duration / 60 for call in found],
            "satisfaction": [call.satisfaction for call in found],
            "deleted on": [
                f"{call.expires_at:%Y-%m-%d}" if call.expires_at else "never" for call in found
            ],
        }
    )


def _compared(calls: KeptCalls, chosen: list[KeptCall]) -> None:
    timelines = {}
    for number, one in enumerate(chosen, start=1):
        who = one.title or (one.person.pseudonym if one.person else "Call")
        label = f"{number}. {wording.plain(who)}, {one.started_at:%d %B %Y}"
        try:
            timelines[label] = kept_readings.timeline(calls, one)
        except StoreError as error:
            st.error(wording.plain(str(error)), icon=":material/error:")
            return
    st.header("Two calls", anchor=False)
    timeline_comparison.show(timelines, {})


def _opened(calls: KeptCalls, chosen: KeptCall) -> None:
    try:
        call = calls.open(chosen.id)
        timeline = kept_readings.timeline(calls, chosen)
    except StoreError as error:
        st.error(wording.plain(str(error)), icon=":material/error:")
        return
    st.header(wording.plain(call.title or f"Call of {call.started_at:%d %B %Y}"), anchor=False)
    if call.expires_at:
        st.caption(f"It is deleted on {call.expires_at:%d %B %Y}.")
    left, right = st.columns(2, gap="large")
    with left:
        call_summary.summary(timeline)
        for consent in call.consents:
            st.caption(
                f"{wording.plain(consent.confirmed_by)} confirmed on "
                f"{consent.confirmed_at:%Y-%m-%d %H:%M} UTC that the other side agrees."
            )
    found = kept_readings.moments(call, timeline)
    with right:
        st.subheader("Moments that matter", anchor=False)
        call_summary.moments(found)
        st.subheader("Notes", anchor=False)
        for note in call.notes:
            st.markdown(
                f"**{wording.clock(note.time)}** {wording.plain(note.label)} "
                f"{wording.plain(note.text)}"
            )
        if not call.notes:
            st.caption("There are none.")
    call_summary.course(timeline, found, key="history-course")
    _exports(calls, [chosen])
    with st.popover("Delete", icon=":material/delete:"):
        st.write("This deletes the call with everything that was kept of it.")
        st.button("Delete this call", type="primary", on_click=_delete, args=(calls, call.id))
        if call.person:
            name = wording.plain(call.person.pseudonym)
            st.write(f"Or everything about {name}, all calls with them included.")
            st.button(f"Delete {name}", on_click=_delete_person, args=(calls, call.person.id))


def _exports(calls: KeptCalls, chosen: list[KeptCall]) -> None:
    if not st.button(
        f"Prepare the export of {len(chosen)} calls" if len(chosen) > 1 else "Prepare the export",
        icon=":material/download:",
    ):
        return
    try:
        table = calls.export([call.id for call in chosen])
    except StoreError as error:
        st.error(wording.plain(str(error)), icon=":material/error:")
        return
    with st.container(horizontal=True):
        st.download_button(
            "CSV", table.round(5).to_csv(index=False), "rapport-calls.csv", "text/csv"
        )
        buffer = io.BytesIO()
        table.to_parquet(buffer, index=False)
        st.download_button("Parquet", buffer.getvalue(), "rapport-calls.parquet")


def _more() -> None:
    st.session_state[BACK] = st.session_state.get(BACK, 1) + 1


def _delete(calls: KeptCalls, identifier: str) -> None:
    try:
        calls.delete(identifier)
        st.toast("The call was deleted.", icon=":material/delete:")
    except StoreError as error:
        st.toast(str(error), icon=":material/error:")


def _delete_person(calls: KeptCalls, identifier: str) -> None:
    try:
        for line in calls.delete_person(identifier):
            st.toast(f"Deleted: {line}", icon=":material/delete:")
    except StoreError as error:
        st.toast(str(error), icon=":material/error:")


page()
