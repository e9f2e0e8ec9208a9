"""`rapport history` and its like: calls that somebody saved."""

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from emotion import files
from emotion.commands.options import CallKind, check_outputs, explained
from emotion.errors import StoreError
from emotion.store.access import Role

if TYPE_CHECKING:
    from emotion.store.access import Actor
    from emotion.store.database import Store

retention = typer.Typer(help="How long calls are kept.")
database = typer.Typer(help="The database that calls are kept in (RAPPORT_DATABASE).")

_IDENTIFIER = 32
"""Letters of a call's identifier."""

AccountOption = Annotated[
    str,
    typer.Option("--as", help="Account to act as; by default the one of this machine alone."),
]


def history(
    words: Annotated[str, typer.Option(help="Only with these words in notes or titles.")] = "",
    count: Annotated[int, typer.Option(help="Most calls to list.")] = 50,
    account: AccountOption = "local",
) -> None:
    """List kept calls, the latest first."""
    from emotion.store.drafts import Filter
    from emotion.store.kept_calls import KeptCalls

    with explained():
        store = kept()
        found = KeptCalls(store, acting(store, account)).history(Filter(words=words), count=count)
    table = Table()
    # What `rapport export` takes is shown in full, however narrow the terminal is.
    table.add_column("call", min_width=_IDENTIFIER, no_wrap=True)
    for name in ("begun", "customer", "title", "min", "satisfaction", "deleted on"):
        table.add_column(name)
    for call in found:
        table.add_row(
            call.id,
            f"{call.started_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
            call.person.pseudonym if call.person else "",
            call.title,
            f"{call.duration / 60:.0f}",
            "" if call.satisfaction is None else f"{call.satisfaction:.0f}",
            f"{call.expires_at:%Y-%m-%d}" if call.expires_at else "never",
        )
    Console().print(table)


def export(
    calls: Annotated[list[str], typer.Argument(metavar="CALLS...", help="As history names them.")],
    output: Annotated[
        Path, typer.Option("--output", help="A .csv or .parquet file.", show_default=False)
    ],
    account: AccountOption = "local",
) -> None:
    """Write the readings of kept calls as one table."""
    from emotion.store.kept_calls import KeptCalls

    with explained():
        check_outputs([output], [])
        if output.suffix.lower() not in (".csv", ".parquet"):
            raise StoreError(
                f"Readings are exported as .csv or .parquet. Received: {output.name!r}."
            )
        store = kept()
        table = KeptCalls(store, acting(store, account)).export(calls)
        with files.replacing(output) as fresh:
            if output.suffix.lower() == ".csv":
                table.round(5).to_csv(fresh, index=False)
            else:
                table.to_parquet(fresh, index=False)
    typer.echo(f"{len(table)} readings of {len(calls)} calls are in {output}.")


def import_calls(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="FILES...", help="Exports of Rapport: .csv, .parquet, .json."),
    ],
    account: AccountOption = "local",
) -> None:
    """Keep the calls of earlier exports; those that are kept already are passed over."""
    from emotion.store.imports import drafts
    from emotion.store.kept_calls import KeptCalls

    with explained():
        # Every file first, so that a bad one leaves nothing half done.
        found = [draft for path in paths for draft in drafts(path)]
        store = kept()
        calls = KeptCalls(store, acting(store, account))
        new = [draft for draft in found if not calls.has(draft)]
        for draft in new:
            calls.save(draft)
    known = f", {len(found) - len(new)} were there already" if len(new) < len(found) else ""
    typer.echo(f"{len(new)} calls were imported{known}.")


def delete_person(
    customer: Annotated[str, typer.Argument(help="The customer's pseudonym.")],
    account: AccountOption = "local",
) -> None:
    """Delete everything about a customer."""
    from emotion.store.kept_calls import KeptCalls

    with explained():
        store = kept()
        calls = KeptCalls(store, acting(store, account))
        person = next((one for one in calls.people() if one.pseudonym == customer), None)
        if person is None:
            raise StoreError(f"There is no customer {customer!r} among those you may see.")
        for line in calls.delete_person(person.id):
            typer.echo(f"deleted: {line}")
    typer.echo("Backups are cleaned by the next `rapport database backup`.")


@retention.command("run")
def retention_run() -> None:
    """Delete the calls whose time has come."""
    from emotion.store import retention as rules

    with explained():
        typer.echo(f"{rules.run(kept())} calls were deleted.")


@retention.command("show")
def retention_show() -> None:
    """List how long calls are kept."""
    from emotion.store import retention as rules
    from emotion.store.drafts import KINDS
    from emotion.store.kept_calls import DEFAULT_DAYS

    with explained():
        found = rules.rules(kept())
    table = Table("role", *(f"{kind}, days" for kind in KINDS))
    for role in Role:
        days = (found.get((role, kind), DEFAULT_DAYS) for kind in KINDS)
        table.add_row(role, *(str(one) if one else "for ever" for one in days))
    Console().print(table)


@retention.command("set")
def retention_set(
    role: Annotated[Role, typer.Argument(help="Of the owners of the calls.")],
    kind: Annotated[CallKind, typer.Argument(help="Of the calls.")],
    days: Annotated[int, typer.Argument(help="0 to keep them until somebody deletes them.")],
    account: AccountOption = "local",
) -> None:
    """Set how long calls of a kind are kept."""
    from emotion.store import retention as rules

    with explained():
        store = kept()
        rules.set_rule(store, acting(store, account), role, kind, days)


@database.command()
def upgrade() -> None:
    """Make the tables, or bring those of an earlier version up to this one."""
    with explained():
        typer.echo(f"{kept().where} is up to date.")


@database.command()
def backup(folder: Annotated[Path, typer.Argument(help="For the copies.")]) -> None:
    """Copy the database into a file, and delete in earlier copies what was deleted since."""
    from emotion.store import backups

    with explained():
        typer.echo(f"{backups.back_up(kept(), folder)} is the copy.")


@database.command()
def restore(copy: Annotated[Path, typer.Argument(help="As `backup` made it.")]) -> None:
    """Put a copy back into a database that is new."""
    from emotion.store import backups

    with explained():
        typer.echo(f"{backups.restore(kept(), copy)} calls are there again.")


@database.command("new-key")
def new_key() -> None:
    """Print a key for RAPPORT_KEYS."""
    from emotion.store import encryption

    typer.echo(encryption.new_key())


@database.command("rotate-keys")
def rotate_keys() -> None:
    """Encrypt all readings with the first key of RAPPORT_KEYS."""
    from emotion.store.keys import rotate

    with explained():
        typer.echo(f"{rotate(kept())} calls were encrypted anew.")


def kept() -> "Store":
    """The database of kept calls, brought up to date.

    Raises:
        StoreError: If it cannot be used.
    """
    from emotion.store.database import Store

    store = Store()
    store.upgrade()
    return store


def acting(store: "Store", account: str) -> "Actor":
    """Who acts on the machine of the database itself, where nobody signs in.

    Args:
        store: The database.
        account: Whose rights are used; `LOCAL.subject` for whoever uses this machine.

    Raises:
        StoreError: If nobody of that name has signed in.
    """
    from emotion.store import accounts
    from emotion.store.access import LOCAL

    return LOCAL if account == LOCAL.subject else accounts.known(store, account)
