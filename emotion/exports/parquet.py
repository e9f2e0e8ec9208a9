"""Parquet files of timelines, made without leaving pandas and Arrow in the memory of a server.

`python -m emotion.exports.parquet` makes one of what it is given; whoever asks for it takes
`made`.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from emotion.errors import OutputError
from emotion.timeline.timeline import Timeline

_ROOT = Path(__file__).resolve().parents[2]

_LIMIT = 120.0
"""Seconds within which a file is made."""


def made(timeline: Timeline, facts: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """The content of a Parquet file with the table of readings, its source and duration inside.

    A process of its own makes it, which takes a second and 80 MB with it when it ends; one that
    has pandas in memory anyhow does it here.

    Args:
        timeline: Of a call or a recording.
        facts: Of the whole call, by the names of columns behind those of the readings.

    Raises:
        OutputError: If the process cannot be started or fails.
    """
    if "pandas" in sys.modules:
        return timeline.parquet(facts)
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "emotion.exports.parquet"],
            input=pickle.dumps((timeline, dict(facts))),
            capture_output=True,
            env=os.environ | {"PYTHONPATH": path},
            timeout=_LIMIT,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise OutputError(f"The Parquet file was not made within {_LIMIT:.0f} s.") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        why = said[-1] if said else f"status {error.returncode}"
        raise OutputError(f"The Parquet file could not be made: {why}.") from error
    except OSError as error:
        raise OutputError(f"No process could be started ({error.strerror}).") from error
    return done.stdout


def _main() -> None:
    timeline, facts = pickle.load(sys.stdin.buffer)
    sys.stdout.buffer.write(timeline.parquet(facts))


if __name__ == "__main__":
    _main()
