"""Takes the pictures of the pages in `docs/screenshots`: `python -m docs.screenshots`.

Needs Chromium and espeak-ng. The camera shows a photograph in the public domain (an
astronaut, from scikit-image), and the microphone plays a synthetic voice.
"""

import os
import tempfile
from pathlib import Path

import cv2
import numpy as np
import skimage.data
import soxr
from playwright.sync_api import Browser, Page

from emotion.media import recordings
from tests import browser, media_makers

FOLDER = Path(__file__).with_name("screenshots")

_PATIENCE = 400_000
_RATE = 48_000


def main() -> None:
    """Take all pictures anew."""
    FOLDER.mkdir(exist_ok=True)
    face = np.ascontiguousarray(skimage.data.astronaut()[:300, 80:380, ::-1])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        camera = browser.write_camera(folder / "camera.y4m", face)
        voice = media_makers.speak(folder / "voice.wav")
        recording = _role_play(folder / "role play.mp4", face, voice)
        clips = _data_set(folder / "clips", recording)
        (folder / "nothing").mkdir()
        with (
            browser.dashboard(
                folder / "log.txt",
                RAPPORT_RUNS=str(folder / "runs"),
                RAPPORT_DATASETS=os.pathsep.join([str(clips), str(folder / "nothing")]),
            ) as address,
            browser.chromium(camera, voice) as chromium,
        ):
            _live(chromium, address)
            _review(chromium, address, recording, "review")
            _review(chromium, address, _call(folder), "review-two-speakers")
            _evaluation(chromium, address, clips)


def _live(chromium: Browser, address: str) -> None:
    page = browser.open_page(chromium, address)
    browser.start(page, "camera")
    for sense in ("face", "voice"):
        page.locator(f'.live .sense.{sense}[data-tone="read"]').wait_for(timeout=_PATIENCE)
    page.wait_for_timeout(40_000)
    _save(page, "live")
    browser.stop(page)


def _review(chromium: Browser, address: str, recording: Path, name: str) -> None:
    page = browser.open_page(chromium, f"{address}/review_recording", height=1500)
    page.locator(".uploader input").set_input_files(recording)
    page.locator(".player canvas").wait_for(timeout=_PATIENCE)
    _save(page, name)
    page.close()


def _evaluation(chromium: Browser, address: str, clips: Path) -> None:
    """A report, a run, and one that ended in an error."""
    page = browser.open_page(chromium, f"{address}/model_evaluation", height=1500)
    page.locator(".st-key-confusion-chart .js-plotly-plot").wait_for(timeout=_PATIENCE)
    page.locator(".st-key-protocols-chart .js-plotly-plot").wait_for(timeout=_PATIENCE)
    _save(page, "evaluation")
    page.get_by_role("radio", name="Run an evaluation").click()
    _run(page, clips)
    page.get_by_text("clips,").wait_for(timeout=_PATIENCE)
    _save(page, "evaluation-run")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Start").wait_for(timeout=_PATIENCE)
    _run(page, clips.with_name("nothing"))
    page.get_by_role("alert").wait_for(timeout=_PATIENCE)
    _save(page, "evaluation-error")


def _run(page: Page, folder: Path) -> None:
    page.get_by_label("Its folder on this server").click(timeout=_PATIENCE)
    page.get_by_role("option", name=f"{folder.name} (").click()
    page.get_by_role("button", name="Start").click()


def _data_set(folder: Path, recording: Path) -> Path:
    """A recording many times over, as a data set of one's own in RAVDESS's form."""
    folder.mkdir()
    content = recording.read_bytes()
    for number in range(24):
        name = f"01-01-{number % 8 + 1:02}-01-01-01-{number + 1:02}.mp4"
        (folder / name).write_bytes(content)
    return folder


def _save(page: Page, name: str) -> None:
    page.wait_for_timeout(3_000)
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def _call(folder: Path) -> Path:
    """A call as call centres record it: agent and customer take turns on two channels."""
    said = (
        ("en-us", "Good morning, this is the service. How can I help you today?"),
        ("en-gb+f3", "My order has not arrived, and nobody answers my letters. I am not happy."),
        ("en-us", "I am sorry to hear that. I will send it again this afternoon."),
        ("en-gb+f3", "Thank you, that is very kind. I am glad that I called you."),
    )
    turns: list[np.ndarray] = []
    for number, (voice, text) in enumerate(said):
        path = media_makers.speak(folder / f"turn {number}.wav", text, voice=voice)
        sound = np.pad(recordings.read_sound(path), (0, 8_000))
        channels = np.zeros((2, len(sound)), np.float32)
        channels[number % 2] = sound
        turns.append(channels)
    return media_makers.write_wav(folder / "call.wav", np.concatenate(turns, axis=1))


def _role_play(path: Path, face: np.ndarray, voice: Path) -> Path:
    """Forty seconds in which the face goes away for a while, and later the voice."""
    rate, length = 15, 40
    frames = [browser.portrait(face, 40 * np.sin(index / 12)) for index in range(rate * length)]
    empty = cv2.blur(frames[0], (201, 201))
    frames[14 * rate : 19 * rate] = [empty] * (5 * rate)
    spoken = soxr.resample(recordings.read_sound(voice), 16_000, _RATE)
    sound = np.resize(spoken, length * _RATE)
    sound[26 * _RATE : 32 * _RATE] = 0
    return media_makers.write_video(path, frames, rate, sound, _RATE)


if __name__ == "__main__":
    main()
