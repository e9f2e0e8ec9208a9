"""The models of a process that works for another one, which says what they are to be."""

import os
import socket
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import cv2

from emotion.errors import ModelError
from emotion.models import manifest
from emotion.models.runtime import one_thread_a_product
from emotion.models.shipped import Models

_one_at_a_time = threading.Lock()


def models(digests: Mapping[str, str]) -> Models:
    """The models of this process, loaded at the first call.

    They are those of `RAPPORT_MODELS` where the worker runs, else what is shipped.

    Args:
        digests: SHA-256 of their files, as whoever asks for the readings has them.

    Raises:
        ModelError: If they are others, or not there.
    """
    with _one_at_a_time:
        loaded, found = _load(manifest.folder())
    if found != dict(digests):
        raise ModelError(
            f"The worker {socket.gethostname()}:{os.getpid()} has other models in "
            f"{loaded.folder} than this machine. Install the same version of Rapport on both, "
            "and set RAPPORT_MODELS alike."
        )
    return loaded


@cache
def _load(folder: Path) -> tuple[Models, dict[str, str]]:
    # As many processes as cores: one core each.
    cv2.setNumThreads(1)
    loaded = Models.load(folder, threads=1)
    # And as in `rapport analyze`: sums that threads share are rounded otherwise.
    one_thread_a_product()
    return loaded, loaded.digests
