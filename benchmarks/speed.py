"""How fast each step is, against an obvious alternative in the same run.

    python benchmarks/speed.py [--encoder whisper_base_encoder.npz] [--json OUT]

Synthetic media only: the astronaut of scikit-image and, where espeak-ng is installed,
synthetic speech. Trust the ratios; the milliseconds are those of one machine.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import librosa
import noisereduce
import numpy as np
import skimage.data

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from emotion.conversation import analysis  # noqa: E402
from emotion.evaluation import report  # noqa: E402
from emotion.face import alignment  # noqa: E402
from emotion.face.detector import Detector  # noqa: E402
from emotion.media.samples import RATE  # noqa: E402
from emotion.models import shipped  # noqa: E402
from emotion.models.manifest import FOLDER, Manifest  # noqa: E402
from emotion.models.shipped import Models  # noqa: E402
from emotion.training import vgg16, whisper  # noqa: E402
from emotion.voice import denoising, log_mel  # noqa: E402
from emotion.voice.windows import VoiceWindows  # noqa: E402
from tests import media_makers  # noqa: E402

Step = Callable[[], object]


def alternating(ours: Step, other: Step, repeats: int = 15) -> tuple[float, float]:
    """Median milliseconds of both, taken in turn so that a busy machine hits both."""
    ours(), other()
    times: tuple[list[float], list[float]] = [], []
    for _ in range(repeats):
        for step, taken in zip((ours, other), times, strict=True):
            start = time.perf_counter()
            step()
            taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(times[0]), statistics.median(times[1])


def speech(seconds: float) -> np.ndarray:
    """Synthetic speech at 16 kHz, or a buzz of speech's loudness without espeak-ng."""
    count = round(seconds * RATE)
    if media_makers.ESPEAK is None:
        buzz = np.sign(np.sin(2 * np.pi * 140 * np.arange(count) / RATE)) * 0.1
        return buzz.astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = media_makers.speak(Path(folder) / "speech.wav")
        sound, _ = librosa.load(path, sr=RATE)
    return np.resize(sound, count).astype(np.float32)


def clip(path: Path, seconds: int = 20) -> None:
    """A moving face with speech, 854x480 at 30 frames a second, as MP4."""
    astronaut = np.ascontiguousarray(skimage.data.astronaut()[..., ::-1])
    ground = cv2.resize(cv2.GaussianBlur(astronaut, (0, 0), 20), (854, 480))
    face = cv2.resize(astronaut[:300, 80:380], (360, 360))
    frames = []
    for index in range(30 * seconds):
        frame = ground.copy()
        left = 240 + round(20 * np.sin(index / 20))
        frame[60:420, left : left + 360] = face
        frames.append(frame)
    media_makers.write_video(path, frames, rate=30, samples=speech(seconds), audio_rate=RATE)


def measured(code: str) -> tuple[float, float, bool]:
    """Seconds, peak MiB and whether TensorFlow is loaded after some code in a new Python."""
    # Not `ru_maxrss`: a child inherits that of its parent.
    probe = (
        f"try:\n    {code}\nfinally:\n    import sys\n"
        "    status = open('/proc/self/status').read()\n"
        "    print(status.split('VmHWM:')[1].split()[0], 'tensorflow' in sys.modules)"
    )
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=False
    )
    memory, tensorflow = done.stdout.split()[-2:]
    return time.perf_counter() - start, int(memory) / 1024, tensorflow == "True"


