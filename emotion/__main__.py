"""`python -m emotion` is the same as `rapport`."""

from emotion.commands.application import app

if __name__ == "__main__":
    app(prog_name="rapport")
