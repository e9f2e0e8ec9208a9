"""What of a recording is read: its tracks and channels, to be chosen anew."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.review.review import Review
from emotion.errors import MediaError
from emotion.media import tracks
from emotion.media.tracks import AUTO, LEFT, MIX, RIGHT, SPLIT, Track, TrackChoice, Tracks

_CHANNELS = {
    AUTO: "Apart where they carry different speakers",
    MIX: "All as one",
    LEFT: "The left one alone",
    RIGHT: "The right one alone",
    SPLIT: "Each as a speaker of its own",
}


def show(review: Review, read: Callable[[TrackChoice], None]) -> None:
    """Offer the tracks and channels of a recording, where it has several.

    Args:
        review: Of which something was read.
        read: Reads it anew with a choice.
    """
    held = _held(review)
    if held is None:
        return
    stereo = any({"left", "right"} <= set(sound.channels) for sound in held.sounds)
    if len(held.pictures) < 2 and len(held.sounds) < 2 and not stereo:
        return
    with st.popover("Tracks and channels", icon=":material/tune:"):
        picture = _track("Picture", held.pictures, review.tracks.picture, review.identifier)
        sound = _track("Sound", held.sounds, review.tracks.sound, review.identifier)
        channels = review.tracks.channels
        if stereo:
            channels = st.radio(
                "Channels",
                list(_CHANNELS),
                index=list(_CHANNELS).index(channels),
                format_func=_CHANNELS.__getitem__,
                key=f"channels-{review.identifier}",
            )
        choice = TrackChoice(picture, sound, channels)
        st.button(
            "Read it anew",
            icon=":material/refresh:",
            disabled=choice == review.tracks,
            key=f"read-tracks-{review.identifier}",
            on_click=read,
            args=(choice,),
        )
    if len(held.pictures) > 1 or len(held.sounds) > 1:
        st.caption(
            "Your browser plays one of its tracks, which may be another than the one that was read."
        )


def _track(kind: str, given: Sequence[Track], chosen: int | None, identifier: str) -> int | None:
    """The number of the track that is chosen, None for the one that suits best."""
    if len(given) < 2:
        return chosen
    readable = [track.number for track in given if track.readable]
    options = [None, *readable]
    names = {track.number: _name(track) for track in given}
    return st.selectbox(
        kind,
        options,
        index=options.index(chosen) if chosen in options else 0,
        format_func=lambda number: "The one that suits best" if number is None else names[number],
        key=f"track-{kind}-{identifier}",
    )


def _name(track: Track) -> str:
    said = [one for one in (track.title, track.language) if one]
    return f"Track {track.number}" + (f" ({', '.join(said)})" if said else "")


def _held(review: Review) -> Tracks | None:
    """What the recording holds, while its content is there."""
    if not review.playable:
        return None
    known: dict[str, Tracks | None] = st.session_state.setdefault("review-tracks", {})
    if review.identifier not in known:
        try:
            known[review.identifier] = tracks.inspect(review.media)
        except MediaError:
            known[review.identifier] = None
    return known[review.identifier]
