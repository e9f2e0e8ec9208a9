"""What several tests of pages share."""

import subprocess

import pytest


@pytest.fixture(scope="module")
def servers() -> "list[subprocess.Popen[bytes]]":
    """Where a module puts the process of its dashboard, to end it or to look at it."""
    return []
