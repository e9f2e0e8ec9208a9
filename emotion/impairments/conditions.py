"""What lies between a speaker and the recogniser: noise, a room, a line, a codec.

Everything is made at run time from generators and from other clips. Evaluation uses
the conditions one at a time, training draws them at random (`emotion.impairments.voice_variants`).
All functions take and give 16 kHz, float32, shape (n,).
"""

import io
from collections.abc import Callable, Sequence

import av
import numpy as np
import soxr

from emotion.media.samples import RATE

NOISES = ("babble", "office", "white")
"""Kinds of noise, see `noise`."""

_TALKERS = 6
_LINE_RATE = 8_000
_MU = 255.0
_TELEPHONE_BAND = (300.0, 3_400.0)


def noise(
    kind: str, length: int, rng: np.random.Generator, talkers: Sequence[np.ndarray] = ()
) -> np.ndarray:
    """Noise of a power of 1.

    Args:
        kind: 'white'; 'office', which is a fan's hum and hiss with strokes of keys
            at random; or 'babble', which is six people who speak at once.
        length: Samples.
        rng: Source of all randomness.
        talkers: Speech to make babble of, each 16 kHz; a random part is taken of
            six random ones, repeated where it is too short.

    Raises:
        ValueError: If the kind is unknown, or there are no talkers for babble.
    """
    if kind == "white":
        made = rng.standard_normal(length)
    elif kind == "office":
        made = _office(length, rng)
    elif kind == "babble" and len(talkers):
        made = np.zeros(length)
        for index in rng.integers(0, len(talkers), _TALKERS):
            voice = np.resize(np.asarray(talkers[index], float), max(length, len(talkers[index])))
            made += np.roll(voice, rng.integers(len(voice)))[:length] / _root_mean_square(voice)
    else:
        raise ValueError(
            f"The noise should be one of {', '.join(NOISES)}, babble with talkers. "
            f"Received: {kind!r} with {len(talkers)} talkers."
        )
    return np.asarray(made / _root_mean_square(made), np.float32)


def _office(length: int, rng: np.random.Generator) -> np.ndarray:
    size = transform_size(length)
    spectrum = np.fft.rfft(rng.standard_normal(size))
    frequency = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 20.0)
    # The power of ventilation falls by some 6 dB an octave.
    made = np.fft.irfft(spectrum / frequency, size)[:length]
    made /= _root_mean_square(made)
    time = np.arange(length) / RATE
    for harmonic in (1, 2, 3, 5):
        phase = rng.uniform(0, 2 * np.pi)
        made += 0.3 / harmonic * np.sin(2 * np.pi * 100 * harmonic * time + phase)
    stroke = np.arange(round(0.03 * RATE)) / RATE
    for _ in range(rng.poisson(4 * length / RATE)):
        start = int(rng.integers(length))
        click = rng.standard_normal(len(stroke)) * np.exp(-stroke / 0.006)
        made[start : start + len(stroke)] += rng.uniform(1, 4) * click[: length - start]
    return np.asarray(made)


def mix(samples: np.ndarray, noise: np.ndarray, decibels: float) -> np.ndarray:
    """Speech with noise.

    Args:
        samples: Speech.
        noise: Of the same length.
        decibels: Power of the speech above the noise. The speech's is taken where
            it is loud, so that pauses do not make the noise quieter.
    """
    ratio = 10 ** (decibels / 20)
    level = loudness(samples) / (_root_mean_square(noise) * ratio)
    return np.asarray(samples + level * noise, np.float32)


