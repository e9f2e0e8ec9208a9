"""`python -m emotion`: see `emotion.cli`."""

from emotion.cli import app

app(prog_name="python -m emotion")
