"""What the frozen encoder says of clips, computed once and kept outside the project.

Each clip is heard several times: as it is, and in random variants. A head then takes
seconds to fit, so that every fold of a protocol can have its own.
"""

import io
import itertools
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from emotion import files
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError, RapportError
from emotion.impairments import conditions, voice_variants
from emotion.jobs import fingerprint, progress, shared_files, sharing, workers
from emotion.media.recordings import read_sound
from emotion.media.samples import RATE
from emotion.readings.reading import HOP
from emotion.training import export, whisper
from emotion.training.voice_statistics import VERSIONS, Statistics
from emotion.voice import denoising, log_mel, windows
from emotion.voice.adaptation import memorable
from emotion.voice.windows import LENGTH

FEATURES = 3072
"""Numbers that the encoder says of a window."""

Hear = Callable[[np.ndarray, Clip, Sequence[np.ndarray]], Iterator[np.ndarray]]
"""From a clip's sound, the clip and speech for babble to windows, always as many."""

_PART = 100
"""Clips of a speaker that are stored together; an interrupted run loses at most these."""

_NEIGHBOURS = 2
"""Speakers whose voices are behind a speaker's clips. They are few, because the variants
behind which a tested speaker talks are lost to training."""

_POOL = 12
"""Clips of each neighbour that babble is made of."""

_VOICES = 6
"""Clips behind one clip."""

_FULL = 0.6
"""Share of the fullest window's speech that a window to train on has at least."""

_REDUCTION = 0.9
"""Strength of noise reduction in training, more than in calls, so that less hurts less."""

_JITTER = 0.25
"""Seconds by which a variant's window is moved at most."""


def extract(
    clips: Sequence[Clip], encoder: Path, work: Path, hear: Hear | None = None
) -> Statistics:
    """Statistics of all clips, from `work` where they are there already.

    What is missing is heard on every core, or wherever `emotion.jobs.sharing` says.

    A clip's own window is the fullest that the live pipeline would read, and where
    none has enough speech, the fullest all the same, so that no clip is lost to the
    voice activity detector.

    Args:
        clips: What to hear. A clip that cannot be read is named in the result.
        encoder: npz file of the Whisper encoder.
        work: Folder outside the project for the parts that are done.
        hear: Gives a clip's versions, `variants` by default; a function of a module.

    Raises:
        DatasetError: If no clip can be read.
    """
    hear = hear or variants
    folder = work / "voice-statistics"
    folder.mkdir(parents=True, exist_ok=True)
    parts = _parts(clips)
    stored = [folder / f"{part.digest(encoder, hear)}.npz" for part in parts]
    missing = [(part, path) for part, path in zip(parts, stored, strict=True) if not path.is_file()]
    if missing:
        listener = _Listener(network(encoder, work).read_bytes(), hear)
        asked = [part.from_anywhere() for part, _ in missing]
        processes = workers.processes(len(missing))
        done = sharing.share(_heard, asked, listener, processes=processes)
        for place, content in progress.track(done, "voice features", "part", len(missing)):
            files.write(missing[place][1], content)
    kept: list[Clip] = []
    behind = []
    remembered = []
    values = []
    failed: dict[Path, str] = {}
    for part, path in zip(parts, stored, strict=True):
        with np.load(path) as file:
            if file["values"].size:
                values.append(file["values"])
            reasons = file["reasons"]
            remembered.append(file["remembered"])
        for clip, talkers, reason in zip(part.clips, part.talkers, reasons, strict=True):
            if reason:
                failed[clip.path] = str(reason)
            else:
                kept.append(clip)
                behind.append(frozenset(voice.path for voice in talkers))
    if not kept:
        raise DatasetError(
            f"None of the {len(clips)} clips can be read. {next(iter(failed.values()), '')}"
        )
    of_clips = np.concatenate(values, axis=1)
    return Statistics(kept, of_clips, failed, behind, np.concatenate(remembered))


