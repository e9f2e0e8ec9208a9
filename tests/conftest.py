"""What several tests share: a face, a voice, the shipped models, and the dashboard."""

import functools
import gc
import os
import sys
import wave
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

# Products of matrices take one thread, as in all that Rapport serves with, here and in the
# processes that tests start: what is multiplied is small, and threads that wait for each other
# take most of the time where several tests run at once. NumPy asks when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
import skimage.data
import soxr

# Before any test imports TensorFlow: after it, the library of libsrtp ends the process.
import streamlit_webrtc.component
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from dashboard.live.capacity import MOST
from emotion.models.shipped import Models
from tests import browser, media_makers

# What servers do by themselves they do in no test that does not ask for it.
os.environ["RAPPORT_RETENTION_JOB"] = "0"

# Which installed packages bring components AppTest would find out before the first run of each
# page, by reading what every package says of itself. That takes longer than most pages.
manifest_scanner.scan_component_manifests = functools.cache(
    manifest_scanner.scan_component_manifests
)

LIMIT = 120.0
"""Seconds for one run of a page: the first one loads the models."""


@pytest.fixture(scope="session", autouse=True)
def _no_data_of_whoever_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Calls that somebody kept on this machine are none of a test's."""
    os.environ["XDG_DATA_HOME"] = str(tmp_path_factory.mktemp("data"))


_searched = [0]
"""How many modules were loaded when all that lay in memory was last set aside."""


@pytest.fixture(scope="module", autouse=True)
def _code_is_searched_for_garbage_once() -> None:
    """What has been loaded stays: no later collection need look through it.

    After TensorFlow one takes a third of a second, and whenever a recording or a call has ended
    there is one.
    """
    if len(sys.modules) > _searched[0] + 100:
        gc.collect()
        gc.freeze()
        _searched[0] = len(sys.modules)


@pytest.fixture(scope="session")
def face_image() -> np.ndarray:
    """Head and shoulders of an astronaut, BGR, uint8, shape (300, 300, 3), read-only."""
    image = np.ascontiguousarray(skimage.data.astronaut()[:300, 80:380, ::-1])
    image.flags.writeable = False
    return image


@pytest.fixture(scope="session")
def speech_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wav file of some 7 s of synthetic speech at espeak-ng's own rate."""
    if media_makers.ESPEAK is None:
        pytest.skip("espeak-ng is not installed")
    return media_makers.speak(tmp_path_factory.mktemp("speech") / "speech.wav")


@pytest.fixture(scope="session")
def speech(speech_file: Path) -> np.ndarray:
    """The same speech at 16 kHz, float32 from -1 to 1, shape (n,), read-only."""
    with wave.open(str(speech_file)) as file:
        rate = file.getframerate()
        content = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    samples = soxr.resample(content.astype(np.float32) / 32768, rate, 16_000)
    samples = np.clip(samples, -1, 1)
    samples.flags.writeable = False
    return samples


@pytest.fixture(scope="session")
def camera_file(face_image: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a browser's camera shows: the face, which sways, as often and as small as will do."""
    path = tmp_path_factory.mktemp("camera") / "camera.y4m"
    return browser.write_camera(path, face_image, rate=10, width=320)


@pytest.fixture(scope="session")
def models() -> Models:
    """The shipped models, shared as all calls of a server share them."""
    return Models.load()


@pytest.fixture
def rng() -> np.random.Generator:
    """The same random numbers for every test."""
    return np.random.default_rng(20260101)


@pytest.fixture
def eager() -> Iterator[None]:
    """TensorFlow computes at once: to trace a network takes longer than the few steps of a test."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Opens a page of the dashboard by the name of its file, and what its session begins with."""
    # AppTest has no browser session, which the video asks for how often it was run.
    monkeypatch.setattr(streamlit_webrtc.component, "get_this_session_info", lambda: None)
    # A server has none, but where a test before this one trained, Streamlit would clear Keras's
    # session after each run of the page, which takes longer than the page.
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    # How many calls the machine can read is measured where that is tested.
    monkeypatch.setenv(MOST, "8")

    def opened(name: str, state: Mapping[str, object] | None = None) -> AppTest:
        app = AppTest.from_file(str(browser.ROOT / "app.py"), default_timeout=LIMIT)
        for key, value in (state or {}).items():
            app.session_state[key] = value
        app.switch_page(f"pages/{name}.py").run()
        assert not app.exception
        return app

    return opened


LONGEST = (
    "pages/test_browser_live.py",
    "training/test_face_training.py",
    "pages/test_browser_review.py",
    "experiments/test_mfcc.py",
    "batch/test_cluster.py",
    "training/test_voice_features.py",
    "pages/test_browser_sources.py",
    "conversation/test_main_channel.py",
    "deploy/test_replicas.py",
    "commands/test_analyze.py",
    "batch/test_shared_work.py",
    "conversation/test_participants.py",
    "pages/test_browser_sign_in.py",
    "training/test_whisper.py",
    "store/test_database.py",
    "pages/test_review_recording.py",
    "pages/test_browser.py",
    "training/test_face_view_training.py",
    "media/test_mutants.py",
    "training/test_face_tuning.py",
    "live/test_live_call.py",
)
"""Files that take longest; they come first, so that no worker is left alone with one of them at
the end. Those that wait for a browser or other processes take turns with those that compute."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first.

    And mark what trains a network and what drives a browser, to be chosen or left out by `-m`.
    """

    def rank(item: pytest.Item) -> int:
        name = item.path.relative_to(browser.ROOT / "tests").as_posix()
        return LONGEST.index(name) if name in LONGEST else len(LONGEST)

    items.sort(key=rank)
    for item in items:
        parts = item.path.relative_to(browser.ROOT / "tests").parts
        if parts[0] in ("training", "experiments"):
            item.add_marker("training")
        if item.path.stem.startswith("test_browser"):
            item.add_marker("browser")
