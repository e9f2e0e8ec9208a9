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
        voices: Indices of the voices that are theirs, see `Conversation.voices`; several where
            one person was taken for more, which no channels are.
    """

    name: str
    role: str | None = None
    faces: tuple[int, ...] = ()
    voices: tuple[int, ...] = ()


def check(
    assignments: Sequence[Assignment],
    *,
    source: str,
    faces: Collection[int],
    voices: int,
    one_voice_each: bool,
) -> None:
    """Refuse assignments that make no sense together.

    Args:
        assignments: Of everyone in a recording.
        source: Its name.
        faces: Numbers of the face tracks in it.
        voices: How many voices in it are apart.
        one_voice_each: Whether nobody can have several, as where each channel has a speaker.

    Raises:
        RapportError: If a name, a face, a voice or a role is given twice, or there is none such.
    """
    everything: tuple[tuple[str, list[Any]], ...] = (
        ("name", [one.name for one in assignments]),
        ("face", [face for one in assignments for face in one.faces]),
        ("voice", [voice for one in assignments for voice in one.voices]),
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
        for voice in one.voices:
            if voice not in range(voices):
                raise RapportError(
                    f"{source} has {voices} voices that are apart, counted from 0. "
                    f"Received: {voice} for {one.name}."
                )
        if one_voice_each and len(one.voices) > 1:
            raise RapportError(
                f"A channel has a speaker of its own. Received: {len(one.voices)} channels "
                f"for {one.name}."
            )
        if one.role not in (None, *ROLES):
            raise RapportError(f"A role is one of {', '.join(ROLES)}. Received: {one.role}.")
