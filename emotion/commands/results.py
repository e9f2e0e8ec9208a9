"""`rapport results`: the figures of reports in README, results and cards."""

from pathlib import Path
from typing import Annotated

import typer

from emotion import files
from emotion.commands.options import explained
from emotion.errors import RapportError


def results(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="FILES...", help="Markdown files with figures of reports."),
    ],
    reports: Annotated[
        Path | None, typer.Option(help="Folder of the reports; the shipped ones by default.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; fail if a figure is another.")
    ] = False,
) -> None:
    """Put the figures of the reports into Markdown files."""
    from emotion.evaluation import tables

    changed = False
    with explained():
        for path in paths:
            try:
                before = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise RapportError(f"{path} cannot be read: {error}.") from error
            after = tables.rebuilt(before, reports or tables.FOLDER)
            if after == before:
                continue
            changed = True
            typer.echo(f"{path}: {tables.differences(before, after)}")
            if not check:
                files.write(path, after)
    if check and changed:
        raise typer.Exit(1)
