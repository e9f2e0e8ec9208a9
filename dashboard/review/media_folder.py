"""The folder of a server in which uploaded recordings lie while they are reviewed.

Nothing of it outlives its server: it goes when the server ends, and if the server was killed,
when the next one starts.
"""

import atexit
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import filelock

SETTING = "RAPPORT_UPLOADS"
"""Environment variable with the folder in which uploads lie, instead of the system's folder
for temporary files."""

_NAME = "rapport-review-"
_LOCK = "server.lock"


class MediaFolder:
    """A folder that is this server's alone.

    Attributes:
        path: Where it is.
    """

    def __init__(self, root: Path | None = None) -> None:
        """Make it, and delete what servers that are gone have left.

        Args:
            root: Folder to make it in; by default what `RAPPORT_UPLOADS` names.
        """
        root = root or Path(os.environ.get(SETTING) or tempfile.gettempdir())
        root.mkdir(parents=True, exist_ok=True)
        sweep(root)
        # For this user alone, as mkdtemp makes it.
        self.path = Path(tempfile.mkdtemp(prefix=_NAME, dir=root))
        self._lock = filelock.FileLock(self.path / _LOCK)
        self._lock.acquire(timeout=0)
        atexit.register(self.close)

    def free(self) -> int:
        """Bytes that still have room on its disk."""
        return shutil.disk_usage(self.path).free

    def close(self) -> None:
        """Delete it with everything in it."""
        self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)
        atexit.unregister(self.close)


def sweep(root: Path) -> None:
    """Delete the folders of servers that do not run any longer.

    Args:
        root: Where they lie.
    """
    for folder in root.glob(f"{_NAME}*"):
        lock = filelock.FileLock(folder / _LOCK)
        # Of another user, or of a server that runs: not ours to delete.
        with suppress(filelock.Timeout, OSError):
            if (folder / _LOCK).exists():
                lock.acquire(timeout=0)
                lock.release()
                shutil.rmtree(folder, ignore_errors=True)