@dataclass(frozen=True)
class _Part:
    """Clips of one speaker that are heard and stored together.

    Attributes:
        clips: The clips.
        talkers: Of each, the clips of others that babble is made of.
        digests: SHA-256 of their files, of those that are there, for whoever hears them elsewhere.
    """

    clips: list[Clip]
    talkers: list[list[Clip]]
    digests: dict[Path, str] = field(default_factory=dict)

    def from_anywhere(self) -> "_Part":
        """These clips for a process that may be in another folder or on another machine."""
        placed = {
            clip: replace(clip, path=clip.path.absolute())
            for clip in (*self.clips, *itertools.chain(*self.talkers))
        }
        paths = {clip.path for clip in placed.values()}
        return _Part(
            [placed[clip] for clip in self.clips],
            [[placed[voice] for voice in talkers] for talkers in self.talkers],
            shared_files.digests(paths),
        )

    def digest(self, encoder: Path, hear: Hear) -> str:
        """Of all that its statistics depend on."""
        names = "\n".join(
            f"{_file_of(clip)}:{clip.speaker}:{[_file_of(voice) for voice in talkers]}"
            for clip, talkers in zip(self.clips, self.talkers, strict=True)
        )
        modules = (sys.modules[__name__], sys.modules[hear.__module__])
        code = fingerprint.of_code(modules)
        of = f"{code}\n{fingerprint.of_file(encoder)}\n{hear.__name__}\n{names}"
        return fingerprint.of_parts(of)[:20]


def _parts(clips: Sequence[Clip]) -> list[_Part]:
    """Clips by speaker, each with voices of two other speakers of the same corpus.

    The two depend on names alone, so that most parts stay as they are when clips are left
    out. A speaker who is alone in a corpus is their own babble.
    """
    by_speaker = {
        key: list(group)
        for key, group in itertools.groupby(sorted(clips, key=_speaker_of), key=_speaker_of)
    }
    parts = []
    for (corpus, speaker), mine in by_speaker.items():
        others = sorted(
            (name for of, name in by_speaker if of == corpus and name != speaker),
            key=lambda name: zlib.crc32(f"{speaker}/{name}".encode()),
        )
        pool: list[Clip] = []
        for name in others[:_NEIGHBOURS] or [speaker]:
            theirs = by_speaker[corpus, name]
            pool += sorted(theirs, key=lambda clip: zlib.crc32(clip.path.name.encode()))[:_POOL]
        talkers = []
        for clip in mine:
            drawn = _generator(clip, VERSIONS).integers(0, len(pool), _VOICES)
            talkers.append([pool[index] for index in drawn])
        parts += [
            _Part(mine[first : first + _PART], talkers[first : first + _PART])
            for first in range(0, len(mine), _PART)
        ]
    return parts


def _speaker_of(clip: Clip) -> tuple[str, str]:
    return clip.corpus, clip.speaker


def _file_of(clip: Clip) -> str:
    return f"{clip.path.resolve()}:{fingerprint.of_file(clip.path)}"


def network(encoder: Path, work: Path) -> Path:
    """The encoder in the form that is shipped, with the rounding of its 8 bits.

    Args:
        encoder: npz file of the Whisper encoder.
        work: Folder outside the project, in which the file is made if it is not there.
    """
    made_of = fingerprint.of_code((export, whisper)) + fingerprint.of_file(encoder)
    path = work / f"whisper-{fingerprint.of_parts(made_of)[:20]}.tflite"
    if not path.is_file():
        shape = (1, whisper.FRAMES, log_mel.BANDS)
        export.litert(whisper.build(encoder), shape, path, bits=8)
    return path


class _Listener:
    """The encoder, and how clips are heard, in whichever process hears them."""

    def __init__(self, content: bytes, hear: Hear) -> None:
        self._content, self.hear = content, hear
        self._interpreter: Interpreter | None = None

    def statistics(self, window: np.ndarray) -> np.ndarray:
        """What the encoder says of a window, float16, shape (3072,)."""
        if self._interpreter is None:
            self._interpreter = Interpreter(model_content=self._content, num_threads=1)
            self._interpreter.allocate_tensors()
        features = log_mel.log_mel(window)[None]
        self._interpreter.set_tensor(self._interpreter.get_input_details()[0]["index"], features)
        self._interpreter.invoke()
        output = self._interpreter.get_output_details()[0]["index"]
        return np.asarray(self._interpreter.get_tensor(output)[0], np.float16)


def _heard(listener: _Listener, part: _Part) -> bytes:
    """The content of the npz file of a part."""
    shared_files.check(part.digests)
    sounds: dict[int, np.ndarray] = {}
    reasons = [""] * len(part.clips)
    for index, clip in enumerate(part.clips):
        try:
            sounds[index] = _sound(clip.path)
        except (RapportError, OSError) as error:
            reasons[index] = str(error)
    talkers: dict[Path, np.ndarray] = {}
    for path in {voice.path for drawn in part.talkers for voice in drawn}:
        # One that cannot be read is named when it is heard itself.
        with suppress(RapportError, OSError):
            talkers[path] = _sound(path)
    outputs = []
    remembered = []
    for index, sound in sounds.items():
        behind = [talkers[voice.path] for voice in part.talkers[index] if voice.path in talkers]
        heard = listener.hear(sound, part.clips[index], behind)
        outputs.append(np.stack([listener.statistics(samples) for samples in heard]))
        remembered.append(memorable(windows.fullest(windows.cut(sound)).speech_seconds))
    values = np.stack(outputs) if outputs else np.zeros((0, 0, FEATURES), np.float16)
    content = io.BytesIO()
    np.savez(
        content,
        values=values.transpose(1, 0, 2),
        reasons=np.array(reasons),
        remembered=np.array(remembered, bool),
    )
    return content.getvalue()


