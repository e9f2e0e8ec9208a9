"""Who may do what with kept calls.

| | own calls | calls of the team | all calls | people, notes | rate | accounts, retention, audit |
|---|---|---|---|---|---|---|
| manager | read, change, delete | | | own | own | |
| trainer | read, change, delete | read | | own and the team's | own and the team's | |
| researcher | read, change, delete | | readings alone | own | all, blind | |
| administrator | read, change, delete | | delete | own | | yes |

An administrator runs the store and does not thereby see what people said: calls of others
can be deleted by them and not opened.
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an account is for."""

    MANAGER = "manager"
    TRAINER = "trainer"
    RESEARCHER = "researcher"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Actor:
    """Who asks the store for something.

    Attributes:
        subject: As the sign-in names them.
        role: What they are for.
        team: Their team, '' for none.
    """

    subject: str
    role: Role
    team: str = ""


LOCAL = Actor("local", Role.ADMINISTRATOR)
"""The only user of a dashboard on this machine alone, without sign-in."""

_AT_THIS_MACHINE = "local:"


def rater_here(name: str) -> Actor:
    """One of several people who rate calls at a dashboard on this machine alone.

    Args:
        name: By which their ratings are distinguished; blanks around it and case do not count.
    """
    return Actor(_AT_THIS_MACHINE + name.strip().casefold(), LOCAL.role)


def owner_of(actor: Actor) -> str:
    """Whose calls are an actor's own: on this machine alone all raters share one history."""
    return LOCAL.subject if actor.subject.startswith(_AT_THIS_MACHINE) else actor.subject


def reserved(subject: str) -> bool:
    """Whether a name stands for whoever uses this machine, so that no sign-in may bear it.

    Args:
        subject: The name that a sign-in gives somebody.
    """
    return subject == LOCAL.subject or subject.startswith(_AT_THIS_MACHINE)
