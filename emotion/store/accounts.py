"""Who signs in, and what they are for."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from emotion.errors import StoreError
from emotion.store.access import Actor, Role, reserved
from emotion.store.database import Store, add_once, record
from emotion.store.schema import Account

CLAIM = "rapport_role"
"""Claim of a sign-in that names a role, for providers that manage roles."""

TEAM = "rapport_team"
"""Claim of a sign-in that names a team."""


def signed_in(store: Store, claims: Mapping[str, Any]) -> Actor:
    """Who a sign-in is of: the role by its claim, else by the table, else a manager.

    A role that a claim gave goes when the provider claims it no more.

    The first one who ever signs in, where no claim says otherwise, is an administrator:
    somebody has to give the others their roles.

    Args:
        store: The database.
        claims: Of OpenID Connect: `sub`, or an `email` with `email_verified`; maybe `name`,
            `rapport_role` and `rapport_team`.

    Raises:
        StoreError: If the claims name nobody, somebody of this machine, or a role that is none.
    """
    # Where addresses are not verified anybody may call themselves by that of somebody else.
    verified = str(claims.get("email_verified")).lower() == "true"
    subject = str((verified and claims.get("email")) or claims.get("sub") or "")
    if not subject:
        raise StoreError("The sign-in names nobody: it has neither 'sub' nor a verified 'email'.")
    if reserved(subject):
        raise StoreError(
            f"The sign-in names {subject!r}, which stands for whoever uses this machine. "
            "Give the account another name at the provider."
        )
    claimed = claims.get(CLAIM)
    with store.session() as session:
        account = session.get(Account, subject)
        if account is None:
            first = session.scalars(select(Account).limit(1)).first() is None
            role = _role(claimed or (Role.ADMINISTRATOR if first else Role.MANAGER))
            team = str(claims.get(TEAM) or "")
            enrol(session, Actor(subject, role, team))
            record(session, subject, "enrol", "account")
            account = session.get(Account, subject, populate_existing=True)
            assert account is not None
        elif claimed:
            account.role = str(_role(claimed))
            account.team = str(claims.get(TEAM) or account.team)
        elif account.claimed:
            # The provider has taken it away.
            account.role, account.team = str(Role.MANAGER), ""
        account.claimed = bool(claimed)
        account.name = str(claims.get("name") or subject)
        return Actor(account.subject, Role(account.role), account.team)


def accounts(store: Store, actor: Actor) -> list[Account]:
    """All accounts, for an administrator.

    Args:
        store: The database.
        actor: Who asks.

    Raises:
        StoreError: If the actor is no administrator.
    """
    _check(actor)
    with store.session() as session:
        return list(session.scalars(select(Account).order_by(Account.subject)))


def set_role(store: Store, actor: Actor, subject: str, role: str, team: str = "") -> None:
    """Give an account a role and a team.

    Args:
        store: The database.
        actor: Who gives it, an administrator.
        subject: Whose.
        role: A `Role`.
        team: '' for none.

    Raises:
        StoreError: If the actor is no administrator, or account or role are none.
    """
    _check(actor)
    with store.session() as session:
        account = session.get(Account, subject)
        if account is None:
            raise StoreError(f"Nobody has signed in as {subject!r} yet.")
        account.role, account.team, account.claimed = str(_role(role)), team, False
        record(session, actor.subject, "set role", "account")


def known(store: Store, subject: str) -> Actor:
    """An account that has signed in before.

    Args:
        store: The database.
        subject: Its name.

    Raises:
        StoreError: If there is none of that name.
    """
    with store.session() as session:
        account = session.get(Account, subject)
    if account is None:
        raise StoreError(f"Nobody has signed in as {subject!r} yet.")
    return Actor(account.subject, Role(account.role), account.team)


def enrol(session: Session, actor: Actor) -> None:
    """Note who acts, if they are not known yet, so that others can be distinguished from them.

    Args:
        session: Of what they do.
        actor: Who.
    """
    add_once(
        session,
        Account,
        subject=actor.subject,
        name=actor.subject,
        role=str(actor.role),
        team=actor.team,
    )


def _check(actor: Actor) -> None:
    if actor.role != Role.ADMINISTRATOR:
        raise StoreError(f"Only an administrator sees accounts. You are a {actor.role}.")


def _role(value: object) -> Role:
    try:
        return Role(str(value))
    except ValueError:
        raise StoreError(f"A role is {', '.join(Role)}. Received: {value!r}.") from None