def _sound(path: Path) -> np.ndarray:
    sound = read_sound(path)
    if not len(sound):
        raise DatasetError(f"{path.name} holds no sample of sound.")
    return sound


def variants(sound: np.ndarray, clip: Clip, talkers: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """A clip's fullest window, and windows of it as others would give it.

    Args:
        sound: 16 kHz, float32, shape (n,).
        clip: Whose it is.
        talkers: Speech to make babble of, which is behind the second version.

    Returns:
        `VERSIONS` windows, float32, shape (48000,) each.
    """
    found = windows.cut(sound)
    best = windows.fullest(found)
    yield best.samples
    full = max(_FULL * best.speech_seconds, windows.MIN_SPEECH)
    chosen = [window for window in found if window.speech_seconds >= full] or [best]
    noisy = {}
    for version, behind, heard in ((1, talkers, True), (2, (), True), (3, (), False)):
        rng = _generator(clip, version)
        end = chosen[rng.integers(len(chosen))].time + rng.uniform(-_JITTER, _JITTER)
        varied = voice_variants.vary(sound, rng, behind, noisy=heard)
        # A faster clip says the same earlier.
        last = round(np.clip(end * RATE, HOP * RATE, len(sound)) * len(varied) / len(sound))
        noisy[version] = window_at(varied, last), min(last, round(LENGTH * RATE))
        yield noisy[version][0]
    reduced = 1 + int(_generator(clip, VERSIONS + 1).integers(2))
    samples, length = noisy[reduced]
    yield denoising.reduce(samples, length, strength=_REDUCTION)


def as_heard(sound: np.ndarray, clip: Clip, talkers: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """A clip's fullest window alone, for clips that are only tested.

    Args:
        sound: 16 kHz, float32, shape (n,).
        clip: Whose it is.
        talkers: Not used: nothing is added to the sound.

    Returns:
        One window, float32, shape (48000,).
    """
    del clip, talkers
    yield windows.fullest(windows.cut(sound)).samples


def readable(sound: np.ndarray, clip: Clip, talkers: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """One of the windows that the live pipeline would read.

    Args:
        sound: 16 kHz, float32, shape (n,).
        clip: Whose it is, which decides the draw.
        talkers: Not used: nothing is added to the sound.

    Returns:
        One window, float32, shape (48000,).
    """
    del talkers
    found = windows.cut(sound)
    read = [window for window in found if window.reason is None]
    chosen = read or [windows.fullest(found)]
    yield chosen[_generator(clip, 0).integers(len(chosen))].samples


def impaired(sound: np.ndarray, clip: Clip, talkers: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """A clip's fullest window under each condition that is reported.

    Each as it is heard, and then after noise reduction.

    Args:
        sound: 16 kHz, float32, shape (n,).
        clip: Whose it is, which decides the noise.
        talkers: Speech to make babble of, float32, shape (m,) each.

    Returns:
        Two windows a condition, float32, shape (48000,) each.
    """
    rng = _generator(clip, 0)
    for change in conditions.named(rng, talkers).values():
        window = windows.fullest(windows.cut(change(sound)))
        yield window.samples
        yield denoising.reduce(window.samples, window.heard)


def _generator(clip: Clip, version: int) -> np.random.Generator:
    """Random numbers of a clip's own."""
    name = f"{clip.corpus}/{clip.speaker}/{clip.path.name}"
    return np.random.default_rng([zlib.crc32(name.encode()), version])


def window_at(sound: np.ndarray, end: int) -> np.ndarray:
    """The window of a clip that ends at a sample, with silence before the clip.

    Args:
        sound: 16 kHz, shape (n,).
        end: Number of the sample after the last one of the window.

    Returns:
        float32, shape (48000,).
    """
    length = round(LENGTH * RATE)
    piece = sound[max(0, end - length) : end]
    return np.pad(piece, (length - len(piece), 0)).astype(np.float32)
