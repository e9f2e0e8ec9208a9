"""Where calls are kept, for whoever does not open the database, which takes much memory."""

import os
from pathlib import Path

import platformdirs

SETTING = "RAPPORT_DATABASE"
"""Environment variable with the URL of the database."""


def default_file() -> Path:
    """The database of this user on this machine, in the folder that the system has for data."""
    return Path(platformdirs.user_data_dir("rapport", appauthor=False)) / "calls.db"


def url() -> str:
    """The URL of the setting, else of the user's own database."""
    return os.environ.get(SETTING) or f"sqlite:///{default_file()}"


def in_use() -> bool:
    """Whether calls may be kept: in the database of the setting, or in one that was made here."""
    return bool(os.environ.get(SETTING)) or default_file().exists()
