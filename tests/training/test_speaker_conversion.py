"""What distinguishes speakers, from the published file to the one that is shipped."""

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from emotion.errors import ModelError
from emotion.training import speaker_conversion


def published(tensors: dict[str, np.ndarray], *, rebuilt: str = "torch._utils") -> bytes:
    """Tensors as PyTorch writes them, without PyTorch."""

    def text(value: str) -> bytes:
        return b"X" + struct.pack("<I", len(value)) + value.encode()

    def whole(value: int) -> bytes:
        return b"J" + struct.pack("<i", value)

    def several(values: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(map(whole, values)) + b"t"

    listing = [b"\x80\x02}("]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number, (name, values) in enumerate(tensors.items()):
            archive.writestr(f"archive/data/{number}", values.astype("<f4").tobytes("A"))
            storage = (
                b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text(str(number))
                + text("cpu") + whole(values.size) + b"tQ"
            )  # fmt: skip
            steps = tuple(step // values.itemsize for step in values.strides)
            listing += [
                text(name), f"c{rebuilt}\n_rebuild_tensor_v2\n".encode(), b"(", storage, whole(0),
                several(values.shape), several(steps), b"\x89}tR",
            ]  # fmt: skip
        archive.writestr("archive/data.pkl", b"".join([*listing, b"u."]))
    return content.getvalue()


def test_weights_are_read_as_they_were_written(tmp_path: Path, rng: np.random.Generator) -> None:
    tensors = {
        "a.weight": rng.normal(size=(3, 4)).astype(np.float32),
        "turned": np.asfortranarray(rng.normal(size=(5, 2)).astype(np.float32)),
        "one": np.array([2.5], np.float32),
    }
    path = tmp_path / "campplus_cn_en_common.pt"
    path.write_bytes(published(tensors))
    wheel = tmp_path / "package.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(path, f"package/models/{path.name}")
    for source in (path, wheel):
        found = speaker_conversion.read(source)
        assert list(found) == list(tensors)
        for name, expected in tensors.items():
            np.testing.assert_array_equal(found[name], expected)


def test_nothing_that_a_file_names_is_run(tmp_path: Path) -> None:
    path = tmp_path / "evil.pt"
    path.write_bytes(published({"a": np.zeros(1, np.float32)}, rebuilt="os"))
    with pytest.raises(ModelError, match=r"evil\.pt cannot be read.*names os\._rebuild_tensor_v2"):
        speaker_conversion.read(path)


@pytest.mark.parametrize("content", [None, b"not a file of weights", b""])
def test_what_holds_no_weights_is_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=r"other\.pt cannot be read.*campplus_cn_en_common\.pt"):
        speaker_conversion.read(path)


def test_another_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    path.write_bytes(published({"a": np.zeros(1, np.float32)}))
    with pytest.raises(ModelError, match=r"other\.pt does not hold CAM\+\+"):
        speaker_conversion.build(path)
