"""Whose a face and a voice in a recording are said to be."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from emotion.errors import RapportError

CUSTOMER, SALESPERSON = "customer", "salesperson"
ROLES = (CUSTOMER, SALESPERSON)


@dataclass(frozen=True)
class Assignment:
    """Whose a face and a voice are.

    Attributes:
        name: As the user calls them.
        role: 'customer', 'salesperson' or None.
        faces: Numbers of their face tracks; several where one person was taken for more.
        speakers: Indices of the speakers that they are, see `Conversation.speakers`; several
            where one person was taken for more, which no channels are.
    """

    name: str
    role: str | None = None
    faces: tuple[int, ...] = ()
    speakers: tuple[int, ...] = ()


def check(
    assignments: Sequence[Assignment],
    *,
    source: str,
    faces: Collection[int],
    speakers: int,
    one_speaker_each: bool,
) -> None:
    """Refuse assignments that make no sense together.

    Args:
        assignments: Of everyone in a recording.
        source: Its name.
        faces: Numbers of the face tracks in it.
        speakers: How many separate speakers are in it.
        one_speaker_each: Whether nobody can be several, as where each channel has a speaker.

    Raises:
        RapportError: If a name, a face, a speaker or a role is given twice, or there is none such.
    """
    everything: tuple[tuple[str, list[Any]], ...] = (
        ("name", [one.name for one in assignments]),
        ("face", [face for one in assignments for face in one.faces]),
        ("speaker", [speaker for one in assignments for speaker in one.speakers]),
        ("role", [one.role for one in assignments if one.role]),
    )
    for what, given in everything:
        twice = sorted({str(one) for one in given if given.count(one) > 1})
        if twice:
            raise RapportError(
                f"Each {what} is one person's. Two people have the {what} {', '.join(twice)}."
            )
    for one in assignments:
        for face in one.faces:
            if face not in faces:
                raise RapportError(f"No face has the number {face} in {source}.")
        for speaker in one.speakers:
            if speaker not in range(speakers):
                raise RapportError(
                    f"{source} has {speakers} separate speakers, counted from 0. "
                    f"Received: {speaker} for {one.name}."
                )
        if one_speaker_each and len(one.speakers) > 1:
            raise RapportError(
                f"A channel has a speaker of its own. Received: {len(one.speakers)} channels "
                f"for {one.name}."
            )
        if one.role not in (None, *ROLES):
            raise RapportError(f"A role is one of {', '.join(ROLES)}. Received: {one.role}.")
