"""Files that whoever works elsewhere has to have as well, under the same path."""

import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from emotion.errors import DatasetError
from emotion.jobs import fingerprint


def digests(paths: Iterable[Path]) -> dict[Path, str]:
    """SHA-256 of the files that are here.

    Args:
        paths: Absolute ones: whoever works may be in another folder.

    Returns:
        64 digits in hexadecimal by path, without files that are not there.
    """
    return {path: fingerprint.of_file(path) for path in paths if path.exists()}


def check(expected: Mapping[Path, str]) -> None:
    """See that this machine has the files, with the same content.

    Args:
        expected: From `digests`, of the machine that gave the work.

    Raises:
        DatasetError: If one is not here, or another one is.
    """
    for path, digest in expected.items():
        if fingerprint.of_file(path) != digest:
            raise DatasetError(
                f"{socket.gethostname()} has no {path}, or another one. Give each worker the "
                "data sets under the same path."
            )
