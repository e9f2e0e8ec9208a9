"""The errors a user of Rapport can cause and mend.

Each message is one sentence or two that name the thing, the value received and
what to do about it, so that pages and the command line can show it as it is.
"""


class RapportError(Exception):
    """Base of every error that is meant to be read by a user."""


class MediaError(RapportError):
    """A file or stream that cannot be read as sound or pictures."""


class ModelError(RapportError):
    """A model file or manifest that is missing, damaged or not as described."""


class DatasetError(RapportError):
    """A data set that is not where, or not what, it was said to be."""


class ReportError(RapportError):
    """A report of an evaluation that cannot be read, or is not as it was written."""


class StoreError(RapportError):
    """A kept call that cannot be saved, found, opened or changed by whoever asks."""


class OutputError(RapportError):
    """A file that was to be written and cannot be."""


def installed_with(extra: str) -> str:
    """A sentence on how to install what an optional part of Rapport needs.

    Args:
        extra: Its name in pyproject.toml, or several with commas between.
    """
    command = f'`pip install -e ".[{extra}]"`'
    # Storage that few have is the one thing that it leaves out.
    return f"Install it with {command if 's3' in extra else f'`make run`, or {command}'}."
