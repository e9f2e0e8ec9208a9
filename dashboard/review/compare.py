"""Two recordings, or two people of one, side by side."""

from collections.abc import Sequence

import streamlit as st

from dashboard import wording
from dashboard.review.review import Review
from emotion.conversation.participants import KNOWN, Participant


def show(reviews: Sequence[Review], shown: tuple[str, int]) -> None:
    """The comparison, where there are two of whom something was read.

    Args:
        reviews: Recordings that have been read.
        shown: Recording and index of the person on the page, with whom it begins.
    """
    found = {
        (review.identifier, index): (review, one)
        for review in reviews
        for index, one in enumerate(review.participants)
    }
    if len(found) < 2:
        return
    # Tables and charts take a second to come in, and the first recording needs neither.
    from dashboard import timeline_comparison

    keys = list(found)

    def name(key: tuple[str, int]) -> str:
        review, one = found[key]
        return review.name if len(review.participants) == 1 else f"{review.name}: {one.name}"

    with st.expander("Compare two", icon=":material/compare_arrows:"):
        left, right = st.columns(2)
        begin = keys.index(shown) if shown in found else 0
        first = left.selectbox("One", keys, index=begin, format_func=name, key="compare-one")
        # Rather another recording than another person of the same one.
        other = next(
            (n for n, key in enumerate(keys) if key[0] != keys[begin][0]), 0 if begin else 1
        )
        second = right.selectbox("Other", keys, index=other, format_func=name, key="compare-other")
        if first == second:
            st.caption("Choose two that are not the same.")
            return
        pair = {name(key): found[key] for key in (first, second)}
        timelines = {label: one.timeline for label, (_, one) in pair.items()}
        said = {label: _said(review, one) for label, (review, one) in pair.items()}
        timeline_comparison.show(
            timelines,
            {
                label: {"Share of what is said": "–" if share is None else wording.percent(share)}
                for label, share in said.items()
            },
        )


def _said(review: Review, one: Participant) -> float | None:
    """Share of all that is said, where it is known who speaks."""
    if one.voice_by not in KNOWN:
        return None
    everything = sum(sum(other.speech) for other in review.participants)
    return sum(one.speech) / everything if everything else None
