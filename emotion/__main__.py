"""`python -m emotion` is the same as `rapport`."""

import sys


def main() -> None:
    """Run a command; what is ended before it has begun ends without a traceback."""
    try:
        # Loading all commands takes long enough to be ended meanwhile.
        from emotion.commands.application import app

        app(prog_name="rapport")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
