import functools
import importlib.util
import os
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from emotion.batch import sources
from emotion.errors import MediaError
from tests import needed

ENDINGS = frozenset({".wav", ".mp4"})


def find(*names: str | Path) -> list[sources.Source]:
    def unreadable(error: OSError) -> None:
        raise error

    return sources.find([str(name) for name in names], ENDINGS, on_error=unreadable)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "calls"
    (root / "deep").mkdir(parents=True)
    for name in ("a.wav", "deep/b.mp4", "notes.txt", ".c.wav"):
        (root / name).write_bytes(name.encode())
    os.utime(root / "a.wav", (1_700_000_000, 1_700_000_000))
    return root


@pytest.fixture
def server(folder: Path) -> Iterator[str]:
    """The folder on a web server of this machine."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            del format, args

    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        thread = threading.Thread(target=served.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{served.server_address[1]}"
        served.shutdown()


def test_files_and_folders_are_found_once_with_the_day_of_their_change(folder: Path) -> None:
    found = find(folder, folder / "a.wav", folder / "gone.wav")
    assert [one.name for one in found] == [
        str(folder / name) for name in ("a.wav", "deep/b.mp4", "gone.wav")
    ]
    assert found[0].day == "2023-11-14"
    assert found[2] == sources.Source(str(folder / "gone.wav"), "", sources.UNKNOWN)


def test_another_content_has_another_version(folder: Path) -> None:
    before = find(folder)
    assert find(folder) == before
    (folder / "a.wav").write_bytes(b"another")
    after = find(folder)
    assert after[0].version != before[0].version
    assert after[1] == before[1]


def test_a_folder_by_url_is_as_by_path(folder: Path) -> None:
    found = find(folder.as_uri())
    assert [Path(one.name.removeprefix("file://")) for one in found] == [
        folder / "a.wav",
        folder / "deep" / "b.mp4",
    ]
    assert [one.day for one in found] == [one.day for one in find(folder)]
    assert all(one.version for one in found)
    with sources.brought(found[0].name) as path:
        assert path.read_bytes() == b"a.wav"
        assert path.suffix == ".wav"
    assert not path.exists()


def test_a_web_server_is_read_from(server: str, folder: Path) -> None:
    found = find(f"{server}/")
    assert [one.name for one in found] == [f"{server}/a.wav", f"{server}/deep/b.mp4"]
    with sources.brought(found[1].name) as path:
        assert path.read_bytes() == (folder / "deep" / "b.mp4").read_bytes()
    (alone,) = find(f"{server}/a.wav?token=secret")
    assert alone.name == f"{server}/a.wav?token=secret"


@pytest.fixture
def bucket(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The folder in a bucket of a server that speaks S3, on this machine."""
    moto = needed.package("moto.server")
    fsspec = needed.package("fsspec")
    needed.package("s3fs")
    served = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    served.start()
    host, port = served.get_host_and_port()
    for name, value in (
        ("AWS_ENDPOINT_URL", f"http://{host}:{port}"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    storage = fsspec.filesystem("s3", skip_instance_cache=True)
    storage.mkdir("calls")
    storage.put(f"{folder}/", "calls/2026/", recursive=True)
    yield "s3://calls"
    served.stop()


def test_a_bucket_is_read_from(bucket: str, folder: Path) -> None:
    import fsspec

    found = find(f"{bucket}/2026", f"{bucket}/gone.wav")
    names = [f"{bucket}/2026/{name}" for name in ("a.wav", "deep/b.mp4")]
    assert [one.name for one in found] == [*names, f"{bucket}/gone.wav"]
    assert all(one.version and one.day != sources.UNKNOWN for one in found[:2])
    with sources.brought(names[1]) as path:
        assert path.read_bytes() == (folder / "deep" / "b.mp4").read_bytes()
    with pytest.raises(OSError, match="does not exist"), sources.brought(f"{bucket}/gone.wav"):
        pass
    # Another content is another version, as the storage says.
    storage = fsspec.filesystem("s3")
    storage.pipe("calls/2026/a.wav", b"b.wav")
    storage.invalidate_cache()
    after = find(f"{bucket}/2026")
    assert after[0].version != found[0].version
    assert after[1] == found[1]


def test_what_is_not_there_is_said_when_it_is_read(server: str) -> None:
    (gone,) = find(f"{server}/gone.wav")
    with pytest.raises(OSError, match="gone"), sources.brought(gone.name):
        pass


@pytest.mark.parametrize("url", ["nowhere://bucket/calls", "s3://bucket/calls"])
def test_a_storage_that_is_not_known_or_not_installed_is_a_sentence(url: str) -> None:
    if url.startswith("s3") and importlib.util.find_spec("s3fs"):
        pytest.skip("s3fs is installed")
    with pytest.raises(MediaError, match=url) as caught:
        find(url)
    assert str(caught.value).endswith(".")


def test_a_path_is_no_url() -> None:
    assert sources.is_url("s3://bucket/a.wav")
    assert not sources.is_url("C:\\calls\\a.wav")
    assert not sources.is_url("calls/a:b.wav")
