"""Files that whoever works elsewhere has to have as well, under the same path."""

import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from emotion.errors import DatasetError


def sizes(paths: Iterable[Path]) -> dict[Path, int]:
    """Bytes of the files that are here.

    Args:
        paths: Absolute ones: whoever works may be in another folder.
    """
    return {path: path.stat().st_size for path in paths if path.exists()}


def check(expected: Mapping[Path, int]) -> None:
    """See that this machine has the files.

    Args:
        expected: From `sizes`, of the machine that gave the work.

    Raises:
        DatasetError: If one is not here, or another one is.
    """
    for path, size in expected.items():
        if not path.exists() or path.stat().st_size != size:
            raise DatasetError(
                f"{socket.gethostname()} has no {path}, or another one. Give each worker the "
                "data sets under the same path."
            )
