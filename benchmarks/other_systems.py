"""The whole way from a frame to probabilities, against the PyPI package `fer` in the same run.

    python benchmarks/other_systems.py [--ferplus FOLDER] [--ravdess FOLDER] [--json OUT]

`fer` (its own Haar detector and its own network) needs OpenCV below 5, so this runs in an
environment of its own: `pip install fer -r requirements-dev.txt`, then
`pip uninstall opencv-contrib-python opencv-python-headless` and
`pip install 'opencv-python-headless<5' 'setuptools<81'`. Trust the ratios.

Emotions are the seven that both know, all of FER2013's classes; contempt counts as disgust.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skimage.data

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from emotion.conversation.call import DECODED_RATE  # noqa: E402
from emotion.datasets import corpora, ferplus  # noqa: E402
from emotion.evaluation import face_scoring, metrics, report  # noqa: E402
from emotion.face import alignment  # noqa: E402
from emotion.face.detector import Detector  # noqa: E402
from emotion.face.face_recogniser import EMOTION_OF  # noqa: E402
from emotion.media.frames import Frame  # noqa: E402
from emotion.media.recordings import Recording  # noqa: E402
from emotion.models.shipped import Models  # noqa: E402
from emotion.readings import emotions  # noqa: E402
from emotion.readings.emotions import INDEX  # noqa: E402

_NAMES = {
    "angry": "angry",
    "disgust": "disgusted",
    "fear": "fearful",
    "happy": "happy",
    "sad": "sad",
    "surprise": "surprised",
    "neutral": "neutral",
}


def probabilities(found: list[dict[str, Any]]) -> np.ndarray | None:
    """What `fer` says of the largest face, in our order; None without one."""
    if not found:
        return None
    largest = max(found, key=lambda face: face["box"][2] * face["box"][3])
    said = np.zeros(emotions.COUNT)
    for name, share in largest["emotions"].items():
        said[INDEX[_NAMES[name]]] = share
    return said


def figures(labels: np.ndarray, answers: np.ndarray) -> dict[str, float]:
    """Accuracy and unweighted average recall in percent."""
    matrix = metrics.confusion(labels, answers, emotions.COUNT)
    return {
        "accuracy": round(100 * metrics.accuracy(matrix), 1),
        "unweighted_average_recall": round(100 * metrics.unweighted_average_recall(matrix), 1),
    }


def milliseconds(*steps: Callable[[], object], repeats: int = 31) -> list[float]:
    """Medians, taken in turn so that a busy machine hits all alike."""
    taken: list[list[float]] = [[] for _ in steps]
    for turn in range(repeats + 3):
        for step, times in zip(steps, taken, strict=True):
            start = time.perf_counter()
            step()
            if turn >= 3:
                times.append(1000 * (time.perf_counter() - start))
    return [statistics.median(times) for times in taken]


def speed(models: Models, theirs: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Milliseconds of a frame by its kind and by who reads it."""
    detector = Detector(models.detector)

    def ours(frame: np.ndarray) -> None:
        for face in detector(frame):
            models.face(alignment.align(frame, face.landmarks, models.face.pixels))

    astronaut = np.ascontiguousarray(skimage.data.astronaut()[..., ::-1])
    one = cv2.resize(astronaut, (640, 480))
    four = np.tile(cv2.resize(astronaut, (640, 360)), (2, 2, 1))
    found = {}
    for name, frame in (("640x480, one face", one), ("1280x720, four faces", four)):
        steps = [partial(ours, frame)]
        steps += [partial(each.detect_emotions, frame) for each in theirs.values()]
        times = np.round(milliseconds(*steps), 1).tolist()
        found[name] = dict(zip(["rapport", *theirs], times, strict=True))
    return found


def on_ferplus(models: Models, folder: Path) -> dict[str, dict[str, float]]:
    """Figures on FER2013Valid; `fer` is told where the face is."""
    from fer.fer import FER

    data = ferplus.read(folder, "valid")
    labels = EMOTION_OF[data.labels]
    # Its usual margin would lie beyond the picture.
    fer = FER(use_tflite=False, offsets=(0, 0))
    whole = [(0, 0, ferplus.PIXELS, ferplus.PIXELS)]
    theirs = []
    for image in data.images:
        said = probabilities(fer.detect_emotions(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), whole))
        theirs.append(emotions.CALM if said is None else int(said.argmax()))
    ours = [int(models.face(image).argmax()) for image in data.images]
    return {
        "rapport": figures(labels, np.array(ours)),
        "fer, Keras": figures(labels, np.array(theirs)),
    }


def on_clips(models: Models, fer: Any, folder: Path) -> dict[str, dict[str, float]]:
    """Figures on clips; of `fer` by the mean over the frames that a call looks at."""
    listed = corpora.ravdess(folder, video=True)
    document = face_scoring.clips(listed, models, folder)
    found = {
        f"rapport, {name}": {
            key: round(100 * (getattr(result, key) or 0.0), 1)
            for key in ("accuracy", "unweighted_average_recall")
        }
        for name, result in document.results.items()
    }
    answers = []
    for clip in listed:
        with Recording(clip.path, frame_rate=DECODED_RATE) as recording:
            frames = [item.image for item in recording if isinstance(item, Frame)]
        said = [probabilities(fer.detect_emotions(frame)) for frame in frames]
        seen = [one for one in said if one is not None]
        # Calm, which it does not know, stands for no answer.
        answers.append(int(np.mean(seen, axis=0).argmax()) if seen else emotions.CALM)
    labels = np.array([clip.emotion for clip in listed])
    return found | {"fer, Keras, mean of frames": figures(labels, np.array(answers))}


def main() -> None:
    """Compare with the package `fer` and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ferplus", type=Path, help="folder of FER+")
    parser.add_argument("--ravdess", type=Path, help="folder of RAVDESS clips with picture")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    from fer.fer import FER

    models = Models.load()
    theirs = {"fer, LiteRT": FER(use_tflite=True), "fer, Keras": FER(use_tflite=False)}
    found: dict[str, Any] = {
        "commit": report.commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "milliseconds": speed(models, theirs),
    }
    if options.ferplus:
        found["FER2013Valid"] = on_ferplus(models, options.ferplus)
    if options.ravdess:
        found["ravdess"] = on_clips(models, theirs["fer, Keras"], options.ravdess)
    text = json.dumps(found, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
