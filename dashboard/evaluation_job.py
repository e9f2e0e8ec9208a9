"""The evaluation of this server, of which one runs at a time."""

import os
from pathlib import Path

from emotion import files
from emotion.jobs.evaluation_run import EvaluationRun

SETTING = "RAPPORT_RUNS"
"""Environment variable with the folder in which evaluations and their reports are kept."""


def job() -> EvaluationRun:
    """The evaluation that runs or ran last, in the folder of `SETTING`, else the user's cache."""
    return EvaluationRun(Path(os.environ.get(SETTING) or files.cache() / "runs"))
