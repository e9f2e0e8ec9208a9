"""The batch whose progress the dashboard shows."""

import os
from pathlib import Path

SETTING = "RAPPORT_BATCH"
"""Environment variable with the folder of results of `rapport analyze --out` that is shown; the
page is in the list where it is set."""


def folder() -> Path | None:
    """The folder that the setting names, or None."""
    setting = os.environ.get(SETTING, "").strip()
    return Path(setting).expanduser() if setting else None
