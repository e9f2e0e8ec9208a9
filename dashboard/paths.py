"""Paths on the server that a user types."""

from pathlib import Path


def typed(text: str) -> Path | None:
    """The absolute path of a text, `~` being the server's user; None for no path."""
    try:
        return Path(text.strip()).expanduser().absolute() if text.strip() else None
    except (RuntimeError, ValueError, OSError):
        # Nobody has that name, or it holds what no name can.
        return None
