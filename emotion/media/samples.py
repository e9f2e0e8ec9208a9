"""Sound of any format as the one the recogniser hears: 16 kHz, mono, float.

Sample formats and channel layouts differ between browsers, containers and data
sets, and can change in the middle of a call; everything after this module sees
float32 from -1 to 1 and nothing else.
"""

import math
from dataclasses import dataclass

import av
import numpy as np
import soxr

from emotion.errors import MediaError
from emotion.media.channels import Mixer

RATE = 16_000
"""Samples a second inside the core."""

RATES = (1_000, 768_000)
"""Lowest and highest rate that is taken for real."""

_PLANES = 8
"""Most planes of a frame that PyAV (18.1) can count: it looks for the first that is none, and
beyond these FFmpeg keeps them where nothing follows, so that it would read foreign memory."""

OVERSHOOT = 1.5
"""Sample of float sound from which on it is not what a lossy codec adds to full scale, but a
recording with another scale; it is then divided by its largest sample."""

_CLICK = 0.01, 50.0
"""Share of a piece, and the size of its largest sample by that of all others, up to and from which
that is a click, which is cut off, and no sound with another scale."""

_CHANNELS = 64, 8
"""Beyond how many channels, and how many times the samples of each, sound is taken to have been
given the other way round: (n, 2), as soundfile has it, would be n microphones."""

_TYPES = tuple(map(np.dtype, (np.uint8, np.int16, np.int32, np.int64)))


@dataclass(frozen=True)
class Samples:
    """A piece of sound as it comes from a file or a browser.

    Attributes:
        time: Seconds from the start of the call to the first sample.
        data: Shape (channels, n); uint8, int16, int32, int64 (32 bits used) or float.
        rate: Samples a second.
    """

    time: float
    data: np.ndarray
    rate: int

    @property
    def seconds(self) -> float:
        """How long it lasts; a rate of nothing counts as one of 1."""
        return self.data.shape[-1] / max(self.rate, 1)


def check_samples(samples: Samples) -> None:
    """Refuse what cannot be a piece of sound of a call.

    Args:
        samples: What was given.

    Raises:
        MediaError: If it is no `Samples`, its time no finite number, or its samples or rate are
            none that sound comes in, see `check`.
    """
    if not isinstance(samples, Samples):
        raise MediaError(
            "Sound should be an emotion.media.samples.Samples(time, data, rate). "
            f"Received: {type(samples).__name__}."
        )
    if not isinstance(samples.data, np.ndarray):
        raise MediaError(
            "Sound should be an array of the shape (channels, samples). "
            f"Received: {type(samples.data).__name__}."
        )
    check(samples.data, samples.rate)
    if not math.isfinite(samples.time):
        raise MediaError(
            "The time of sound should be seconds from the start of the call. "
            f"Received: {samples.time}."
        )


def check(data: np.ndarray, rate: int) -> None:
    """Refuse what cannot be sound.

    Args:
        data: Shape (n,) or (channels, n).
        rate: Samples a second.

    Raises:
        MediaError: If the rate is absurd or the samples are of no kind sound comes in.
    """
    if not RATES[0] <= rate <= RATES[1]:
        raise MediaError(
            f"A sound rate should be from {RATES[0]} to {RATES[1]} Hz. Received: {rate}."
        )
    if data.ndim not in (1, 2) or (data.ndim == 2 and data.shape[0] == 0):
        raise MediaError(
            f"Sound should have the shape (channels, samples). Received: {data.shape}."
        )
    least, times = _CHANNELS
    if data.ndim == 2 and data.shape[0] > max(least, times * data.shape[1]) and data.size:
        raise MediaError(
            "Sound should have the shape (channels, samples); of (samples, channels) give data.T. "
            f"Received: {data.shape}."
        )
    if data.dtype not in _TYPES and not np.issubdtype(data.dtype, np.floating):
        raise MediaError(
            f"Sound should be 8-, 16- or 32-bit integers or floats. Received: {data.dtype}."
        )


