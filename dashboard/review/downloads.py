"""What a review can be saved as; nothing is made before its button is pressed."""

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import wording
from dashboard.review import file_kinds
from dashboard.review.desks import Desk, Desks
from dashboard.review.review import Review
from emotion.exports import chapters, html_report

# Tables take a second to come in, and 90 MB: a page shows its chart without, and what is pressed
# brings them.
if TYPE_CHECKING:
    import pandas as pd


_WHAT = {
    "csv": "All readings as a table, a row for each half second.",
    "json": "Readings and moments, for programs.",
    "parquet": "The table as Parquet, for pandas and the like.",
    "vtt": "The moments as WebVTT, which video players show as chapters.",
    "html": "Summary, chart and moments as one HTML file, to read, print and send.",
}


def buttons(review: Review, shown: int) -> None:
    """A button for each kind of file.

    Args:
        review: The recording, which has been read.
        shown: Index of the person whose moments and timeline come first.
    """
    stem = Path(review.name).stem
    files: list[tuple[str, str, str, Any]] = [
        ("CSV", "csv", "text/csv", lambda: _csv(review)),
        ("JSON", "json", "application/json", lambda: json.dumps(document(review, shown))),
        ("Parquet", "parquet", "application/vnd.apache.parquet", lambda: _parquet(review)),
        ("chapters", "vtt", "text/vtt", lambda: _chapters(review, shown)),
        ("report", "html", "text/html", lambda: report(review, shown)),
    ]
    with st.container(key="downloads", horizontal=True):
        for label, ending, mime, content in files:
            st.download_button(
                f"Download {label}",
                content,
                f"{stem}.{ending}",
                mime,
                key=f"download-{ending}",
                icon=":material/download:",
                help=_WHAT[ending],
                on_click="ignore",
            )


def annotated(desks: Desks, desk: Desk, review: Review) -> None:
    """The recording with what is read drawn on it: asked for, made, and saved.

    Args:
        desks: Of this server.
        desk: That the recording lies on.
        review: The recording.
    """
    if not review.playable or file_kinds.ending(review.name) in file_kinds.AUDIO:
        return
    with st.container(key="annotated"):
        if review.annotation is None:
            st.button(
                "Make the annotated video",
                icon=":material/movie_edit:",
                help="The recording again, with boxes, emotions and satisfaction drawn on it.",
                on_click=desks.annotate,
                args=(review,),
            )
        elif review.annotation.error is not None:
            st.error(wording.plain(review.annotation.error), icon=":material/error:")
            st.button("Try again", on_click=review.drop_annotation)
        elif review.annotation.done:
            # From the disk, however long it is: a download button would hold it in memory.
            st.link_button(
                "Download the annotated video",
                f"reviews/{desk.token}/{review.identifier}/annotated",
                icon=":material/download:",
            )
        else:
            _making(review)


@st.fragment(run_every=1.0)
def _making(review: Review) -> None:
    """How far it is; the page runs again once it is there."""
    annotation = review.annotation
    if annotation is None or annotation.done or annotation.error is not None:
        st.rerun()
    st.progress(annotation.share, f"Drawing on the video … {wording.percent(annotation.share)}")
    if st.button("Cancel", icon=":material/close:", key="cancel-annotated"):
        review.drop_annotation()
        st.rerun()


def table(review: Review) -> "pd.DataFrame":
    """The readings of everyone, with the moments at the readings that they fall on.

    Args:
        review: A recording that is read.
    """
    import pandas as pd

    from emotion.exports import reading_tables

    people = review.participants
    parts = [
        reading_tables.with_moments(one.timeline, review.moments_of(index).moments)
        for index, one in enumerate(people)
    ]
    if len(people) > 1:
        for part, one in zip(parts, people, strict=True):
            part.insert(0, "participant", one.name)
            part.insert(1, "role", one.role)
    return pd.concat(parts, ignore_index=True)


def document(review: Review, shown: int) -> dict[str, Any]:
    """Timeline and moments of the person who is shown, and of the others, as plain values.

    Args:
        review: A recording that is read.
        shown: Index of the person among its participants.
    """
    documents = [
        one.timeline.document()
        | {"moments": [moment.document() for moment in review.moments_of(index).moments]}
        for index, one in enumerate(review.participants)
    ]
    first = documents.pop(shown)
    return first | {"others": documents} if documents else first


def report(review: Review, shown: int) -> str:
    """Everything as one HTML file.

    Args:
        review: A recording that is read.
        shown: Index of the participant with whom it begins.
    """
    people = list(enumerate(review.participants))
    first, *others = [people[shown], *people[:shown], *people[shown + 1 :]]
    given = None
    if review.talk is not None:
        talk = review.talk
        given = {
            "talk": {
                "customer_seconds": talk.customer,
                "own_seconds": talk.own,
                "longest_customer_turn": talk.longest(customer=True),
                "longest_own_turn": talk.longest(customer=False),
                "interruptions": list(talk.interruptions),
                "pauses": list(talk.pauses),
            }
        }
    return html_report.make(
        first[1].timeline,
        review.moments_of(first[0]).moments,
        given,
        title=review.name,
        others=[(one.timeline, review.moments_of(index).moments) for index, one in others],
    )


def _csv(review: Review) -> str:
    return str(table(review).round(5).to_csv(index=False))


def _parquet(review: Review) -> bytes:
    buffer = io.BytesIO()
    table(review).to_parquet(buffer, index=False)
    return buffer.getvalue()


def _chapters(review: Review, shown: int) -> str:
    timeline = review.participants[shown].timeline
    moments = review.moments_of(shown).moments
    return chapters.webvtt(moments, timeline.duration, review.name)
