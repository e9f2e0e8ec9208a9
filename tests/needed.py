"""What tests need that is not everywhere: a skip for a user, a failure where all is asked for.

`.ci/run` asks for all: `RAPPORT_TEST_BROWSER=required` for programs, `RAPPORT_TEST_DEPLOY` for the
packages of the extra `deploy`.
"""

import importlib
import os
import shutil
from typing import Any

import pytest


def program(*names: str) -> str | None:
    """Where the first of some programs is that is installed; None for a test to skip.

    Raises:
        RuntimeError: If none is, and tests may not do without.
    """
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None and os.environ.get("RAPPORT_TEST_BROWSER") == "required":
        raise RuntimeError(f"{names[0]} is not installed, and these tests may not do without it")
    return found


def package(name: str) -> Any:
    """A module of the extra `deploy`; skips the test where it is not installed.

    Raises:
        ModuleNotFoundError: If it is not, and tests may not do without.
    """
    if os.environ.get("RAPPORT_TEST_DEPLOY"):
        return importlib.import_module(name)
    return pytest.importorskip(name)