def decoded(frame: av.AudioFrame) -> np.ndarray:
    """Samples of a decoded frame, planar or packed, as shape (channels, n)."""
    data: np.ndarray
    if frame.format.is_planar and frame.layout.nb_channels > _PLANES:
        (frame,) = av.AudioResampler(format=frame.format.packed.name).resample(frame)
    if frame.format.name.startswith("s64"):
        # PyAV has no array for these; the planes are what it says.
        data = np.stack([np.frombuffer(bytes(plane), np.int64) for plane in frame.planes])
        data = data[
            :, : frame.samples * (1 if frame.format.is_planar else frame.layout.nb_channels)
        ]
    else:
        data = frame.to_ndarray()
    return data if frame.format.is_planar else data.reshape(-1, frame.layout.nb_channels).T


def to_mono(data: np.ndarray) -> np.ndarray:
    """Mean over the channels, float32, shape (n,), -1 to 1.

    Args:
        data: Integers or floats, shape (n,) or (channels, n).
    """
    return to_float(data).mean(axis=0, dtype=np.float32)


def to_float(data: np.ndarray) -> np.ndarray:
    """Samples as float32 from -1 to 1, NaN and infinity taken as silence.

    Args:
        data: Shape (channels, n) or (n,); any sample type of FFmpeg.

    Returns:
        Shape (channels, n).

    Raises:
        MediaError: If the type or shape is none that sound comes in.
    """
    check(data, RATE)
    if data.ndim == 1:
        data = data[None]
    scaled: np.ndarray
    if data.dtype == np.uint8:
        scaled = (data.astype(np.float32) - 128) / 128
    elif data.dtype in (np.int16, np.int32):
        scaled = data.astype(np.float32) / -float(np.iinfo(data.dtype).min)
    elif data.dtype == np.int64:
        # FFmpeg's s64 comes from 24- and 32-bit sources widened to 64 bits.
        scaled = (data / 2.0**63).astype(np.float32)
    else:
        finite = np.where(np.isfinite(data), data, 0)
        scaled = np.clip(finite, -1, 1).astype(np.float32)
    return scaled


class Resampler:
    """Turns pieces of sound of any rate and layout into 16 kHz mono, without seams.

    A change of rate starts afresh, as when a caller changes the microphone.
    """

    def __init__(self) -> None:
        self._peak = 1.0
        self._rate: int | None = None
        self._stream: soxr.ResampleStream | None = None
        self._mixer = Mixer()

    def resample(self, data: np.ndarray, rate: int) -> np.ndarray:
        """The next samples at 16 kHz, float32, shape (n,); n may be 0 for a short piece.

        Args:
            data: Integers or floats, shape (n,) or (channels, n).
            rate: Samples a second of `data`.

        Raises:
            MediaError: If the rate is absurd or the samples are of no known kind.
        """
        check(data, rate)
        mono = self._mixer.mix(to_float(self._within_scale(data)), rate)
        rest = np.zeros(0, np.float32)
        if rate != self._rate:
            rest = self.flush()
            self._rate = rate
            # 'MQ' is transparent far beyond what 80 mel bands resolve.
            self._stream = (
                None if rate == RATE else soxr.ResampleStream(rate, RATE, 1, quality="MQ")
            )
        if self._stream is not None:
            mono = np.asarray(self._stream.resample_chunk(mono), np.float32)
        return np.concatenate([rest, mono]) if len(rest) else mono

    def _within_scale(self, data: np.ndarray) -> np.ndarray:
        """Float sound that goes beyond full scale, by the largest sample so far."""
        if not np.issubdtype(data.dtype, np.floating) or not data.size:
            return data
        finite = np.where(np.isfinite(data), data, 0)
        sizes = np.abs(finite)
        if float(sizes.max()) > OVERSHOOT:
            self._peak = max(self._peak, _scale(sizes))
        return data if self._peak == 1 else finite / self._peak

    def flush(self) -> np.ndarray:
        """What the filter still holds at the end of the sound, float32, shape (n,)."""
        if self._stream is None:
            return np.zeros(0, np.float32)
        rest = np.asarray(
            self._stream.resample_chunk(np.zeros(0, np.float32), last=True), np.float32
        )
        self._rate, self._stream = None, None
        return rest


def _scale(sizes: np.ndarray) -> float:
    """Size of the largest sample that is no click, 1 at least."""
    flat = np.ravel(sizes)
    rest = flat.size - 1 - max(4, round(_CLICK[0] * flat.size))
    if rest < 0:
        return float(flat.max())
    others = float(np.partition(flat, rest)[rest])
    peak = float(flat.max())
    return max(others, 1.0) if peak > _CLICK[1] * max(others, 1 / _CLICK[1]) else peak