def loudness(samples: np.ndarray) -> float:
    """Root mean square of the louder half of the pieces of 20 ms, from 0.

    Args:
        samples: 16 kHz, -1 to 1, shape (n,).
    """
    piece = round(0.02 * RATE)
    pieces = samples[: len(samples) // piece * piece].reshape(-1, piece)
    if not len(pieces):
        return _root_mean_square(samples)
    powers = np.sort(np.mean(np.square(pieces, dtype=float), axis=1))
    return float(np.sqrt(powers[len(powers) // 2 :].mean()))


def gain(samples: np.ndarray, decibels: float) -> np.ndarray:
    """Louder or quieter speech, cut at full scale as a microphone does.

    Args:
        samples: -1 to 1, shape (n,).
        decibels: By which it becomes louder; negative for quieter.

    Returns:
        float32, -1 to 1, shape (n,).
    """
    return np.clip(samples * 10 ** (decibels / 20), -1, 1).astype(np.float32)


def distance(samples: np.ndarray, rng: np.random.Generator, seconds: float = 0.4) -> np.ndarray:
    """Speech from across a room, as loud as it was.

    The room is noise that dies away exponentially (Polack 1988), twice as strong
    as the direct sound.

    Args:
        samples: Speech close to the microphone.
        rng: Makes the room.
        seconds: In which the reverberation falls by 60 dB.
    """
    length = round(seconds * RATE)
    tail = rng.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    tail *= np.sqrt(2 / np.sum(tail**2))
    tail[0] = 1.0
    size = transform_size(len(samples) + length)
    heard = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(tail, size), size)
    heard = heard[: len(samples)]
    before, after = _root_mean_square(samples), _root_mean_square(heard)
    return np.clip(heard * (before / after), -1, 1).astype(np.float32)


def telephone(samples: np.ndarray) -> np.ndarray:
    """Speech over a line: 300 to 3,400 Hz, 8 kHz, eight bits of mu-law (ITU-T G.711).

    Args:
        samples: 16 kHz, -1 to 1, shape (n,).

    Returns:
        16 kHz, float32, shape (n,).
    """
    line = soxr.resample(samples, RATE, _LINE_RATE)
    spectrum = np.fft.rfft(line)
    frequency = np.fft.rfftfreq(len(line), 1 / _LINE_RATE)
    low, high = _TELEPHONE_BAND
    spectrum[(frequency < low) | (frequency > high)] = 0
    line = np.clip(np.fft.irfft(spectrum, len(line)), -1, 1)
    companded = np.sign(line) * np.log1p(_MU * np.abs(line)) / np.log1p(_MU)
    companded = np.round(companded * 127) / 127
    line = np.sign(companded) * np.expm1(np.abs(companded) * np.log1p(_MU)) / _MU
    return _fitted(soxr.resample(line, _LINE_RATE, RATE), len(samples))


def coded(samples: np.ndarray, codec: str, bits: int) -> np.ndarray:
    """Speech that went through a lossy codec.

    Args:
        samples: Speech.
        codec: 'mp3' or 'opus'.
        bits: A second, such as 32,000.
    """
    name, container, rate = {
        "mp3": ("libmp3lame", "mp3", RATE),
        "opus": ("libopus", "ogg", 48_000),
    }[codec]
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(name, rate=rate, layout="mono", bit_rate=bits)
        assert isinstance(stream, av.AudioStream)
        sound = np.clip(soxr.resample(samples, RATE, rate) * 32767, -32768, 32767)
        frame = av.AudioFrame.from_ndarray(sound.astype(np.int16)[None], "s16", "mono")
        frame.rate = rate
        resampler = av.AudioResampler(stream.codec_context.format, "mono", rate)
        for converted in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(converted))
        output.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as source:
        decoder = av.AudioResampler("flt", "mono", rate)
        frames = [new for old in source.decode(audio=0) for new in decoder.resample(old)]
    heard = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    return _fitted(soxr.resample(heard, rate, RATE), len(samples))


def named(
    rng: np.random.Generator, talkers: Sequence[np.ndarray]
) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """The conditions that are reported, each a change to a clip.

    Args:
        rng: Source of all randomness.
        talkers: Speech to make babble of.
    """

    def noisy(kind: str, decibels: float) -> Callable[[np.ndarray], np.ndarray]:
        return lambda x: mix(x, noise(kind, len(x), rng, talkers), decibels)

    found: dict[str, Callable[[np.ndarray], np.ndarray]] = {"clean": lambda x: x}
    for kind in NOISES:
        for decibels in (20, 10, 5):
            found[f"{kind} {decibels} dB"] = noisy(kind, decibels)
    return found | {
        "telephone 8 kHz": telephone,
        "mp3 32 kbit/s": lambda x: coded(x, "mp3", 32_000),
        "opus 16 kbit/s": lambda x: coded(x, "opus", 16_000),
        "20 dB quieter": lambda x: gain(x, -20),
        "12 dB louder": lambda x: gain(x, 12),
        "across a room": lambda x: distance(x, rng),
    }


def transform_size(length: int) -> int:
    """Samples from `length` on, at most 0.1 s more, of which a Fourier transform is quick.

    Lengths with a large prime factor take twenty times as long.
    """
    step = RATE // 10
    return -(-length // step) * step


def _root_mean_square(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=float)))) + 1e-9


def _fitted(samples: np.ndarray, length: int) -> np.ndarray:
    """Cut or filled to a length, which resampling may miss by a sample or two."""
    return np.pad(samples[:length], (0, max(0, length - len(samples)))).astype(np.float32)