def main() -> None:
    """Measure each step against an alternative and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", type=Path, help="npz file of the Whisper base encoder")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()

    manifest = Manifest()
    frame = cv2.resize(np.ascontiguousarray(skimage.data.astronaut()[..., ::-1]), (640, 480))
    detector = Detector(shipped.detector(manifest.entry("face-detection")))
    published = FOLDER / "training" / "face_detection_yunet_2023mar.onnx"
    full = cv2.FaceDetectorYN.create(str(published), "", (640, 480), 0.7)
    found = detector(frame)[0]
    recogniser = shipped.face(manifest.entry("face"))
    voice = shipped.voice(manifest.entry("voice"))
    aligned = alignment.align(frame, found.landmarks, recogniser.pixels)
    window = list(VoiceWindows().take(speech(3)))[-1]
    noise = np.random.default_rng(0).normal(0, 0.01, RATE).astype(np.float32)
    keras_face = vgg16.build(8, weights=None)
    grey = aligned[None, ..., None].astype(np.float32)
    features = log_mel.log_mel(window.samples)

    rows: list[tuple[str, str, float, float]] = []

    def compare(what: str, against: str, ours: Step, other: Step) -> None:
        rows.append((what, against, *alternating(ours, other)))

    compare(
        "faces in a 640x480 frame",
        "OpenCV's YuNet on the whole picture",
        lambda: detector(frame),
        lambda: full.detect(frame),
    )
    compare(
        "aligned face to probabilities",
        "Keras model(x), VGG16 with square filters",
        lambda: recogniser(aligned),
        lambda: keras_face(grey, training=False),
    )
    compare(
        "aligned face to probabilities",
        "Keras model.predict(x)",
        lambda: recogniser(aligned),
        lambda: keras_face.predict(grey, verbose=0),
    )
    if options.encoder:
        keras_voice = whisper.build(options.encoder)
        compare(
            "3 s of sound to probabilities",
            "Keras model(x), the same encoder",
            lambda: voice(window.samples),
            lambda: keras_voice(features[None], training=False),
        )
    compare(
        "log-mel of 3 s",
        "librosa.feature.melspectrogram",
        lambda: log_mel.log_mel(window.samples),
        lambda: librosa.feature.melspectrogram(
            y=window.samples, sr=RATE, n_fft=400, hop_length=160, n_mels=80
        ),
    )
    compare(
        "noise reduction of 3 s",
        "noisereduce, stationary, with its defaults",
        lambda: denoising.reduce(window.samples, window.heard, "on"),
        lambda: noisereduce.reduce_noise(y=window.samples, sr=RATE, y_noise=noise, stationary=True),
    )

    def every_frame() -> None:
        """What a first version would do with each frame."""
        _, rows = full.detect(frame)
        face = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        x, y, w, h = rows[0][:4].astype(int)
        size = (recogniser.pixels,) * 2
        keras_face(cv2.resize(face[y : y + h, x : x + w], size)[None, ..., None], training=False)

    compare(
        "a frame, detection to probabilities",
        "OpenCV's YuNet on the whole picture and Keras model(x)",
        lambda: recogniser(alignment.align(frame, detector(frame)[0].landmarks, recogniser.pixels)),
        every_frame,
    )

    print(f"{'step':38} {'ms':>8} {'alternative':48} {'ms':>8} {'times':>6}")
    for what, against, ours, other in rows:
        print(f"{what:38} {ours:8.1f} {against:48} {other:8.1f} {other / ours:6.1f}")

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        clip(path)
        seconds, memory, _ = measured(
            "from emotion.commands.application import app; "
            f"app(['analyze', {str(path)!r}], standalone_mode=False)"
        )
        duration = 20.0
        models = Models.load()
        start = time.perf_counter()
        analysis.analyze(path, models)
        inside = time.perf_counter() - start
    app = measured("import emotion.conversation.live_call, emotion.conversation.analysis")
    heavy = measured("import tensorflow")
    print(f"\nanalyze, 20 s of 854x480 at 30 fps: {duration / inside:.1f} times real time")
    print(f"the same as a command: {seconds:.1f} s with its start, peak {memory:.0f} MiB")
    print(f"import of the core: {app[0]:.1f} s, {app[1]:.0f} MiB, TensorFlow loaded: {app[2]}")
    print(f"import tensorflow:  {heavy[0]:.1f} s, {heavy[1]:.0f} MiB")
    if options.json:
        document = {
            "commit": report.commit(),
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": f"{os.cpu_count()} cores, {platform.processor() or platform.machine()}",
            "steps": [
                {"step": a, "alternative": b, "ms": round(c, 2), "alternative_ms": round(d, 2)}
                for a, b, c, d in rows
            ],
            "analyze_times_real_time": round(duration / inside, 2),
            "analyze_command_seconds": round(seconds, 2),
            "analyze_peak_mib": round(memory),
            "core_import": {"seconds": round(app[0], 2), "mib": round(app[1])},
            "tensorflow_import": {"seconds": round(heavy[0], 2), "mib": round(heavy[1])},
        }
        options.json.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
