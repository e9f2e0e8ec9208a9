"""What a user can mend is one sentence, whatever the command."""

import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emotion.commands.application import app
from emotion.commands.options import TRAINING_PACKAGES, explained
from tests.media_makers import sine, write_wav

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["evaluate", "imdb", "/none"], "No data set 'imdb' at /none"),
        (["evaluate", "tess", ".", "--modality", "face"], "tess has sound only"),
        (["benchmark", "ravdess", "/none"], "No RAVDESS"),
        (["benchmark", "home", ".", "--data", "x"], "A data set is given as NAME=PATH"),
        (["benchmark", "ravdess", "/none", "--recipe", "x"], "'x' is not one of"),
        (
            ["evaluate", "home", "/none", "--modality", "x"],
            "'x' is not one of",
        ),
        (["evaluate", "home", "/none", "--modality", "voice"], "/none"),
        (["evaluate", "ravdess", "/none"], "No RAVDESS speech at /none"),
        (["evaluate", "ravdess", "/none", "--modality", "face"], "No RAVDESS speech at /none"),
        (["evaluate", "savee", "/none", "--modality", "face"], "No SAVEE at /none"),
        (["benchmark", "cremad", "/none", "--modality", "fused"], "No CREMA-D at /none"),
        (["benchmark", "x", ".", "--modality", "smell"], "'smell' is not one of"),
        (
            ["benchmark", "x", ".", "--modality", "face", "--recipe", "paper"],
            "The recipe 'paper' is for the voice. Received: face.",
        ),
        (
            ["benchmark", "x", ".", "--modality", "face", "--conditions"],
            "--conditions is for the voice",
        ),
        (["benchmark", "x", ".", "--modality", "face", "--data", "a=b"], "--data is for the voice"),
        (["benchmark", "x", ".", "--weights", "/none.npz"], "There is no file /none.npz"),
        (["evaluate", "x", ".", "--modality", "face", "--conditions"], "for clips with picture"),
        (["evaluate", "ferplus", "/none"], "No FER+ in /none"),
        (["train", "face", "--data", "ferplus"], "NAME=PATH. Received: 'ferplus'"),
        (["train", "face", "--data", "ferplus=/none", "--data", "ravdess=/none"], "/none"),
        (["train", "face", "--data", "faces=/none"], "--data ferplus=PATH is needed"),
        (["train", "voice", "--data", "x", "--weights", "w.npz"], "There is no file w.npz"),
        (["train", "voice", "--data", "x", "--weights", "README.md"], "README.md is no npz file"),
        (["train", "face", "--data", "x", "--weights", "README.md"], "README.md is no npz file"),
        (["cross-validate", "x", ".", "--weights", "README.md"], "README.md is no npz file"),
        (["train", "fusion", "--data", "ravdess=/none"], "--data sfew=PATH or faces=PATH"),
        (["train", "fusion", "--data", "sfew=/none"], "Received: no corpus"),
        (["train", "weights", "whisper", "README.md", "README.md"], "is what is to be read"),
        (["train", "weights", "whisper", "README.md", "x.npz"], "README.md cannot be read"),
    ],
)
def test_what_a_user_can_mend_is_one_sentence(arguments: list[str], expected: str) -> None:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert expected in done.stderr


@pytest.mark.parametrize(
    ("package", "arguments"),
    [
        ("safetensors", ["train", "weights", "whisper", "README.md", "x.npz"]),
        ("h5py", ["train", "weights", "vgg16", "README.md", "x.npz"]),
        ("tensorflow", ["train", "detector", "models/training/face_detection_yunet_2023mar.onnx"]),
        ("keras", ["cross-validate", "home", "DATA", "--recipe", "paper"]),
    ],
)
def test_what_only_training_needs_and_is_not_installed_is_one_sentence(
    package: str, arguments: list[str], tmp_path: Path
) -> None:
    for emotion in ("happy", "sad"):
        for speaker in ("anna", "bert", "cleo", "dora", "emil"):
            path = tmp_path / emotion / speaker / "1.wav"
            path.parent.mkdir(parents=True)
            write_wav(path, sine(200, 0.1, 16_000))
    given = [str(tmp_path) if word == "DATA" else word for word in arguments]
    code = (
        f"import sys\nsys.modules[{package!r}] = None\nsys.argv[1:] = {given!r}\n"
        "from emotion.__main__ import main\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == (
        f'{package} is not installed. Install it with `make run`, or `pip install -e ".[train]"`.\n'
    )
    assert done.returncode == 2


def test_every_package_of_the_extra_for_training_is_known_as_one() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extra = listed["optional-dependencies"]["train"]
    assert {re.split("[><=]", one)[0] for one in extra} == set(TRAINING_PACKAGES)


def test_what_is_missing_for_no_such_reason_is_a_mistake_of_ours() -> None:
    with pytest.raises(ModuleNotFoundError), explained():
        importlib.import_module("emotion.nothing")


def test_reading_needs_no_training_library() -> None:
    code = (
        "import sys\n"
        "import emotion.commands.application\n"
        "import emotion.conversation.analysis, emotion.conversation.live_call\n"
        "heavy = {'tensorflow', 'keras', 'torch', 'sklearn', 'streamlit', 'librosa'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
