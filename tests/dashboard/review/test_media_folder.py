"""Uploads never outlive the server that took them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from dashboard.review.media_folder import MediaFolder, sweep

SERVER = """
import sys, time
from pathlib import Path
from dashboard.review.media_folder import MediaFolder
folder = MediaFolder(Path(sys.argv[1]))
(folder.path / "call.mp4").write_bytes(b"media")
print(folder.path, flush=True)
time.sleep(120)
"""


def test_a_folder_goes_with_its_server(tmp_path: Path) -> None:
    folder = MediaFolder(tmp_path)
    (folder.path / "call.mp4").write_bytes(b"media")
    assert folder.free() > 0
    folder.close()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_server_left_goes_when_the_next_one_starts(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    left = Path(server.stdout.readline().strip())
    try:
        sweep(tmp_path)
        assert (left / "call.mp4").exists(), "a server that runs keeps its own"
    finally:
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
    assert (left / "call.mp4").exists()
    folder = MediaFolder(tmp_path)
    assert not left.exists()
    folder.close()
