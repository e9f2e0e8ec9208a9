"""Changes to who is who in a recording."""

from collections.abc import Sequence
from dataclasses import replace

from emotion.conversation.assignment import CUSTOMER, SALESPERSON, Assignment

Assigned = tuple[Assignment, ...]


def with_role(assigned: Sequence[Assignment], index: int, role: str | None) -> Assigned:
    """Give somebody a role; whoever had it loses it, and of two the other gets the other one.

    Args:
        assigned: Everyone.
        index: Of the person.
        role: 'customer', 'salesperson' or None.
    """
    found = [
        replace(one, role=role)
        if number == index
        else replace(one, role=None if role is not None and one.role == role else one.role)
        for number, one in enumerate(assigned)
    ]
    if len(found) == 2 and role is not None and found[1 - index].role is None:
        other = SALESPERSON if role == CUSTOMER else CUSTOMER
        found[1 - index] = replace(found[1 - index], role=other)
    return tuple(found)


def named(assigned: Sequence[Assignment], index: int, name: str) -> Assigned:
    """Give somebody another name.

    Args:
        assigned: Everyone in the recording.
        index: Who gets the name, from 0.
        name: The name; one without letters changes nothing.
    """
    plain = " ".join(name.split())[:60]
    return tuple(
        replace(one, name=plain or one.name) if number == index else one
        for number, one in enumerate(assigned)
    )


def merged(assigned: Sequence[Assignment], index: int, into: int) -> Assigned:
    """Say that one person is the same as another, who gets their faces and what they say.

    Args:
        assigned: Everyone.
        index: Of the person who was taken for another.
        into: Of the one whom they are.
    """
    gone, stays = assigned[index], assigned[into]
    one = replace(
        stays,
        faces=tuple(sorted({*stays.faces, *gone.faces})),
        role=stays.role or gone.role,
        speakers=tuple(sorted({*stays.speakers, *gone.speakers})),
    )
    return tuple(
        one if number == into else other for number, other in enumerate(assigned) if number != index
    )


def split(assigned: Sequence[Assignment], index: int) -> Assigned:
    """Make a person of each of somebody's faces; the first keeps name, role and what is said.

    Args:
        assigned: Everyone in the recording.
        index: Whose faces are split, from 0.
    """
    first, *others = assigned[index].faces
    names = {one.name for one in assigned}
    made = []
    for face in others:
        name = next(n for n in (f"Person {k}" for k in range(face, 10_000)) if n not in names)
        names.add(name)
        made.append(Assignment(name, None, (face,)))
    kept = replace(assigned[index], faces=(first,))
    return (*assigned[:index], kept, *made, *assigned[index + 1 :])


def with_face(assigned: Sequence[Assignment], face: int, index: int | None) -> Assigned:
    """Say whose a face is.

    Args:
        assigned: Everyone.
        face: Number of its track.
        index: Of the person; None for nobody's.
    """
    return tuple(
        replace(
            one,
            faces=tuple(sorted({*one.faces, face} if number == index else {*one.faces} - {face})),
        )
        for number, one in enumerate(assigned)
    )
