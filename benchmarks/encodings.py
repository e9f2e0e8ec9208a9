"""What harmless re-encodings change in the readings of a recording.

    python benchmarks/encodings.py [CLIP ...] [--json OUT]

Each clip (or, without one, a made scene: a photograph that moves, and synthetic speech) is
written in 15 pairs of container and codecs at two bit rates each, and read. Compared are the
readings at the same times with those of the clip as it is: whether the strongest emotion is the
same, and the total variation between the probabilities. Decoding is measured in times real time.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from emotion.conversation.analysis import analyze  # noqa: E402
from emotion.media.frames import Frame  # noqa: E402
from emotion.media.recordings import Recording, read_sound  # noqa: E402
from emotion.media.samples import RATE  # noqa: E402
from emotion.models.shipped import Models  # noqa: E402
from emotion.readings.reading import Reading  # noqa: E402

FPS = 25
RATES = {"high": (0.25, 128_000), "low": (0.1, 64_000)}
"""Bits of each pixel of the picture, and bits a second of the sound."""

_SENSES: dict[str, Callable[[Reading], np.ndarray | None]] = {
    "fused": lambda reading: reading.fused,
    "face": lambda reading: reading.face.probabilities,
    "voice": lambda reading: reading.voice.probabilities,
}


@dataclass(frozen=True)
class Encoding:
    """A container and what is in it; rates of sound that the codec does not know are raised."""

    ending: str
    picture: str
    sound: str
    rate: int = 48_000
    pixels: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)


_FAST = {"preset": "veryfast"}
_LIVE = {"deadline": "realtime", "cpu-used": "6"}

ENCODINGS = (
    Encoding("mp4", "libx264", "aac", options=_FAST),
    Encoding("mp4", "libx265", "aac", options=_FAST | {"x265-params": "log-level=none"}),
    Encoding("mp4", "libsvtav1", "libopus", options={"preset": "10"}),
    Encoding("mov", "prores_ks", "alac", pixels="yuv422p10le"),
    Encoding("mkv", "libx264", "libopus", options=_FAST),
    Encoding("mkv", "ffv1", "flac"),
    Encoding("webm", "libvpx", "libopus", options=_LIVE),
    Encoding("webm", "libvpx-vp9", "vorbis", options=_LIVE),
    Encoding("avi", "mjpeg", "pcm_s16le", 44_100, "yuvj420p"),
    Encoding("avi", "mpeg4", "libmp3lame", 44_100),
    Encoding("ts", "libx264", "aac", options=_FAST),
    Encoding("mpg", "mpeg2video", "mp2"),
    Encoding("wmv", "wmv2", "wmav2", 44_100),
    Encoding("flv", "flv", "libmp3lame", 44_100),
    Encoding("3gp", "libx264", "aac", 16_000, options=_FAST),
)


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clips", type=Path, nargs="*", help="talking heads with sound")
    parser.add_argument("--json", type=Path, help="write the rows to this file as well")
    given = parser.parse_args()
    models = Models.load()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        clips = given.clips or [scene(Path(folder))]
        for encoding in ENCODINGS:
            for name in RATES:
                path = Path(folder) / f"copy.{encoding.ending}"
                found = [compared(clip, path, encoding, name, models) for clip in clips]
                rows.append(row(encoding, name, found))
    total = {key: sum(each[key] for each in rows) for key in rows[0] if key.startswith("_")}
    print(
        f"{len(clips)} clips, {len(rows)} encodings, {total['_fused']} fused readings\n\n"
        "| container, picture, sound | rate | same top emotion, % | variation: fused | face | "
        "voice | decoding, times real time |\n|---|---|---|---|---|---|---|"
    )
    for each in rows:
        print(line(each))
    overall = {"encoding": "all", "rate": ""} | {
        key: float(np.average([each[key] for each in rows], weights=weights(rows, key)))
        for key in ("same", "fused", "face", "voice", "speed")
    }
    print(line(overall))
    if given.json:
        given.json.write_text(json.dumps([*rows, overall], indent=1), encoding="utf-8")


@dataclass
class Comparison:
    """What one copy says beside what the clip says."""

    same: int
    variation: dict[str, list[float]]
    times: float


def compared(clip: Path, path: Path, encoding: Encoding, rate: str, models: Models) -> Comparison:
    """Write a copy of a clip and read both.

    Where only one of the two says something, the variation is 1.
    """
    write(path, clip, encoding, rate)
    variation: dict[str, list[float]] = {sense: [] for sense in _SENSES}
    same = 0
    pairs = zip(analyze(clip, models).readings, analyze(path, models).readings, strict=False)
    for pair in pairs:
        for sense, of in _SENSES.items():
            first, second = map(of, pair)
            if first is None and second is None:
                continue
            if first is None or second is None:
                variation[sense].append(1.0)
                continue
            variation[sense].append(float(np.abs(first - second).sum() / 2))
            if sense == "fused":
                same += int(first.argmax() == second.argmax())
    begin = time.perf_counter()
    with Recording(path, frame_rate=5.5) as recording:
        for _ in recording:
            pass
    return Comparison(same, variation, recording.end / (time.perf_counter() - begin))


def row(encoding: Encoding, rate: str, found: list[Comparison]) -> dict[str, Any]:
    """Of one encoding, over all clips."""
    together = {
        sense: [value for one in found for value in one.variation[sense]] for sense in _SENSES
    }
    return {
        "encoding": f"{encoding.ending}, {encoding.picture}, {encoding.sound}",
        "rate": rate,
        "same": 100 * sum(one.same for one in found) / max(len(together["fused"]), 1),
        **{sense: float(np.mean(values or [0.0])) for sense, values in together.items()},
        "speed": float(np.median([one.times for one in found])),
        **{f"_{sense}": len(values) for sense, values in together.items()},
    }


def weights(rows: list[dict[str, Any]], key: str) -> list[int]:
    """Readings behind a column of each row."""
    return [each[{"same": "_fused", "speed": "_fused"}.get(key, f"_{key}")] or 1 for each in rows]


def line(each: dict[str, Any]) -> str:
    """A row of the table."""
    return (
        f"| {each['encoding']} | {each['rate']} | {each['same']:.1f} | {each['fused']:.3f} | "
        f"{each['face']:.3f} | {each['voice']:.3f} | {each['speed']:.0f} |"
    )


def write(path: Path, clip: Path, encoding: Encoding, rate: str) -> None:
    """A copy of a clip in another encoding."""
    bits, sound_bits = RATES[rate]
    sound = read_sound(clip)
    with av.open(str(path), "w") as container, Recording(clip) as recording:
        pictures = shown(recording)
        first = next(pictures)
        height, width = (side // 2 * 2 for side in first.shape[:2])
        video: Any = container.add_stream(encoding.picture, rate=FPS, options=encoding.options)
        video.width, video.height, video.pix_fmt = width, height, encoding.pixels
        audio: Any = container.add_stream(encoding.sound, rate=encoding.rate)
        audio.layout = "stereo" if encoding.sound == "vorbis" else "mono"
        if encoding.sound == "vorbis":
            # FFmpeg's own encoder counts as experimental.
            audio.codec_context.options = {"strict": "experimental"}
        if encoding.picture not in ("ffv1", "prores_ks"):
            video.bit_rate = round(bits * width * height * FPS)
        if not encoding.sound.startswith(("pcm", "flac", "alac")):
            audio.bit_rate = sound_bits
        container.start_encoding()
        resampler = av.AudioResampler(
            audio.codec_context.format, audio.layout, encoding.rate, audio.codec_context.frame_size
        )
        done = 0
        for number, image in enumerate(_again(first, pictures)):
            frame = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(image[:height, :width]), format="bgr24"
            )
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(frame))
            upto = round((number + 1) / FPS * RATE)
            done = _hear(container, audio, resampler, sound, done, upto)
        container.mux(video.encode(None))
        _hear(container, audio, resampler, sound, done, len(sound))
        for piece in resampler.resample(None):
            container.mux(audio.encode(piece))
        container.mux(audio.encode(None))


def _hear(
    container: Any, audio: Any, resampler: Any, sound: np.ndarray, done: int, upto: int
) -> int:
    """Encode the sound up to a sample; returns how many are encoded."""
    upto = min(upto, len(sound))
    if upto > done:
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(sound[None, done:upto]), format="fltp", layout="mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = RATE, done, Fraction(1, RATE)
        for piece in resampler.resample(frame):
            container.mux(audio.encode(piece))
    return upto


def shown(recording: Recording) -> Iterator[np.ndarray]:
    """The pictures of a recording at `FPS`."""
    number, last = 0, None
    for item in recording:
        if not isinstance(item, Frame):
            continue
        while last is not None and number / FPS < item.time - 0.5 / FPS:
            yield last
            number += 1
        last = item.image
    if last is not None:
        yield last


def _again(first: np.ndarray, rest: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    yield first
    yield from rest


def scene(folder: Path) -> Path:
    """Ten seconds of a photograph that moves a little, with synthetic speech if there is any."""
    import cv2
    import skimage.data

    face = np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1])
    speaker = shutil.which("espeak-ng")
    said = folder / "said.wav"
    if speaker:
        text = "I am very glad that you called. Nothing works, and nobody has helped me so far!"
        subprocess.run([speaker, "-s", "140", "-w", str(said), text], check=True)
    sound = read_sound(said) if speaker else np.zeros(10 * RATE, np.float32)
    path = folder / "scene.mkv"
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("ffv1", rate=FPS)
        video.width, video.height, video.pix_fmt = 640, 480, "yuv420p"
        audio: Any = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for number in range(10 * FPS):
            sway = np.array(
                [[0.9, 0, 90 + 8 * np.sin(number / 9)], [0, 0.9, 10 + 4 * np.cos(number / 7)]]
            )
            image: Any = cv2.warpAffine(face, sway, (640, 480), borderValue=(90, 90, 90))
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(frame))
        heard = np.resize(sound, 10 * RATE)
        piece = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(heard[None]), format="fltp", layout="mono"
        )
        piece.sample_rate, piece.pts, piece.time_base = RATE, 0, Fraction(1, RATE)
        container.mux(audio.encode(piece))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return path


if __name__ == "__main__":
    main()
