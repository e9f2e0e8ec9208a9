"""The commands, gathered."""

import signal
import sys

import typer

from emotion.commands import analyze, evaluate, manage_accounts, manage_history, results, train
from emotion.commands.options import FilesCommand

app = typer.Typer(
    help="Emotions from face and voice: recordings, models, figures, kept calls.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command(cls=FilesCommand)(analyze.analyze)
app.command()(evaluate.evaluate)
app.command("cross-validate")(evaluate.cross_validate)
# As it was called up to version 0.1.
app.command("benchmark", hidden=True)(evaluate.cross_validate)
app.command()(results.results)
app.add_typer(train.app, name="train", no_args_is_help=True)
app.command()(manage_history.history)
app.command()(manage_history.export)
app.command("import")(manage_history.import_calls)
app.command("delete-person")(manage_history.delete_person)
app.add_typer(manage_accounts.accounts, name="accounts", no_args_is_help=True)
app.command()(manage_accounts.audit)
app.add_typer(manage_history.retention, name="retention", no_args_is_help=True)
app.add_typer(manage_history.database, name="database", no_args_is_help=True)


@app.callback()
def main() -> None:
    """Emotions from face and voice: recordings, models, figures, kept calls."""
    if hasattr(signal, "pthread_sigmask"):
        # A server that lets its calls end first waits for this signal, and what it starts, such
        # as an evaluation, would not hear it.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    for stream in (sys.stdout, sys.stderr):
        # A name may hold signs that a terminal or a pipe has no place for.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
