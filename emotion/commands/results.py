"""`rapport results`: the figures of reports in README, results and cards."""

from typing import Annotated

import typer

from emotion import files
from emotion.commands.options import explained


def results(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; fail if a text is not up to date.")
    ] = False,
) -> None:
    """Write the texts of docs/templates with the figures of models/reports."""
    from emotion.evaluation import templates

    changed = False
    with explained():
        for text in templates.texts():
            if text.now != text.wanted:
                changed = True
                typer.echo(f"{text.path} is {'not up to date' if check else 'written'}.")
                if not check:
                    files.write(text.path, text.wanted)
    if check and changed:
        raise typer.Exit(1)
