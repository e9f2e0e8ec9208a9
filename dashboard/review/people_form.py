"""Who is in a recording: thumbnails, names, roles, and people who were taken for two or for one."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import wording
from dashboard.review import assigning
from dashboard.review.review import Review
from emotion.conversation.assignment import CUSTOMER, SALESPERSON, Assignment
from emotion.conversation.participants import BY_CHANNEL, BY_MOUTH, BY_SOUND, SHARED
from emotion.conversation.speaker_clustering import MOST
from emotion.errors import RapportError

_ROLES = {CUSTOMER: "Customer", SALESPERSON: "Salesperson", "": "Neither"}

_VOICE = {
    BY_CHANNEL: "voice: a channel of its own",
    BY_MOUTH: "voice: while this mouth moves",
    BY_SOUND: "voice: by how it sounds",
    SHARED: "voice: shared, whoever speaks",
}
_NO_VOICE = "no voice of their own"

_FACE = 72
"""Width of a thumbnail in pixels."""

_MOST_FACES = 6
"""Thumbnails of one person: more would take the width of the page."""


def show(review: Review) -> None:
    """The form; what is changed in it counts at once.

    Args:
        review: A recording that is read.
    """
    conversation = review.conversation
    assert conversation is not None
    people = review.participants
    loose = _loose(review)
    if conversation.asks_for_speakers:
        _count_of_speakers(review)
    if len(people) < 2 and not loose and not review.undoable:
        return
    said = any(one.role for one in people)
    if not said and len(people) == 2:
        what = "two people"
        if conversation.speakers:
            apart = conversation.channels
            what = "two channels with a speaker each" if apart else "two speakers"
        with st.container(key="ask", border=True):
            st.markdown(f"**This recording has {what}. Who is the customer?**")
            with st.container(horizontal=True):
                for index, one in enumerate(people):
                    st.button(
                        wording.plain(one.name),
                        key=f"customer-{review.identifier}-{index}",
                        on_click=_change,
                        args=(review, assigning.with_role(review.assignments, index, CUSTOMER)),
                    )
    title = f"Who is in it: {', '.join(wording.plain(one.name) for one in people)}"
    with st.expander(title, icon=":material/groups:", expanded=not said and len(people) > 1):
        for index, one in enumerate(people):
            _person(review, index, _VOICE.get(one.voice_by, _NO_VOICE))
        _faces_of_nobody(review, loose)
        st.button(
            "Undo the last change",
            icon=":material/undo:",
            disabled=not review.undoable,
            on_click=_undo,
            args=(review,),
            key=f"undo-{review.identifier}",
        )
        st.caption("Nothing is read again for this: timelines are put together anew at once.")


def _person(review: Review, index: int, voice: str) -> None:
    assigned = review.assignments
    one = assigned[index]
    assert review.conversation is not None
    # Keys that change with every change: a widget that stays would keep what was undone.
    key = f"{review.identifier}-{index}-{abs(hash(assigned))}"
    with st.container(key=f"person-{index}", horizontal=True, vertical_alignment="bottom"):
        _thumbnails(review, one.faces, f"Face of {one.name}")
        name = st.text_input("Name", one.name, key=f"name-{key}", max_chars=60, width=180)
        if name != one.name:
            _change(review, assigning.named(assigned, index, name))
            st.rerun()
        role = st.segmented_control(
            "Role",
            list(_ROLES),
            default=one.role or "",
            format_func=lambda value: _ROLES[value],
            key=f"role-{key}",
        )
        if (role or None) != one.role:
            _change(review, assigning.with_role(assigned, index, role or None))
            st.rerun()
        if len(assigned) > 1 and not (one.speakers and review.conversation.channels):
            others = [number for number in range(len(assigned)) if number != index]
            same = st.selectbox(
                "Is the same person as",
                others,
                index=None,
                placeholder="nobody else",
                format_func=lambda number: assigned[number].name,
                key=f"same-{key}",
                width=200,
            )
            if same is not None:
                _change(review, assigning.merged(assigned, index, same))
                st.rerun()
        if len(one.faces) > 1:
            st.button(
                "Split",
                icon=":material/call_split:",
                help="Make a person of each of these faces.",
                on_click=_change,
                args=(review, assigning.split(assigned, index)),
                key=f"split-{key}",
            )
        st.caption(voice)


def _count_of_speakers(review: Review) -> None:
    """One sound, and nobody's mouth tells: whoever was there knows how many spoke."""
    assert review.conversation is not None
    now = max(1, len(review.conversation.speakers))
    key = f"speakers-{review.identifier}-{now}"
    st.session_state.setdefault(key, now)
    st.segmented_control(
        "How many people speak?",
        range(1, MOST + 1),
        help="One sound holds them all. They are separated by how they sound, which is right for "
        "nine half seconds in ten of two people.",
        key=key,
        on_change=_set_speakers,
        args=(review, key, now),
    )


def _set_speakers(review: Review, key: str, before: int) -> None:
    chosen = st.session_state[key]
    # Where as many are found as before, the same widget stays, and is to show that.
    st.session_state[key] = before
    if chosen is None or chosen == before:
        return
    _tried(lambda: review.set_speakers(chosen))
    found = 1 if review.conversation is None else max(1, len(review.conversation.speakers))
    if found < chosen:
        heard = f"{found} speakers were" if found > 1 else "one speaker was"
        st.toast(f"Only {heard} found.", icon=":material/info:")


def _faces_of_nobody(review: Review, loose: Sequence[int]) -> None:
    """Faces beside separate speakers: whose they are can be said."""
    assigned = review.assignments
    for face in loose:
        with st.container(key=f"loose-{face}", horizontal=True, vertical_alignment="bottom"):
            _thumbnails(review, (face,), "Face of somebody else")
            whose = st.selectbox(
                "Whose face is this?",
                range(len(assigned)),
                index=None,
                placeholder="nobody's",
                format_func=lambda number: assigned[number].name,
                key=f"whose-{review.identifier}-{face}-{abs(hash(assigned))}",
                width=200,
            )
            if whose is not None:
                _change(review, assigning.with_face(assigned, face, whose))
                st.rerun()


def _loose(review: Review) -> list[int]:
    assert review.conversation is not None
    taken = {face for one in review.assignments for face in one.faces}
    return [face for face in review.conversation.people if face not in taken]


def _thumbnails(review: Review, faces: Sequence[int], whose: str) -> None:
    assert review.conversation is not None
    pictures = review.conversation.thumbnails
    found = [pictures[face] for face in faces if face in pictures]
    if found:
        # Each by itself, as Streamlit puts several of one call below each other.
        shown = found[:_MOST_FACES]
        with st.container(horizontal=True, gap="small", width=len(shown) * (_FACE + 16) - 16):
            for picture in shown:
                st.image(picture, width=_FACE, alt=whose)


def _change(review: Review, assigned: tuple[Assignment, ...]) -> None:
    _tried(lambda: review.assign(assigned))


def _undo(review: Review) -> None:
    _tried(review.undo)


def _tried(change: Callable[[], None]) -> None:
    try:
        change()
    except RapportError as error:
        st.toast(wording.plain(str(error)), icon=":material/error:")
