"""`rapport accounts` and `rapport audit`: who may do what, and who did what."""

from datetime import UTC
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from emotion.commands.manage_history import AccountOption, acting, kept
from emotion.commands.options import explained
from emotion.store.access import Role

accounts = typer.Typer(help="Who signs in, and what they are for.")


@accounts.command("list")
def list_accounts(account: AccountOption = "local") -> None:
    """List who has signed in, with role and team."""
    from emotion.store import accounts as known

    with explained():
        store = kept()
        found = known.accounts(store, acting(store, account))
    table = Table("account", "name", "role", "team")
    for one in found:
        table.add_row(one.subject, one.name, one.role, one.team)
    Console().print(table)


@accounts.command("set")
def set_account(
    subject: Annotated[str, typer.Argument(metavar="ACCOUNT", help="As list names it.")],
    role: Annotated[Role, typer.Argument(help="What the account is for.")],
    team: Annotated[str, typer.Option(help="Whose trainers see their calls.")] = "",
    account: AccountOption = "local",
) -> None:
    """Give an account a role and a team; a claim of the sign-in counts for more."""
    from emotion.store import accounts as known

    with explained():
        store = kept()
        known.set_role(store, acting(store, account), subject, role, team)
    typer.echo(f"{subject} is a {role}{f' of {team}' if team else ''} from now on.")


def audit(
    by: Annotated[str, typer.Option(help="Only what this account did.")] = "",
    of: Annotated[str, typer.Option(help="Only what was done to this call or customer.")] = "",
    count: Annotated[int, typer.Option(help="Most lines to list.")] = 50,
    account: AccountOption = "local",
) -> None:
    """List who opened, exported, changed and deleted what, the latest first."""
    from emotion.store import audit as log

    with explained():
        store = kept()
        found = log.lines(store, acting(store, account), by=by, of=of, count=count)
    table = Table("when", "account", "did", "to", "which")
    for one in found:
        when = f"{one.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        table.add_row(when, one.actor, one.action, one.subject, one.subject_id)
    Console().print(table)
