import dataclasses
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from emotion.errors import ModelError
from emotion.models.manifest import Entry, Manifest
from emotion.models.runtime import Runtime, drop_copies


@pytest.fixture(scope="module")
def entry() -> Entry:
    return Manifest().entry("face")


@pytest.fixture(scope="module")
def runtime(entry: Entry) -> Runtime:
    return Runtime(entry)


@pytest.fixture
def faces(entry: Entry, rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(0, 255, (4, *entry.field("input", "shape")[1:])).astype(np.float32)


def test_a_step_gives_the_described_shape(
    entry: Entry, runtime: Runtime, faces: np.ndarray
) -> None:
    result = runtime(faces[0])
    assert result.shape == tuple(entry.field("output", "shape")[1:])
    assert np.isfinite(result).all()


def test_the_same_input_gives_the_same_output(runtime: Runtime, faces: np.ndarray) -> None:
    first = runtime(faces[0])
    other = runtime(faces[1])
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(runtime(faces[0]), first)


@pytest.mark.parametrize("copies", [1, 2])
def test_threads_may_share_a_model(copies: int, entry: Entry, faces: np.ndarray) -> None:
    runtime = Runtime(entry, copies=copies)
    expected = [runtime(face) for face in faces]
    results: list[list[np.ndarray]] = [[] for _ in faces]
    barrier = threading.Barrier(len(faces))

    def work(index: int) -> None:
        barrier.wait()
        for _ in range(4):
            results[index].append(runtime(faces[index]))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(faces))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result, right in zip(results, expected, strict=True):
        np.testing.assert_array_equal(result, [right] * 4)


def test_a_copy_comes_when_it_is_wanted_and_goes(entry: Entry, faces: np.ndarray) -> None:
    model = Runtime(entry, copies=2)
    expected = model(faces[0])
    assert model.held == 1
    for _ in range(2):
        with ThreadPoolExecutor(2) as pool, model._taken():
            both = pool.submit(model, faces[0])
            np.testing.assert_array_equal(both.result(timeout=60), expected)
        assert model.held == 2
        drop_copies()
        assert model.held == 1


def test_other_shapes_are_refused(runtime: Runtime, faces: np.ndarray) -> None:
    for wrong in (faces, faces[0][:-1], faces[0][..., 0], np.zeros(0, np.float32)):
        with pytest.raises(ModelError) as caught:
            runtime(wrong)
        assert str(wrong.shape) in str(caught.value)
        assert str(faces.shape[1:]) in str(caught.value)


@pytest.mark.parametrize("side", ["input", "output"])
def test_a_shape_that_the_manifest_does_not_promise_is_refused(side: str, entry: Entry) -> None:
    fields = entry.fields | {side: entry.fields[side] | {"shape": [1, 3]}}
    with pytest.raises(ModelError, match=rf"{side} shape \[1, 3\]"):
        Runtime(dataclasses.replace(entry, fields=fields))


@pytest.mark.parametrize("side", ["input", "output"])
def test_a_manifest_without_shapes_is_refused(side: str, entry: Entry) -> None:
    for value in ({"meaning": "grey"}, "grey"):
        with pytest.raises(ModelError, match=rf"no '{side}\.shape'"):
            Runtime(dataclasses.replace(entry, fields=entry.fields | {side: value}))


@pytest.mark.parametrize("content", [b"", b"no model", b"\0\0\0\0TFL3" + bytes(100)])
def test_a_file_of_another_kind_is_refused(content: bytes, entry: Entry, tmp_path: Path) -> None:
    """Its hash is right, so that only the interpreter can tell."""
    path = tmp_path / "other.tflite"
    path.write_bytes(content)
    other = dataclasses.replace(entry, path=path, sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(ModelError, match=r"other\.tflite is not a model for LiteRT"):
        Runtime(other)
