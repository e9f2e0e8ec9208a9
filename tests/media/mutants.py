"""Reads changed copies of small recordings, and says of each how that ended.

A process of its own, `python -m tests.media.mutants FOLDER COUNT`: what hangs or crashes in a
decoder is then noticed by whoever started it. A line of JSON for each mutant.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import numpy as np
import psutil
import skimage.data

from emotion.conversation.analysis import analyze
from emotion.errors import MediaError
from emotion.media.recordings import Recording
from emotion.media.samples import Resampler, Samples
from emotion.models.shipped import Models
from tests.media_makers import sine, write_sound, write_video

WHOLE = 10
"""Every so many mutants are analysed with the models; all others are decoded and resampled."""

_HEAD = 2_000
"""Bytes at the start of a file in which half of all changes are made."""


def originals(folder: Path) -> list[Path]:
    """A second of a face and a noisy tone in many containers and codecs."""
    rng = np.random.default_rng(5)
    face = skimage.data.astronaut()[:300:3, 80:380:3, ::-1]
    images = [
        np.clip(face + rng.normal(0, 4, face.shape), 0, 255).astype(np.uint8) for _ in range(12)
    ]
    noise = 0.1 * rng.standard_normal(57_600).astype(np.float32)
    sound = sine(300, 1.2, 48_000) + noise
    quick = {"deadline": "realtime", "cpu-used": "8"}
    fragments = {"movflags": "frag_keyframe+empty_moov"}
    return [
        write_video(folder / "plain.mp4", images, 10, sound),
        write_video(folder / "live.mp4", images, 10, sound, options=fragments),
        write_video(folder / "call.mov", images, 10, sound, codec="mpeg4"),
        write_video(folder / "call.mkv", images, 10, sound),
        write_video(
            folder / "call.webm",
            images,
            10,
            sound,
            codec="libvpx",
            audio_codec="libopus",
            codec_options=quick,
        ),
        write_video(
            folder / "call.avi",
            images,
            10,
            sound,
            codec="mjpeg",
            audio_codec="pcm_s16le",
            pix_fmt="yuvj420p",
        ),
        write_video(folder / "call.ts", images, 10, sound),
        write_video(folder / "call.flv", images, 10, sound[:52_920], 44_100),
        *(
            write_sound(folder / f"voice.{ending}", sound, 48_000, codec=codec)
            for ending, codec in (
                ("wav", "pcm_s16le"),
                ("w64", "pcm_f32le"),
                ("mp3", "libmp3lame"),
                ("ogg", "libopus"),
                ("flac", "flac"),
                ("m4a", "aac"),
                ("aac", "aac"),
                ("aiff", "pcm_s16be"),
                ("au", "pcm_mulaw"),
                ("wv", "wavpack"),
                ("ac3", "ac3"),
            )
        ),
    ]


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """A copy with one to eight changes of one kind."""
    changed = bytearray(content)
    kinds: list[Callable[[int, int], None]] = [
        lambda at, _: changed.__setitem__(at, changed[at] ^ 1 << int(rng.integers(8))),
        lambda at, _: changed.__setitem__(at, int(rng.integers(256))),
        lambda at, _: changed.__setitem__(slice(at, at + 4), b"\xff" * 4),
        lambda at, size: changed.__setitem__(slice(at, at + size), bytes(size)),
        lambda at, size: changed.__setitem__(slice(at, at + size), rng.bytes(size)),
        lambda at, size: changed.__delitem__(slice(at, at + size)),
        lambda at, size: changed.__setitem__(slice(at, at), changed[at : at + size]),
        lambda at, _: changed.__delitem__(slice(max(at, 16), None)),
    ]
    change = kinds[rng.integers(len(kinds))]
    in_head = bool(rng.integers(2))
    for _ in range(rng.integers(1, 9)):
        limit = min(len(changed), _HEAD) if in_head else len(changed)
        change(int(rng.integers(limit)), int(rng.integers(1, 200)))
    return bytes(changed)


def end_of(path: Path, models: Models | None) -> tuple[str, str]:
    """How reading a file ends: 'read', 'refused' or 'mistake', and what is said."""
    try:
        if models is not None:
            return "read", analyze(path, models).warning or ""
        resampler = Resampler()
        with Recording(path, frame_rate=5) as recording:
            for item in recording:
                if isinstance(item, Samples):
                    resampler.resample(item.data, item.rate)
        return "read", recording.damaged or ""
    except MediaError as error:
        return "refused", str(error)
    except Exception as error:
        return "mistake", f"{type(error).__name__}: {error}"


def main(folder: Path, count: int) -> None:
    """Read so many mutants and print how each ended."""
    models = Models.load()
    sources = [(path, path.read_bytes()) for path in originals(folder)]
    process = psutil.Process()
    for number in range(count):
        path, content = sources[number % len(sources)]
        mutant = folder / f"mutant{path.suffix}"
        mutant.write_bytes(mutated(content, np.random.default_rng([7, number])))
        start = monotonic()
        end, said = end_of(mutant, models if number % WHOLE == 0 else None)
        line = {
            "mutant": f"{number} of {path.name}",
            "end": end,
            "said": said,
            "seconds": monotonic() - start,
            "megabytes": process.memory_info().rss / 2**20,
        }
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
